"""Points and time come into being only by the events that the house knows."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.models import Account, Entry, Transaction
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_OTHERWISE = N_("%(amount)s on %(account)s was moved by “%(kind)s”, which may not touch that account.")
# Ends of account codes → kinds of transaction that may touch them. A reversal undoes what was allowed.
_ALLOWED: tuple[tuple[str, str], ...] = (
    ("points-issued", "award"),
    ("time-issued", "time_credit"),
    ("exchange-time", "conversion"),
    ("exchange-points", "conversion"),
)


def _of_issue() -> ColumnElement[bool]:
    return or_(*(Account.code.like(f"org:%:{end}") for end, _kind in _ALLOWED))


def _count(session: Session, within: Range) -> int:
    query = (
        select(func.count())
        .select_from(Entry)
        .join(Account, Account.id == Entry.account_id)
        .where(_of_issue(), within.new(Entry.transaction_id))
    )
    return session.scalar(query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    undone = aliased(Transaction)
    kind = func.coalesce(undone.kind, Transaction.kind)
    allowed = or_(*(and_(Account.code.like(f"org:%:{end}"), kind == name) for end, name in _ALLOWED))
    query = (
        select(Transaction.id, Transaction.kind, Account.code, Entry.amount)
        .join(Entry, Entry.transaction_id == Transaction.id)
        .join(Account, Account.id == Entry.account_id)
        .outerjoin(undone, undone.id == Transaction.reverses)
        .where(_of_issue(), ~allowed, within.new(Transaction.id), within.new(Entry.transaction_id))
        .order_by(Transaction.id, Entry.line)
    )
    for number, kind_word, code, amount in session.execute(query.execution_options(yield_per=1000)):
        facts = {"amount": amount, "account": code, "kind": kind_word}
        yield Break(f"transaction:{number}", _OTHERWISE, facts)


CHECK = Check(
    code="issued_by_events",
    kind="vouchers",
    proves=N_("Points and time come into being only by awards, credits of time and conversions."),
    broken_by=N_("Somebody posted by hand, past the events that need evidence."),
    repair=N_("Reverse the posting; find out who wrote it and how."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
)
