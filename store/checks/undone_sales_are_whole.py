"""An undo gives back the whole of its sale within ten minutes, and nothing else of it came back before."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within, stored
from store.orders.models import Order, OrderLine, Return, ReturnLine
from store.orders.rules import may_undo
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_LATE = N_("The sale was undone later than it may be.")
_PART = N_("The undo gives back another part than the whole sale.")


def _undone(within: Range) -> Select[int]:
    return (
        select(Return.id)
        .join(Order, Order.id == Return.order_id)
        .where(
            Return.kind == "undo",
            Order.shop_id.in_(shops_within(within)),
            within.written(Return.id, transaction_id=Return.transaction_id),
        )
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _undone(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    sold = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id).scalar_subquery()
    back = select(func.sum(ReturnLine.quantity)).where(ReturnLine.return_id == Return.id).scalar_subquery()
    query = (
        select(
            Return.id,
            Return.returned_at,
            Order.completed_at,
            Return.undone_order_id,
            Order.id.label("order_id"),
        )
        .add_columns((stored(Return.total_points) == stored(Order.total_points)).label("same_points"))
        .add_columns((sold == back).label("same_units"))
        .join(Order, Order.id == Return.order_id)
        .where(Return.id.in_(_undone(within)))
        .order_by(Return.id)
    )
    for row in session.execute(query):
        if not may_undo(row.completed_at, row.returned_at):
            yield Break(f"return:{row.id}", _LATE, {})
        elif not (row.same_points and row.same_units and row.undone_order_id == row.order_id):
            yield Break(f"return:{row.id}", _PART, {})


CHECK = Check(
    code="undone_sales_are_whole",
    kind="vouchers",
    proves=N_("What was undone was undone as a whole, within ten minutes, once."),
    broken_by=N_("A return was made to look like an undo, or an undo was changed."),
    repair=N_("Compare it with the sale; take back what is missing with a reason."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Return.returned_at,),
)
