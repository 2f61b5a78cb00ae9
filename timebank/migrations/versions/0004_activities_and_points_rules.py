"""Activities and points rules.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _create_categories()
    _create_activities()
    _create_points_rules()
    _create_policy_settings()
    _create_shifts()
    _create_sign_ups()


def downgrade() -> None:
    """Back."""
    for table in ("sign_ups", "shifts", "policy_settings", "points_rules", "activities", "categories"):
        op.drop_table(table)


def _create_categories() -> None:
    op.create_table(
        "categories",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("english_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),
    )


def _create_activities() -> None:
    op.create_table(
        "activities",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'cancelled')", name=op.f("ck_activities_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_activities_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_activities_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index(op.f("ix_activities_category_id"), "activities", ["category_id"], unique=False)
    op.create_index(op.f("ix_activities_organisation_id"), "activities", ["organisation_id"], unique=False)
    op.create_index(
        "ix_activities_organisation_id_title", "activities", ["organisation_id", "title"], unique=False
    )


def _create_points_rules() -> None:
    op.create_table(
        "points_rules",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("points_per_hour", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.String(length=40), nullable=False),
        sa.Column("rounding_step", sa.BigInteger(), nullable=False),
        sa.Column("cap_points_per_day", sa.BigInteger(), nullable=True),
        sa.Column("cap_points_per_month", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "rounding IN ('down', 'half_up', 'up')", name=op.f("ck_points_rules_rounding_known")
        ),
        sa.CheckConstraint("points_per_hour >= 0", name=op.f("ck_points_rules_rate_not_negative")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_points_rules_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_points_rules_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_points_rules_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_rules")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_points_rules_organisation_id_number")),
    )
    op.create_index(op.f("ix_points_rules_category_id"), "points_rules", ["category_id"], unique=False)
    op.create_index(
        op.f("ix_points_rules_organisation_id"), "points_rules", ["organisation_id"], unique=False
    )


def _create_policy_settings() -> None:
    op.create_table(
        "policy_settings",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_policy_settings_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_settings")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_policy_settings_organisation_id_name")),
    )
    op.create_index(
        op.f("ix_policy_settings_organisation_id"), "policy_settings", ["organisation_id"], unique=False
    )


def _create_shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_shifts_capacity_positive")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shifts_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_shifts_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index(op.f("ix_shifts_activity_id"), "shifts", ["activity_id"], unique=False)
    op.create_index(op.f("ix_shifts_starts_at"), "shifts", ["starts_at"], unique=False)


def _create_sign_ups() -> None:
    op.create_table(
        "sign_ups",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_up_by", sa.String(length=40), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('signed_up', 'cancelled')", name=op.f("ck_sign_ups_status_known")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sign_ups_member_id_members")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_sign_ups_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("shift_id", "member_id", name=op.f("uq_sign_ups_shift_id_member_id")),
    )
    op.create_index(op.f("ix_sign_ups_member_id"), "sign_ups", ["member_id"], unique=False)
    op.create_index(
        "ix_sign_ups_member_id_current",
        "sign_ups",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("status = 'signed_up'"),
        postgresql_where=sa.text("status = 'signed_up'"),
    )
    op.create_index(op.f("ix_sign_ups_shift_id"), "sign_ups", ["shift_id"], unique=False)
