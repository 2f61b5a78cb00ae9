"""What is on the shelves, and how it came there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from ledger.models import Account, Balance
from store.catalogue.models import Product, Shop
from store.catalogue.prices import list_prices
from store.catalogue.queries import Wanted, shop_products
from store.stock.batches import held_units
from store.stock.models import StockBatch, StockMovement
from store.stock.rules import SOON_DAYS, is_low
from timebank.books import chart
from timebank.books.queries import shelf_quantities

SHELF_LIMIT = 5_000


@dataclass(frozen=True)
class Shelf:
    """One product in one shop, by the book."""

    product: Product
    units: int

    @property
    def is_low(self) -> bool:
        """Whether it is time to get more."""
        return is_low(self.units, self.product.low_stock_units)


def shelves(session: Session, shop: Shop, *, words: str = "", category: str = "") -> list[Shelf]:
    """Every product on the shop's list with its units, and withdrawn ones of which some are left."""
    units = shelf_quantities(session, shop.id)
    wanted = Wanted(words=words, category=category, withdrawn=None)
    return [
        Shelf(product, units.get(product.id, 0))
        for product in shop_products(session, shop, wanted, limit=SHELF_LIMIT)
        if product.withdrawn_at is None or units.get(product.id)
    ]


def locked_units(session: Session, shop_id: int, product_id: int) -> int:
    """Units on the shelf, which nobody else can move before the transaction ends."""
    amount = session.scalar(
        select(Balance.amount)
        .join(Account, Account.id == Balance.account_id)
        .where(Account.code == chart.shelf(shop_id, product_id).code)
        .with_for_update(of=Balance, key_share=True)
    )
    return int(amount or 0)


def soon(at: datetime) -> datetime:
    """Until when a batch that expires is on the list of what expires soon."""
    return at + timedelta(days=SOON_DAYS)


def expiring(
    session: Session, shop: Shop, *, product_id: int | None = None, before: datetime | None = None
) -> Sequence[StockBatch]:
    """Batches with something left in the order in which they go out, or only those that expire ``before`` a moment."""
    query = (
        select(StockBatch)
        .options(joinedload(StockBatch.product))
        .where(StockBatch.shop_id == shop.id, StockBatch.left > 0)
    )
    if product_id is not None:
        query = query.where(StockBatch.product_id == product_id)
    if before is not None:
        query = query.where(StockBatch.expires_at < before)
    return session.scalars(query.order_by(StockBatch.expires_at.nulls_last(), StockBatch.id)).all()


def sellable(
    session: Session, shop_id: int, at: datetime, *, of: Collection[int] | None = None
) -> dict[int, int]:
    """Units by product id that can be handed out now: within their date and not kept for anybody; ``of``: of these products only."""
    good = good_units(session, shop_id, at, of=of)
    held = held_units(session, shop_id, good)
    return {product_id: max(units - held.get(product_id, 0), 0) for product_id, units in good.items()}


def good_units(
    session: Session, shop_id: int, at: datetime, *, of: Collection[int] | None = None
) -> dict[int, int]:
    """Units by product id that are still within their date at a moment, reserved ones included."""
    rows = session.execute(
        select(StockBatch.product_id, func.sum(StockBatch.left))
        .where(
            StockBatch.shop_id == shop_id,
            StockBatch.left > 0,
            or_(StockBatch.expires_at.is_(None), StockBatch.expires_at > at),
            true() if of is None else StockBatch.product_id.in_(of),
        )
        .group_by(StockBatch.product_id)
    )
    return {int(product_id): int(units) for product_id, units in rows}


@dataclass(frozen=True)
class Worth:
    """What a shelf is worth: in points at the list prices of a day, and in money where somebody said what a unit costs."""

    points: Decimal
    money: Decimal
    units: int
    units_without_cost: int


def worth(session: Session, shop: Shop, day: date) -> Worth:
    """What the shelves of ``shop`` are worth on ``day``."""
    return _worth(session, StockBatch.shop_id == shop.id, day)


def _worth(session: Session, which: ColumnElement[bool], day: date) -> Worth:
    rows = session.execute(
        select(StockBatch.product_id, StockBatch.unit_cost, func.sum(StockBatch.left))
        .where(which, StockBatch.left > 0)
        .group_by(StockBatch.product_id, StockBatch.unit_cost)
    ).all()
    products = session.scalars(select(Product).where(Product.id.in_({row[0] for row in rows}))).all()
    prices = list_prices(session, products, day)
    points = sum((prices[product_id] * int(units) for product_id, _cost, units in rows), Decimal(0))
    money = sum((cost * int(units) for _id, cost, units in rows if cost is not None), Decimal(0))
    unknown = sum(int(units) for _id, cost, units in rows if cost is None)
    return Worth(points, money, sum(int(units) for _id, _cost, units in rows), unknown)


def movements(
    session: Session,
    shop: Shop,
    *,
    product_id: int | None = None,
    kind: str = "",
    before: int | None = None,
    limit: int = 50,
) -> Sequence[StockMovement]:
    """Movements of the shop, newest first; ``before`` is the id of the last one seen."""
    query = select(StockMovement).options(joinedload(StockMovement.product))
    query = query.where(StockMovement.shop_id == shop.id)
    if product_id is not None:
        query = query.where(StockMovement.product_id == product_id)
    if kind:
        query = query.where(StockMovement.kind == kind)
    if before is not None:
        query = query.where(StockMovement.id < before)
    return session.scalars(query.order_by(StockMovement.id.desc()).limit(limit)).all()
