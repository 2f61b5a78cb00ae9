"""SQLite: one writer at a time, so the locks are the transaction itself; it must have begun IMMEDIATE."""

import datetime as dt
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ledger.amounts import asset_of
from ledger.drafts import AccountState, Books, OpenLot, Plan
from ledger.lot_rules import taken_of

_STATES = (
    "SELECT a.id, a.code, a.asset, s.scale, a.status, a.guarded, a.lots, coalesce(b.amount, 0), coalesce(b.held, 0), "
    "b.floor, b.ceiling FROM ledger_accounts a JOIN ledger_assets s ON s.code = a.asset "
    "LEFT JOIN ledger_balances b ON b.account_id = a.id WHERE (NOT a.guarded OR b.account_id IS NOT NULL) AND a.code IN "
)
_KEYS = "SELECT key, id FROM ledger_transactions WHERE key IN "
_CLOSED = "SELECT max(closed_until) FROM ledger_periods"
_LOTS = (
    'SELECT account_id, transaction_id, line, expires_at, "left" FROM ledger_lots '
    'WHERE account_id IN (SELECT value FROM json_each(?)) AND "left" > 0 '
    "ORDER BY account_id, expires_at NULLS LAST, transaction_id, line"
)
# What they took; what they took again, by the undoing of something given back; and what came back, below zero.
# What such an undoing took belongs to whoever had taken it at first, and is not given back twice.
_TAKEN = (
    "SELECT m.transaction_id, m.line, l.account_id, l.transaction_id, l.line, l.expires_at, -m.amount "
    "FROM ledger_lot_moves m JOIN ledger_lots l ON l.transaction_id = m.lot_transaction_id AND l.line = m.lot_line "
    "WHERE m.transaction_id IN (SELECT value FROM json_each(?1)) AND m.amount < 0 AND NOT EXISTS "
    "(SELECT 1 FROM ledger_transactions r JOIN ledger_lot_moves g ON g.transaction_id = r.reverses "
    "WHERE r.id = m.transaction_id AND g.returns IS NOT NULL) "
    "UNION ALL SELECT k.owner, -1, l.account_id, l.transaction_id, l.line, l.expires_at, -m.amount "
    "FROM (SELECT DISTINCT g.returns AS owner, r.id AS taker FROM ledger_lot_moves g "
    "JOIN ledger_transactions r ON r.reverses = g.transaction_id WHERE g.returns IN (SELECT value FROM json_each(?1))) k "
    "JOIN ledger_lot_moves m ON m.transaction_id = k.taker AND m.amount < 0 "
    "JOIN ledger_lots l ON l.transaction_id = m.lot_transaction_id AND l.line = m.lot_line "
    "UNION ALL SELECT m.returns, -1, l.account_id, l.transaction_id, l.line, l.expires_at, -m.amount "
    "FROM ledger_lot_moves m JOIN ledger_lots l ON l.transaction_id = m.lot_transaction_id AND l.line = m.lot_line "
    "WHERE m.returns IN (SELECT value FROM json_each(?1)) ORDER BY 1, 2, 4, 5"
)
_ENTRY = (
    "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, balance_after, expires_at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_TRANSACTION = (
    "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, "
    "reverses, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# Entries without a transaction, left by a prompt that does not look at foreign keys, keep their numbers.
_NUMBER = (
    "SELECT max(coalesce((SELECT max(id) FROM ledger_transactions), 0), "
    "coalesce((SELECT max(transaction_id) FROM ledger_entries), 0)) + 1"
)
_BALANCE = "UPDATE ledger_balances SET amount = amount + ? WHERE account_id = ?"
_LISTED = "(SELECT value FROM json_each(?))"
_FEW = {count: "(" + ", ".join("?" * count) + ")" for count in range(1, 9)}


def lock(cursor: Any, keys: Sequence[str], waits: Sequence[str], codes: Sequence[str]) -> Books:  # noqa: ARG001 - the other engine waits.
    """Say which keys stand and what the accounts hold; nobody else writes until the transaction ends."""
    if not cursor.connection.in_transaction:
        # A transaction that reads first and writes later can be refused half way; taking the lock now cannot.
        cursor.execute("BEGIN IMMEDIATE")
    if not cursor.execute("PRAGMA foreign_keys").fetchone()[0]:
        raise RuntimeError(
            "the ledger posts on SQLite only with PRAGMA foreign_keys=ON, said on each connection"
        )
    books = Books(standing=dict(_listed(cursor, _KEYS, keys)))
    for account, code, asset, scale, status, *rest in _listed(cursor, _STATES, codes):
        books.accounts[code] = AccountState(account, code, asset_of(asset, scale), status, *rest)
    closed = cursor.execute(_CLOSED).fetchone()[0]
    books.closed_until = _read_time(closed)
    return books


def _listed(cursor: Any, statement: str, values: Sequence[str]) -> Any:
    placeholders = _FEW.get(len(values))
    if placeholders is not None:
        return cursor.execute(statement + placeholders, values).fetchall()
    return cursor.execute(statement + _LISTED, (json.dumps(values),)).fetchall()


def _read_time(stored: str | None) -> dt.datetime | None:
    return None if stored is None else dt.datetime.fromisoformat(stored).replace(tzinfo=dt.UTC)


@lru_cache(maxsize=4096)
def _stored_time(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def read_lots(cursor: Any, account_ids: Sequence[int]) -> dict[int, list[OpenLot]]:
    """The lots of these accounts with something left, oldest expiry first."""
    lots: dict[int, list[OpenLot]] = {}
    for account, transaction, line, expires_at, left in cursor.execute(_LOTS, (json.dumps(account_ids),)):
        lots.setdefault(account, []).append(OpenLot((transaction, line), _read_time(expires_at), left))
    return lots


def read_taken(cursor: Any, transaction_ids: Sequence[int]) -> list[tuple[int, int, int, OpenLot]]:
    """What these transactions took from lots and nobody gave back: (transaction, line, account, how much of which)."""
    rows = cursor.execute(_TAKEN, (json.dumps(transaction_ids),)).fetchall()
    return taken_of((*row[:5], _read_time(row[5]), *row[6:]) for row in rows)


def refuse_closed(cursor: Any, account_ids: Sequence[int]) -> None:
    """Nothing to do: nobody could close an account since this session began."""


def write(cursor: Any, plan: Plan) -> list[int]:
    """Write entries, transactions, balances and lots; the numbers of the transactions."""
    first = cursor.execute(_NUMBER).fetchone()[0]
    ids = list(range(first, first + len(plan.transactions)))
    before = first - 1
    cursor.executemany(
        _ENTRY,
        [
            (before + draft, line, account, amount, after, _stored_time(expires))
            for draft, line, account, amount, after, expires in plan.entries
        ],
    )
    cursor.executemany(
        _TRANSACTION,
        [
            (number, key, digest, kind, lines, _stored_time(effective), _stored_time(recorded), *words)
            for number, (key, digest, kind, lines, effective, recorded, *words) in zip(
                ids, plan.transactions, strict=True
            )
        ],
    )
    cursor.executemany(_BALANCE, [(change, account) for account, change in plan.changes.items()])
    if plan.new_lots or plan.lot_moves:
        _write_lots(cursor, plan, ids)
    return ids


def _write_lots(cursor: Any, plan: Plan, ids: list[int]) -> None:
    cursor.executemany(
        'INSERT INTO ledger_lots (transaction_id, line, account_id, expires_at, amount, "left") '
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                ids[lot.entry[0]],
                lot.entry[1],
                lot.account_id,
                _stored_time(lot.expires_at),
                lot.amount,
                lot.amount,
            )
            for lot in plan.new_lots
        ],
    )
    moves = [
        (
            ids[move.entry[0]],
            move.entry[1],
            move.lot[0] if move.lot[0] > 0 else ids[-1 - move.lot[0]],
            move.lot[1],
            move.amount,
            move.returns,
        )
        for move in plan.lot_moves
    ]
    cursor.executemany(
        "INSERT INTO ledger_lot_moves (transaction_id, line, lot_transaction_id, lot_line, amount, returns) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        moves,
    )
    cursor.executemany(
        'UPDATE ledger_lots SET "left" = "left" + ? WHERE transaction_id = ? AND line = ?',
        [(amount, lot, lot_line) for _, _, lot, lot_line, amount, _ in moves],
    )
