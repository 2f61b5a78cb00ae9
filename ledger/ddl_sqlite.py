"""SQLite's form of the laws: row triggers. `INSERT OR REPLACE` would skip delete triggers, hence the checks before insert."""


def _append_only(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _no_replace(table: str, key: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


_ENTRY_CLOSED = """
CREATE TRIGGER ledger_entries_closed BEFORE INSERT ON ledger_entries
WHEN EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)
BEGIN SELECT RAISE(ABORT, 'ledger: the transaction is closed'); END
"""

_ENTRY_ONCE = _no_replace("ledger_entries", "transaction_id = NEW.transaction_id AND line = NEW.line")

_TRANSACTION_SUMS = """
CREATE TRIGGER ledger_transactions_sums AFTER INSERT ON ledger_transactions
BEGIN
  SELECT RAISE(ABORT, 'ledger: the entries do not match the transaction')
   WHERE NEW.lines <> (SELECT count(*) FROM ledger_entries WHERE transaction_id = NEW.id);
  SELECT RAISE(ABORT, 'ledger: the entries do not sum to zero')
   WHERE EXISTS (SELECT 1 FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
                  WHERE e.transaction_id = NEW.id GROUP BY a.asset HAVING sum(e.amount) <> 0);
END
"""

_ACCOUNT_FIXED = """
CREATE TRIGGER ledger_accounts_fixed BEFORE UPDATE OF id, code, asset, guarded, opened_at ON ledger_accounts
BEGIN SELECT RAISE(ABORT, 'ledger: only the status of an account changes'); END
"""

_ACCOUNT_KEPT = """
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE ON ledger_accounts
BEGIN SELECT RAISE(ABORT, 'ledger_accounts are never deleted'); END
"""

SQLITE_INSTALL: list[str] = [
    *_append_only("ledger_entries"),
    *_append_only("ledger_transactions"),
    *_append_only("ledger_assets"),
    _ENTRY_CLOSED,
    _ENTRY_ONCE,
    _no_replace("ledger_transactions", "id = NEW.id OR key = NEW.key"),
    _no_replace("ledger_accounts", "id = NEW.id"),
    _TRANSACTION_SUMS,
    _ACCOUNT_FIXED,
    _ACCOUNT_KEPT,
]

SQLITE_DROP: list[str] = [f"DROP TRIGGER IF EXISTS {statement.split()[2]}" for statement in SQLITE_INSTALL]
