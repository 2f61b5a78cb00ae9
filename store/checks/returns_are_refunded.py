"""From the return to the ledger: exactly one refund, to this member, of this total."""

from collections.abc import Iterator

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from ledger.models import Transaction
from store.checks.reading import count_of, posted_to_member, shops_within, shown, stored
from store.orders.models import Order, Return
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_OTHER = N_("The return names transaction %(transaction)s, which is not its refund.")
_DIFFERS = N_("The return says %(total)s points, the member was given %(given)s.")


def _returns(within: Range) -> Select[int]:
    return (
        select(Return.id)
        .join(Order, Order.id == Return.order_id)
        .where(
            Order.shop_id.in_(shops_within(within)),
            within.written(Return.id, transaction_id=Return.transaction_id),
        )
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _returns(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    given = posted_to_member(Return.transaction_id, Order.member_id)
    query = (
        select(
            Return.id, Return.transaction_id, stored(Return.total_points).label("total"), given.label("given")
        )
        .add_columns((Transaction.key == literal("refund:") + Return.return_key).label("is_own"))
        .join(Order, Order.id == Return.order_id)
        .outerjoin(Transaction, (Transaction.id == Return.transaction_id) & (Transaction.kind == "refund"))
        .where(Return.id.in_(_returns(within)))
        .order_by(Return.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        subject = f"return:{row.id}"
        if not row.is_own:
            yield Break(subject, _OTHER, {"transaction": row.transaction_id})
        elif (row.given or 0) != row.total:
            yield Break(subject, _DIFFERS, {"total": shown(row.total), "given": shown(row.given)})


CHECK = Check(
    code="returns_are_refunded",
    kind="vouchers",
    proves=N_("Every return gave back exactly its total, once, to the member of its order."),
    broken_by=N_("A return or a posting was written or changed behind the application's back."),
    repair=N_("Compare the return with the ledger; correct the member's points by a posting with a reason."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Return.returned_at,),
)
