"""PostgreSQL through psycopg: one call to lock and read, one call to write, for one draft or for hundreds."""

from collections.abc import Sequence
from typing import Any

from ledger.amounts import Asset
from ledger.rules import AccountState, Plan

# A batch with more keys would fill the server's lock table; its doubles meet the unique key instead and are retried.
MOST_KEYS_WAITED_FOR = 64

_LOCK = "SELECT * FROM ledger_lock(%s::text[], %s, %s::text[])"

_WRITE = (
    "SELECT ledger_write(%s::text[], %s::bytea[], %s::text[], %s::int[], %s::timestamptz[], %s::timestamptz[], "
    "%s::text[], %s::text[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], "
    "%s::bigint[], %s::bigint[], %s::bigint[])"
)


def lock(
    cursor: Any, keys: Sequence[str], waits: Sequence[str], codes: Sequence[str]
) -> tuple[dict[str, int], dict[str, AccountState]]:
    """Queue behind posters of the same keys, then say which keys stand and what the accounts hold, locked."""
    waited = sorted({*keys, *waits})
    standing: dict[str, int] = {}
    states: dict[str, AccountState] = {}
    cursor.execute(_LOCK, (waited, len(waited) <= MOST_KEYS_WAITED_FOR, list(codes)))
    for code, existing, account, asset, scale, status, guarded, amount, held, floor, ceiling in cursor:
        if existing is not None:
            standing[code] = existing
        else:
            states[code] = AccountState(
                account, code, Asset(asset, scale), status, guarded, amount or 0, held or 0, floor, ceiling
            )
    return standing, states


def write(cursor: Any, plan: Plan) -> list[int]:
    """Write entries, transactions and balances; the numbers of the transactions."""
    cursor.execute(
        _WRITE,
        (
            plan.keys, plan.digests, plan.kinds, plan.lines, plan.effective, plan.recorded,
            plan.actors, plan.subjects, plan.reverses, plan.facts,
            plan.entry_draft, plan.entry_line, plan.entry_account, plan.entry_amount, plan.entry_after,
            list(plan.changes), list(plan.changes.values()),
        ),
    )  # fmt: skip
    ids: list[int] = cursor.fetchone()[0]
    return ids
