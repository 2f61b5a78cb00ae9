"""Every movement of goods is carried by batches to the unit, and every batch holds what its moves come to."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.stock.models import BatchMove, StockBatch, StockMovement
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_MOVEMENT = N_("The movement says %(moved)s units, its batches %(carried)s.")
_BATCH = N_("The batch holds %(left)s units, its moves come to %(carried)s.")
_EXPIRED = N_("%(units)s units were handed out after their last day, %(day)s.")


def _moved(within: Range) -> ColumnElement[bool]:
    return within.written(StockMovement.id, transaction_id=StockMovement.transaction_id)


def _movements(within: Range) -> Select[*tuple[Any, ...]]:
    carried = func.coalesce(func.sum(BatchMove.quantity), 0).label("carried")
    return (
        select(StockMovement.id, StockMovement.quantity.label("moved"), carried)
        .outerjoin(BatchMove, BatchMove.movement_id == StockMovement.id)
        .where(StockMovement.shop_id.in_(shops_within(within)), _moved(within))
        .group_by(StockMovement.id, StockMovement.quantity)
    )


def _batches(within: Range) -> Select[*tuple[Any, ...]]:
    carried = func.coalesce(func.sum(BatchMove.quantity), 0).label("carried")
    batches = (
        select(StockBatch.id, StockBatch.left.label("units_left"), carried)
        .outerjoin(BatchMove, BatchMove.batch_id == StockBatch.id)
        .where(StockBatch.shop_id.in_(shops_within(within)))
        .group_by(StockBatch.id, StockBatch.left)
    )
    if within.since is None:
        return batches
    # Those that were made or moved since, with all their moves.
    touched = (
        select(BatchMove.batch_id)
        .join(StockMovement, StockMovement.id == BatchMove.movement_id)
        .where(_moved(within))
    )
    made = (
        select(StockBatch.id)
        .join(StockMovement, StockMovement.id == StockBatch.made_by_movement_id)
        .where(_moved(within))
    )
    return batches.where(StockBatch.id.in_(union(touched, made)))


def _expired(within: Range) -> Select[*tuple[Any, ...]]:
    return (
        select(StockMovement.id, BatchMove.quantity, StockBatch.best_before)
        .join(BatchMove, BatchMove.movement_id == StockMovement.id)
        .join(StockBatch, StockBatch.id == BatchMove.batch_id)
        .where(
            StockMovement.shop_id.in_(shops_within(within)),
            StockMovement.kind == "sale",
            _moved(within),
            StockBatch.expires_at <= StockMovement.moved_at,
        )
        .order_by(StockMovement.id)
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _movements(within)) + count_of(session, _batches(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    moved = _movements(within).subquery()
    for row in session.execute(select(moved).where(moved.c.moved != moved.c.carried).order_by(moved.c.id)):
        facts = {"moved": row.moved, "carried": int(row.carried)}
        yield Break(f"movement:{row.id}", _MOVEMENT, facts)
    held = _batches(within).subquery()
    wrong = select(held).where(held.c.units_left != held.c.carried).order_by(held.c.id)
    for row in session.execute(wrong):
        yield Break(f"batch:{row.id}", _BATCH, {"left": row.units_left, "carried": int(row.carried)})
    for sold in session.execute(_expired(within)):
        facts = {"units": -sold.quantity, "day": sold.best_before.isoformat()}
        yield Break(f"movement:{sold.id}", _EXPIRED, facts)


CHECK = Check(
    code="batches_equal_movements",
    kind="shelf",
    proves=N_(
        "Every movement is carried by batches to the unit, every batch holds what its moves come to, and nothing was handed out after its last day."
    ),
    broken_by=N_("A batch, its date or one of its moves was changed behind the counter's back."),
    repair=N_("Count the shelf; the difference is booked by the count and stays visible."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(StockMovement.moved_at,),
)
