"""Double entry itself: whatever leaves one account arrives on another."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit
from ledger.models import Transaction
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range


def _count(session: Session, within: Range) -> int:
    query = select(func.count(Transaction.id)).where(within.new(Transaction.id))
    return within.once("transactions", lambda: session.scalar(query) or 0)


def _find(session: Session, within: Range) -> Iterator[Break]:
    if within.found_whole(session, CHECK.code):
        return
    for found in audit.entries_sum_to_zero(session, within.from_transaction):
        yield Break(
            found.subject,
            N_("The entries of this transaction do not sum to zero: %(sum)s %(asset)s are left over."),
            found.facts,
        )


CHECK = Check(
    code="entries_sum_to_zero",
    kind="books",
    proves=N_("Every transaction's entries sum to zero, in points, in time and in each kind of goods."),
    broken_by=N_("Somebody changed, added or removed an entry in the database itself."),
    repair=N_("Stop the line: close the counters, compare with the last backup, find out who had access."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
    stops_the_line=True,
)
