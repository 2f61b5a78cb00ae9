"""Reading the papers about stock: goods in, what is on the way, who brings goods."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from store.catalogue.models import Shop
from store.stock.errors import ReceiptAbsent
from store.stock.models import ReceiptLine, StockReceipt, StockSource
from store.stock.paper_models import StockTransfer, TransferArrival
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.orgs.models import Organisation


def receipt(session: Session, actor: Actor, receipt_id: int) -> StockReceipt:
    """One goods-in paper within the actor's scope, with its lines; raises ``ReceiptAbsent``."""
    found = session.scalar(
        select(StockReceipt)
        .join(StockReceipt.shop)
        .join(Shop.organisation)
        .options(
            contains_eager(StockReceipt.shop).contains_eager(Shop.organisation),
            joinedload(StockReceipt.source),
            selectinload(StockReceipt.lines).joinedload(ReceiptLine.product),
        )
        .where(StockReceipt.id == receipt_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise ReceiptAbsent
    return found


def receipts_of(
    session: Session, shop: Shop, *, kind: str = "", before: int | None = None, limit: int = 50
) -> Sequence[StockReceipt]:
    """The shop's goods-in papers, newest first."""
    query = (
        select(StockReceipt)
        .options(
            joinedload(StockReceipt.source),
            selectinload(StockReceipt.lines).joinedload(ReceiptLine.product),
        )
        .where(StockReceipt.shop_id == shop.id)
    )
    if kind:
        query = query.where(StockReceipt.kind == kind)
    if before is not None:
        query = query.where(StockReceipt.id < before)
    return session.scalars(query.order_by(StockReceipt.id.desc()).limit(limit)).all()


def source_names(session: Session, shop: Shop) -> Sequence[str]:
    """Suppliers and donors who brought something before, by name."""
    return session.scalars(
        select(StockSource.name)
        .where(StockSource.organisation_id == shop.organisation_id)
        .order_by(StockSource.name)
        .limit(500)
    ).all()


def on_the_way_to(session: Session, shop: Shop) -> Sequence[StockTransfer]:
    """Transfers that were sent to ``shop`` and that nobody has received."""
    arrived = select(TransferArrival.id).where(TransferArrival.transfer_id == StockTransfer.id)
    return session.scalars(
        select(StockTransfer)
        .options(joinedload(StockTransfer.from_shop))
        .where(StockTransfer.to_shop_id == shop.id, ~arrived.exists())
        .order_by(StockTransfer.id)
    ).all()
