"""A transaction has all the entries that it was closed with, and no entry is without its transaction."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit
from ledger.models import Entry
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_SHORT = N_("This transaction was closed with %(closed_with)s entries and now has %(present)s.")
_ORPHANED = N_("There are %(present)s entries whose transaction is missing.")


def _count(session: Session, within: Range) -> int:
    query = select(func.count()).select_from(Entry).where(within.new(Entry.transaction_id))
    return session.scalar(query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    if within.found_whole(session, CHECK.code):
        return
    for found in audit.transactions_are_complete(session, within.from_transaction):
        yield Break(found.subject, _SHORT if "closed_with" in found.facts else _ORPHANED, found.facts)


CHECK = Check(
    code="transactions_complete",
    kind="books",
    proves=N_("Every transaction has exactly the entries that it was closed with."),
    broken_by=N_("Somebody added or removed entries or a transaction in the database itself."),
    repair=N_("Stop the line: close the counters, compare with the last backup, find out who had access."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
    stops_the_line=True,
)
