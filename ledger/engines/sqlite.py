"""SQLite: one writer at a time, so the locks are the transaction itself; it must have begun IMMEDIATE."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from ledger.amounts import Asset
from ledger.rules import AccountState, Plan

_STATES = (
    "SELECT a.code, a.id, a.asset, s.scale, a.status, a.guarded, coalesce(b.amount, 0), coalesce(b.held, 0), "
    "b.floor, b.ceiling FROM ledger_accounts a JOIN ledger_assets s ON s.code = a.asset "
    "LEFT JOIN ledger_balances b ON b.account_id = a.id WHERE a.code IN "
)
_KEYS = "SELECT key, id FROM ledger_transactions WHERE key IN "
_LISTED = "(SELECT value FROM json_each(?))"
_FEW = {count: "(" + ", ".join("?" * count) + ")" for count in range(1, 9)}


def lock(
    cursor: Any, keys: Sequence[str], waits: Sequence[str], codes: Sequence[str]
) -> tuple[dict[str, int], dict[str, AccountState]]:
    """Say which keys stand and what the accounts hold; nobody else writes until the transaction ends."""
    if not cursor.connection.in_transaction:
        # A transaction that reads first and writes later can be refused half way; taking the lock now cannot.
        cursor.execute("BEGIN IMMEDIATE")
    standing = dict(_listed(cursor, _KEYS, keys))
    states = {
        code: AccountState(
            account, code, Asset(asset, scale), status, bool(guarded), amount, held, floor, ceiling
        )
        for code, account, asset, scale, status, guarded, amount, held, floor, ceiling in _listed(
            cursor, _STATES, codes
        )
    }
    return standing, states


def _listed(cursor: Any, statement: str, values: Sequence[str]) -> Any:
    placeholders = _FEW.get(len(values))
    if placeholders is not None:
        return cursor.execute(statement + placeholders, values).fetchall()
    return cursor.execute(statement + _LISTED, (json.dumps(values),)).fetchall()


def _stored(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def write(cursor: Any, plan: Plan) -> list[int]:
    """Write entries, transactions and balances; the numbers of the transactions."""
    first = cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM ledger_transactions").fetchone()[0]
    ids = list(range(first, first + len(plan.keys)))
    cursor.executemany(
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, balance_after) VALUES (?, ?, ?, ?, ?)",
        zip(
            [first - 1 + draft for draft in plan.entry_draft],
            plan.entry_line, plan.entry_account, plan.entry_amount, plan.entry_after,
            strict=True,
        ),
    )  # fmt: skip
    cursor.executemany(
        "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, "
        "reverses, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        zip(
            ids, plan.keys, plan.digests, plan.kinds, plan.lines, map(_stored, plan.effective),
            map(_stored, plan.recorded), plan.actors, plan.subjects, plan.reverses, plan.facts,
            strict=True,
        ),
    )  # fmt: skip
    cursor.executemany(
        "UPDATE ledger_balances SET amount = amount + ? WHERE account_id = ?",
        [(change, account) for account, change in plan.changes.items()],
    )
    return ids
