"""What counts as reserved on an account is the sum of the reservations that stand."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit
from ledger.models import Balance
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("%(held)s count as reserved, the reservations that stand come to %(holds)s.")


def _count(session: Session, within: Range) -> int:
    query = select(func.count()).select_from(Balance)
    return within.once("balances", lambda: session.scalar(query) or 0)


def _find(session: Session, _within: Range) -> Iterator[Break]:
    for found in audit.holds_equal_balances(session):
        yield Break(found.subject, _DIFFERS, found.facts)


CHECK = Check(
    code="holds_equal_balances",
    kind="books",
    proves=N_(
        "What is reserved on an account, in points or goods, is the sum of the reservations that stand."
    ),
    broken_by=N_("Somebody changed a balance or a reservation in the database itself."),
    repair=N_(
        "Cancel the reservations of this account one by one and reserve anew; what is still wrong then was changed by hand."
    ),
    count=_count,
    find=_find,
    everywhere_only=True,
)
