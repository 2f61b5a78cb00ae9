"""What was written down is what stands there."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.models import Transaction
from ledger.verify_journal import digests_follow
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range


def _count(session: Session, within: Range) -> int:
    query = select(func.count(Transaction.id)).where(within.new(Transaction.id))
    return within.once("transactions", lambda: session.scalar(query) or 0)


def _find(session: Session, within: Range) -> Iterator[Break]:
    for found in digests_follow(session.connection(), within.from_transaction or 0):
        yield Break(
            found.subject,
            N_("The transaction %(key)s was changed after it was written: its digest does not match."),
            found.facts,
        )


CHECK = Check(
    code="digests_recompute",
    kind="books",
    proves=N_("Every transaction still is what was written down: its digest follows from its rows."),
    broken_by=N_("Somebody changed an amount, an account, a date or a reason in the database itself."),
    repair=N_("Stop the line: compare with the last backup, find out who had access."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
    stops_the_line=True,
)
