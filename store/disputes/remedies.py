"""What an upheld report gives back: the points of the order, and its goods where they are there again.

By the ordinary return, so that day sheets, statements and checks know no difference. Goods that are gone come
back on paper and are written off at once: what was handed out is not on the shelf, and the books say so.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from store.catalogue.models import Product
from store.disputes.errors import RemedyMissing
from store.disputes.models import Dispute
from store.orders import queries as orders
from store.orders import returns
from store.orders.models import Order, Return
from store.stock import service as stock
from store.stock.models import StockMovement
from timebank.access.actors import Actor

POINTS, GOODS = ("back", "kept"), ("back", "gone")


@dataclass(frozen=True)
class Remedy:
    """What is decided about points (``back`` to the member, or ``kept``) and goods (``back`` on the shelf, or ``gone``)."""

    points: str
    goods: str


def read(points: str, goods: str) -> Remedy:
    """What was chosen; raises ``RemedyMissing`` unless both were said. Without points nothing moves."""
    if points not in POINTS:
        raise RemedyMissing(field="points")
    if points == "back" and goods not in GOODS:
        raise RemedyMissing(field="goods")
    return Remedy(points, goods if points == "back" else "")


def apply(
    session: Session, *, dispute: Dispute, order: Order, remedy: Remedy, reason: str, by: Actor, at: datetime
) -> Return | None:
    """Give back what is still out of the order, once; None when nothing is, or nothing was to be given."""
    out = {line_id: units for line_id, units in orders.still_out(session, order).items() if units}
    if remedy.points != "back" or not out:
        return None
    document = returns.take_back(
        session,
        order=order,
        return_key=f"dispute-{dispute.id:012d}",
        quantities=out,
        reason=reason,
        is_decided=True,
        by=by,
        at=at,
    ).document
    if remedy.goods == "gone":
        _write_off(session, document, order, reason=reason, by=by, at=at)
    return document


def _write_off(
    session: Session, document: Return, order: Order, *, reason: str, by: Actor, at: datetime
) -> None:
    lines = [line.id for line in document.lines]
    moved = session.scalars(
        select(StockMovement)
        .options(selectinload(StockMovement.batch_moves))
        .where(StockMovement.return_line_id.in_(lines))
        .order_by(StockMovement.product_id)
    ).all()
    for movement in moved:
        product = session.get_one(Product, movement.product_id)
        # A voucher that comes back was written off with its return already: its code has been seen.
        for part in movement.batch_moves if product.kind != "voucher" else ():
            stock.book_write_off(
                session,
                shop=order.shop,
                product=product,
                quantity=part.quantity,
                reason=reason,
                key=f"dispute-gone:{part.id}",
                batch_id=part.batch_id,
                by=by,
                at=at,
            )
