"""On which terms a correction is posted: on those of what it replaces, which is read from what that did to the lots."""

from sqlalchemy import Connection, select

from ledger.drafts import LAPSE, LotName, Terms
from ledger.models import Lot, LotMove
from ledger.records import Record


def terms_of_correction(connection: Connection, original: Record) -> Terms | None:
    """What a posting that replaces this one has to keep to; None if that was an ordinary one.

    What gave back a part of what another transaction took is replaced by what does so too: out of the same lots, and
    counted against the same limit. What took away points that had expired takes such points only. And where a
    captured hold had kept points from lapsing, as many may be taken of the same lots once more.
    """
    if not any(entry.balance_after is not None for entry in original.entries):
        return None
    moves = connection.execute(
        select(LotMove.amount, LotMove.returns, Lot.transaction_id, Lot.line, Lot.expires_at)
        .join(Lot, (Lot.transaction_id == LotMove.lot_transaction_id) & (Lot.line == LotMove.lot_line))
        .where(LotMove.transaction_id == original.id)
    ).all()
    for move in moves:
        if move.returns is not None:
            return Terms(gives_back=move.returns)
    expired: dict[LotName, int] = {}
    for move in moves:
        if move.amount < 0 and move.expires_at is not None and move.expires_at <= original.effective_at:
            name = (move.transaction_id, move.line)
            expired[name] = expired.get(name, 0) - move.amount
    if not expired:
        return None
    return Terms(lots="expired") if original.kind == LAPSE else Terms(again=expired)
