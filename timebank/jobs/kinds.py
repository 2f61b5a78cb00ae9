"""Every kind of work of the time bank, written out. The shop adds its own to ``house.jobs``."""

from timebank.books import runner as books
from timebank.checkin import runner as checkin
from timebank.hours import runner as hours
from timebank.imports import runner as imports
from timebank.jobs import runner as jobs
from timebank.jobs.registry import JobKind
from timebank.reconcile import runner as reconciliation

JOBS: tuple[JobKind, ...] = (
    # Whoever forgot to check out sees the record soon after the shift, not on the next day.
    JobKind(hours.JOB_NAME, hours.close_forgotten, every="15m"),
    # After midnight's activities are over and before the shops open.
    JobKind("reconcile.nightly", reconciliation.nightly, every="02:30"),
    # Sealed often, so that little can be changed unseen; posting never waits for it.
    JobKind("books.seal", books.seal, every="60m"),
    JobKind("jobs.tidy", jobs.tidy, every="04:10"),
    JobKind("checkin.forget", checkin.forget, every="04:30"),
    JobKind(imports.JOB_NAME, imports.run_queued),
    JobKind("imports.forget", imports.forget, every="04:20"),
)
