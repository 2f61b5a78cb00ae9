"""The checks of single rows: lots beside the entries that made and moved them, reversals beside what they reverse, and
on SQLite, which keeps any value in any column, that amounts are whole numbers and times are times."""

from sqlalchemy import Connection, Table, func, select, text, union_all
from sqlalchemy.orm import aliased

from ledger.amounts import POINTS, TIME
from ledger.audit import Break
from ledger.ddl_sqlite import KEPT, is_odd
from ledger.models import Account, AssetRow, Entry, Lot, LotMove, Transaction

# Every amount of these is read with so many decimals; goods, all of them, are counted in whole pieces.
_DECIMALS = {POINTS.code: POINTS.scale, TIME.code: TIME.scale}
_GOODS = "SKU:"


def lots_follow_entries(connection: Connection) -> list[Break]:
    """A lot lies on the account and lapses at the moment that the entry which made it says, and so do its moves."""
    query = (
        select(Lot.transaction_id, Lot.line, Lot.expires_at, Entry.expires_at)
        .join(Entry, (Entry.transaction_id == Lot.transaction_id) & (Entry.line == Lot.line))
        .where(Lot.expires_at.is_distinct_from(Entry.expires_at) | (Lot.account_id != Entry.account_id))
        .order_by(Lot.transaction_id, Lot.line)
    )
    breaks = [
        Break(
            f"lot:{number}.{line}",
            "does not lapse when its entry says, or not on its account",
            {"lot": None if lot is None else lot.isoformat(), "entry": None if entry is None else entry.isoformat()},
        )
        for number, line, lot, entry in connection.execute(query)
    ]  # fmt: skip
    keepless = (
        select(Lot.transaction_id, Lot.line)
        .join(Account, Account.id == Lot.account_id)
        .where(~Account.lots)
        .order_by(Lot.transaction_id, Lot.line)
    )
    breaks += [
        Break(f"lot:{number}.{line}", "lies on an account that keeps no lots")
        for number, line in connection.execute(keepless)
    ]
    return breaks + _foreign_moves(connection) + _entries_off_their_lots(connection)


def _foreign_moves(connection: Connection) -> list[Break]:
    """Moves that no entry of the lot's account makes."""
    query = (
        select(LotMove.transaction_id, LotMove.line, LotMove.lot_transaction_id, LotMove.lot_line)
        .join(Lot, (Lot.transaction_id == LotMove.lot_transaction_id) & (Lot.line == LotMove.lot_line))
        .outerjoin(Entry, (Entry.transaction_id == LotMove.transaction_id) & (Entry.line == LotMove.line))
        .where(Entry.account_id.is_distinct_from(Lot.account_id))
        .order_by(LotMove.transaction_id, LotMove.line)
    )
    return [
        Break(f"transaction:{number}", "moves a lot of another account", {"line": line, "lot": f"{lot}.{lot_line}"})
        for number, line, lot, lot_line in connection.execute(query)
    ]  # fmt: skip


def _entries_off_their_lots(connection: Connection) -> list[Break]:
    """What an entry changed on an account with lots is the lot that it made and what it moved."""
    moved = (
        select(LotMove.transaction_id, LotMove.line, func.sum(LotMove.amount).label("total"))
        .group_by(LotMove.transaction_id, LotMove.line)
        .subquery()
    )
    explained = func.coalesce(moved.c.total, 0) + func.coalesce(Lot.amount, 0)
    query = (
        select(Entry.transaction_id, Entry.line, Entry.amount, explained)
        .join(Account, Account.id == Entry.account_id)
        .outerjoin(moved, (moved.c.transaction_id == Entry.transaction_id) & (moved.c.line == Entry.line))
        .outerjoin(Lot, (Lot.transaction_id == Entry.transaction_id) & (Lot.line == Entry.line))
        .where(Account.lots, Entry.amount != explained)
        .order_by(Entry.transaction_id, Entry.line)
    )
    return [
        Break(
            f"transaction:{number}",
            "its lots do not explain the entry",
            {"line": line, "entry": amount, "lots": int(lots)},
        )
        for number, line, amount, lots in connection.execute(query)
    ]


def assets_keep_their_decimals(connection: Connection) -> list[Break]:
    """Points, time and goods are kept in the decimals that the program reads them with, all in whole smallest units."""
    return _odd_values(connection) + [
        Break(f"asset:{code}", "is kept in other decimals", {"scale": scale, "expected": expected})
        for code, scale in connection.execute(select(AssetRow.code, AssetRow.scale).order_by(AssetRow.code))
        for expected in [0 if code.startswith(_GOODS) else _DECIMALS.get(code)]
        if expected is not None and expected != scale
    ]


def _odd_values(connection: Connection) -> list[Break]:
    if connection.dialect.name == "postgresql":
        return []
    return [
        Break(f"{table.name}:{number}", "holds a value that is no amount, no time or no yes or no")
        for table in KEPT
        for number in connection.scalars(text(_odd_rows(table)))
    ]


def _odd_rows(table: Table) -> str:
    key = next(iter(table.primary_key.columns)).name
    return f'SELECT "{key}" FROM {table.name} WHERE {is_odd(table, f"{table.name}.")} ORDER BY 1'  # noqa: S608 - names of our own tables.


def reversals_mirror(connection: Connection) -> list[Break]:
    """A reversal undoes what it reverses account by account, and nobody reverses a reversal."""
    lines = (
        select(Transaction.id, Entry.account_id, Entry.amount)
        .join(Entry, Entry.transaction_id == of)
        .where(Transaction.reverses.is_not(None))
        for of in (Transaction.id, Transaction.reverses)
    )
    both = union_all(*lines).subquery()
    query = select(both.c.id).group_by(both.c.id, both.c.account_id).having(func.sum(both.c.amount) != 0)
    original = aliased(Transaction)
    twice = (
        select(Transaction.id)
        .join(original, original.id == Transaction.reverses)
        .where(original.reverses.is_not(None))
    )
    return [
        Break(f"transaction:{number}", says)
        for found, says in (
            (query, "is not the mirror image of what it reverses"),
            (twice, "reverses a reversal"),
        )
        for number in sorted(set(connection.scalars(found)))
    ]
