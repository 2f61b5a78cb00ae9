"""Which service records an incremental run looks at."""

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from ledger.models import Transaction
from timebank.hours.models import ServiceRecord
from timebank.reconcile.checks import Range, Since

# A county of sixty thousand writes some two thousand a day; more than these are asked for as a condition.
NAMED_MOST = 10_000


def touched_records(within: Range) -> ColumnElement[bool]:
    """Records that were made, decided, booked or taken back since, or whose posting was reversed; all in a full run.

    A record that none of this happened to can have changed only behind the application's back: the weekly
    full run sees that.
    """
    if within.since is None:
        return true()
    if within.since.records is not None:
        return ServiceRecord.id.in_(within.since.records)
    return ServiceRecord.id.in_(select(ServiceRecord.id).where(_happened(within.since)))


def touched_ids(session: Session, since: Since) -> tuple[int, ...] | None:
    """Their numbers, so that the table is gone through once and not by every check; None where they are too many."""
    query = select(ServiceRecord.id).where(_happened(since)).order_by(ServiceRecord.id).limit(NAMED_MOST + 1)
    found = tuple(session.scalars(query))
    return found if len(found) <= NAMED_MOST else None


def _happened(since: Since) -> ColumnElement[bool]:
    return or_(
        ServiceRecord.transaction_id >= since.transaction,
        ServiceRecord.created_at >= since.at,
        ServiceRecord.approved_at >= since.at,
        ServiceRecord.taken_back_at >= since.at,
        ServiceRecord.transaction_id.in_(
            select(Transaction.reverses).where(
                Transaction.id >= since.transaction, Transaction.reverses.is_not(None)
            )
        ),
    )
