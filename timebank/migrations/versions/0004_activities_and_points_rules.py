"""Activities and points rules.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from timebank.orm import append_only_ddl, no_replacement_ddl

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Evidence: the database itself refuses to change or remove rows.
APPEND_ONLY = ("policy_settings", "insurance_notes", "shift_extensions")


def upgrade() -> None:
    """Forward."""
    _create_activity_templates()
    _create_categories()
    _create_policy_settings()
    _create_activities()
    _create_calendar_addresses()
    _create_insurance_notes()
    _create_points_rules()
    _create_activity_photos()
    _create_posts()
    _create_shifts()
    _create_shift_extensions()
    _create_sign_ups()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "sign_ups",
        "shift_extensions",
        "shifts",
        "posts",
        "activity_photos",
        "points_rules",
        "insurance_notes",
        "calendar_addresses",
        "activities",
        "policy_settings",
        "categories",
        "activity_templates",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


def _create_activity_templates() -> None:
    op.create_table(
        "activity_templates",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_activity_templates_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_templates")),
        sa.UniqueConstraint(
            "organisation_id", "name", name=op.f("uq_activity_templates_organisation_id_name")
        ),
    )
    op.create_index(
        op.f("ix_activity_templates_organisation_id"), "activity_templates", ["organisation_id"], unique=False
    )


def _create_categories() -> None:
    op.create_table(
        "categories",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("english_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_categories_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_categories_organisation_id_name")),
    )
    op.create_index(op.f("ix_categories_organisation_id"), "categories", ["organisation_id"], unique=False)
    op.create_index(
        "uq_categories_name_shared",
        "categories",
        ["name"],
        unique=True,
        sqlite_where=sa.text("organisation_id IS NULL"),
        postgresql_where=sa.text("organisation_id IS NULL"),
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
    )
    op.create_index(
        op.f("ix_policy_settings_organisation_id"), "policy_settings", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_policy_settings_organisation_id_name_changed_at",
        "policy_settings",
        ["organisation_id", "name", "changed_at"],
        unique=False,
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
        sa.Column("private_details", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_until", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("needs_insurance", sa.Boolean(), nullable=False),
        sa.Column("closes_hours", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("sex IN ('', 'male', 'female')", name=op.f("ck_activities_sex_known")),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'cancelled')", name=op.f("ck_activities_status_known")
        ),
        sa.CheckConstraint(
            "age_from IS NULL OR age_from BETWEEN 0 AND 120", name=op.f("ck_activities_age_from_possible")
        ),
        sa.CheckConstraint(
            "age_until IS NULL OR age_until BETWEEN coalesce(age_from, 0) AND 120",
            name=op.f("ck_activities_ages_in_order"),
        ),
        sa.CheckConstraint(
            "closes_hours BETWEEN 0 AND 720", name=op.f("ck_activities_closes_hours_possible")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_activities_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_activities_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["activities.id"], name=op.f("fk_activities_series_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index(op.f("ix_activities_category_id"), "activities", ["category_id"], unique=False)
    op.create_index(op.f("ix_activities_organisation_id"), "activities", ["organisation_id"], unique=False)
    op.create_index(
        "ix_activities_organisation_id_title", "activities", ["organisation_id", "title"], unique=False
    )
    op.create_index(op.f("ix_activities_series_id"), "activities", ["series_id"], unique=False)


def _create_calendar_addresses() -> None:
    op.create_table(
        "calendar_addresses",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_calendar_addresses_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_calendar_addresses")),
    )


def _create_insurance_notes() -> None:
    op.create_table(
        "insurance_notes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("insured_until", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("noted_by", sa.String(length=40), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_insurance_notes_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurance_notes")),
    )
    op.create_index(op.f("ix_insurance_notes_member_id"), "insurance_notes", ["member_id"], unique=False)


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


def _create_activity_photos() -> None:
    op.create_table(
        "activity_photos",
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_activity_photos_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activity_photos")),
    )


def _create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=200), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_posts_capacity_positive")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_posts_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("activity_id", "name", name=op.f("uq_posts_activity_id_name")),
    )
    op.create_index(op.f("ix_posts_activity_id"), "posts", ["activity_id"], unique=False)


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


def _create_shift_extensions() -> None:
    op.create_table(
        "shift_extensions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("extended_by", sa.String(length=40), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > ended_at", name=op.f("ck_shift_extensions_only_longer")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_shift_extensions_shift_id_shifts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_extensions")),
        sa.UniqueConstraint("shift_id", "ended_at", name=op.f("uq_shift_extensions_shift_id_ended_at")),
    )
    op.create_index(op.f("ix_shift_extensions_shift_id"), "shift_extensions", ["shift_id"], unique=False)


def _create_sign_ups() -> None:
    op.create_table(
        "sign_ups",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_up_by", sa.String(length=40), nullable=False),
        sa.Column("signed_up_as", sa.String(length=40), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=40), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'offered') = (offered_until IS NOT NULL)", name=op.f("ck_sign_ups_offer_has_its_end")
        ),
        sa.CheckConstraint(
            "signed_up_as IN ('', 'family', 'organiser')", name=op.f("ck_sign_ups_signed_up_as_known")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'signed_up', 'cancelled', 'lapsed')",
            name=op.f("ck_sign_ups_status_known"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sign_ups_member_id_members")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_sign_ups_post_id_posts")),
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
    op.create_index(
        "ix_sign_ups_offered_until",
        "sign_ups",
        ["offered_until"],
        unique=False,
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.create_index(op.f("ix_sign_ups_post_id"), "sign_ups", ["post_id"], unique=False)
    op.create_index(op.f("ix_sign_ups_shift_id"), "sign_ups", ["shift_id"], unique=False)
