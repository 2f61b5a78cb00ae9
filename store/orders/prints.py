"""Printing a receipt: the first is the original, every later one a copy with its number."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.orders.models import Order, ReceiptPrint
from timebank.access.actors import Actor


def print_receipt(session: Session, *, order: Order, by: Actor, at: datetime) -> ReceiptPrint:
    """Write a printing down; of two at one moment each has a number of its own."""
    session.execute(select(Order.id).where(Order.id == order.id).with_for_update(key_share=True))
    last = session.scalar(select(func.max(ReceiptPrint.number)).where(ReceiptPrint.order_id == order.id))
    found = ReceiptPrint(
        order_id=order.id, number=(last or 0) + 1, printed_by_user_id=by.user_id, printed_at=at
    )
    session.add(found)
    session.flush()
    return found


def printed(session: Session, order: Order, number: int) -> ReceiptPrint | None:
    """The printing with this number."""
    return session.scalar(
        select(ReceiptPrint).where(ReceiptPrint.order_id == order.id, ReceiptPrint.number == number)
    )


def print_count(session: Session, order: Order) -> int:
    """How often the receipt was printed."""
    return session.scalar(select(func.count(ReceiptPrint.id)).where(ReceiptPrint.order_id == order.id)) or 0
