"""PostgreSQL through psycopg: one call to lock and read, one call to write, for one draft or for hundreds."""

from collections.abc import Sequence
from typing import Any

from ledger.amounts import asset_of
from ledger.drafts import AccountState, Books, OpenLot, Plan
from ledger.errors import AccountClosed
from ledger.lot_rules import taken_of

# A batch with more keys would fill the server's lock table; its doubles meet the unique key instead and are retried.
MOST_KEYS_WAITED_FOR = 64

_LOCK = "SELECT * FROM ledger_lock(%s::text[], %s, %s::text[])"

# Whoever waited for a balance has read the account's status before it waited, so a close is looked for once more.
_WRITE = (
    "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM ledger_accounts WHERE id = ANY (%s::bigint[]) AND status <> 'open') "
    "THEN ledger_write(%s::text[], %s::bytea[], %s::text[], %s::int[], %s::timestamptz[], %s::timestamptz[], "
    "%s::text[], %s::text[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], "
    "%s::bigint[], %s::timestamptz[], %s::bigint[], %s::bigint[]) END"
)

_CLOSED = "SELECT code FROM ledger_accounts WHERE id = ANY (%s::bigint[]) AND status <> 'open' ORDER BY id"

_WRITE_LOTS = (
    "SELECT ledger_write_lots(%s::bigint[], %s::int[], %s::bigint[], %s::timestamptz[], %s::bigint[], "
    "%s::bigint[], %s::int[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[])"
)

_LOTS = (
    'SELECT account_id, transaction_id, line, expires_at, "left" FROM ledger_lots '
    'WHERE account_id = ANY (%s::bigint[]) AND "left" > 0 '
    "ORDER BY account_id, expires_at NULLS LAST, transaction_id, line"
)

# What they took; what they took again, by the undoing of something given back; and what came back, below zero.
# What such an undoing took belongs to whoever had taken it at first, and is not given back twice.
_TAKEN = (
    "SELECT m.transaction_id, m.line, l.account_id, l.transaction_id, l.line, l.expires_at, -m.amount "
    "FROM ledger_lot_moves m JOIN ledger_lots l ON l.transaction_id = m.lot_transaction_id AND l.line = m.lot_line "
    "WHERE m.transaction_id = ANY (%(ids)s::bigint[]) AND m.amount < 0 AND NOT EXISTS "
    "(SELECT 1 FROM ledger_transactions r JOIN ledger_lot_moves g ON g.transaction_id = r.reverses "
    "WHERE r.id = m.transaction_id AND g.returns IS NOT NULL) "
    "UNION ALL SELECT k.owner, -1, l.account_id, l.transaction_id, l.line, l.expires_at, -m.amount "
    "FROM (SELECT DISTINCT g.returns AS owner, r.id AS taker FROM ledger_lot_moves g "
    "JOIN ledger_transactions r ON r.reverses = g.transaction_id WHERE g.returns = ANY (%(ids)s::bigint[])) k "
    "JOIN ledger_lot_moves m ON m.transaction_id = k.taker AND m.amount < 0 "
    "JOIN ledger_lots l ON l.transaction_id = m.lot_transaction_id AND l.line = m.lot_line "
    "UNION ALL SELECT m.returns, -1, l.account_id, l.transaction_id, l.line, l.expires_at, -m.amount "
    "FROM ledger_lot_moves m JOIN ledger_lots l ON l.transaction_id = m.lot_transaction_id AND l.line = m.lot_line "
    "WHERE m.returns = ANY (%(ids)s::bigint[]) ORDER BY 1, 2, 4, 5"
)


def lock(cursor: Any, keys: Sequence[str], waits: Sequence[str], codes: Sequence[str]) -> Books:
    """Queue behind posters of the same keys, then say which keys stand and what the accounts hold, locked."""
    waited = sorted({*keys, *waits})
    books = Books()
    cursor.execute(_LOCK, (waited, len(waited) <= MOST_KEYS_WAITED_FOR, list(codes)))
    for code, existing, closed, account, asset, scale, *rest in cursor.fetchall():
        if existing is not None:
            books.standing[code] = existing
        elif account is not None:
            books.accounts[code] = AccountState(account, code, asset_of(asset, scale), *rest)
        else:
            books.closed_until = closed
    return books


def read_lots(cursor: Any, account_ids: Sequence[int]) -> dict[int, list[OpenLot]]:
    """The lots of these accounts with something left, oldest expiry first."""
    lots: dict[int, list[OpenLot]] = {}
    cursor.execute(_LOTS, (list(account_ids),))
    for account, transaction, line, expires_at, left in cursor.fetchall():
        lots.setdefault(account, []).append(OpenLot((transaction, line), expires_at, left))
    return lots


def read_taken(cursor: Any, transaction_ids: Sequence[int]) -> list[tuple[int, int, int, OpenLot]]:
    """What these transactions took from lots and nobody gave back: (transaction, line, account, how much of which)."""
    cursor.execute(_TAKEN, {"ids": list(transaction_ids)})
    return taken_of(cursor.fetchall())


def refuse_closed(cursor: Any, account_ids: Sequence[int]) -> None:
    """Raise AccountClosed if one of these locked accounts was closed while this session waited for it."""
    cursor.execute(_CLOSED, (list(account_ids),))
    closed = cursor.fetchone()
    if closed is not None:
        raise AccountClosed(account=closed[0])


def write(cursor: Any, plan: Plan) -> list[int]:
    """Write entries, transactions, balances and lots; the numbers of the transactions."""
    columns = [
        list(column) for column in (*zip(*plan.transactions, strict=True), *zip(*plan.entries, strict=True))
    ]
    guarded = list(plan.changes)
    cursor.execute(_WRITE, (guarded, *columns, guarded, list(plan.changes.values())))
    ids: list[int] | None = cursor.fetchone()[0]
    if ids is None:
        refuse_closed(cursor, guarded)
        raise AssertionError("only a closed account keeps the ledger from writing")
    if plan.new_lots or plan.lot_moves:
        _write_lots(cursor, plan, ids)
    return ids


def _write_lots(cursor: Any, plan: Plan, ids: list[int]) -> None:
    lots, moves = plan.new_lots, plan.lot_moves
    cursor.execute(
        _WRITE_LOTS,
        (
            [ids[lot.entry[0]] for lot in lots],
            [lot.entry[1] for lot in lots],
            [lot.account_id for lot in lots],
            [lot.expires_at for lot in lots],
            [lot.amount for lot in lots],
            [ids[move.entry[0]] for move in moves],
            [move.entry[1] for move in moves],
            [move.lot[0] if move.lot[0] > 0 else ids[-1 - move.lot[0]] for move in moves],
            [move.lot[1] for move in moves],
            [move.amount for move in moves],
            [move.returns for move in moves],
        ),
    )
