"""Differences and control totals.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

from timebank.migrations import steps

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _create_suspense_items()
    _create_suspense_events()
    _create_control_totals()
    _create_redemption_stops()
    steps.evidence("suspense_events", "control_totals")


def downgrade() -> None:
    """Back."""
    for table in ("redemption_stops", "control_totals", "suspense_events", "suspense_items"):
        op.drop_table(table)
    steps.no_evidence("control_totals", "suspense_events")


def _create_suspense_items() -> None:
    op.create_table(
        "suspense_items",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("check_code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cause_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asset", sa.String(length=200), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column(
            "booked_transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "cleared_transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (status IN ('open', 'proposed'))",
            name=op.f("ck_suspense_items_closed_or_waiting"),
        ),
        sa.CheckConstraint("origin IN ('break', 'count')", name=op.f("ck_suspense_items_origin_known")),
        sa.CheckConstraint(
            "outcome IN ('', 'explained', 'written_off')", name=op.f("ck_suspense_items_outcome_known")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'proposed', 'explained', 'written_off', 'repaired')",
            name=op.f("ck_suspense_items_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('explained', 'written_off') OR (decided_by_user_id IS NOT NULL AND decided_by_user_id <> proposed_by_user_id AND outcome = status)",
            name=op.f("ck_suspense_items_two_people"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('proposed', 'explained', 'written_off') OR (proposed_by_user_id IS NOT NULL AND outcome <> '' AND reason <> '')",
            name=op.f("ck_suspense_items_proposed_with_reason"),
        ),
        sa.CheckConstraint(
            "(asset IS NULL) = (amount IS NULL)", name=op.f("ck_suspense_items_amount_of_something")
        ),
        sa.CheckConstraint(
            "(booked_transaction_id IS NULL) = (amount IS NULL)", name=op.f("ck_suspense_items_booked")
        ),
        sa.CheckConstraint("amount IS NULL OR amount <> 0", name=op.f("ck_suspense_items_amount")),
        sa.CheckConstraint(
            "booked_transaction_id IS NULL OR (closed_at IS NULL) = (cleared_transaction_id IS NULL)",
            name=op.f("ck_suspense_items_cleared_when_closed"),
        ),
        sa.CheckConstraint(
            "cause_user_id IS NULL OR ((proposed_by_user_id IS NULL OR proposed_by_user_id <> cause_user_id) AND (decided_by_user_id IS NULL OR decided_by_user_id <> cause_user_id))",
            name=op.f("ck_suspense_items_not_by_its_cause"),
        ),
        sa.ForeignKeyConstraint(
            ["booked_transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_suspense_items_booked_transaction_id_ledger_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["cause_user_id"], ["users.id"], name=op.f("fk_suspense_items_cause_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["cleared_transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_suspense_items_cleared_transaction_id_ledger_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_suspense_items_decided_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_suspense_items_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["users.id"], name=op.f("fk_suspense_items_owner_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_user_id"], ["users.id"], name=op.f("fk_suspense_items_proposed_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspense_items")),
    )
    op.create_index(
        op.f("ix_suspense_items_booked_transaction_id"),
        "suspense_items",
        ["booked_transaction_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_suspense_items_cause_user_id"), "suspense_items", ["cause_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_suspense_items_cleared_transaction_id"),
        "suspense_items",
        ["cleared_transaction_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_suspense_items_decided_by_user_id"), "suspense_items", ["decided_by_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_suspense_items_organisation_id"), "suspense_items", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_suspense_items_owner_user_id"), "suspense_items", ["owner_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_suspense_items_proposed_by_user_id"), "suspense_items", ["proposed_by_user_id"], unique=False
    )
    op.create_index(
        "ix_suspense_items_waiting",
        "suspense_items",
        ["opened_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_suspense_items_check_code_subject",
        "suspense_items",
        ["check_code", "subject"],
        unique=True,
        sqlite_where=sa.text("status <> 'repaired'"),
        postgresql_where=sa.text("status <> 'repaired'"),
    )


def _create_suspense_events() -> None:
    op.create_table(
        "suspense_events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "verb IN ('opened', 'given', 'noted', 'proposed', 'refused', 'explained', 'written_off', 'repaired', 'reopened')",
            name=op.f("ck_suspense_events_verb_known"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["suspense_items.id"], name=op.f("fk_suspense_events_item_id_suspense_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspense_events")),
    )
    op.create_index(op.f("ix_suspense_events_item_id"), "suspense_events", ["item_id"], unique=False)


def _create_control_totals() -> None:
    op.create_table(
        "control_totals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_control_totals_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_totals")),
        sa.UniqueConstraint(
            "organisation_id", "day", "name", name=op.f("uq_control_totals_organisation_id_day_name")
        ),
    )
    op.create_index(
        op.f("ix_control_totals_organisation_id"), "control_totals", ["organisation_id"], unique=False
    )


def _create_redemption_stops() -> None:
    op.create_table(
        "redemption_stops",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("asked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_how", sa.String(length=40), nullable=False),
        sa.Column("lifted_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_how = '')", name=op.f("ck_redemption_stops_lifted_somehow")
        ),
        sa.CheckConstraint(
            "lifted_how <> 'people' OR (asked_by_user_id IS NOT NULL AND lifted_by_user_id IS NOT NULL AND asked_by_user_id <> lifted_by_user_id AND reason <> '')",
            name=op.f("ck_redemption_stops_two_people"),
        ),
        sa.CheckConstraint(
            "lifted_how IN ('', 'clean', 'people')", name=op.f("ck_redemption_stops_lifted_how_known")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["users.id"], name=op.f("fk_redemption_stops_asked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_user_id"], ["users.id"], name=op.f("fk_redemption_stops_lifted_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_redemption_stops_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_stops")),
    )
    op.create_index(
        op.f("ix_redemption_stops_asked_by_user_id"), "redemption_stops", ["asked_by_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_redemption_stops_lifted_by_user_id"), "redemption_stops", ["lifted_by_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_redemption_stops_organisation_id"), "redemption_stops", ["organisation_id"], unique=False
    )
    op.create_index(
        "uq_redemption_stops_standing",
        "redemption_stops",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
