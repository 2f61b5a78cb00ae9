"""SQLite's form of the laws: row triggers.

`INSERT OR REPLACE` deletes without firing delete triggers, so tables that are kept for ever also refuse an
insert over a row that exists.
"""


def _refuses(name: str, when: str, says: str, condition: str = "") -> str:
    guard = f"WHEN {condition} " if condition else ""
    return f"CREATE TRIGGER {name} {when} {guard}BEGIN SELECT RAISE(ABORT, 'ledger: {says}'); END"


def _append_only(table: str) -> list[str]:
    return [
        _refuses(f"{table}_no_{verb.lower()}", f"BEFORE {verb} ON {table}", f"{table} is append-only")
        for verb in ("UPDATE", "DELETE")
    ]


def _no_replace(table: str, key: str) -> str:
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608 - names of our own tables.
    return _refuses(f"{table}_no_replace", f"BEFORE INSERT ON {table}", f"{table} is append-only", exists)


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

_KEPT_FOR_EVER = ("ledger_entries", "ledger_transactions", "ledger_assets", "ledger_lot_moves", "ledger_periods",
                  "ledger_period_balances", "ledger_seals", "ledger_seal_leaves", "ledger_checkpoints",
                  "ledger_limit_changes")  # fmt: skip

SQLITE_INSTALL: list[str] = [
    *[statement for table in _KEPT_FOR_EVER for statement in _append_only(table)],
    _refuses(
        "ledger_entries_closed",
        "BEFORE INSERT ON ledger_entries",
        "the transaction is closed",
        "EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)",
    ),
    _no_replace("ledger_entries", "transaction_id = NEW.transaction_id AND line = NEW.line"),
    _no_replace("ledger_transactions", "id = NEW.id OR key = NEW.key"),
    _no_replace("ledger_accounts", "id = NEW.id"),
    _no_replace("ledger_seals", "id = NEW.id OR head = NEW.head"),
    _no_replace("ledger_seal_leaves", "transaction_id = NEW.transaction_id"),
    _no_replace("ledger_holds", "id = NEW.id"),
    _TRANSACTION_CLOSES,
    _refuses(
        "ledger_accounts_fixed",
        "BEFORE UPDATE OF id, code, asset, guarded, lots, opened_at ON ledger_accounts",
        "only the status of an account changes",
    ),
    _refuses("ledger_accounts_kept", "BEFORE DELETE ON ledger_accounts", "ledger_accounts are never deleted"),
    _refuses("ledger_balances_kept", "BEFORE DELETE ON ledger_balances", "ledger_balances are never deleted"),
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
