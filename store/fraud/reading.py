"""Orders, returns and counts as the shop's rules read them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter.models import CounterShift, ShiftCount
from store.orders.models import Order, Return
from timebank.fraud.rules.reading import Line


def orders(
    session: Session, since: datetime, until: datetime, *criteria: ColumnElement[bool], order: Iterable[Any]
) -> Iterator[Line]:
    """Completed redemptions with their shop's organisation."""
    query = (
        select(
            Order.id,
            Order.shop_id,
            Order.member_id,
            Order.total_points,
            Order.identified_by,
            Order.agreed_by,
            Order.sold_by_user_id.label("attendant"),
            Order.completed_at,
            Shop.organisation_id,
        )
        .join(Shop, Shop.id == Order.shop_id)
        .where(Order.completed_at >= since, Order.completed_at < until, *criteria)
        .order_by(*order)
        .execution_options(yield_per=2000)
    )
    yield from session.execute(query)


def returns(session: Session, since: datetime, until: datetime) -> Iterator[Line]:
    """Returns and undone sales with the order that they take back."""
    query = (
        select(
            Return.id,
            Return.order_id,
            Return.kind,
            Return.total_points,
            Return.taken_by_user_id.label("attendant"),
            Return.approved_by_user_id.label("approver"),
            Return.returned_at,
            Return.transaction_id,
            Order.member_id,
            Order.completed_at,
            Shop.organisation_id,
        )
        .join(Order, Order.id == Return.order_id)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Return.returned_at >= since, Return.returned_at < until)
        .order_by(Return.taken_by_user_id, Return.id)
    )
    yield from session.execute(query)


def attendants_with_missing_goods(session: Session, since: datetime, until: datetime) -> set[int]:
    """Attendants after whose shifts the blind count found less than the books say."""
    query = (
        select(CounterShift.opened_by_user_id, ShiftCount.rows)
        .join(ShiftCount, ShiftCount.shift_id == CounterShift.id)
        .where(ShiftCount.differs, ShiftCount.counted_at >= since, ShiftCount.counted_at < until)
    )
    return {
        user for user, rows in session.execute(query) if any(one["counted"] < one["book"] for one in rows)
    }
