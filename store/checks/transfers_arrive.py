"""What is on the way between two shops, by the books, is what was sent and has not arrived by the papers."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select, true
from sqlalchemy.orm import Session

from ledger.models import Account, Entry
from store.checks.reading import count_of, posted_to_shelf, shops_within
from store.stock.paper_models import ArrivalLine, StockTransfer, TransferArrival, TransferLine
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_WAY = N_("By the papers %(said)s units are on the way, by the books %(posted)s.")
_SENT = N_("The paper says that %(said)s units were sent, the books say %(posted)s.")
_CAME = N_("The paper says that %(said)s units arrived, the books say %(posted)s.")


def _goods(within: Range) -> Select[Any]:
    """Every product of every transfer: sent, arrived (None while it is on the way), and what the books say of each."""
    way = (
        select(func.coalesce(func.sum(Entry.amount), 0))
        .join(Account, Account.id == Entry.account_id)
        .where(Account.code == _transit(StockTransfer.key, TransferLine.product_id))
        .correlate(StockTransfer, TransferLine)
        .scalar_subquery()
    )
    left = posted_to_shelf(StockTransfer.transaction_id, StockTransfer.from_shop_id, TransferLine.product_id)
    came = posted_to_shelf(TransferArrival.transaction_id, StockTransfer.to_shop_id, TransferLine.product_id)
    return (
        select(
            StockTransfer.id,
            TransferLine.product_id,
            func.sum(TransferLine.quantity).label("sent"),
            func.sum(ArrivalLine.quantity).label("arrived"),
            TransferArrival.id.label("arrival"),
            func.coalesce(way, 0).label("way"),
            func.coalesce(-left, 0).label("posted_out"),
            func.coalesce(came, 0).label("posted_in"),
        )
        .join(TransferLine, TransferLine.transfer_id == StockTransfer.id)
        .outerjoin(TransferArrival, TransferArrival.transfer_id == StockTransfer.id)
        .outerjoin(
            ArrivalLine,
            (ArrivalLine.transfer_line_id == TransferLine.id)
            & (ArrivalLine.arrival_id == TransferArrival.id),
        )
        .where(StockTransfer.from_shop_id.in_(shops_within(within)), _looked_at(within))
        .group_by(
            StockTransfer.id,
            StockTransfer.key,
            StockTransfer.from_shop_id,
            StockTransfer.to_shop_id,
            StockTransfer.transaction_id,
            TransferLine.product_id,
            TransferArrival.id,
            TransferArrival.transaction_id,
        )
    )


def _looked_at(within: Range) -> ColumnElement[bool]:
    """What is on the way, and in an incremental run of the rest only what was sent or has arrived since."""
    if within.since is None:
        return true()
    return or_(
        TransferArrival.id.is_(None),
        within.written(StockTransfer.id, transaction_id=StockTransfer.transaction_id),
        within.written(TransferArrival.id, transaction_id=TransferArrival.transaction_id),
    )


def _transit(key: Any, product_id: Any) -> Any:
    """The code of the account on the way, as ``books.chart.transit`` spells it."""
    return literal("transfer:") + key + literal(":") + cast(product_id, String)


def _count(session: Session, within: Range) -> int:
    return count_of(session, _goods(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    goods = _goods(within).subquery()
    for row in session.execute(select(goods).order_by(goods.c.id, goods.c.product_id)):
        sent, arrived = int(row.sent), int(row.arrived or 0)
        due = 0 if row.arrival is not None else sent
        for says, said, posted in (
            (_SENT, sent, int(row.posted_out)),
            (_CAME, arrived, int(row.posted_in)),
            (_WAY, due, int(row.way)),
        ):
            if said != posted:
                yield Break(f"transfer:{row.id}", says, {"said": said, "posted": posted})
                break


CHECK = Check(
    code="transfers_arrive",
    kind="shelf",
    proves=N_("What is on the way between shops, by the books, is what was sent and has not arrived."),
    broken_by=N_("A line of a transfer, or of its arrival, was changed."),
    repair=N_("Count both shops; the differences are booked by the counts and stay visible."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(
        StockTransfer.sent_at,
        TransferArrival.received_at,
    ),
)
