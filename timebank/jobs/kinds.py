"""Every kind of work of the time bank, written out. The shop adds its own to ``house.jobs``."""

from timebank.activities import runner as activities
from timebank.books import runner as books
from timebank.certificates import runner as certificates
from timebank.checkin import runner as checkin
from timebank.fraud import runner as fraud
from timebank.hours import runner as hours
from timebank.imports import runner as imports
from timebank.jobs import runner as jobs
from timebank.jobs.registry import JobKind
from timebank.notices import runner as notices
from timebank.reconcile import runner as reconciliation

JOBS: tuple[JobKind, ...] = (
    # Whoever forgot to check out sees the record soon after the shift, not on the next day.
    JobKind(hours.JOB_NAME, hours.close_forgotten, every="15m"),
    # After midnight's activities are over and before the shops open.
    JobKind("reconcile.nightly", reconciliation.nightly, every="02:30"),
    # When the books have been compared: what is likely wrong, and what waits too long.
    JobKind(fraud.SCREEN, fraud.nightly, every="03:10"),
    # Once a day, for a week is reported once however often one asks: a night without electricity loses nothing.
    JobKind(fraud.RINGS, fraud.weekly_rings, every="04:50"),
    JobKind(fraud.DEADLINES, fraud.deadlines, every="06:30"),
    # Sealed often, so that little can be changed unseen; posting never waits for it.
    JobKind("books.seal", books.seal, every="60m"),
    # Points are good until the end of a month; they are gone before anybody looks in the morning.
    JobKind(books.LAPSE_POINTS, books.lapse_points, every="00:20"),
    # In the morning, so that the message does not wake anybody.
    JobKind(books.LAPSE_NOTICES, books.tell_of_lapsing, every="08:20"),
    # A lapsed reservation is refused at once; the job only gives points and goods back to those who look at figures.
    JobKind(books.LAPSE_HOLDS, books.lapse_holds, every="5m"),
    # A certificate falls in the moment in which its record does; whoever holds the paper hears of it soon after.
    JobKind(certificates.JOB_NAME, certificates.tell_fallen, every="5m"),
    # In the morning, when somebody can still answer on the same day.
    JobKind(hours.DEADLINES, hours.correction_deadlines, every="08:40"),
    # Whoever is next on a waiting list hears of it soon after somebody's time to answer is over.
    JobKind(activities.JOB_NAME, activities.move_queues_on, every="5m"),
    # A notice by e-mail is read when somebody looks; every other minute is soon enough, and cheap when nothing waits.
    JobKind(notices.JOB_NAME, notices.send, every="2m"),
    JobKind("jobs.tidy", jobs.tidy, every="04:10"),
    # Who missed a spot check is written down while people are still there to say why.
    JobKind("checkin.spots", checkin.settle_spot_checks, every="5m"),
    JobKind("checkin.forget", checkin.forget, every="04:30"),
    JobKind(imports.JOB_NAME, imports.run_queued),
    JobKind("imports.forget", imports.forget, every="04:20"),
)
