"""The balance that a counter looks at is the sum of everything that ever happened on the account."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit
from ledger.models import Balance
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_MISSING = N_("This account has no balance, but its entries sum to %(entries)s.")
_DIFFERS = N_("The balance is %(balance)s, but the entries sum to %(entries)s.")


def _count(session: Session, _within: Range) -> int:
    return session.scalar(select(func.count()).select_from(Balance)) or 0


def _find(session: Session, _within: Range) -> Iterator[Break]:
    for found in audit.balances_equal_entries(session):
        yield Break(found.subject, _MISSING if found.facts.get("balance") is None else _DIFFERS, found.facts)


CHECK = Check(
    code="balances_equal_entries",
    kind="books",
    proves=N_("Every balance equals the sum of its account's entries."),
    broken_by=N_("Somebody changed a balance or an entry in the database itself."),
    repair=N_(
        "Stop the line: the entries are right unless other checks name them; let the balance be rebuilt."
    ),
    count=_count,
    find=_find,
    everywhere_only=True,
)
