"""An order's total is the sum of its lines."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within, shown, stored
from store.orders.models import Order, OrderLine
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("The order says %(total)s points, its lines come to %(lines)s.")


def _orders(within: Range) -> Select[int]:
    return select(Order.id).where(
        Order.shop_id.in_(shops_within(within)),
        within.written(Order.id, transaction_id=Order.transaction_id),
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _orders(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    lines = func.coalesce(func.sum(stored(OrderLine.price_points) * OrderLine.quantity), 0)
    total = stored(Order.total_points)
    query = (
        select(Order.id, total.label("total"), lines.label("lines"))
        .outerjoin(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.id.in_(_orders(within)))
        .group_by(Order.id)
        .having(lines != total)
        .order_by(Order.id)
    )
    for row in session.execute(query):
        yield Break(f"order:{row.id}", _DIFFERS, {"total": shown(row.total), "lines": shown(row.lines)})


CHECK = Check(
    code="order_totals",
    kind="vouchers",
    proves=N_("The total of every order is the sum of its lines, price times quantity."),
    broken_by=N_("An order, a line or a price in it was changed after it was finished."),
    repair=N_("Compare with the printed receipt; the trail and a backup show what was there before."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Order.completed_at,),
)
