"""The same invariants for what was posted since a transaction: the rest was proved before, is sealed, and is not read.

What an account held before is what its last entry of then says; what a lot has left counts only for lots that moved.
"""

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_, union
from sqlalchemy.orm import Session

from ledger.amounts import Asset, from_scaled
from ledger.audit import Break, lots_off_their_moves, more_returned_than_taken
from ledger.engines import connection_of
from ledger.models import Account, AssetRow, Balance, Checkpoint, Entry, Lot, LotMove, SealLeaf


def balances_follow(session: Session | Connection, since: int) -> list[Break]:
    """Every balance that was touched is what the account's last entry before left, and what came since."""
    moved = (
        select(Entry.account_id, func.sum(Entry.amount).label("total"))
        .where(Entry.transaction_id >= since)
        .group_by(Entry.account_id)
        .subquery()
    )
    # Accounts with limits say in each entry what it left, in the order of the numbers; one look down the index.
    before = (
        select(Entry.balance_after)
        .where(Entry.account_id == moved.c.account_id, Entry.transaction_id < since)
        .order_by(Entry.account_id.desc(), Entry.transaction_id.desc(), Entry.line.desc())
        .limit(1)
        .scalar_subquery()
    )
    total = func.coalesce(before, 0) + moved.c.total
    query = (
        select(Account.code, Account.asset, AssetRow.scale, Balance.amount, total)
        .select_from(moved)
        .join(Account, Account.id == moved.c.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .outerjoin(Balance, Balance.account_id == Account.id)
        .where(Account.guarded, func.coalesce(Balance.amount, 0) != total)
        .order_by(Account.code)
    )
    return [
        Break(
            f"account:{code}",
            "balance differs from its entries",
            {
                "balance": None if amount is None else str(from_scaled(amount, Asset(asset, scale))),
                "entries": str(from_scaled(int(entries), Asset(asset, scale))),
            },
        )
        for code, asset, scale, amount, entries in connection_of(session).execute(query)
    ]


def lots_follow(session: Session | Connection, since: int) -> list[Break]:
    """What is left in the lots of touched accounts equals their balances; lots that moved follow from their moves."""
    connection = connection_of(session)
    # Used-up lots are not in the index, and add nothing.
    left = (
        select(func.coalesce(func.sum(Lot.left), 0))
        .where(Lot.account_id == Account.id, Lot.left > 0)
        .correlate(Account)
        .scalar_subquery()
    )
    accounts = (
        select(Account.code, Account.asset, AssetRow.scale, Balance.amount, left)
        .join(Balance, Balance.account_id == Account.id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .where(Account.lots, Account.id.in_(_touched(since)), Balance.amount != left)
        .order_by(Account.code)
    )
    breaks = []
    for code, asset, scale, amount, in_lots in connection.execute(accounts):
        kept_in = Asset(asset, scale)
        facts = {
            "balance": str(from_scaled(amount, kept_in)),
            "lots": str(from_scaled(int(in_lots), kept_in)),
        }
        breaks.append(Break(f"account:{code}", "lots differ from the balance", facts))
    moved = union(
        select(LotMove.lot_transaction_id, LotMove.lot_line).where(LotMove.transaction_id >= since),
        select(Lot.transaction_id, Lot.line).where(Lot.transaction_id >= since),
    )
    of_lot: ColumnElement[bool] = tuple_(Lot.transaction_id, Lot.line).in_(moved)
    of_move: ColumnElement[bool] = tuple_(LotMove.lot_transaction_id, LotMove.lot_line).in_(moved)
    return [
        *breaks,
        *lots_off_their_moves(connection, of_lot, of_move),
        *more_returned_than_taken(connection, since),
    ]


def checkpoints_follow(session: Session | Connection, seal_id: int) -> list[Break]:
    """What accounts without a row of their own gained in checkpoints after ``seal_id`` are the entries sealed since."""
    # Of all accounts: asked for those without a row alone, the server would walk all that these ever had.
    moved = (
        select(Entry.account_id, func.sum(Entry.amount).label("total"))
        .join(SealLeaf, SealLeaf.transaction_id == Entry.transaction_id)
        .where(SealLeaf.seal_id > seal_id)
        .group_by(Entry.account_id)
        .subquery()
    )
    newest = (
        select(Checkpoint.amount)
        .where(Checkpoint.account_id == moved.c.account_id)
        .order_by(Checkpoint.account_id.desc(), Checkpoint.seal_id.desc())
        .limit(1)
    )
    after = func.coalesce(newest.where(Checkpoint.seal_id > seal_id).scalar_subquery(), 0)
    before = func.coalesce(newest.where(Checkpoint.seal_id <= seal_id).scalar_subquery(), 0)
    query = (
        select(Account.code, Account.asset, AssetRow.scale, after, after - before, moved.c.total)
        .join(AssetRow, AssetRow.code == Account.asset)
        .join(moved, moved.c.account_id == Account.id)
        .where(~Account.guarded, after - before != moved.c.total)
        .order_by(Account.code)
    )
    breaks = []
    for code, asset, scale, stands, gain, total in connection_of(session).execute(query):
        kept_in = Asset(asset, scale)
        facts = {
            "checkpoint": str(from_scaled(int(stands), kept_in)),
            "entries": str(from_scaled(int(stands) - int(gain) + int(total), kept_in)),
        }
        breaks.append(Break(f"account:{code}", "checkpoint differs from its entries", facts))
    return breaks


def _touched(since: int) -> Select[int]:
    return select(Entry.account_id).where(Entry.transaction_id >= since)
