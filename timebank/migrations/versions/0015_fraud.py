"""Fraud: rule settings of a county, decoys, the weekly report on rings, and the indexes that the nights ask for.

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

from timebank.migrations import steps

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Screening and reconciliation ask every night for what happened since the last one.
LATELY = (
    ("attendances", "checked_out_at"),
    ("service_records", "approved_at"),
    ("service_records", "taken_back_at"),
)
NEW_TABLES = ("fraud_decoys", "fraud_decoy_signatures", "fraud_decoy_ends", "fraud_ring_reports")


def upgrade() -> None:
    """Forward."""
    steps.add_column(
        "fraud_rule_settings",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        refers_to="organisations.id",
    )
    op.create_index(
        op.f("ix_fraud_alert_evidence_subject"), "fraud_alert_evidence", ["subject"], unique=False
    )
    op.create_index("ix_scans_at", "scans", ["at"], unique=False)
    op.create_index("ix_service_records_credited_from", "service_records", ["credited_from"], unique=False)
    for table, column in LATELY:
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_{table}_{column}",
            table,
            [column],
            unique=False,
            sqlite_where=known,
            postgresql_where=known,
        )
    _create_fraud_decoys()
    _create_fraud_decoy_signatures()
    _create_fraud_decoy_ends()
    _create_fraud_ring_reports()
    steps.evidence(*NEW_TABLES)


def downgrade() -> None:
    """Back."""
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    steps.no_evidence(*NEW_TABLES)
    for table, column in reversed(LATELY):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.drop_index("ix_service_records_credited_from", table_name="service_records")
    op.drop_index("ix_scans_at", table_name="scans")
    op.drop_index(op.f("ix_fraud_alert_evidence_subject"), table_name="fraud_alert_evidence")
    steps.drop_column("fraud_rule_settings", "organisation_id", refers_to="organisations.id")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _serial() -> sa.Column[int]:
    return sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
    )


def _create_fraud_decoys() -> None:
    op.create_table(
        "fraud_decoys",
        _serial(),
        sa.Column("kind", sa.String(length=40), nullable=False),
        _number("organisation_id"),
        _number("activity_id", nullable=True),
        _number("member_id", nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("note_digest", sa.String(length=200), nullable=False),
        _number("proposed_by_user_id"),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('activity', 'member')", name=op.f("ck_fraud_decoys_kind_known")),
        sa.CheckConstraint(
            "(kind = 'activity') = (activity_id IS NOT NULL) AND (kind = 'member') = (member_id IS NOT NULL)",
            name=op.f("ck_fraud_decoys_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fraud_decoys_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_fraud_decoys_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_fraud_decoys_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_user_id"], ["users.id"], name=op.f("fk_fraud_decoys_proposed_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_decoys")),
        sa.UniqueConstraint("id", "proposed_by_user_id", name=op.f("uq_fraud_decoys_id_proposed_by_user_id")),
    )
    for column in ("organisation_id", "activity_id", "member_id", "proposed_by_user_id"):
        op.create_index(op.f(f"ix_fraud_decoys_{column}"), "fraud_decoys", [column], unique=False)


def _create_fraud_decoy_signatures() -> None:
    op.create_table(
        "fraud_decoy_signatures",
        _serial(),
        _number("decoy_id"),
        _number("proposed_by_user_id"),
        _number("signed_by_user_id"),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "signed_by_user_id <> proposed_by_user_id", name=op.f("ck_fraud_decoy_signatures_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["decoy_id", "proposed_by_user_id"],
            ["fraud_decoys.id", "fraud_decoys.proposed_by_user_id"],
            name=op.f("fk_fraud_decoy_signatures_decoy_id_fraud_decoys"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_user_id"],
            ["users.id"],
            name=op.f("fk_fraud_decoy_signatures_signed_by_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_decoy_signatures")),
        sa.UniqueConstraint("decoy_id", name=op.f("uq_fraud_decoy_signatures_decoy_id")),
    )
    op.create_index(
        op.f("ix_fraud_decoy_signatures_signed_by_user_id"),
        "fraud_decoy_signatures",
        ["signed_by_user_id"],
        unique=False,
    )


def _create_fraud_decoy_ends() -> None:
    op.create_table(
        "fraud_decoy_ends",
        _serial(),
        _number("decoy_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        _number("ended_by_user_id"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decoy_id"], ["fraud_decoys.id"], name=op.f("fk_fraud_decoy_ends_decoy_id_fraud_decoys")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_user_id"], ["users.id"], name=op.f("fk_fraud_decoy_ends_ended_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_decoy_ends")),
        sa.UniqueConstraint("decoy_id", name=op.f("uq_fraud_decoy_ends_decoy_id")),
    )
    for column in ("decoy_id", "ended_by_user_id"):
        op.create_index(op.f(f"ix_fraud_decoy_ends_{column}"), "fraud_decoy_ends", [column], unique=False)


def _create_fraud_ring_reports() -> None:
    op.create_table(
        "fraud_ring_reports",
        _serial(),
        _number("organisation_id"),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("looked_at", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fraud_ring_reports_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_ring_reports")),
        sa.UniqueConstraint(
            "organisation_id", "until", name=op.f("uq_fraud_ring_reports_organisation_id_until")
        ),
    )
    op.create_index(
        op.f("ix_fraud_ring_reports_organisation_id"), "fraud_ring_reports", ["organisation_id"], unique=False
    )
