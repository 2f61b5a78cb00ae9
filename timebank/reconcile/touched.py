"""Which service records an incremental run looks at."""

from sqlalchemy import ColumnElement, select, true, union

from ledger.models import Transaction
from timebank.hours.models import ServiceRecord
from timebank.reconcile.checks import Range


def touched_records(within: Range) -> ColumnElement[bool]:
    """Records that were made, decided, booked or taken back since, or whose posting was reversed; all in a full run.

    A record that none of this happened to can have changed only behind the application's back: the weekly
    full run sees that.
    """
    if within.since is None:
        return true()
    since, moment = within.since.transaction, within.since.at
    ways = (
        ServiceRecord.transaction_id >= since,
        ServiceRecord.created_at >= moment,
        ServiceRecord.approved_at >= moment,
        ServiceRecord.taken_back_at >= moment,
        ServiceRecord.transaction_id.in_(
            select(Transaction.reverses).where(Transaction.id >= since, Transaction.reverses.is_not(None))
        ),
    )
    return ServiceRecord.id.in_(union(*(select(ServiceRecord.id).where(way) for way in ways)))
