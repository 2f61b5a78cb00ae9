"""Receipts of a shop are numbered 1, 2, 3 … : a number that is missing is an order that is missing."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.orders.models import Order
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_GAP = N_("Receipts go up to no. %(last)s, but there are %(orders)s orders.")


def _orders(within: Range) -> ColumnElement[bool]:
    return and_(
        Order.shop_id.in_(shops_within(within)),
        within.written(Order.id, transaction_id=Order.transaction_id),
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, select(Order.id).where(_orders(within)))


def _suspicious(within: Range) -> Select[int]:
    """Shops whose new receipts do not follow one another, or not those before."""
    of_new = (
        select(
            Order.shop_id,
            func.min(Order.number).label("lowest"),
            func.max(Order.number).label("highest"),
            func.count(Order.id).label("orders"),
        )
        .where(_orders(within))
        .group_by(Order.shop_id)
        .subquery()
    )
    before = (
        select(Order.id)
        .where(Order.shop_id == of_new.c.shop_id, Order.number == of_new.c.lowest - 1)
        .exists()
    )
    follows = (of_new.c.highest - of_new.c.lowest + 1 == of_new.c.orders) & ((of_new.c.lowest == 1) | before)
    return select(of_new.c.shop_id).where(~follows)


def _find(session: Session, within: Range) -> Iterator[Break]:
    last, orders = func.max(Order.number), func.count(Order.id)
    query = (
        select(Order.shop_id, last.label("last"), orders.label("orders"))
        .where(Order.shop_id.in_(shops_within(within) if within.since is None else _suspicious(within)))
        .group_by(Order.shop_id)
        .having((last != orders) | (func.min(Order.number) != 1))
        .order_by(Order.shop_id)
    )
    for row in session.execute(query):
        yield Break(f"shop:{row.shop_id}", _GAP, {"last": row.last, "orders": row.orders})


CHECK = Check(
    code="numbers_without_gaps",
    kind="vouchers",
    proves=N_("The receipts of every shop are numbered from 1 without a gap."),
    broken_by=N_("An order was removed from the database, or its number was changed."),
    repair=N_("Look for the missing number in the trail and in a backup."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Order.completed_at,),
)
