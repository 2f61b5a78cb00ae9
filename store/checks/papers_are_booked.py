"""Every line on a paper about stock is one movement, and every such movement has its paper with two people where two are due."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.stock.models import ReceiptLine, StockMovement, StockReceipt
from store.stock.paper_models import Stocktake, StocktakeLine, WriteOff
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_RECEIPT = N_("The goods-in paper says %(said)s units, its movement %(moved)s.")
_WRITE_OFF = N_("The write-off says %(said)s units, its movement %(moved)s.")
_COUNT = N_("Counted %(counted)s, expected %(expected)s, booked %(moved)s.")
_ALONE = N_("The same person asked for it and agreed to it.")
_LOOSE = N_("%(moved)s units were moved without a paper.")


def _moved(within: Range) -> ColumnElement[bool]:
    return within.written(StockMovement.id, transaction_id=StockMovement.transaction_id)


def _decided(within: Range, paper: Any, asked_at: Any) -> ColumnElement[bool]:
    """Papers that are decided later than they are asked for; there are few of them."""
    return within.written(paper.id, changed=func.coalesce(paper.decided_at, asked_at))


def _receipts(within: Range) -> Select[*tuple[Any, ...]]:
    fits = (
        (StockMovement.receipt_line_id == ReceiptLine.id)
        & (StockMovement.product_id == ReceiptLine.product_id)
        & (StockMovement.shop_id == StockReceipt.shop_id)
        & (StockMovement.kind == StockReceipt.kind)
    )
    return (
        select(StockReceipt.id, ReceiptLine.id.label("line"), ReceiptLine.quantity.label("said"))
        .add_columns(func.coalesce(StockMovement.quantity, 0).label("moved"))
        .join(ReceiptLine, ReceiptLine.receipt_id == StockReceipt.id)
        .outerjoin(StockMovement, fits)
        .where(StockReceipt.shop_id.in_(shops_within(within)), within.written(StockReceipt.id))
    )


def _write_offs(within: Range) -> Select[*tuple[Any, ...]]:
    return (
        select(WriteOff.id, WriteOff.quantity.label("said"))
        .add_columns(func.coalesce(-StockMovement.quantity, 0).label("moved"))
        .outerjoin(
            StockMovement,
            (StockMovement.id == WriteOff.movement_id)
            & (StockMovement.product_id == WriteOff.product_id)
            & (StockMovement.shop_id == WriteOff.shop_id)
            & (StockMovement.kind == "write_off"),
        )
        .where(
            WriteOff.status == "booked",
            WriteOff.shop_id.in_(shops_within(within)),
            _decided(within, WriteOff, WriteOff.asked_at),
        )
    )


def _counts(within: Range) -> Select[*tuple[Any, ...]]:
    return (
        select(Stocktake.id, StocktakeLine.id.label("line"))
        .add_columns(StocktakeLine.counted_units.label("counted"))
        .add_columns(StocktakeLine.expected_units.label("expected"))
        .add_columns(func.coalesce(StockMovement.quantity, 0).label("moved"))
        .join(StocktakeLine, StocktakeLine.stocktake_id == Stocktake.id)
        .outerjoin(
            StockMovement,
            (StockMovement.id == StocktakeLine.movement_id)
            & (StockMovement.product_id == StocktakeLine.product_id)
            & (StockMovement.shop_id == Stocktake.shop_id),
        )
        .where(
            Stocktake.status == "approved",
            StocktakeLine.counted_units.is_not(None),
            Stocktake.shop_id.in_(shops_within(within)),
            _decided(within, Stocktake, Stocktake.opened_at),
        )
    )


def _loose(within: Range) -> Select[*tuple[Any, ...]]:
    """Goods that came in without a paper, or that left without one."""
    no_receipt = StockMovement.kind.in_(("receipt", "donation")) & StockMovement.receipt_line_id.is_(None)
    papers = select(WriteOff.movement_id).where(WriteOff.movement_id.is_not(None))
    # A voucher that was brought back is written off by the return itself.
    back = StockMovement.movement_key.startswith("voucher-back:")
    no_write_off = (StockMovement.kind == "write_off") & StockMovement.id.not_in(papers) & ~back
    return (
        select(StockMovement.id, StockMovement.quantity.label("moved"))
        .where(StockMovement.shop_id.in_(shops_within(within)), _moved(within), or_(no_receipt, no_write_off))
        .order_by(StockMovement.id)
    )


def _alone(within: Range) -> Select[*tuple[Any, ...]]:
    return select(WriteOff.id).where(
        WriteOff.shop_id.in_(shops_within(within)),
        WriteOff.status == "booked",
        WriteOff.needs_second,
        _decided(within, WriteOff, WriteOff.asked_at),
        or_(WriteOff.decided_by_user_id.is_(None), WriteOff.decided_by_user_id == WriteOff.asked_by_user_id),
    )


def _count(session: Session, within: Range) -> int:
    return sum(
        count_of(session, query) for query in (_receipts(within), _write_offs(within), _counts(within))
    )


def _find(session: Session, within: Range) -> Iterator[Break]:
    for room, query, says in (
        ("receipt", _receipts(within), _RECEIPT),
        ("write_off", _write_offs(within), _WRITE_OFF),
    ):
        said = query.subquery()
        for row in session.execute(select(said).where(said.c.said != said.c.moved).order_by(said.c.id)):
            yield Break(f"{room}:{row.id}", says, {"said": row.said, "moved": int(row.moved)})
    counted = _counts(within).subquery()
    wrong = counted.c.counted - counted.c.expected != counted.c.moved
    for row in session.execute(select(counted).where(wrong).order_by(counted.c.line)):
        facts = {"counted": row.counted, "expected": row.expected, "moved": int(row.moved)}
        yield Break(f"stocktake:{row.id}", _COUNT, facts)
    for row in session.execute(_alone(within)):
        yield Break(f"write_off:{row.id}", _ALONE, {})
    for row in session.execute(_loose(within)):
        yield Break(f"movement:{row.id}", _LOOSE, {"moved": abs(row.moved)})


CHECK = Check(
    code="papers_are_booked",
    kind="vouchers",
    proves=N_(
        "Every line of goods in, every write-off and every difference that was counted is one movement, and each has its paper."
    ),
    broken_by=N_("A paper or a movement was changed, or goods were moved without a paper."),
    repair=N_("Find the paper in the folder and count the shelf; the difference is booked by the count."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(
        StockReceipt.received_at,
        StockMovement.moved_at,
        WriteOff.asked_at,
        Stocktake.opened_at,
    ),
)
