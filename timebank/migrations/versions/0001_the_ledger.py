"""The ledger.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from ledger import ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _create_ledger_assets()
    _create_ledger_periods()
    _create_ledger_seals()
    _create_ledger_transactions()
    _create_ledger_unsealed()
    _create_ledger_accounts()
    _create_ledger_seal_leaves()
    _create_ledger_balances()
    _create_ledger_checkpoints()
    _create_ledger_entries()
    _create_ledger_holds()
    _create_ledger_limit_changes()
    _create_ledger_lots()
    _create_ledger_period_balances()
    _create_ledger_lot_moves()
    # What keeps the books closed: triggers and functions, alike on both engines.
    ddl.install(op.get_bind())


def downgrade() -> None:
    """Back."""
    ddl.uninstall(op.get_bind())
    for table in (
        "ledger_lot_moves",
        "ledger_period_balances",
        "ledger_lots",
        "ledger_limit_changes",
        "ledger_holds",
        "ledger_entries",
        "ledger_checkpoints",
        "ledger_balances",
        "ledger_seal_leaves",
        "ledger_accounts",
        "ledger_unsealed",
        "ledger_transactions",
        "ledger_seals",
        "ledger_periods",
        "ledger_assets",
    ):
        op.drop_table(table)


def _create_ledger_assets() -> None:
    op.create_table(
        "ledger_assets",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("scale", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ledger_assets")),
    )


def _create_ledger_periods() -> None:
    op.create_table(
        "ledger_periods",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_periods")),
        sa.UniqueConstraint("closed_until", name=op.f("uq_ledger_periods_closed_until")),
    )


def _create_ledger_seals() -> None:
    op.create_table(
        "ledger_seals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_seals")),
        sa.UniqueConstraint("head", name=op.f("uq_ledger_seals_head")),
    )


def _create_ledger_transactions() -> None:
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("lines", sa.SmallInteger(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("reverses", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reverses"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_transactions_reverses_ledger_transactions"),
        ),
        sa.CheckConstraint("lines >= 2", name=op.f("ck_ledger_transactions_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_transactions_key")),
    )
    op.create_index(
        "uq_ledger_transactions_reverses",
        "ledger_transactions",
        ["reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )


def _create_ledger_unsealed() -> None:
    op.create_table(
        "ledger_unsealed",
        sa.Column(
            "transaction_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_ledger_unsealed")),
    )


def _create_ledger_accounts() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("asset", sa.String(length=80), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("lots", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset"], ["ledger_assets.code"], name=op.f("fk_ledger_accounts_asset_ledger_assets")
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_ledger_accounts_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("code", name=op.f("uq_ledger_accounts_code")),
    )


def _create_ledger_seal_leaves() -> None:
    op.create_table(
        "ledger_seal_leaves",
        sa.Column(
            "transaction_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seal_id"], ["ledger_seals.id"], name=op.f("fk_ledger_seal_leaves_seal_id_ledger_seals")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_seal_leaves_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_ledger_seal_leaves")),
    )
    op.create_index(
        "uq_ledger_seal_leaves_seal_id_position", "ledger_seal_leaves", ["seal_id", "position"], unique=True
    )


def _create_ledger_balances() -> None:
    op.create_table(
        "ledger_balances",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("floor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ceiling", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("ceiling IS NULL OR amount <= ceiling", name=op.f("ck_ledger_balances_ceiling")),
        sa.CheckConstraint("floor IS NULL OR amount - held >= floor", name=op.f("ck_ledger_balances_floor")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_ledger_balances_held")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_balances_account_id_ledger_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_balances")),
    )


def _create_ledger_checkpoints() -> None:
    op.create_table(
        "ledger_checkpoints",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_ledger_checkpoints_account_id_ledger_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["seal_id"], ["ledger_seals.id"], name=op.f("fk_ledger_checkpoints_seal_id_ledger_seals")
        ),
        sa.PrimaryKeyConstraint("account_id", "seal_id", name=op.f("pk_ledger_checkpoints")),
    )


def _create_ledger_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("balance_after", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_entries_account_id_ledger_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_entries_transaction_id_ledger_transactions"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_amount")),
        sa.PrimaryKeyConstraint("transaction_id", "line", name=op.f("pk_ledger_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ledger_entries_account_id",
        "ledger_entries",
        ["account_id", "transaction_id", "line"],
        unique=False,
    )


def _create_ledger_holds() -> None:
    op.create_table(
        "ledger_holds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'captured') = (transaction_id IS NOT NULL)", name=op.f("ck_ledger_holds_transaction")
        ),
        sa.CheckConstraint(
            "status IN ('held', 'captured', 'voided', 'lapsed')", name=op.f("ck_ledger_holds_status")
        ),
        sa.CheckConstraint("captured >= 0 AND captured <= amount", name=op.f("ck_ledger_holds_captured")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_holds_account_id_ledger_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_holds_transaction_id_ledger_transactions"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_holds_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_holds")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_holds_key")),
    )
    op.create_index(op.f("ix_ledger_holds_account_id"), "ledger_holds", ["account_id"], unique=False)
    op.create_index(
        "ix_ledger_holds_deadline",
        "ledger_holds",
        ["deadline"],
        unique=False,
        sqlite_where=sa.text("status = 'held'"),
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(op.f("ix_ledger_holds_subject"), "ledger_holds", ["subject"], unique=False)
    op.create_index(op.f("ix_ledger_holds_transaction_id"), "ledger_holds", ["transaction_id"], unique=False)


def _create_ledger_limit_changes() -> None:
    op.create_table(
        "ledger_limit_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("floor_before", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ceiling_before", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("floor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ceiling", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_ledger_limit_changes_account_id_ledger_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_limit_changes")),
    )
    op.create_index(
        op.f("ix_ledger_limit_changes_account_id"), "ledger_limit_changes", ["account_id"], unique=False
    )


def _create_ledger_lots() -> None:
    op.create_table(
        "ledger_lots",
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("left", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint('"left" >= 0 AND "left" <= amount', name=op.f("ck_ledger_lots_left")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_lots_account_id_ledger_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_lots_transaction_id_ledger_transactions"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_lots_amount")),
        sa.PrimaryKeyConstraint("transaction_id", "line", name=op.f("pk_ledger_lots")),
    )
    op.create_index(
        "ix_ledger_lots_account_id_expires_at",
        "ledger_lots",
        ["account_id", "expires_at"],
        unique=False,
        sqlite_where=sa.text('"left" > 0'),
        postgresql_where=sa.text('"left" > 0'),
    )
    op.create_index(
        "ix_ledger_lots_expires_at",
        "ledger_lots",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text('"left" > 0'),
        postgresql_where=sa.text('"left" > 0'),
    )


def _create_ledger_period_balances() -> None:
    op.create_table(
        "ledger_period_balances",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_ledger_period_balances_account_id_ledger_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["ledger_periods.id"],
            name=op.f("fk_ledger_period_balances_period_id_ledger_periods"),
        ),
        sa.PrimaryKeyConstraint("account_id", "period_id", name=op.f("pk_ledger_period_balances")),
    )


def _create_ledger_lot_moves() -> None:
    op.create_table(
        "ledger_lot_moves",
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "lot_transaction_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("lot_line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("returns", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(returns IS NOT NULL) = (amount > 0)", name=op.f("ck_ledger_lot_moves_returns")),
        sa.ForeignKeyConstraint(
            ["lot_transaction_id", "lot_line"],
            ["ledger_lots.transaction_id", "ledger_lots.line"],
            name=op.f("fk_ledger_lot_moves_lot_transaction_id_ledger_lots"),
        ),
        sa.ForeignKeyConstraint(
            ["returns"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_lot_moves_returns_ledger_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_lot_moves_transaction_id_ledger_transactions"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_lot_moves_amount")),
        sa.PrimaryKeyConstraint(
            "transaction_id", "line", "lot_transaction_id", "lot_line", name=op.f("pk_ledger_lot_moves")
        ),
    )
    op.create_index(
        "ix_ledger_lot_moves_lot", "ledger_lot_moves", ["lot_transaction_id", "lot_line"], unique=False
    )
    op.create_index(
        "ix_ledger_lot_moves_returns",
        "ledger_lot_moves",
        ["returns"],
        unique=False,
        sqlite_where=sa.text("returns IS NOT NULL"),
        postgresql_where=sa.text("returns IS NOT NULL"),
    )
