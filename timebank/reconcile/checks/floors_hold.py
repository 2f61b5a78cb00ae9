"""No member and no shelf is below zero."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit
from ledger.models import Balance
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range


def _count(session: Session, within: Range) -> int:
    query = select(func.count()).select_from(Balance)
    return within.once("balances", lambda: session.scalar(query) or 0)


def _find(session: Session, _within: Range) -> Iterator[Break]:
    for found in audit.floors_hold(session):
        yield Break(
            found.subject,
            N_("The balance %(balance)s (held: %(held)s) is outside the account's limits."),
            found.facts,
        )


CHECK = Check(
    code="floors_hold",
    kind="books",
    proves=N_(
        "No account is below its floor or above its ceiling; members and shelves are never below zero."
    ),
    broken_by=N_("Somebody changed a balance or switched off the database's own rule."),
    repair=N_("Stop the line: find the entry that took too much and reverse what it paid for."),
    count=_count,
    find=_find,
    everywhere_only=True,
    stops_the_line=True,
)
