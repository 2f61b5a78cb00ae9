"""How the shop's checks read: amounts as they are stored, orders of the range, accounts by their codes."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, cast, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry
from store.catalogue.models import Shop
from timebank.books import chart
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Range


def stored(points: Any) -> ColumnElement[int]:
    """A column of points as the whole hundredths in which the ledger keeps them too."""
    return type_coerce(points, BigInteger)


def shown(hundredths: int | None) -> str:
    """Hundredths of points as text for a break's facts."""
    return str(from_scaled(int(hundredths or 0), POINTS))


def shops_within(within: Range) -> Select[int]:
    """Ids of the shops in the range."""
    return (
        select(Shop.id)
        .join(Organisation, Organisation.id == Shop.organisation_id)
        .where(within.holds(Organisation.path))
    )


def count_of(session: Session, query: Select[Any]) -> int:
    """How many rows ``query`` has."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def posted_to_member(transaction_id: Any, member_id: Any) -> Any:
    """What the transaction gave to the member's points account, in hundredths; NULL for no entry there."""
    before, after = chart.member_points(0).code.split("0")
    code = literal(before) + cast(member_id, String) + literal(after)
    return (
        select(func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id == transaction_id, Account.code == code)
        .scalar_subquery()
    )


def posted_to_shelf(transaction_id: Any, shop_id: Any, product_id: Any) -> Any:
    """What the transaction put on the shelf, in units; NULL for no entry there."""
    return (
        select(func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id == transaction_id, Account.code == shelf_code(shop_id, product_id))
        .scalar_subquery()
    )


def shelf_code(shop_id: Any, product_id: Any) -> ColumnElement[str]:
    """The code of the shelf's account, as ``books.chart.shelf`` spells it."""
    first, last = chart.shelf_prefix(0).split("0")
    return literal(first) + cast(shop_id, String) + literal(last) + cast(product_id, String)
