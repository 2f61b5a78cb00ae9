"""What the tests of stock do again and again: goods with a date come in, somebody counts, a second attendant signs."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.stock import receipts
from store.stock.models import StockBatch, StockMovement, StockReceipt
from store.stock.receipts import Incoming, Paper
from tests.cast import NOON, Cast
from tests.store.stage import COUNTY_TIME, Stage
from timebank.access.actors import Actor
from timebank.books.queries import shelf_quantity

TODAY = NOON.astimezone(COUNTY_TIME).date()


def shop_of(session: Session, stage: Stage) -> Shop:
    """The first shop on the stage."""
    return session.get_one(Shop, stage.shop_id)


def in_days(days: int) -> date:
    """A day counted from the scene's noon."""
    return TODAY + timedelta(days=days)


def colleague(cast: Cast) -> Actor:
    """Somebody else with the attendant's rights: the coordinator's log-in behind the same counter."""
    return replace(cast.coordinator.actor, grants=cast.attendant.actor.grants)


def receive(
    session: Session,
    stage: Stage,
    cast: Cast,
    lines: Iterable[Incoming],
    *,
    key: str,
    paper: Paper | None = None,
    receipt: StockReceipt | None = None,
    shop_id: int | None = None,
    at: datetime = NOON,
) -> StockReceipt:
    """Goods come in at the first shop, or at another one."""
    return receipts.receive(
        session,
        shop=session.get_one(Shop, shop_id or stage.shop_id),
        receipt=receipt,
        paper=paper or Paper("donation", source="县慈善会"),
        lines=list(lines),
        key=key,
        timezone=COUNTY_TIME,
        by=cast.attendant.actor,
        at=at,
    )


def product(session: Session, product_id: int) -> Product:
    """The product."""
    return session.get_one(Product, product_id)


def left(session: Session, shop_id: int, product_id: int) -> dict[str, int]:
    """Units by batch code in the order in which they go out; the stage's own goods have no code."""
    rows = session.scalars(
        select(StockBatch)
        .where(StockBatch.shop_id == shop_id, StockBatch.product_id == product_id, StockBatch.left > 0)
        .order_by(StockBatch.expires_at.nulls_last(), StockBatch.id)
    )
    return {batch.code: batch.left for batch in rows}


def agree(session: Session, shop_id: int, product_id: int) -> int:
    """Units on the shelf, after seeing that ledger, movements and batches say the same."""
    posted = shelf_quantity(session, shop_id, product_id)
    moved = select(func.coalesce(func.sum(StockMovement.quantity), 0)).where(
        StockMovement.shop_id == shop_id, StockMovement.product_id == product_id
    )
    kept = select(func.coalesce(func.sum(StockBatch.left), 0)).where(
        StockBatch.shop_id == shop_id, StockBatch.product_id == product_id
    )
    assert posted == session.scalar(moved) == session.scalar(kept)
    return posted
