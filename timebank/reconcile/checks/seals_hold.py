"""The chain of seals still stands for the whole journal: nothing was changed, removed or slipped in since it was sealed."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.models import SealRow
from ledger.verify_journal import journal_is_sealed_or_queued, seals_recompute
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_LATE = N_("The transaction %(key)s is neither sealed nor waiting to be sealed: it was slipped in.")
_GONE = N_("A transaction that was there (%(was)s) is gone.")
_ALTERED = N_("The transaction is not the one that seal %(seal)s has sealed.")
_BROKEN = N_("This seal does not follow from its transactions and the seal before it.")


def _count(session: Session, within: Range) -> int:
    after = within.since.seal if within.since else 0
    return session.scalar(select(func.count(SealRow.id)).where(SealRow.id > after)) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    connection = session.connection()
    for found in journal_is_sealed_or_queued(connection, within.from_transaction or 0):
        yield Break(found.subject, _GONE if "was" in found.facts else _LATE, found.facts)
    for found in seals_recompute(connection, within.since.seal if within.since else 0):
        yield Break(found.subject, _ALTERED if "seal" in found.facts else _BROKEN, found.facts)


CHECK = Check(
    code="seals_hold",
    kind="books",
    proves=N_(
        "Every seal follows from its transactions and from the seal before it, and no transaction is outside the chain."
    ),
    broken_by=N_(
        "A sealed transaction was changed together with its digest, or one was removed or slipped in."
    ),
    repair=N_(
        "Stop the line: compare with the heads of the seals that were printed or mailed out, then with the last backup."
    ),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
    stops_the_line=True,
)
