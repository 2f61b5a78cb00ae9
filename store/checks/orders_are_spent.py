"""From the order to the ledger: exactly one spend, of this member, of this total, under this basket's key."""

from collections.abc import Iterator

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from ledger.models import Transaction
from store.checks.reading import count_of, posted_to_member, shops_within, shown, stored
from store.orders.models import Order
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_OTHER = N_("The order names transaction %(transaction)s, which is not the spend of its basket.")
_DIFFERS = N_("The order says %(total)s points, the member was charged %(charged)s.")


def _orders(within: Range) -> Select[int]:
    return select(Order.id).where(
        Order.shop_id.in_(shops_within(within)),
        within.written(Order.id, transaction_id=Order.transaction_id),
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _orders(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    charged = posted_to_member(Order.transaction_id, Order.member_id)
    query = (
        select(
            Order.id, Order.transaction_id, stored(Order.total_points).label("total"), charged.label("given")
        )
        .add_columns((Transaction.key == literal("spend:") + Order.basket_key).label("is_own"))
        .outerjoin(Transaction, (Transaction.id == Order.transaction_id) & (Transaction.kind == "spend"))
        .where(Order.id.in_(_orders(within)))
        .order_by(Order.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        subject = f"order:{row.id}"
        if not row.is_own:
            yield Break(subject, _OTHER, {"transaction": row.transaction_id})
        elif -(row.given or 0) != row.total:
            yield Break(subject, _DIFFERS, {"total": shown(row.total), "charged": shown(-(row.given or 0))})


CHECK = Check(
    code="orders_are_spent",
    kind="vouchers",
    proves=N_("Every order was paid by exactly one spend, of its own member, for its own total."),
    broken_by=N_("An order or a posting was written or changed behind the application's back."),
    repair=N_("Compare the receipt with the ledger; take the order back with a reason and sell anew."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Order.completed_at,),
)
