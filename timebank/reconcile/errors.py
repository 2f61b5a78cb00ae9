"""Refusals of reconciliation."""

from timebank.errors import N_, Absent, Conflict


class RunAbsent(Absent):
    """No such run within the actor's scope."""

    code = "reconciliation_not_found"
    sentence = N_("This reconciliation was not found.")


class CheckFailed(Conflict):
    """A check could not be made: neither clean nor broken may be said."""

    code = "check_failed"
    sentence = N_("The check %(check)s could not be made: %(problem)s.")
    next_step = N_("Tell your administrator; until it runs, nothing is proved.")
