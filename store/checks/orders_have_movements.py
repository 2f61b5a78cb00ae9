"""Every line that was handed out, and every line that came back, is exactly one movement, and the other way round."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.orders.models import Order, OrderLine, Return, ReturnLine
from store.stock.models import StockMovement
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_LINE = N_("%(quantity)s units of %(product)s were handed out, the shelf's movements say %(moved)s.")
_BACK = N_("%(quantity)s units of %(product)s came back, the shelf's movements say %(moved)s.")
_LOOSE = N_("%(moved)s units left or came back without an order or return.")


def _order_lines(within: Range) -> Select[Any]:
    """Lines with what the movements of the same shop, product and transaction say."""
    moved = func.coalesce(func.sum(StockMovement.quantity), 0)
    return (
        select(OrderLine.id, OrderLine.product_name, OrderLine.quantity, Order.id.label("document"))
        .add_columns(moved.label("moved"), func.count(StockMovement.id).label("movements"))
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(
            StockMovement,
            (StockMovement.order_line_id == OrderLine.id)
            & (StockMovement.kind == "sale")
            & (StockMovement.product_id == OrderLine.product_id)
            & (StockMovement.shop_id == Order.shop_id)
            & (StockMovement.transaction_id == Order.transaction_id),
        )
        .where(
            Order.shop_id.in_(shops_within(within)),
            within.written(Order.id, transaction_id=Order.transaction_id),
        )
        .group_by(OrderLine.id, OrderLine.product_name, OrderLine.quantity, Order.id)
    )


def _return_lines(within: Range) -> Select[Any]:
    moved = func.coalesce(func.sum(StockMovement.quantity), 0)
    return (
        select(ReturnLine.id, OrderLine.product_name, ReturnLine.quantity, Return.id.label("document"))
        .add_columns(moved.label("moved"), func.count(StockMovement.id).label("movements"))
        .join(Return, Return.id == ReturnLine.return_id)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Order, Order.id == Return.order_id)
        .outerjoin(
            StockMovement,
            (StockMovement.return_line_id == ReturnLine.id)
            & (StockMovement.kind == "return")
            & (StockMovement.product_id == OrderLine.product_id)
            & (StockMovement.shop_id == Order.shop_id)
            & (StockMovement.transaction_id == Return.transaction_id),
        )
        .where(
            Order.shop_id.in_(shops_within(within)),
            within.written(Return.id, transaction_id=Return.transaction_id),
        )
        .group_by(ReturnLine.id, OrderLine.product_name, ReturnLine.quantity, Return.id)
    )


def _loose(within: Range) -> Select[int, int]:
    sold = (StockMovement.kind == "sale") & StockMovement.order_line_id.is_(None)
    back = (StockMovement.kind == "return") & StockMovement.return_line_id.is_(None)
    return (
        select(StockMovement.id, StockMovement.quantity)
        .where(
            StockMovement.shop_id.in_(shops_within(within)),
            sold | back,
            within.written(StockMovement.id, transaction_id=StockMovement.transaction_id),
        )
        .order_by(StockMovement.id)
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _order_lines(within)) + count_of(session, _return_lines(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    for query, sign, room, says in (
        (_order_lines(within), -1, "order", _LINE),
        (_return_lines(within), 1, "return", _BACK),
    ):
        lines = query.subquery()
        wrong = select(lines).where((lines.c.moved != sign * lines.c.quantity) | (lines.c.movements != 1))
        for row in session.execute(wrong.order_by(lines.c.id)):
            facts = {"product": row.product_name, "quantity": row.quantity, "moved": sign * int(row.moved)}
            yield Break(f"{room}:{row.document}", says, facts)
    for movement in session.execute(_loose(within)):
        yield Break(f"movement:{movement.id}", _LOOSE, {"moved": abs(movement.quantity)})


CHECK = Check(
    code="orders_have_movements",
    kind="shelf",
    proves=N_(
        "Every line of an order, and of a return, is exactly one movement of its shelf in the same posting."
    ),
    broken_by=N_("A movement, a line or its quantity was changed, or goods were moved without a document."),
    repair=N_("Count the shelf; the difference is booked by the count and stays visible."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(
        Order.completed_at,
        Return.returned_at,
        StockMovement.moved_at,
    ),
)
