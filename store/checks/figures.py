"""What the shop adds to reconciliation besides checks: daily totals, where a difference lies, and what counts have found."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import Session

from ledger.amounts import units_asset
from store.catalogue.models import Product, Shop
from store.charity.models import CharityHandout
from store.counter.models import CounterShift, ZReport
from store.orders.models import Order, OrderLine, Return
from store.reservations.models import Reservation
from store.settlement.models import Settlement
from store.stock.models import StockBatch, StockMovement, StockReceipt
from store.stock.paper_models import Stocktake, StocktakeLine, StockTransfer, WriteOff
from timebank.orgs.models import Organisation
from timebank.reconcile.concerns import Lookup, user_number
from timebank.reconcile.models import SuspenseItem
from timebank.reconcile.suspense import STOCK_COUNT, CountedDifference
from timebank.reconcile.totals import Counted

# Older counts were settled before differences were kept in suspense.
_LOOKED_BACK = timedelta(days=92)

TOTALS: tuple[Counted, ...] = (
    Counted(
        query=select(Order.id)
        .join(Shop, Shop.id == Order.shop_id)
        .join(Organisation, Organisation.id == Shop.organisation_id),
        moment=Order.completed_at,
        path=Organisation.path,
        sums=(("orders", func.count(Order.id)),),
    ),
    Counted(
        query=select(OrderLine.id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Shop, Shop.id == Order.shop_id)
        .join(Organisation, Organisation.id == Shop.organisation_id),
        moment=Order.completed_at,
        path=Organisation.path,
        sums=(("units", func.sum(OrderLine.quantity)),),
    ),
)

CONCERNS: Mapping[str, Lookup] = {
    "shop": lambda numbers: select(Shop.id, Shop.organisation_id, literal(None)).where(Shop.id.in_(numbers)),
    "order": lambda numbers: (
        select(Order.id, Shop.organisation_id, Order.sold_by_user_id)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Order.id.in_(numbers))
    ),
    "return": lambda numbers: (
        select(Return.id, Shop.organisation_id, literal(None))
        .join(Order, Order.id == Return.order_id)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Return.id.in_(numbers))
    ),
    "movement": lambda numbers: (
        select(StockMovement.id, Shop.organisation_id, StockMovement.moved_by)
        .join(Shop, Shop.id == StockMovement.shop_id)
        .where(StockMovement.id.in_(numbers))
    ),
    "batch": lambda numbers: (
        select(StockBatch.id, Shop.organisation_id, literal(None))
        .join(Shop, Shop.id == StockBatch.shop_id)
        .where(StockBatch.id.in_(numbers))
    ),
    "receipt": lambda numbers: (
        select(StockReceipt.id, Shop.organisation_id, literal(None))
        .join(Shop, Shop.id == StockReceipt.shop_id)
        .where(StockReceipt.id.in_(numbers))
    ),
    "write_off": lambda numbers: (
        select(WriteOff.id, Shop.organisation_id, WriteOff.asked_by_user_id)
        .join(Shop, Shop.id == WriteOff.shop_id)
        .where(WriteOff.id.in_(numbers))
    ),
    "stocktake": lambda numbers: (
        select(Stocktake.id, Shop.organisation_id, Stocktake.opened_by_user_id)
        .join(Shop, Shop.id == Stocktake.shop_id)
        .where(Stocktake.id.in_(numbers))
    ),
    "transfer": lambda numbers: (
        select(StockTransfer.id, Shop.organisation_id, StockTransfer.sent_by_user_id)
        .join(Shop, Shop.id == StockTransfer.from_shop_id)
        .where(StockTransfer.id.in_(numbers))
    ),
    "handout": lambda numbers: (
        select(CharityHandout.id, Shop.organisation_id, literal(None))
        .join(Shop, Shop.id == CharityHandout.shop_id)
        .where(CharityHandout.id.in_(numbers))
    ),
    "report": lambda numbers: (
        select(ZReport.id, Shop.organisation_id, ZReport.closed_by_user_id)
        .join(Shop, Shop.id == ZReport.shop_id)
        .where(ZReport.id.in_(numbers))
    ),
    "counter_shift": lambda numbers: (
        select(CounterShift.id, Shop.organisation_id, CounterShift.opened_by_user_id)
        .join(Shop, Shop.id == CounterShift.shop_id)
        .where(CounterShift.id.in_(numbers))
    ),
    "reservation": lambda numbers: (
        select(Reservation.id, Shop.organisation_id, literal(None))
        .join(Shop, Shop.id == Reservation.shop_id)
        .where(Reservation.id.in_(numbers))
    ),
    "settlement": lambda numbers: select(
        Settlement.id, Settlement.house_organisation_id, literal(None)
    ).where(Settlement.id.in_(numbers)),
}


def counted_differences(session: Session, at: datetime) -> Iterator[CountedDifference]:
    """Differences of counts that are not in suspense yet; who counted is their cause, not who signed."""
    subject = literal("movement:") + cast(StockMovement.id, String)
    taken = select(SuspenseItem.id).where(
        SuspenseItem.check_code == STOCK_COUNT, SuspenseItem.subject == subject
    )
    query = (
        select(StockMovement, Shop.organisation_id, Product.name, Stocktake.opened_by_user_id)
        .join(Shop, Shop.id == StockMovement.shop_id)
        .join(Product, Product.id == StockMovement.product_id)
        .outerjoin(StocktakeLine, StocktakeLine.movement_id == StockMovement.id)
        .outerjoin(Stocktake, Stocktake.id == StocktakeLine.stocktake_id)
        .where(StockMovement.kind == "count", StockMovement.moved_at >= at - _LOOKED_BACK, ~taken.exists())
        .order_by(StockMovement.id)
    )
    for movement, organisation_id, product, counted_by in session.execute(query).all():
        yield CountedDifference(
            subject=f"movement:{movement.id}",
            organisation_id=organisation_id,
            product_id=movement.product_id,
            product=product,
            asset=units_asset(movement.product_id).code,
            difference=movement.quantity,
            at=movement.moved_at,
            cause_user_id=counted_by or user_number(movement.moved_by),
        )
