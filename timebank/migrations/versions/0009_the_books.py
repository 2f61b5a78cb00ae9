"""The books: no row of the ledger can be pushed aside by another, and no limit changes without its record.

Revision 0009, after 0008.
"""

from alembic import op

from ledger import ddl

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What 0001 put in place when it was released, where it differs.
_REPLACED_BEFORE = {
    "ledger_entries": "transaction_id = NEW.transaction_id AND line = NEW.line",
    "ledger_transactions": "id = NEW.id OR key = NEW.key",
    "ledger_accounts": "id = NEW.id",
    "ledger_seals": "id = NEW.id OR head = NEW.head",
    "ledger_seal_leaves": "transaction_id = NEW.transaction_id",
    "ledger_holds": "id = NEW.id",
}
_NEW_SQLITE = (
    "ledger_assets_no_replace", "ledger_balances_no_replace", "ledger_checkpoints_no_replace",
    "ledger_limit_changes_no_replace", "ledger_lot_moves_no_replace", "ledger_lots_no_replace",
    "ledger_period_balances_no_replace", "ledger_periods_no_replace", "ledger_balances_fixed",
    "ledger_balances_limits", "ledger_accounts_numbered", "ledger_lots_numbered", "ledger_holds_numbered",
)  # fmt: skip


def upgrade() -> None:
    """Forward."""
    ddl.install(op.get_bind())


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS ledger_balances_limits() CASCADE")
        return
    for name in (*_NEW_SQLITE, *(f"{table}_no_replace" for table in _REPLACED_BEFORE)):
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
    for table, key in _REPLACED_BEFORE.items():
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - names of our own tables.
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "
            f"BEGIN SELECT RAISE(ABORT, 'ledger: {table} is append-only'); END"
        )
