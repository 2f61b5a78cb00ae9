"""Following donated goods: which batches came from whom, and where their units went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from store.catalogue.models import Product, Shop
from store.charity.errors import DonationAbsent, FairAbsent, HandoutAbsent
from store.charity.models import CharityFair, CharityHandout, CharityHandoutLine
from store.orders.models import Order, OrderLine, ReturnLine
from store.stock.models import BatchMove, ReceiptLine, StockBatch, StockMovement, StockReceipt, StockSource

LISTED_HANDOUTS = 50


@dataclass(frozen=True)
class Donated:
    """Units of a donated batch on a shop's shelf, and where they came from."""

    batch: StockBatch
    product: Product
    receipt: StockReceipt
    donor: str


@dataclass(frozen=True)
class Step:
    """Something that happened to donated units: ``kind`` as movements are called; ``who`` has them now, or had."""

    at: datetime
    kind: str
    units: int
    shop: str
    who: str
    document: str


def _roots() -> CTE:
    """Every batch with the batch that it began as, before it was sent from shop to shop."""
    roots = (
        select(StockBatch.id.label("batch_id"), StockBatch.id.label("root_id"))
        .where(StockBatch.origin_id.is_(None))
        .cte("roots", recursive=True)
    )
    return roots.union_all(
        select(StockBatch.id, roots.c.root_id).join(roots, roots.c.batch_id == StockBatch.origin_id)
    )


def donated(session: Session, shop: Shop) -> list[Donated]:
    """Donated units that are still on the shop's shelves, what expires first first."""
    roots, root = _roots(), StockBatch.__table__.alias("root")
    rows = session.execute(
        select(StockBatch, Product, StockReceipt, StockSource.name)
        .join(roots, roots.c.batch_id == StockBatch.id)
        .join(root, root.c.id == roots.c.root_id)
        .join(StockMovement, StockMovement.id == root.c.made_by_movement_id)
        .join(ReceiptLine, ReceiptLine.id == StockMovement.receipt_line_id)
        .join(StockReceipt, StockReceipt.id == ReceiptLine.receipt_id)
        .join(Product, Product.id == StockBatch.product_id)
        .outerjoin(StockSource, StockSource.id == StockReceipt.source_id)
        .where(StockBatch.shop_id == shop.id, StockBatch.left > 0, StockReceipt.kind == "donation")
        .order_by(StockBatch.expires_at.nulls_last(), Product.sort_name, StockBatch.id)
    )
    return [Donated(batch, product, receipt, str(name or "")) for batch, product, receipt, name in rows]


def donation(session: Session, shop: Shop, receipt_id: int) -> StockReceipt:
    """A donation that this shop received; raises ``DonationAbsent``."""
    found = session.scalar(
        select(StockReceipt)
        .options(
            joinedload(StockReceipt.source),
            selectinload(StockReceipt.lines).joinedload(ReceiptLine.product),
        )
        .where(
            StockReceipt.id == receipt_id, StockReceipt.shop_id == shop.id, StockReceipt.kind == "donation"
        )
    )
    if found is None:
        raise DonationAbsent
    return found


def donations(session: Session, shop: Shop, *, limit: int = 30) -> Sequence[StockReceipt]:
    """Donations that this shop received, newest first."""
    return session.scalars(
        select(StockReceipt)
        .options(joinedload(StockReceipt.source))
        .where(StockReceipt.shop_id == shop.id, StockReceipt.kind == "donation")
        .order_by(StockReceipt.id.desc())
        .limit(limit)
    ).all()


def fate(session: Session, line: ReceiptLine) -> list[Step]:
    """What became of one line of a donation, in order, in whichever shop it went to."""
    roots, root = _roots(), StockBatch.__table__.alias("root")
    moves = session.execute(
        select(StockMovement, BatchMove.quantity, Shop.name)
        .join(BatchMove, BatchMove.movement_id == StockMovement.id)
        .join(roots, roots.c.batch_id == BatchMove.batch_id)
        .join(root, root.c.id == roots.c.root_id)
        .join(Shop, Shop.id == StockMovement.shop_id)
        .where(
            root.c.made_by_movement_id.in_(
                select(StockMovement.id).where(StockMovement.receipt_line_id == line.id)
            )
        )
        .order_by(StockMovement.moved_at, StockMovement.id)
    ).all()
    people = _receivers(session, [movement for movement, _units, _shop in moves])
    return [
        Step(
            movement.moved_at,
            movement.kind,
            int(units),
            str(shop),
            *people.get(movement.id, ("", "")),
        )
        for movement, units, shop in moves
    ]


def _receivers(session: Session, movements: Sequence[StockMovement]) -> dict[int, tuple[str, str]]:
    """Movement id → who got or brought back the units, and the number of the paper."""
    found: dict[int, tuple[str, str]] = {}
    handed = session.execute(
        select(CharityHandoutLine.movement_id, CharityHandout.recipient_name, CharityHandout.number)
        .join(CharityHandout, CharityHandout.id == CharityHandoutLine.handout_id)
        .where(CharityHandoutLine.movement_id.in_([one.id for one in movements]))
    )
    found |= {int(movement_id): (str(name), str(number)) for movement_id, name, number in handed}
    sold_lines = {one.order_line_id: one.id for one in movements if one.order_line_id is not None}
    back_lines = {one.return_line_id: one.id for one in movements if one.return_line_id is not None}
    lines = select(OrderLine).options(joinedload(OrderLine.order).joinedload(Order.member))
    for line in session.scalars(lines.where(OrderLine.id.in_(sold_lines))):
        found[sold_lines[line.id]] = (line.order.member.name, str(line.order.number))
    returned = select(ReturnLine).options(
        joinedload(ReturnLine.order_line).joinedload(OrderLine.order).joinedload(Order.member)
    )
    for back in session.scalars(returned.where(ReturnLine.id.in_(back_lines))):
        order = back.order_line.order
        found[back_lines[back.id]] = (order.member.name, str(order.number))
    return found


def handouts(session: Session, shop: Shop) -> Sequence[CharityHandout]:
    """What was handed out here, newest first."""
    return session.scalars(
        select(CharityHandout)
        .options(selectinload(CharityHandout.lines).joinedload(CharityHandoutLine.product))
        .where(CharityHandout.shop_id == shop.id)
        .order_by(CharityHandout.id.desc())
        .limit(LISTED_HANDOUTS)
    ).all()


def handout(session: Session, shop: Shop, handout_id: int) -> CharityHandout:
    """One handout of the shop; raises ``HandoutAbsent``."""
    found = session.scalar(
        select(CharityHandout)
        .options(selectinload(CharityHandout.lines).joinedload(CharityHandoutLine.product))
        .where(CharityHandout.id == handout_id, CharityHandout.shop_id == shop.id)
    )
    if found is None:
        raise HandoutAbsent
    return found


def handout_with_key(session: Session, key: str) -> CharityHandout | None:
    """The handout that a page's key stands for."""
    return session.scalar(
        select(CharityHandout).options(selectinload(CharityHandout.lines)).where(CharityHandout.key == key)
    )


def fairs(session: Session, shop: Shop) -> Sequence[CharityFair]:
    """The shop's fairs, newest first."""
    return session.scalars(
        select(CharityFair)
        .where(CharityFair.shop_id == shop.id)
        .order_by(CharityFair.first_day.desc(), CharityFair.id.desc())
    ).all()


def fair(session: Session, shop: Shop, fair_id: int) -> CharityFair:
    """One fair of the shop; raises ``FairAbsent``."""
    found = session.scalar(
        select(CharityFair).where(CharityFair.id == fair_id, CharityFair.shop_id == shop.id)
    )
    if found is None:
        raise FairAbsent
    return found


@dataclass(frozen=True)
class Sold:
    """Donated units of one product and one donor that a fair sold, less what came back."""

    product: str
    donor: str
    units: int
    points: Decimal


def sold_at(session: Session, fair: CharityFair, timezone: ZoneInfo) -> list[Sold]:
    """What the fair sold of donated goods, by product and donor, with the points that members paid for it."""
    since = datetime.combine(fair.first_day, time(), timezone)
    until = datetime.combine(fair.last_day + timedelta(days=1), time(), timezone)
    roots, root = _roots(), StockBatch.__table__.alias("root")
    made, line, sale = StockMovement.__table__.alias("made"), ReceiptLine, StockMovement
    back = select(ReturnLine.order_line_id).where(ReturnLine.id == sale.return_line_id).scalar_subquery()
    rows = session.execute(
        select(Product.name, StockSource.name, OrderLine.price_points, -func.sum(BatchMove.quantity))
        .select_from(BatchMove)
        .join(sale, sale.id == BatchMove.movement_id)
        .join(OrderLine, OrderLine.id == func.coalesce(sale.order_line_id, back))
        .join(Order, Order.id == OrderLine.order_id)
        .join(roots, roots.c.batch_id == BatchMove.batch_id)
        .join(root, root.c.id == roots.c.root_id)
        .join(made, made.c.id == root.c.made_by_movement_id)
        .join(line, line.id == made.c.receipt_line_id)
        .join(StockReceipt, StockReceipt.id == line.receipt_id)
        .join(Product, Product.id == OrderLine.product_id)
        .outerjoin(StockSource, StockSource.id == StockReceipt.source_id)
        .where(StockReceipt.kind == "donation", Order.shop_id == fair.shop_id)
        .where(Order.completed_at >= since, Order.completed_at < until)
        .group_by(Product.name, StockSource.name, OrderLine.price_points)
        .order_by(Product.name, StockSource.name)
    )
    return _added_up(rows.all())


def _added_up(rows: Sequence[Any]) -> list[Sold]:
    """One line for each product and donor, whatever the prices were."""
    found: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for product, donor, price, units in rows:
        key = (str(product), str(donor or ""))
        before, points = found.get(key, (0, Decimal(0)))
        found[key] = (before + int(units), points + price * int(units))
    return [Sold(*key, units, points) for key, (units, points) in found.items() if units]


def fair_on(session: Session, shop_id: int, day: date) -> CharityFair | None:
    """The fair that the shop holds on ``day``, if it does."""
    return session.scalar(
        select(CharityFair).where(
            CharityFair.shop_id == shop_id, CharityFair.first_day <= day, CharityFair.last_day >= day
        )
    )
