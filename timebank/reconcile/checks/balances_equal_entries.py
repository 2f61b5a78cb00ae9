"""The balance that a counter looks at is the sum of everything that ever happened on the account."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit, audit_since
from ledger.models import Balance, Entry
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_MISSING = N_("This account has no balance, but its entries sum to %(entries)s.")
_DIFFERS = N_("The balance is %(balance)s, but the entries sum to %(entries)s.")


def _count(session: Session, within: Range) -> int:
    touched = select(Entry.account_id).where(within.new(Entry.transaction_id))
    query = select(func.count()).select_from(Balance)
    return session.scalar(query.where(Balance.account_id.in_(touched)) if within.since else query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    if within.found_whole(session, CHECK.code):
        return
    if within.since is None:
        breaks = audit.balances_equal_entries(session)
    else:
        breaks = audit_since.balances_follow(session, within.since.transaction)
    for found in breaks:
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
    incremental=True,
    stops_the_line=True,
)
