"""What was given back to lots, and taken from there once more: read for the check that no more came back than had gone."""

from sqlalchemy import ColumnElement, Connection, func, select, true
from sqlalchemy.orm import aliased

from ledger.models import LotMove, Transaction


def taken_again(connection: Connection, takers: list[int]) -> dict[tuple[int, int, int], int]:
    """What was taken from which lots by undoing what was given back of these: it may be given back once more."""
    found: dict[tuple[int, int, int], int] = {}
    for start in range(0, len(takers), 500):
        some = takers[start : start + 500]
        undone = (
            select(LotMove.returns.label("owner"), Transaction.id.label("taker"))
            .join(Transaction, Transaction.reverses == LotMove.transaction_id)
            .where(LotMove.returns.in_(some))
            .distinct()
            .subquery()
        )
        query = (
            select(undone.c.owner, LotMove.lot_transaction_id, LotMove.lot_line, func.sum(-LotMove.amount))
            .join(LotMove, LotMove.transaction_id == undone.c.taker)
            .where(LotMove.amount < 0)
            .group_by(undone.c.owner, LotMove.lot_transaction_id, LotMove.lot_line)
        )
        found |= {(owner, lot, line): int(taken) for owner, lot, line, taken in connection.execute(query)}
    return found


def returned_to_lately(since: int | None) -> ColumnElement[bool]:
    """Which moves gave back to a lot that was given back to since transaction ``since``; with ``None`` all."""
    if since is None:
        return true()
    later = aliased(LotMove)
    return LotMove.returns.in_(select(later.returns).where(later.transaction_id >= since))
