"""SQLite's form of the laws: row triggers.

`INSERT OR REPLACE` deletes without firing delete triggers, so every table but the sealer's queue also refuses an
insert over a row that exists, by whichever of its keys.
"""

from typing import Any

from sqlalchemy import Boolean, Column, Integer, Table, UniqueConstraint

from ledger.models import Base, Unsealed, UtcDateTime


def _refuses(name: str, when: str, says: str, condition: str = "") -> str:
    guard = f"WHEN {condition} " if condition else ""
    return f"CREATE TRIGGER {name} {when} {guard}BEGIN SELECT RAISE(ABORT, 'ledger: {says}'); END"


def _append_only(table: str) -> list[str]:
    return [
        _refuses(f"{table}_no_{verb.lower()}", f"BEFORE {verb} ON {table}", f"{table} is append-only")
        for verb in ("UPDATE", "DELETE")
    ]


def _keys(table: Table) -> list[list[str]]:
    """Everything by which a row of the table could be pushed aside, the number that SQLite gives it included."""
    primary = list(table.primary_key.columns)
    rules = [list(rule.columns) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    rules += [list(index.columns) for index in table.indexes if index.unique]
    keys = [[column.name for column in rule] for rule in (primary, *rules)]
    numbered = len(primary) == 1 and isinstance(primary[0].type, Integer)
    if not numbered and table.dialect_options["sqlite"]["with_rowid"]:
        keys.append(["rowid"])
    return sorted(keys)


def _no_replace(table: Table) -> str:
    name = table.name
    # Before SQLite has numbered a row by itself, its number reads as -1.
    found = [
        f"EXISTS (SELECT 1 FROM {name} WHERE {' AND '.join(f'{column} = NEW.{column}' for column in key)}"  # noqa: S608 - names of our own tables.
        + (f" AND NEW.{key[0]} > 0)" if key in (["id"], ["rowid"]) else ")")
        for key in _keys(table)
    ]
    return _refuses(
        f"{name}_no_replace", f"BEFORE INSERT ON {name}", f"{name} is append-only", " OR ".join(found)
    )


_KEPT_FOR_EVER = ("ledger_entries", "ledger_transactions", "ledger_assets", "ledger_lot_moves", "ledger_periods",
                  "ledger_period_balances", "ledger_seals", "ledger_seal_leaves", "ledger_checkpoints",
                  "ledger_limit_changes", "ledger_status_changes")  # fmt: skip

KEPT: list[Table] = sorted(
    (
        mapper.local_table
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, Table) and mapper.class_ is not Unsealed
    ),
    key=lambda table: table.name,
)
"""Every table of the ledger but the sealer's queue, whose rows go."""

_TIME = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]"


def _is_odd(column: Column[Any], of: str) -> str:
    value = f'{of}"{column.name}"'
    if isinstance(column.type, Boolean):
        return f"{value} NOT IN (0, 1)"
    if isinstance(column.type, Integer):
        odd = f"typeof({value}) <> 'integer'"
    else:
        # Times are compared as text, so each must be written in full; and `date` knows which days there are.
        odd = f"NOT ({value} GLOB '{_TIME}' AND date({value}, '+0 days') IS substr({value}, 1, 10) AND time({value}) IS NOT NULL)"
    return f"({value} IS NOT NULL AND {odd})" if column.nullable else odd


def is_odd(table: Table, of: str) -> str:
    """The condition of a row with a value that is no whole number, no time as we write times, or no yes or no.

    SQLite keeps any value in any column. `of` is what stands before the columns' names, such as `NEW.`.
    """
    return " OR ".join(
        _is_odd(column, of)
        for column in table.columns
        # The one number that SQLite itself gives out is always whole.
        if isinstance(column.type, Boolean | Integer | UtcDateTime)
        and not (column.primary_key and column.name == "id")
    )


def _shaped(table: Table) -> list[str]:
    return [
        _refuses(
            f"{table.name}_{name}",
            f"BEFORE {verb} ON {table.name}",
            "amounts are whole numbers, and times are written in full",
            is_odd(table, "NEW."),
        )
        for verb, name in (("INSERT", "shaped"), ("UPDATE", "keeps_shape"))
        if verb == "INSERT" or table.name not in _KEPT_FOR_EVER
    ]


_TRANSACTION_CLOSES = """
CREATE TRIGGER ledger_transactions_closes AFTER INSERT ON ledger_transactions
BEGIN
  SELECT RAISE(ABORT, 'ledger: the entries do not match the transaction')
   WHERE NEW.lines <> (SELECT count(*) FROM ledger_entries WHERE transaction_id = NEW.id);
  SELECT RAISE(ABORT, 'ledger: the entries do not sum to zero')
   WHERE EXISTS (SELECT 1 FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
                  WHERE e.transaction_id = NEW.id GROUP BY a.asset HAVING sum(e.amount) <> 0);
  SELECT RAISE(ABORT, 'ledger: the period is closed')
   WHERE NEW.effective_at < (SELECT max(closed_until) FROM ledger_periods);
  INSERT INTO ledger_unsealed (transaction_id) VALUES (NEW.id);
END
"""

SQLITE_INSTALL: list[str] = [
    *[statement for table in _KEPT_FOR_EVER for statement in _append_only(table)],
    _refuses(
        "ledger_entries_closed",
        "BEFORE INSERT ON ledger_entries",
        "the transaction is closed",
        "EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)",
    ),
    *map(_no_replace, KEPT),
    *[statement for table in KEPT for statement in _shaped(table)],
    _refuses(
        "ledger_balances_begin",
        "BEFORE INSERT ON ledger_balances",
        "a balance begins at nothing, on an account with limits",
        "NEW.amount <> 0 OR NEW.held <> 0 OR "
        "NOT EXISTS (SELECT 1 FROM ledger_accounts WHERE id = NEW.account_id AND guarded)",
    ),
    _refuses(
        "ledger_checkpoints_unguarded",
        "BEFORE INSERT ON ledger_checkpoints",
        "an account with limits has no checkpoints",
        "EXISTS (SELECT 1 FROM ledger_accounts WHERE id = NEW.account_id AND guarded)",
    ),
    _refuses(
        "ledger_lots_kept_there",
        "BEFORE INSERT ON ledger_lots",
        "the account keeps no lots",
        "NOT EXISTS (SELECT 1 FROM ledger_accounts WHERE id = NEW.account_id AND lots)",
    ),
    _refuses(
        "ledger_lot_moves_of_account",
        "BEFORE INSERT ON ledger_lot_moves",
        "what moves a lot is an entry of its account",
        "NOT EXISTS (SELECT 1 FROM ledger_lots l JOIN ledger_entries e ON e.account_id = l.account_id "
        "WHERE l.transaction_id = NEW.lot_transaction_id AND l.line = NEW.lot_line "
        "AND e.transaction_id = NEW.transaction_id AND e.line = NEW.line)",
    ),
    _TRANSACTION_CLOSES,
    _refuses(
        "ledger_accounts_fixed",
        "BEFORE UPDATE OF id, code, asset, guarded, lots, opened_at ON ledger_accounts",
        "only the status of an account changes",
    ),
    _refuses(
        "ledger_accounts_status",
        "BEFORE UPDATE OF status ON ledger_accounts",
        "a status changes with a row of ledger_status_changes",
        "NEW.status <> OLD.status AND NOT EXISTS (SELECT 1 FROM ledger_status_changes c "
        "WHERE c.status_before = OLD.status AND c.status = NEW.status AND c.id = "
        "(SELECT max(id) FROM ledger_status_changes WHERE account_id = NEW.id))",
    ),
    _refuses("ledger_accounts_kept", "BEFORE DELETE ON ledger_accounts", "ledger_accounts are never deleted"),
    _refuses("ledger_balances_kept", "BEFORE DELETE ON ledger_balances", "ledger_balances are never deleted"),
    _refuses(
        "ledger_balances_fixed",
        "BEFORE UPDATE ON ledger_balances",
        "a balance stays with its account",
        "NEW.account_id IS NOT OLD.account_id",
    ),
    _refuses(
        "ledger_balances_limits",
        "BEFORE UPDATE OF floor, ceiling ON ledger_balances",
        "limits change with a row of ledger_limit_changes",
        "NOT (NEW.floor IS OLD.floor AND NEW.ceiling IS OLD.ceiling) AND NOT EXISTS "
        "(SELECT 1 FROM ledger_limit_changes c WHERE c.floor_before IS OLD.floor AND c.ceiling_before IS OLD.ceiling "
        "AND c.floor IS NEW.floor AND c.ceiling IS NEW.ceiling AND c.id = "
        "(SELECT max(id) FROM ledger_limit_changes WHERE account_id = NEW.account_id))",
    ),
    *[
        # `SET rowid` names none of the columns that the triggers beside this one watch.
        _refuses(
            f"{table}_numbered",
            f"BEFORE UPDATE ON {table}",
            "rows keep their numbers",
            "NEW.rowid IS NOT OLD.rowid",
        )
        for table in ("ledger_accounts", "ledger_lots", "ledger_holds")
    ],
    _refuses("ledger_lots_kept", "BEFORE DELETE ON ledger_lots", "ledger_lots are never deleted"),
    _refuses(
        "ledger_lots_fixed",
        "BEFORE UPDATE OF transaction_id, line, account_id, expires_at, amount ON ledger_lots",
        "only what is left of a lot changes",
    ),
    _refuses("ledger_holds_kept", "BEFORE DELETE ON ledger_holds", "ledger_holds are never deleted"),
    _refuses(
        "ledger_holds_fixed",
        "BEFORE UPDATE OF id, key, account_id, amount, held_at, deadline, actor, subject, facts ON ledger_holds",
        "only the end of a hold is written to it",
    ),
    _refuses(
        "ledger_holds_end_once", "BEFORE UPDATE ON ledger_holds", "the hold has ended", "OLD.status <> 'held'"
    ),
]

SQLITE_DROP: list[str] = [f"DROP TRIGGER IF EXISTS {statement.split()[2]}" for statement in SQLITE_INSTALL]
