"""Reading the books in the house's words: balances, statements, shelves."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import Session

from ledger import balances
from ledger.amounts import POINTS, from_scaled
from ledger.balances import StatementLine
from ledger.models import Account, Balance, Entry, Transaction
from timebank.books import chart

__all__ = [
    "StatementLine",
    "conversion",
    "points_available",
    "points_balance",
    "points_balances",
    "points_converted",
    "points_outstanding",
    "points_statement",
    "shelf_available",
    "shelf_availables",
    "shelf_quantities",
    "shelf_quantity",
    "time_balance",
    "time_statement",
]


def points_balance(session: Session, member_id: int) -> Decimal:
    """Points that the member has now."""
    return balances.balance(session, chart.member_points(member_id).code)


def points_balances(session: Session, member_ids: Iterable[int]) -> dict[int, Decimal]:
    """Points of many members, by member id; 0 where there is no account yet."""
    codes = {chart.member_points(member_id).code: member_id for member_id in member_ids}
    return {codes[code]: amount for code, amount in balances.balances(session, codes).items()}


def points_available(session: Session, member_id: int, *, at: datetime | None = None) -> Decimal:
    """Points that the member can spend: the balance without what is reserved and, at that moment, expired."""
    return balances.available(session, chart.member_points(member_id).code, at=at)


def points_outstanding(session: Session, path: str) -> Decimal:
    """Points that the members of the organisation at ``path``, and of those below it, hold together."""
    # Members and organisations lie in rooms above this one, so their tables are asked for by name.
    tables = Account.metadata.tables
    members, places = tables["members"], tables["organisations"]
    code = literal("member:").concat(cast(members.c.id, String)).concat(":points")
    total = session.scalar(
        select(func.coalesce(func.sum(Balance.amount), 0))
        .join(Account, Account.id == Balance.account_id)
        .join(members, Account.code == code)
        .join(places, places.c.id == members.c.organisation_id)
        .where(places.c.path.startswith(path, autoescape=True))
    )
    return from_scaled(int(total or 0), POINTS)


def time_balance(session: Session, member_id: int) -> int:
    """Minutes on the member's time account."""
    return int(balances.balance(session, chart.member_time(member_id).code))


def points_statement(
    session: Session, member_id: int, *, before: str | None = None, limit: int = 50
) -> list[StatementLine]:
    """Lines of the points account, newest first; ``before`` is the ``cursor`` of the last line seen."""
    return balances.statement(session, chart.member_points(member_id).code, before=before, limit=limit)


def time_statement(
    session: Session, member_id: int, *, before: str | None = None, limit: int = 50
) -> list[StatementLine]:
    """Lines of the time account in minutes, newest first."""
    return balances.statement(session, chart.member_time(member_id).code, before=before, limit=limit)


def points_converted(session: Session, member_id: int, *, since: datetime, until: datetime) -> Decimal:
    """Points that the member got for hours from ``since`` up to, not including, ``until``."""
    total = session.scalar(
        select(func.coalesce(func.sum(Entry.amount), 0))
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .join(Account, Account.id == Entry.account_id)
        .where(
            Account.code == chart.member_points(member_id).code,
            Transaction.kind == "conversion",
            Transaction.effective_at >= since,
            Transaction.effective_at < until,
        )
    )
    return from_scaled(int(total or 0), POINTS)


def conversion(session: Session, key: str) -> tuple[int, Decimal, str] | None:
    """Minutes, points and arithmetic of the conversion that was posted under ``key``; None when there is none."""
    facts = session.scalar(select(Transaction.facts).where(Transaction.key == f"convert:{key}"))
    if facts is None:
        return None
    told = json.loads(facts)
    return int(told["minutes"]), Decimal(told["points"]), str(told["arithmetic"])


def shelf_quantity(session: Session, shop_id: int, product_id: int) -> int:
    """Pieces of the product in the shop, by the book."""
    return int(balances.balance(session, chart.shelf(shop_id, product_id).code))


def shelf_available(session: Session, shop_id: int, product_id: int) -> int:
    """Pieces of the product in the shop that nobody has reserved."""
    return int(balances.available(session, chart.shelf(shop_id, product_id).code))


def shelf_availables(session: Session, shop_id: int) -> dict[int, int]:
    """Pieces that nobody has reserved by product id, for every product that the shop ever had."""
    return _shelves(session, shop_id, Balance.amount - Balance.held)


def shelf_quantities(session: Session, shop_id: int) -> dict[int, int]:
    """Pieces by product id, for every product that the shop ever had."""
    return _shelves(session, shop_id, Balance.amount)


def _shelves(session: Session, shop_id: int, pieces: Any) -> dict[int, int]:
    prefix = chart.shelf_prefix(shop_id)
    rows = session.execute(
        select(Account.code, pieces)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.code.startswith(prefix, autoescape=True))
    )
    return {int(code.removeprefix(prefix)): int(amount) for code, amount in rows}
