"""Cases and audits.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

from timebank.orm import append_only_ddl, no_replacement_ddl

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Evidence: the database itself refuses to change or remove rows.
APPEND_ONLY = (
    "fraud_rule_settings",
    "fraud_alerts",
    "fraud_draws",
    "fraud_integrity_reports",
    "fraud_alert_evidence",
    "fraud_alert_people",
    "fraud_case_alerts",
    "fraud_case_events",
    "fraud_decisions",
    "fraud_appeals",
    "fraud_signatures",
    "fraud_appeal_answers",
)


def upgrade() -> None:
    """Forward."""
    _create_fraud_rule_settings()
    _create_fraud_alerts()
    _create_fraud_draws()
    _create_fraud_integrity_reports()
    _create_fraud_alert_evidence()
    _create_fraud_alert_people()
    _create_fraud_cases()
    _create_fraud_case_alerts()
    _create_fraud_case_events()
    _create_fraud_case_people()
    _create_fraud_decisions()
    _create_fraud_appeals()
    _create_fraud_signatures()
    _create_fraud_appeal_answers()
    _create_fraud_drawn_records()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "fraud_drawn_records",
        "fraud_appeal_answers",
        "fraud_signatures",
        "fraud_appeals",
        "fraud_decisions",
        "fraud_case_people",
        "fraud_case_events",
        "fraud_case_alerts",
        "fraud_cases",
        "fraud_alert_people",
        "fraud_alert_evidence",
        "fraud_integrity_reports",
        "fraud_draws",
        "fraud_alerts",
        "fraud_rule_settings",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


def _create_fraud_rule_settings() -> None:
    op.create_table(
        "fraud_rule_settings",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode IN ('off', 'shadow', 'live')", name=op.f("ck_fraud_rule_settings_mode_known")
        ),
        sa.CheckConstraint(
            "weight >= 0 AND weight <= 100", name=op.f("ck_fraud_rule_settings_weight_of_a_hundred")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_rule_settings")),
    )


def _create_fraud_alerts() -> None:
    op.create_table(
        "fraud_alerts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("mode IN ('shadow', 'live')", name=op.f("ck_fraud_alerts_mode_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fraud_alerts_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_fraud_alerts_key")),
    )
    op.create_index(op.f("ix_fraud_alerts_found_at"), "fraud_alerts", ["found_at"], unique=False)
    op.create_index(
        op.f("ix_fraud_alerts_organisation_id"), "fraud_alerts", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_fraud_alerts_rule"), "fraud_alerts", ["rule"], unique=False)


def _create_fraud_draws() -> None:
    op.create_table(
        "fraud_draws",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=40), nullable=False),
        sa.Column("seed", sa.String(length=200), nullable=False),
        sa.Column("permille", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("population_digest", sa.String(length=200), nullable=False),
        sa.Column("drawn_by", sa.String(length=40), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "permille > 0 AND permille <= 1000", name=op.f("ck_fraud_draws_permille_of_a_thousand")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fraud_draws_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_draws")),
        sa.UniqueConstraint("organisation_id", "month", name=op.f("uq_fraud_draws_organisation_id_month")),
    )
    op.create_index(op.f("ix_fraud_draws_organisation_id"), "fraud_draws", ["organisation_id"], unique=False)


def _create_fraud_integrity_reports() -> None:
    op.create_table(
        "fraud_integrity_reports",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=40), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("published_by", sa.String(length=40), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fraud_integrity_reports_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_integrity_reports")),
        sa.UniqueConstraint(
            "organisation_id", "month", name=op.f("uq_fraud_integrity_reports_organisation_id_month")
        ),
    )
    op.create_index(
        op.f("ix_fraud_integrity_reports_organisation_id"),
        "fraud_integrity_reports",
        ["organisation_id"],
        unique=False,
    )


def _create_fraud_alert_evidence() -> None:
    op.create_table(
        "fraud_alert_evidence",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["fraud_alerts.id"], name=op.f("fk_fraud_alert_evidence_alert_id_fraud_alerts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_alert_evidence")),
        sa.UniqueConstraint("alert_id", "subject", name=op.f("uq_fraud_alert_evidence_alert_id_subject")),
    )
    op.create_index(
        op.f("ix_fraud_alert_evidence_alert_id"), "fraud_alert_evidence", ["alert_id"], unique=False
    )


def _create_fraud_alert_people() -> None:
    op.create_table(
        "fraud_alert_people",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "member_id IS NOT NULL OR user_id IS NOT NULL", name=op.f("ck_fraud_alert_people_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["fraud_alerts.id"], name=op.f("fk_fraud_alert_people_alert_id_fraud_alerts")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_fraud_alert_people_member_id_members")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_fraud_alert_people_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_alert_people")),
        sa.UniqueConstraint(
            "alert_id", "member_id", "user_id", name=op.f("uq_fraud_alert_people_alert_id_member_id_user_id")
        ),
    )
    op.create_index(op.f("ix_fraud_alert_people_alert_id"), "fraud_alert_people", ["alert_id"], unique=False)
    op.create_index(
        op.f("ix_fraud_alert_people_member_id"), "fraud_alert_people", ["member_id"], unique=False
    )
    op.create_index(op.f("ix_fraud_alert_people_user_id"), "fraud_alert_people", ["user_id"], unique=False)


def _create_fraud_cases() -> None:
    op.create_table(
        "fraud_cases",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collects_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "origin IN ('rule', 'member', 'audit', 'reconciliation', 'person')",
            name=op.f("ck_fraud_cases_origin_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'to_sign', 'decided', 'appealed', 'closed')",
            name=op.f("ck_fraud_cases_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fraud_cases_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["users.id"], name=op.f("fk_fraud_cases_owner_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_fraud_cases_number")),
    )
    op.create_index(op.f("ix_fraud_cases_organisation_id"), "fraud_cases", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_fraud_cases_owner_user_id"), "fraud_cases", ["owner_user_id"], unique=False)


def _create_fraud_case_alerts() -> None:
    op.create_table(
        "fraud_case_alerts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["fraud_alerts.id"], name=op.f("fk_fraud_case_alerts_alert_id_fraud_alerts")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["fraud_cases.id"], name=op.f("fk_fraud_case_alerts_case_id_fraud_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_case_alerts")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_fraud_case_alerts_alert_id")),
    )
    op.create_index(op.f("ix_fraud_case_alerts_case_id"), "fraud_case_alerts", ["case_id"], unique=False)


def _create_fraud_case_events() -> None:
    op.create_table(
        "fraud_case_events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["fraud_cases.id"], name=op.f("fk_fraud_case_events_case_id_fraud_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_case_events")),
        sa.UniqueConstraint("key", name=op.f("uq_fraud_case_events_key")),
    )
    op.create_index(op.f("ix_fraud_case_events_case_id"), "fraud_case_events", ["case_id"], unique=False)


def _create_fraud_case_people() -> None:
    op.create_table(
        "fraud_case_people",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "member_id IS NOT NULL OR user_id IS NOT NULL", name=op.f("ck_fraud_case_people_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["fraud_cases.id"], name=op.f("fk_fraud_case_people_case_id_fraud_cases")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_fraud_case_people_member_id_members")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_fraud_case_people_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_case_people")),
        sa.UniqueConstraint(
            "case_id", "member_id", "user_id", name=op.f("uq_fraud_case_people_case_id_member_id_user_id")
        ),
    )
    op.create_index(op.f("ix_fraud_case_people_case_id"), "fraud_case_people", ["case_id"], unique=False)
    op.create_index(op.f("ix_fraud_case_people_member_id"), "fraud_case_people", ["member_id"], unique=False)
    op.create_index(op.f("ix_fraud_case_people_user_id"), "fraud_case_people", ["user_id"], unique=False)


def _create_fraud_decisions() -> None:
    op.create_table(
        "fraud_decisions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('no_finding', 'reminder', 'correct_hours', 'reverse', 'suspend', 'report')",
            name=op.f("ck_fraud_decisions_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["fraud_cases.id"], name=op.f("fk_fraud_decisions_case_id_fraud_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_fraud_decisions_decided_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_decisions")),
        sa.UniqueConstraint(
            "id", "decided_by_user_id", name=op.f("uq_fraud_decisions_id_decided_by_user_id")
        ),
    )
    op.create_index(op.f("ix_fraud_decisions_case_id"), "fraud_decisions", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_fraud_decisions_decided_by_user_id"), "fraud_decisions", ["decided_by_user_id"], unique=False
    )


def _create_fraud_appeals() -> None:
    op.create_table(
        "fraud_appeals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("lodged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id", "decided_by_user_id"],
            ["fraud_decisions.id", "fraud_decisions.decided_by_user_id"],
            name=op.f("fk_fraud_appeals_decision_id_fraud_decisions"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_fraud_appeals_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_appeals")),
        sa.UniqueConstraint("decision_id", "member_id", name=op.f("uq_fraud_appeals_decision_id_member_id")),
        sa.UniqueConstraint("id", "decided_by_user_id", name=op.f("uq_fraud_appeals_id_decided_by_user_id")),
    )
    op.create_index(op.f("ix_fraud_appeals_member_id"), "fraud_appeals", ["member_id"], unique=False)


def _create_fraud_signatures() -> None:
    op.create_table(
        "fraud_signatures",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "signed_by_user_id <> decided_by_user_id", name=op.f("ck_fraud_signatures_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id", "decided_by_user_id"],
            ["fraud_decisions.id", "fraud_decisions.decided_by_user_id"],
            name=op.f("fk_fraud_signatures_decision_id_fraud_decisions"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_user_id"], ["users.id"], name=op.f("fk_fraud_signatures_signed_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_signatures")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_fraud_signatures_decision_id")),
    )
    op.create_index(
        op.f("ix_fraud_signatures_signed_by_user_id"), "fraud_signatures", ["signed_by_user_id"], unique=False
    )


def _create_fraud_appeal_answers() -> None:
    op.create_table(
        "fraud_appeal_answers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("appeal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "answered_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answered_by_user_id <> decided_by_user_id", name=op.f("ck_fraud_appeal_answers_somebody_else")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_user_id"],
            ["users.id"],
            name=op.f("fk_fraud_appeal_answers_answered_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id", "decided_by_user_id"],
            ["fraud_appeals.id", "fraud_appeals.decided_by_user_id"],
            name=op.f("fk_fraud_appeal_answers_appeal_id_fraud_appeals"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_appeal_answers")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_fraud_appeal_answers_appeal_id")),
    )
    op.create_index(
        op.f("ix_fraud_appeal_answers_answered_by_user_id"),
        "fraud_appeal_answers",
        ["answered_by_user_id"],
        unique=False,
    )


def _create_fraud_drawn_records() -> None:
    op.create_table(
        "fraud_drawn_records",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("looked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('sound', 'unsound', 'unclear')", name=op.f("ck_fraud_drawn_records_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (looked_by_user_id IS NULL)",
            name=op.f("ck_fraud_drawn_records_looked_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["fraud_draws.id"], name=op.f("fk_fraud_drawn_records_draw_id_fraud_draws")
        ),
        sa.ForeignKeyConstraint(
            ["looked_by_user_id"], ["users.id"], name=op.f("fk_fraud_drawn_records_looked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["service_records.id"],
            name=op.f("fk_fraud_drawn_records_record_id_service_records"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_drawn_records")),
        sa.UniqueConstraint("draw_id", "record_id", name=op.f("uq_fraud_drawn_records_draw_id_record_id")),
    )
    op.create_index(op.f("ix_fraud_drawn_records_draw_id"), "fraud_drawn_records", ["draw_id"], unique=False)
    op.create_index(
        op.f("ix_fraud_drawn_records_looked_by_user_id"),
        "fraud_drawn_records",
        ["looked_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_fraud_drawn_records_record_id"), "fraud_drawn_records", ["record_id"], unique=False
    )
