"""From the ledger to the documents: every spend is one order's, every refund one return's."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger.models import Transaction
from store.checks.reading import count_of
from store.orders.models import Order, Return
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_NO_ORDER = N_("Points were spent under %(key)s, but there is no order for it.")
_NO_RETURN = N_("Points were given back under %(key)s, but there is no return for it.")


def _transactions(within: Range) -> Select[int]:
    return select(Transaction.id).where(Transaction.kind.in_(("spend", "refund")), within.new(Transaction.id))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _transactions(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    orders = select(func.count(Order.id)).where(Order.transaction_id == Transaction.id).scalar_subquery()
    documents = select(func.count(Return.id)).where(Return.transaction_id == Transaction.id).scalar_subquery()
    query = (
        select(Transaction.id, Transaction.key, Transaction.kind)
        .where(
            within.new(Transaction.id),
            ((Transaction.kind == "spend") & (orders != 1))
            | ((Transaction.kind == "refund") & (documents != 1)),
        )
        .order_by(Transaction.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        says = _NO_ORDER if row.kind == "spend" else _NO_RETURN
        yield Break(f"transaction:{row.id}", says, {"key": row.key})


CHECK = Check(
    code="spends_have_documents",
    kind="vouchers",
    proves=N_("Every spend of points stands for exactly one order, every refund for exactly one return."),
    broken_by=N_("Points were posted without goods, or an order or return was removed."),
    repair=N_("Find out who posted it; reverse the posting with its reason."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
)
