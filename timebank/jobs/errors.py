"""Refusals about jobs."""

from timebank.errors import N_, Absent, Conflict


class JobAbsent(Absent):
    """No job of that number."""

    code = "job_not_found"
    sentence = N_("This job was not found.")


class JobKeyReused(Conflict):
    """The same key with other work."""

    code = "job_key_reused"
    sentence = N_("Other work is queued under the same key %(key)s.")


class JobNotFailed(Conflict):
    """Only a failed job is tried again by hand."""

    code = "job_not_failed"
    sentence = N_("Only a failed job can be tried again.")
