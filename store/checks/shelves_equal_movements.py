"""账实: each shelf's balance in the ledger is the sum of its movements, movement by movement, and never below zero."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.orm import Session

from ledger.amounts import units_asset
from ledger.models import Account, Balance, Entry
from store.catalogue.models import Product, Shop
from store.checks.reading import count_of, posted_to_shelf, shelf_code, shops_within
from store.stock.models import StockMovement
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_UNPOSTED = N_("The movement says %(moved)s units, its posting %(posted)s.")
_SUMS = N_("%(product)s: the movements come to %(moved)s units, the books to %(posted)s.")
_UNITS_OF = units_asset(0).code.removesuffix("0")
_BELOW = N_("%(product)s: %(posted)s units on the shelf by the books.")


def _movements(within: Range) -> Select[int]:
    return select(StockMovement.id).where(
        StockMovement.shop_id.in_(shops_within(within)),
        within.written(StockMovement.id, transaction_id=StockMovement.transaction_id),
    )


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
    if within.since is not None:
        yield from _new_on_shelves(session, within)
        return
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


def _new_on_shelves(session: Session, within: Range) -> Iterator[Break]:
    """What was posted to each shelf since, against its movements of the same postings; and none below zero."""
    posted = (
        select(Entry.account_id, func.sum(Entry.amount).label("posted"))
        .where(within.new(Entry.transaction_id))
        .group_by(Entry.account_id)
        .subquery()
    )
    moved = (
        select(func.coalesce(func.sum(StockMovement.quantity), 0))
        .where(
            StockMovement.shop_id == Shop.id,
            StockMovement.product_id == Product.id,
            within.new(StockMovement.transaction_id),
        )
        .correlate(Shop, Product)
        .scalar_subquery()
    )
    query = (
        select(Shop.id, Product.id.label("product_id"), Product.name, Balance.amount.label("held"))
        .add_columns(posted.c.posted, moved.label("moved"))
        .select_from(posted)
        .join(Account, Account.id == posted.c.account_id)
        .join(Product, Account.asset == literal(_UNITS_OF) + cast(Product.id, String))
        .join(Shop, Account.code == shelf_code(Shop.id, Product.id))
        .outerjoin(Balance, Balance.account_id == Account.id)
        .where(Shop.id.in_(shops_within(within)), (posted.c.posted != moved) | (Balance.amount < 0))
        .order_by(Shop.id, Product.id)
    )
    for row in session.execute(query):
        held = int(row.held or 0)
        facts = {"product": row.name, "moved": held + int(row.moved) - int(row.posted), "posted": held}
        yield Break(f"shelf:{row.id}:{row.product_id}", _SUMS if row.posted != row.moved else _BELOW, facts)


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
    incremental=True,
    watches=(StockMovement.moved_at,),
)
