"""Attendance and service records.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

from timebank.certificates.guard import certificates_ddl, counted_ddl, revocations_ddl
from timebank.hours.four_eyes import corrections_ddl, pardons_ddl, records_ddl
from timebank.orm import append_only_ddl, no_replacement_ddl

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Evidence: the database itself refuses to change or remove rows.
APPEND_ONLY = (
    "scan_keys",
    "certificates",
    "evidence_files",
    "head_counts",
    "no_show_pardons",
    "offline_scans",
    "spot_answers",
    "certificate_records",
    "certificate_revocations",
    "scans",
)


def upgrade() -> None:
    """Forward."""
    _create_scan_keys()
    _create_certificates()
    _create_presence_plans()
    _create_printed_codes()
    _create_certificate_requests()
    _create_evidence_files()
    _create_head_counts()
    _create_kiosks()
    _create_no_show_pardons()
    _create_offline_assignments()
    _create_offline_rosters()
    _create_spot_checks()
    _create_attendances()
    _create_display_sessions()
    _create_offline_scans()
    _create_spot_answers()
    _create_offline_conflicts()
    _create_scan_tickets()
    _create_service_records()
    _create_certificate_records()
    _create_certificate_revocations()
    _create_correction_requests()
    _create_scans()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)
    dialect = op.get_bind().dialect.name
    for statements in (
        certificates_ddl(dialect),
        pardons_ddl(dialect),
        records_ddl(dialect),
        counted_ddl(dialect),
        revocations_ddl(dialect),
        corrections_ddl(dialect),
    ):
        for statement in statements:
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "scans",
        "correction_requests",
        "certificate_revocations",
        "certificate_records",
        "service_records",
        "scan_tickets",
        "offline_conflicts",
        "spot_answers",
        "offline_scans",
        "display_sessions",
        "attendances",
        "spot_checks",
        "offline_rosters",
        "offline_assignments",
        "no_show_pardons",
        "kiosks",
        "head_counts",
        "evidence_files",
        "certificate_requests",
        "printed_codes",
        "presence_plans",
        "certificates",
        "scan_keys",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")
    if op.get_bind().dialect.name == "postgresql":
        for table in (
            "certificates",
            "no_show_pardons",
            "service_records",
            "certificate_records",
            "certificate_revocations",
            "correction_requests",
        ):
            op.execute(f"DROP FUNCTION {table}_guard()")


def _create_scan_keys() -> None:
    op.create_table(
        "scan_keys",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("number BETWEEN 2 AND 255", name=op.f("ck_scan_keys_number_fits_a_byte")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_keys")),
        sa.UniqueConstraint("number", name=op.f("uq_scan_keys_number")),
    )


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verify_word", sa.String(length=200), nullable=False),
        sa.Column("member_name", sa.String(length=200), nullable=False),
        sa.Column("organisation_name", sa.String(length=200), nullable=False),
        sa.Column("identity_shown", sa.String(length=200), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("minutes_by_grade", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("issued_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issued_by_name", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes > 0 AND record_count > 0", name=op.f("ck_certificates_something_served")),
        sa.CheckConstraint("period_until >= period_from", name=op.f("ck_certificates_period_in_order")),
        sa.CheckConstraint("serial > 0", name=op.f("ck_certificates_serial_positive")),
        sa.ForeignKeyConstraint(
            ["issued_by_user_id"], ["users.id"], name=op.f("fk_certificates_issued_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_certificates_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_certificates_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("organisation_id", "serial", name=op.f("uq_certificates_organisation_id_serial")),
        sa.UniqueConstraint("verify_word", name=op.f("uq_certificates_verify_word")),
    )
    op.create_index(
        op.f("ix_certificates_issued_by_user_id"), "certificates", ["issued_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_certificates_member_id"), "certificates", ["member_id"], unique=False)
    op.create_index(
        op.f("ix_certificates_organisation_id"), "certificates", ["organisation_id"], unique=False
    )


def _create_presence_plans() -> None:
    op.create_table(
        "presence_plans",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asks_place", sa.Boolean(), nullable=False),
        sa.Column("latitude_e6", sa.Integer(), nullable=True),
        sa.Column("longitude_e6", sa.Integer(), nullable=True),
        sa.Column("spot_checks", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(latitude_e6 IS NULL) = (longitude_e6 IS NULL)",
            name=op.f("ck_presence_plans_place_has_both_coordinates"),
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_presence_plans_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_plans")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_presence_plans_activity_id")),
    )
    op.create_index(op.f("ix_presence_plans_activity_id"), "presence_plans", ["activity_id"], unique=False)


def _create_printed_codes() -> None:
    op.create_table(
        "printed_codes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("made_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_printed_codes_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_user_id"], ["users.id"], name=op.f("fk_printed_codes_made_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printed_codes")),
    )
    op.create_index(op.f("ix_printed_codes_activity_id"), "printed_codes", ["activity_id"], unique=False)
    op.create_index(
        op.f("ix_printed_codes_made_by_user_id"), "printed_codes", ["made_by_user_id"], unique=False
    )


def _create_certificate_requests() -> None:
    op.create_table(
        "certificate_requests",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'issued' OR certificate_id IS NOT NULL",
            name=op.f("ck_certificate_requests_issued_with_a_certificate"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR answer <> ''", name=op.f("ck_certificate_requests_refused_with_a_reason")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'issued', 'refused')", name=op.f("ck_certificate_requests_status_known")
        ),
        sa.CheckConstraint(
            "period_until >= period_from", name=op.f("ck_certificate_requests_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_user_id"],
            ["users.id"],
            name=op.f("fk_certificate_requests_answered_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_certificate_requests_certificate_id_certificates"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_certificate_requests_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_certificate_requests_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_requests")),
    )
    op.create_index(
        op.f("ix_certificate_requests_answered_by_user_id"),
        "certificate_requests",
        ["answered_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_certificate_requests_certificate_id"),
        "certificate_requests",
        ["certificate_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_certificate_requests_member_id"), "certificate_requests", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_certificate_requests_organisation_id"),
        "certificate_requests",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        "uq_certificate_requests_open",
        "certificate_requests",
        ["organisation_id", "member_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _create_evidence_files() -> None:
    op.create_table(
        "evidence_files",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=200), nullable=False),
        sa.Column(
            "uploaded_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "media_type IN ('image/jpeg', 'image/png', 'application/pdf')",
            name=op.f("ck_evidence_files_type_known"),
        ),
        sa.CheckConstraint(
            "size_bytes > 0 AND size_bytes <= 10485760", name=op.f("ck_evidence_files_size_allowed")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_evidence_files_shift_id_shifts")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_user_id"], ["users.id"], name=op.f("fk_evidence_files_uploaded_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
    )
    op.create_index(op.f("ix_evidence_files_shift_id"), "evidence_files", ["shift_id"], unique=False)
    op.create_index(
        op.f("ix_evidence_files_uploaded_by_user_id"), "evidence_files", ["uploaded_by_user_id"], unique=False
    )


def _create_head_counts() -> None:
    op.create_table(
        "head_counts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("inside_at_peak", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("said_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("counted >= 0 AND counted <= 100000", name=op.f("ck_head_counts_count_possible")),
        sa.ForeignKeyConstraint(
            ["said_by_user_id"], ["users.id"], name=op.f("fk_head_counts_said_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_head_counts_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head_counts")),
    )
    op.create_index(op.f("ix_head_counts_said_by_user_id"), "head_counts", ["said_by_user_id"], unique=False)
    op.create_index(op.f("ix_head_counts_shift_id"), "head_counts", ["shift_id"], unique=False)


def _create_kiosks() -> None:
    op.create_table(
        "kiosks",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_digest", sa.String(length=200), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("shows_code", sa.Boolean(), nullable=False),
        sa.Column("reads_cards", sa.Boolean(), nullable=False),
        sa.Column("is_attended", sa.Boolean(), nullable=False),
        sa.Column("opened_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("shows_code OR reads_cards", name=op.f("ck_kiosks_does_something")),
        sa.ForeignKeyConstraint(
            ["opened_by_user_id"], ["users.id"], name=op.f("fk_kiosks_opened_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_kiosks_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_kiosks_secret_digest")),
    )
    op.create_index(op.f("ix_kiosks_opened_by_user_id"), "kiosks", ["opened_by_user_id"], unique=False)
    op.create_index(op.f("ix_kiosks_shift_id"), "kiosks", ["shift_id"], unique=False)


def _create_no_show_pardons() -> None:
    op.create_table(
        "no_show_pardons",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "pardoned_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("pardoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_no_show_pardons_with_a_reason")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_no_show_pardons_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["pardoned_by_user_id"], ["users.id"], name=op.f("fk_no_show_pardons_pardoned_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_no_show_pardons_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_show_pardons")),
        sa.UniqueConstraint("shift_id", "member_id", name=op.f("uq_no_show_pardons_shift_id_member_id")),
    )
    op.create_index(op.f("ix_no_show_pardons_member_id"), "no_show_pardons", ["member_id"], unique=False)
    op.create_index(
        op.f("ix_no_show_pardons_pardoned_by_user_id"),
        "no_show_pardons",
        ["pardoned_by_user_id"],
        unique=False,
    )
    op.create_index(op.f("ix_no_show_pardons_shift_id"), "no_show_pardons", ["shift_id"], unique=False)


def _create_offline_assignments() -> None:
    op.create_table(
        "offline_assignments",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "assigned_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "assigned_by_user_id <> user_id", name=op.f("ck_offline_assignments_nobody_assigns_themselves")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by_user_id"],
            ["users.id"],
            name=op.f("fk_offline_assignments_assigned_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_offline_assignments_shift_id_shifts")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_offline_assignments_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_assignments")),
        sa.UniqueConstraint("shift_id", "user_id", name=op.f("uq_offline_assignments_shift_id_user_id")),
    )
    op.create_index(
        op.f("ix_offline_assignments_assigned_by_user_id"),
        "offline_assignments",
        ["assigned_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_offline_assignments_shift_id"), "offline_assignments", ["shift_id"], unique=False
    )
    op.create_index(op.f("ix_offline_assignments_user_id"), "offline_assignments", ["user_id"], unique=False)


def _create_offline_rosters() -> None:
    op.create_table(
        "offline_rosters",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("public_word", sa.String(length=40), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("has_names", sa.Boolean(), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_upload_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_offline_rosters_shift_id_shifts")),
        sa.ForeignKeyConstraint(
            ["taken_by_user_id"], ["users.id"], name=op.f("fk_offline_rosters_taken_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_rosters")),
        sa.UniqueConstraint("public_word", name=op.f("uq_offline_rosters_public_word")),
    )
    op.create_index(op.f("ix_offline_rosters_shift_id"), "offline_rosters", ["shift_id"], unique=False)
    op.create_index(
        op.f("ix_offline_rosters_taken_by_user_id"), "offline_rosters", ["taken_by_user_id"], unique=False
    )


def _create_spot_checks() -> None:
    op.create_table(
        "spot_checks",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["opened_by_user_id"], ["users.id"], name=op.f("fk_spot_checks_opened_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_spot_checks_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
    )
    op.create_index(
        op.f("ix_spot_checks_opened_by_user_id"), "spot_checks", ["opened_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_spot_checks_shift_id"), "spot_checks", ["shift_id"], unique=False)


def _create_attendances() -> None:
    op.create_table(
        "attendances",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_in_method", sa.String(length=40), nullable=False),
        sa.Column("checked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_out_method", sa.String(length=40), nullable=True),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("recorded_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorder_name", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("in_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("out_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "check_in_method IN ('rotating', 'member', 'static', 'short', 'offline', 'sheet', 'manual')",
            name=op.f("ck_attendances_check_in_method_known"),
        ),
        sa.CheckConstraint(
            "check_out_method IN ('rotating', 'member', 'static', 'short', 'offline', 'sheet', 'manual')",
            name=op.f("ck_attendances_check_out_method_known"),
        ),
        sa.CheckConstraint(
            "checked_out_at IS NULL OR checked_out_at >= checked_in_at",
            name=op.f("ck_attendances_out_after_in"),
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence_files.id"], name=op.f("fk_attendances_evidence_id_evidence_files")
        ),
        sa.ForeignKeyConstraint(
            ["in_by_user_id"], ["users.id"], name=op.f("fk_attendances_in_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_attendances_member_id_members")),
        sa.ForeignKeyConstraint(
            ["out_by_user_id"], ["users.id"], name=op.f("fk_attendances_out_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_user_id"], ["users.id"], name=op.f("fk_attendances_recorded_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_attendances_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
        sa.UniqueConstraint("shift_id", "member_id", name=op.f("uq_attendances_shift_id_member_id")),
    )
    op.create_index(op.f("ix_attendances_evidence_id"), "attendances", ["evidence_id"], unique=False)
    op.create_index(op.f("ix_attendances_in_by_user_id"), "attendances", ["in_by_user_id"], unique=False)
    op.create_index(op.f("ix_attendances_member_id"), "attendances", ["member_id"], unique=False)
    op.create_index(op.f("ix_attendances_out_by_user_id"), "attendances", ["out_by_user_id"], unique=False)
    op.create_index(
        op.f("ix_attendances_recorded_by_user_id"), "attendances", ["recorded_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_attendances_shift_id"), "attendances", ["shift_id"], unique=False)
    op.create_index(
        "uq_attendances_member_id_open",
        "attendances",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("checked_out_at IS NULL"),
        postgresql_where=sa.text("checked_out_at IS NULL"),
    )


def _create_display_sessions() -> None:
    op.create_table(
        "display_sessions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("shown_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kiosk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("kind IN ('in', 'out', 'spot')", name=op.f("ck_display_sessions_kind_known")),
        sa.ForeignKeyConstraint(
            ["kiosk_id"], ["kiosks.id"], name=op.f("fk_display_sessions_kiosk_id_kiosks")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_display_sessions_shift_id_shifts")
        ),
        sa.ForeignKeyConstraint(
            ["shown_by_user_id"], ["users.id"], name=op.f("fk_display_sessions_shown_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display_sessions")),
    )
    op.create_index(op.f("ix_display_sessions_kiosk_id"), "display_sessions", ["kiosk_id"], unique=False)
    op.create_index(op.f("ix_display_sessions_shift_id"), "display_sessions", ["shift_id"], unique=False)
    op.create_index(
        op.f("ix_display_sessions_shown_by_user_id"), "display_sessions", ["shown_by_user_id"], unique=False
    )


def _create_offline_scans() -> None:
    op.create_table(
        "offline_scans",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("roster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=200), nullable=False),
        sa.Column("seal", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_off_seconds", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("oddities", sa.JSON(), nullable=False),
        sa.CheckConstraint("how IN ('code', 'tick')", name=op.f("ck_offline_scans_how_known")),
        sa.CheckConstraint("kind IN ('in', 'out')", name=op.f("ck_offline_scans_kind_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_offline_scans_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["offline_rosters.id"], name=op.f("fk_offline_scans_roster_id_offline_rosters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_scans")),
        sa.UniqueConstraint("roster_id", "fingerprint", name=op.f("uq_offline_scans_roster_id_fingerprint")),
    )
    op.create_index(op.f("ix_offline_scans_member_id"), "offline_scans", ["member_id"], unique=False)
    op.create_index(op.f("ix_offline_scans_roster_id"), "offline_scans", ["roster_id"], unique=False)
    op.create_index(
        "ix_offline_scans_roster_id_counter", "offline_scans", ["roster_id", "counter"], unique=False
    )


def _create_spot_answers() -> None:
    op.create_table(
        "spot_answers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("spot_check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('seen', 'missed')", name=op.f("ck_spot_answers_outcome_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_spot_answers_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["spot_check_id"], ["spot_checks.id"], name=op.f("fk_spot_answers_spot_check_id_spot_checks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_answers")),
        sa.UniqueConstraint(
            "spot_check_id", "member_id", name=op.f("uq_spot_answers_spot_check_id_member_id")
        ),
    )
    op.create_index(op.f("ix_spot_answers_member_id"), "spot_answers", ["member_id"], unique=False)
    op.create_index(op.f("ix_spot_answers_spot_check_id"), "spot_answers", ["spot_check_id"], unique=False)


def _create_offline_conflicts() -> None:
    op.create_table(
        "offline_conflicts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("scan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column(
            "recorded_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decider_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (decided_by_user_id IS NULL)",
            name=op.f("ck_offline_conflicts_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'refused')", name=op.f("ck_offline_conflicts_status_known")
        ),
        sa.CheckConstraint(
            "decided_by_user_id IS NULL OR decided_by_user_id <> recorded_by_user_id",
            name=op.f("ck_offline_conflicts_decider_is_not_recorder"),
        ),
        sa.CheckConstraint(
            "decider_member_id IS NULL OR member_id IS NULL OR decider_member_id <> member_id",
            name=op.f("ck_offline_conflicts_decider_is_not_beneficiary"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_offline_conflicts_decided_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["decider_member_id"], ["members.id"], name=op.f("fk_offline_conflicts_decider_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_offline_conflicts_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_user_id"], ["users.id"], name=op.f("fk_offline_conflicts_recorded_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["offline_scans.id"], name=op.f("fk_offline_conflicts_scan_id_offline_scans")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_offline_conflicts_shift_id_shifts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_conflicts")),
        sa.UniqueConstraint("scan_id", name=op.f("uq_offline_conflicts_scan_id")),
    )
    op.create_index(
        op.f("ix_offline_conflicts_decided_by_user_id"),
        "offline_conflicts",
        ["decided_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_offline_conflicts_decider_member_id"),
        "offline_conflicts",
        ["decider_member_id"],
        unique=False,
    )
    op.create_index(op.f("ix_offline_conflicts_member_id"), "offline_conflicts", ["member_id"], unique=False)
    op.create_index(
        op.f("ix_offline_conflicts_recorded_by_user_id"),
        "offline_conflicts",
        ["recorded_by_user_id"],
        unique=False,
    )
    op.create_index(op.f("ix_offline_conflicts_scan_id"), "offline_conflicts", ["scan_id"], unique=False)
    op.create_index(op.f("ix_offline_conflicts_shift_id"), "offline_conflicts", ["shift_id"], unique=False)


def _create_scan_tickets() -> None:
    op.create_table(
        "scan_tickets",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("ticket_digest", sa.String(length=200), nullable=False),
        sa.Column("browser_digest", sa.String(length=200), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("display_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("printed_code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kiosk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=True),
        sa.Column("for_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identified_by", sa.String(length=40), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["display_session_id"],
            ["display_sessions.id"],
            name=op.f("fk_scan_tickets_display_session_id_display_sessions"),
        ),
        sa.ForeignKeyConstraint(
            ["for_member_id"], ["members.id"], name=op.f("fk_scan_tickets_for_member_id_members")
        ),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosks.id"], name=op.f("fk_scan_tickets_kiosk_id_kiosks")),
        sa.ForeignKeyConstraint(
            ["printed_code_id"],
            ["printed_codes.id"],
            name=op.f("fk_scan_tickets_printed_code_id_printed_codes"),
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_scan_tickets_shift_id_shifts")),
        sa.ForeignKeyConstraint(
            ["used_by_member_id"], ["members.id"], name=op.f("fk_scan_tickets_used_by_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_tickets")),
        sa.UniqueConstraint("ticket_digest", name=op.f("uq_scan_tickets_ticket_digest")),
    )
    op.create_index(
        op.f("ix_scan_tickets_display_session_id"), "scan_tickets", ["display_session_id"], unique=False
    )
    op.create_index(op.f("ix_scan_tickets_for_member_id"), "scan_tickets", ["for_member_id"], unique=False)
    op.create_index(op.f("ix_scan_tickets_kiosk_id"), "scan_tickets", ["kiosk_id"], unique=False)
    op.create_index(
        op.f("ix_scan_tickets_printed_code_id"), "scan_tickets", ["printed_code_id"], unique=False
    )
    op.create_index(op.f("ix_scan_tickets_shift_id"), "scan_tickets", ["shift_id"], unique=False)
    op.create_index(
        op.f("ix_scan_tickets_used_by_member_id"), "scan_tickets", ["used_by_member_id"], unique=False
    )


def _create_service_records() -> None:
    op.create_table(
        "service_records",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("attendance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("credited_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("credited_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("proof_grade", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("arithmetic", sa.String(length=200), nullable=False),
        sa.Column("recorded_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorder_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "second_recorder_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("stated_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stated_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("needs_word", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("said", sa.String(length=40), nullable=False),
        sa.Column("said_how", sa.String(length=40), nullable=False),
        sa.Column("said_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approver_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "taken_back_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(said = '') = (said_how = '')", name=op.f("ck_service_records_said_somehow")),
        sa.CheckConstraint(
            "NOT needs_word OR status <> 'approved' OR said = 'yes'",
            name=op.f("ck_service_records_member_said_yes"),
        ),
        sa.CheckConstraint(
            "proof_grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_service_records_proof_grade_known")
        ),
        sa.CheckConstraint("said IN ('', 'yes', 'no')", name=op.f("ck_service_records_said_known")),
        sa.CheckConstraint(
            "said_how IN ('', 'self', 'code', 'card')", name=op.f("ck_service_records_said_how_known")
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_by_user_id IS NOT NULL OR import_run_id IS NOT NULL",
            name=op.f("ck_service_records_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'reversed')",
            name=op.f("ck_service_records_status_known"),
        ),
        sa.CheckConstraint(
            "approved_by_user_id IS NULL OR recorded_by_user_id IS NULL OR approved_by_user_id <> recorded_by_user_id",
            name=op.f("ck_service_records_approver_is_not_recorder"),
        ),
        sa.CheckConstraint(
            "approved_by_user_id IS NULL OR second_recorder_user_id IS NULL OR approved_by_user_id <> second_recorder_user_id",
            name=op.f("ck_service_records_approver_is_not_second_recorder"),
        ),
        sa.CheckConstraint(
            "approver_member_id IS NULL OR approver_member_id <> member_id",
            name=op.f("ck_service_records_approver_is_not_beneficiary"),
        ),
        sa.CheckConstraint(
            "corrects_id IS NULL OR corrects_id <> id", name=op.f("ck_service_records_corrects_another")
        ),
        sa.CheckConstraint(
            "minutes >= 0 AND minutes <= 1440", name=op.f("ck_service_records_minutes_of_a_day")
        ),
        sa.CheckConstraint(
            "recorder_member_id IS NULL OR recorder_member_id <> member_id",
            name=op.f("ck_service_records_recorder_is_not_beneficiary"),
        ),
        sa.CheckConstraint(
            "said_by_user_id IS NULL OR recorded_by_user_id IS NULL OR said_by_user_id <> recorded_by_user_id",
            name=op.f("ck_service_records_word_is_not_the_recorders"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_user_id"], ["users.id"], name=op.f("fk_service_records_approved_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["approver_member_id"], ["members.id"], name=op.f("fk_service_records_approver_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["attendances.id"], name=op.f("fk_service_records_attendance_id_attendances")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_service_records_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["service_records.id"],
            name=op.f("fk_service_records_corrects_id_service_records"),
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.id"], name=op.f("fk_service_records_import_run_id_import_runs")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_service_records_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_service_records_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_user_id"], ["users.id"], name=op.f("fk_service_records_recorded_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["recorder_member_id"], ["members.id"], name=op.f("fk_service_records_recorder_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["points_rules.id"], name=op.f("fk_service_records_rule_id_points_rules")
        ),
        sa.ForeignKeyConstraint(
            ["said_by_user_id"], ["users.id"], name=op.f("fk_service_records_said_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["second_recorder_user_id"],
            ["users.id"],
            name=op.f("fk_service_records_second_recorder_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by_user_id"],
            ["users.id"],
            name=op.f("fk_service_records_taken_back_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_service_records_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_records")),
    )
    op.create_index(
        op.f("ix_service_records_approved_by_user_id"),
        "service_records",
        ["approved_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_records_approver_member_id"), "service_records", ["approver_member_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_records_attendance_id"), "service_records", ["attendance_id"], unique=False
    )
    op.create_index(op.f("ix_service_records_category_id"), "service_records", ["category_id"], unique=False)
    op.create_index(op.f("ix_service_records_corrects_id"), "service_records", ["corrects_id"], unique=False)
    op.create_index(
        op.f("ix_service_records_import_run_id"), "service_records", ["import_run_id"], unique=False
    )
    op.create_index(op.f("ix_service_records_member_id"), "service_records", ["member_id"], unique=False)
    op.create_index(
        "ix_service_records_member_id_served_on", "service_records", ["member_id", "served_on"], unique=False
    )
    op.create_index(
        op.f("ix_service_records_organisation_id"), "service_records", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_records_recorded_by_user_id"),
        "service_records",
        ["recorded_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_records_recorder_member_id"), "service_records", ["recorder_member_id"], unique=False
    )
    op.create_index(op.f("ix_service_records_rule_id"), "service_records", ["rule_id"], unique=False)
    op.create_index(
        op.f("ix_service_records_said_by_user_id"), "service_records", ["said_by_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_records_second_recorder_user_id"),
        "service_records",
        ["second_recorder_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_records_taken_back_by_user_id"),
        "service_records",
        ["taken_back_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_records_transaction_id"), "service_records", ["transaction_id"], unique=False
    )
    op.create_index(
        "uq_service_records_attendance_id_standing",
        "service_records",
        ["attendance_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('pending', 'approved')"),
        postgresql_where=sa.text("status IN ('pending', 'approved')"),
    )


def _create_certificate_records() -> None:
    op.create_table(
        "certificate_records",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_certificate_records_certificate_id_certificates"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["service_records.id"],
            name=op.f("fk_certificate_records_record_id_service_records"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_records")),
        sa.UniqueConstraint(
            "certificate_id", "record_id", name=op.f("uq_certificate_records_certificate_id_record_id")
        ),
    )
    op.create_index(
        op.f("ix_certificate_records_certificate_id"), "certificate_records", ["certificate_id"], unique=False
    )
    op.create_index(
        op.f("ix_certificate_records_record_id"), "certificate_records", ["record_id"], unique=False
    )


def _create_certificate_revocations() -> None:
    op.create_table(
        "certificate_revocations",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revoked_by", sa.String(length=40), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_certificate_revocations_certificate_id_certificates"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["service_records.id"],
            name=op.f("fk_certificate_revocations_record_id_service_records"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_revocations")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_certificate_revocations_certificate_id")),
    )
    op.create_index(
        op.f("ix_certificate_revocations_record_id"), "certificate_revocations", ["record_id"], unique=False
    )


def _create_correction_requests() -> None:
    op.create_table(
        "correction_requests",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("recorder_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "second_recorder_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("answered_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("new_record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (answered_by_user_id IS NULL)",
            name=op.f("ck_correction_requests_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "status <> 'granted' OR new_record_id IS NOT NULL",
            name=op.f("ck_correction_requests_granted_with_a_record"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR answer <> ''", name=op.f("ck_correction_requests_refused_with_a_reason")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'granted', 'refused')", name=op.f("ck_correction_requests_status_known")
        ),
        sa.CheckConstraint(
            "answered_by_user_id IS NULL OR answered_by_user_id <> asked_by_user_id",
            name=op.f("ck_correction_requests_answered_by_another"),
        ),
        sa.CheckConstraint(
            "answered_by_user_id IS NULL OR recorder_user_id IS NULL OR answered_by_user_id <> recorder_user_id",
            name=op.f("ck_correction_requests_recorder_does_not_answer"),
        ),
        sa.CheckConstraint(
            "answered_by_user_id IS NULL OR second_recorder_user_id IS NULL OR answered_by_user_id <> second_recorder_user_id",
            name=op.f("ck_correction_requests_second_recorder_does_not_answer"),
        ),
        sa.CheckConstraint("left_at > came_at", name=op.f("ck_correction_requests_times_in_order")),
        sa.ForeignKeyConstraint(
            ["answered_by_user_id"],
            ["users.id"],
            name=op.f("fk_correction_requests_answered_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["users.id"], name=op.f("fk_correction_requests_asked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_correction_requests_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["new_record_id"],
            ["service_records.id"],
            name=op.f("fk_correction_requests_new_record_id_service_records"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["service_records.id"],
            name=op.f("fk_correction_requests_record_id_service_records"),
        ),
        sa.ForeignKeyConstraint(
            ["recorder_user_id"], ["users.id"], name=op.f("fk_correction_requests_recorder_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["second_recorder_user_id"],
            ["users.id"],
            name=op.f("fk_correction_requests_second_recorder_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_requests")),
    )
    op.create_index(
        op.f("ix_correction_requests_answer_due_at"), "correction_requests", ["answer_due_at"], unique=False
    )
    op.create_index(
        op.f("ix_correction_requests_answered_by_user_id"),
        "correction_requests",
        ["answered_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_correction_requests_asked_by_user_id"),
        "correction_requests",
        ["asked_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_correction_requests_member_id"), "correction_requests", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_correction_requests_new_record_id"), "correction_requests", ["new_record_id"], unique=False
    )
    op.create_index(
        op.f("ix_correction_requests_record_id"), "correction_requests", ["record_id"], unique=False
    )
    op.create_index(
        op.f("ix_correction_requests_recorder_user_id"),
        "correction_requests",
        ["recorder_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_correction_requests_second_recorder_user_id"),
        "correction_requests",
        ["second_recorder_user_id"],
        unique=False,
    )
    op.create_index(
        "uq_correction_requests_record_id_open",
        "correction_requests",
        ["record_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _create_scans() -> None:
    op.create_table(
        "scans",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("device_digest", sa.String(length=200), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=True),
        sa.Column("operator_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "place IS NULL OR place IN ('inside', 'near', 'around', 'far', 'refused', 'inaccurate')",
            name=op.f("ck_scans_place_known"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_scans_member_id_members")),
        sa.ForeignKeyConstraint(
            ["operator_user_id"], ["users.id"], name=op.f("fk_scans_operator_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_scans_shift_id_shifts")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["scan_tickets.id"], name=op.f("fk_scans_ticket_id_scan_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
    )
    op.create_index(op.f("ix_scans_device_digest"), "scans", ["device_digest"], unique=False)
    op.create_index(op.f("ix_scans_member_id"), "scans", ["member_id"], unique=False)
    op.create_index(op.f("ix_scans_operator_user_id"), "scans", ["operator_user_id"], unique=False)
    op.create_index(op.f("ix_scans_shift_id"), "scans", ["shift_id"], unique=False)
    op.create_index("ix_scans_shift_id_at", "scans", ["shift_id", "at"], unique=False)
    op.create_index(op.f("ix_scans_ticket_id"), "scans", ["ticket_id"], unique=False)
