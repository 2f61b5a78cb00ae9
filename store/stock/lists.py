"""Pages of batches and of the papers about stock by key; the shop was found within the actor's scope before."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from store.catalogue.models import Shop
from store.stock.models import StockBatch, StockReceipt
from store.stock.paper_models import Stocktake, StockTransfer, TransferArrival
from timebank.paging import PAGE_ROWS, Page, page


def batches_page(
    session: Session,
    shop: Shop,
    *,
    product_id: int | None = None,
    expires_before: datetime | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[StockBatch]:
    """One page of the batches of which something is left, oldest first."""
    query = select(StockBatch).where(StockBatch.shop_id == shop.id, StockBatch.left > 0)
    if product_id is not None:
        query = query.where(StockBatch.product_id == product_id)
    if expires_before is not None:
        query = query.where(StockBatch.expires_at < expires_before)
    return page(session, query, key=(StockBatch.id,), cursor=cursor, limit=limit)


def receipts_page(
    session: Session, shop: Shop, *, kind: str = "", cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[StockReceipt]:
    """One page of the shop's goods-in papers, newest first."""
    query = select(StockReceipt).where(StockReceipt.shop_id == shop.id)
    query = query.options(joinedload(StockReceipt.source), selectinload(StockReceipt.lines))
    if kind:
        query = query.where(StockReceipt.kind == kind)
    return page(session, query, key=(StockReceipt.id,), cursor=cursor, limit=limit, descending=True)


def transfers_page(
    session: Session, shop: Shop, *, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[StockTransfer]:
    """One page of what was sent from or to the shop, newest first."""
    query = (
        select(StockTransfer)
        .where(or_(StockTransfer.from_shop_id == shop.id, StockTransfer.to_shop_id == shop.id))
        .options(
            selectinload(StockTransfer.lines),
            joinedload(StockTransfer.arrival).selectinload(TransferArrival.lines),
        )
    )
    return page(session, query, key=(StockTransfer.id,), cursor=cursor, limit=limit, descending=True)


def stocktakes_page(
    session: Session, shop: Shop, *, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[Stocktake]:
    """One page of the shop's counts, newest first."""
    query = select(Stocktake).where(Stocktake.shop_id == shop.id).options(selectinload(Stocktake.lines))
    return page(session, query, key=(Stocktake.id,), cursor=cursor, limit=limit, descending=True)
