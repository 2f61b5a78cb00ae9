"""What was added up at the seals, for accounts that keep no balance of their own, is what their entries come to."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit, audit_since
from ledger.models import Checkpoint
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("Added up at the seals it is %(checkpoint)s, the entries come to %(entries)s.")


def _count(session: Session, within: Range) -> int:
    after = within.since.seal if within.since else 0
    return session.scalar(select(func.count()).select_from(Checkpoint).where(Checkpoint.seal_id > after)) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    if within.found_whole(session, CHECK.code):
        return
    if within.since is None:
        found = audit.checkpoints_equal_entries(session)
    else:
        found = audit_since.checkpoints_follow(session, within.since.seal)
    for one in found:
        yield Break(one.subject, _DIFFERS, one.facts)


CHECK = Check(
    code="checkpoints_equal_entries",
    kind="books",
    proves=N_(
        "What was added up at each seal for the organisations' own accounts is what their entries come to."
    ),
    broken_by=N_("Somebody changed such a sum, or an old entry, in the database itself."),
    repair=N_("The entries are right unless other checks name them; let the sums be made anew from them."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
)
