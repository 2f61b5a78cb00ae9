"""Nothing came back that was not handed out, and what came back is worth what it was sold for."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within, shown, stored
from store.orders.models import Order, OrderLine, Return, ReturnLine
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_MORE = N_("%(back)s units of %(product)s came back, %(quantity)s were handed out.")
_WORTH = N_("The return says %(total)s points, its lines were sold for %(lines)s.")
_FOREIGN = N_("The return brings back a line of another order.")


def _written(within: Range) -> ColumnElement[bool]:
    return within.written(Return.id, transaction_id=Return.transaction_id)


def _lines(within: Range) -> Select[Any]:
    """In an incremental run, the lines of orders that something came back of since."""
    lines = (
        select(OrderLine.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.shop_id.in_(shops_within(within)))
    )
    if within.since is None:
        return lines
    # A line names the order, wherever the return itself belongs.
    brought = (
        select(OrderLine.order_id)
        .join(ReturnLine, ReturnLine.order_line_id == OrderLine.id)
        .join(Return, Return.id == ReturnLine.return_id)
        .where(_written(within))
    )
    return lines.where(Order.id.in_(brought))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _lines(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    yield from _too_many(session, within)
    yield from _wrong_worth(session, within)


def _too_many(session: Session, within: Range) -> Iterator[Break]:
    back = func.sum(ReturnLine.quantity)
    query = (
        select(OrderLine.order_id, OrderLine.product_name, OrderLine.quantity, back.label("back"))
        .join(ReturnLine, ReturnLine.order_line_id == OrderLine.id)
        .where(OrderLine.id.in_(_lines(within)))
        .group_by(OrderLine.id, OrderLine.order_id, OrderLine.product_name, OrderLine.quantity)
        .having(back > OrderLine.quantity)
        .order_by(OrderLine.id)
    )
    for row in session.execute(query):
        facts = {"back": int(row.back), "product": row.product_name, "quantity": row.quantity}
        yield Break(f"order:{row.order_id}", _MORE, facts)


def _wrong_worth(session: Session, within: Range) -> Iterator[Break]:
    worth = func.coalesce(func.sum(stored(OrderLine.price_points) * ReturnLine.quantity), 0)
    total = stored(Return.total_points)
    foreign = func.sum(func.coalesce(OrderLine.order_id, 0) - Return.order_id)
    query = (
        select(Return.id, total.label("total"), worth.label("lines"), foreign.label("foreign"))
        .join(Order, Order.id == Return.order_id)
        .outerjoin(ReturnLine, ReturnLine.return_id == Return.id)
        .outerjoin(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .where(Order.shop_id.in_(shops_within(within)), _written(within))
        .group_by(Return.id)
        .having((worth != total) | (foreign != 0))
        .order_by(Return.id)
    )
    for row in session.execute(query):
        subject = f"return:{row.id}"
        if row.foreign:
            yield Break(subject, _FOREIGN)
        else:
            yield Break(subject, _WORTH, {"total": shown(row.total), "lines": shown(row.lines)})


CHECK = Check(
    code="returns_fit_orders",
    kind="vouchers",
    proves=N_(
        "No order got back more units than it handed out, and every return is worth what its lines were sold for."
    ),
    broken_by=N_("A return or its lines were written or changed behind the application's back."),
    repair=N_("Compare the returns with the order's receipt and count the shelf."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Return.returned_at,),
)
