"""账实: each shelf's balance in the ledger is the sum of its movements, movement by movement, and never below zero."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger.models import Account, Entry
from store.catalogue.models import Product, Shop
from store.checks.reading import count_of, posted_to_shelf, shelf_code, shops_within
from store.stock.models import StockMovement
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_UNPOSTED = N_("The movement says %(moved)s units, its posting %(posted)s.")
_SUMS = N_("%(product)s: the movements come to %(moved)s units, the books to %(posted)s.")
_BELOW = N_("%(product)s: %(posted)s units on the shelf by the books.")


def _movements(within: Range) -> Select[int]:
    return select(StockMovement.id).where(StockMovement.shop_id.in_(shops_within(within)))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _movements(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    posted = posted_to_shelf(StockMovement.transaction_id, StockMovement.shop_id, StockMovement.product_id)
    query = (
        select(StockMovement.id, StockMovement.quantity, func.coalesce(posted, 0).label("posted"))
        .where(StockMovement.id.in_(_movements(within)), func.coalesce(posted, 0) != StockMovement.quantity)
        .order_by(StockMovement.id)
    )
    named = False
    for row in session.execute(query):
        named = True
        facts = {"moved": row.quantity, "posted": int(row.posted)}
        yield Break(f"movement:{row.id}", _UNPOSTED, facts)
    if not named:
        # A posting without a movement shows only in the sums; a wrong movement is named above already.
        yield from _shelves(session, within)


def _shelves(session: Session, within: Range) -> Iterator[Break]:
    posted, moved = func.coalesce(_posted(), 0), func.coalesce(_moved(), 0)
    query = (
        select(Shop.id, Product.id.label("product_id"), Product.name)
        .add_columns(posted.label("posted"), moved.label("moved"))
        .select_from(Shop)
        .join(Product, shelf_code(Shop.id, Product.id).in_(select(Account.code)))
        .where(Shop.id.in_(shops_within(within)), (posted != moved) | (posted < 0))
        .order_by(Shop.id, Product.id)
    )
    for row in session.execute(query):
        facts = {"product": row.name, "moved": int(row.moved), "posted": int(row.posted)}
        says = _SUMS if row.posted != row.moved else _BELOW
        yield Break(f"shelf:{row.id}:{row.product_id}", says, facts)


def _posted() -> Any:
    return (
        select(func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .where(Account.code == shelf_code(Shop.id, Product.id))
        .correlate(Shop, Product)
        .scalar_subquery()
    )


def _moved() -> Any:
    return (
        select(func.sum(StockMovement.quantity))
        .where(StockMovement.shop_id == Shop.id, StockMovement.product_id == Product.id)
        .correlate(Shop, Product)
        .scalar_subquery()
    )


CHECK = Check(
    code="shelves_equal_movements",
    kind="shelf",
    proves=N_(
        "Every movement of goods is posted with its quantity, every shelf in the books is the sum of its movements, and none is below zero."
    ),
    broken_by=N_("A movement was changed, or goods were posted without a movement."),
    repair=N_("Count the shelf; the difference is booked by the count and stays visible."),
    count=_count,
    find=_find,
)
