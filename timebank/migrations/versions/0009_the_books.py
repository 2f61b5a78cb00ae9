"""The books: no row can be pushed aside or say what no other row says, and no limit or status changes without record.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
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
# Accounts that were closed before say so; when it was is not known, only since when they stand.
_CLOSED_BEFORE = (
    "INSERT INTO ledger_status_changes (account_id, status_before, status, changed_at, actor, reason) "
    "SELECT id, 'open', 'closed', opened_at, 'migration', 'Closed before such changes were kept; the day is that of its opening.' "
    "FROM ledger_accounts WHERE status = 'closed' ORDER BY id"
)
_NEW_SQLITE = (
    "ledger_assets_no_replace", "ledger_balances_no_replace", "ledger_checkpoints_no_replace",
    "ledger_limit_changes_no_replace", "ledger_lot_moves_no_replace", "ledger_lots_no_replace",
    "ledger_period_balances_no_replace", "ledger_periods_no_replace", "ledger_balances_fixed",
    "ledger_balances_limits", "ledger_accounts_status", "ledger_accounts_numbered", "ledger_lots_numbered", "ledger_holds_numbered",
    "ledger_balances_begin", "ledger_checkpoints_unguarded", "ledger_lots_kept_there", "ledger_lot_moves_of_account",
    "ledger_accounts_shaped", "ledger_assets_shaped", "ledger_balances_shaped", "ledger_checkpoints_shaped",
    "ledger_entries_shaped", "ledger_holds_shaped", "ledger_limit_changes_shaped", "ledger_lot_moves_shaped",
    "ledger_lots_shaped", "ledger_period_balances_shaped", "ledger_periods_shaped", "ledger_seal_leaves_shaped",
    "ledger_seals_shaped", "ledger_status_changes_shaped", "ledger_transactions_shaped", "ledger_accounts_keeps_shape",
    "ledger_balances_keeps_shape", "ledger_holds_keeps_shape", "ledger_lots_keeps_shape",
)  # fmt: skip
_NEW_POSTGRESQL = (
    "ledger_balances_limits", "ledger_status_changes_needed", "ledger_balances_begin", "ledger_checkpoints_unguarded",
    "ledger_lots_kept_there", "ledger_lot_moves_of_account",
)  # fmt: skip


def upgrade() -> None:
    """Forward."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ledger_status_changes",
        sa.Column("id", number, nullable=False),
        sa.Column("account_id", number, nullable=False),
        sa.Column("status_before", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("status <> status_before", name=op.f("ck_ledger_status_changes_status")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_ledger_status_changes_account_id_ledger_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_status_changes")),
    )
    op.create_index(
        op.f("ix_ledger_status_changes_account_id"), "ledger_status_changes", ["account_id"], unique=False
    )
    op.execute(_CLOSED_BEFORE)
    ddl.install(op.get_bind())


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "postgresql":
        for name in _NEW_POSTGRESQL:
            op.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
        op.drop_table("ledger_status_changes")
        return
    for name in (*_NEW_SQLITE, *(f"{table}_no_replace" for table in _REPLACED_BEFORE)):
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
    op.drop_table("ledger_status_changes")
    for table, key in _REPLACED_BEFORE.items():
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - names of our own tables.
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "
            f"BEGIN SELECT RAISE(ABORT, 'ledger: {table} is append-only'); END"
        )
