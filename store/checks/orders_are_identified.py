"""Nothing was handed out to somebody who was not identified, or without the agreement that its sum needs."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.orders.models import Order
from timebank.access.models import User
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

IDENTIFIED = ("code", "card", "card_pin", "number_pin", "pickup_code")
_UNKNOWN = N_("The order says that the member was identified by “%(how)s”, which no counter does.")
_ALONE = N_("The attendant who served is the member who received.")


def _looked_at(within: Range) -> ColumnElement[bool]:
    return within.written(Order.id, transaction_id=Order.transaction_id)


def _orders(within: Range) -> Select[int]:
    return select(Order.id).where(Order.shop_id.in_(shops_within(within)), _looked_at(within))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _orders(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    own = select(User.id).where(User.id == Order.sold_by_user_id, User.member_id == Order.member_id).exists()
    query = (
        select(Order.id, Order.identified_by, own.label("own"))
        .where(Order.id.in_(_orders(within)), or_(Order.identified_by.not_in(IDENTIFIED), own))
        .order_by(Order.id)
    )
    for order_id, how, is_own in session.execute(query):
        yield Break(f"order:{order_id}", _ALONE if is_own else _UNKNOWN, {} if is_own else {"how": how})


CHECK = Check(
    code="orders_are_identified",
    kind="vouchers",
    proves=N_("Every order stands for a member who was identified at the counter, by somebody else."),
    broken_by=N_("An order was written or changed behind the application's back."),
    repair=N_("Ask the member whether they were there; take the order back if they were not."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Order.completed_at,),
)
