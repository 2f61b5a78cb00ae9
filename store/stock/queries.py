"""What is on the shelves, and how it came there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.models import Account, Balance
from store.catalogue.models import Product, Shop
from store.catalogue.queries import Wanted, shop_products
from store.stock.models import StockMovement
from store.stock.rules import is_low
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
