"""People and access.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

from timebank.orm import append_only_ddl, no_replacement_ddl

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Evidence: the database itself refuses to change or remove rows.
APPEND_ONLY = ("audit_entries", "log_ins")


def upgrade() -> None:
    """Forward."""
    _create_api_requests()
    _create_audit_entries()
    _create_households()
    _create_lockouts()
    _create_organisations()
    _create_api_keys()
    _create_member_groups()
    _create_members()
    _create_group_memberships()
    _create_household_links()
    _create_household_members()
    _create_member_photos()
    _create_personal_codes()
    _create_users()
    _create_invitations()
    _create_log_ins()
    _create_login_names()
    _create_role_grants()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "role_grants",
        "login_names",
        "log_ins",
        "invitations",
        "users",
        "personal_codes",
        "member_photos",
        "household_members",
        "household_links",
        "group_memberships",
        "members",
        "member_groups",
        "api_keys",
        "organisations",
        "lockouts",
        "households",
        "audit_entries",
        "api_requests",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


def _create_api_requests() -> None:
    op.create_table(
        "api_requests",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("request_key", sa.String(length=200), nullable=False),
        sa.Column("content_digest", sa.String(length=200), nullable=False),
        sa.Column("created_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_requests")),
        sa.UniqueConstraint("actor", "request_key", name=op.f("uq_api_requests_actor_request_key")),
    )


def _create_audit_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_actor_at", "audit_entries", ["actor", "at"], unique=False)
    op.create_index(
        op.f("ix_audit_entries_organisation_id"), "audit_entries", ["organisation_id"], unique=False
    )
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject"], unique=False)


def _create_households() -> None:
    op.create_table(
        "households",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )


def _create_lockouts() -> None:
    op.create_table(
        "lockouts",
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_lockouts")),
    )


def _create_organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('centre', 'subcentre', 'station', 'team', 'other')",
            name=op.f("ck_organisations_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisations.id"], name=op.f("fk_organisations_parent_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("path", name=op.f("uq_organisations_path")),
    )
    op.create_index(op.f("ix_organisations_parent_id"), "organisations", ["parent_id"], unique=False)
    op.create_index(
        "ix_organisations_path_prefix",
        "organisations",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_index("uq_organisations_parent_id_name", "organisations", ["parent_id", "name"], unique=True)
    op.create_index(
        "uq_organisations_root_name",
        "organisations",
        ["name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("secret_digest", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_api_keys_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_api_keys_secret_digest")),
    )
    op.create_index(op.f("ix_api_keys_organisation_id"), "api_keys", ["organisation_id"], unique=False)


def _create_member_groups() -> None:
    op.create_table(
        "member_groups",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("from_age", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_age IS NULL OR (from_age >= 1 AND from_age <= 120)",
            name=op.f("ck_member_groups_age_sensible"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_member_groups_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_groups")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_member_groups_organisation_id_name")),
    )
    op.create_index(
        op.f("ix_member_groups_organisation_id"), "member_groups", ["organisation_id"], unique=False
    )


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sort_name", sa.String(length=200), nullable=False),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("identity_cipher", sa.Text(), nullable=True),
        sa.Column("identity_hash", sa.String(length=200), nullable=True),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("card_secret", sa.String(length=200), nullable=False),
        sa.Column("card_generation", sa.Integer(), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN ('male', 'female', 'unknown')", name=op.f("ck_members_sex_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_members_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("identity_hash", name=op.f("uq_members_identity_hash")),
        sa.UniqueConstraint("number", name=op.f("uq_members_number")),
    )
    op.create_index(op.f("ix_members_organisation_id"), "members", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_members_phone"), "members", ["phone"], unique=False)
    op.create_index(op.f("ix_members_sort_name"), "members", ["sort_name"], unique=False)


def _create_group_memberships() -> None:
    op.create_table(
        "group_memberships",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "until IS NULL OR until >= since", name=op.f("ck_group_memberships_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["member_groups.id"], name=op.f("fk_group_memberships_group_id_member_groups")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_group_memberships_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_memberships")),
    )
    op.create_index(op.f("ix_group_memberships_group_id"), "group_memberships", ["group_id"], unique=False)
    op.create_index(op.f("ix_group_memberships_member_id"), "group_memberships", ["member_id"], unique=False)
    op.create_index(
        "uq_group_memberships_current",
        "group_memberships",
        ["group_id", "member_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _create_household_links() -> None:
    op.create_table(
        "household_links",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("relative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("means", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (decided_by IS NULL)", name=op.f("ck_household_links_decision_is_signed")
        ),
        sa.CheckConstraint("means IN ('consent', 'office')", name=op.f("ck_household_links_means_known")),
        sa.CheckConstraint(
            "status <> 'agreed' OR decided_by <> proposed_by", name=op.f("ck_household_links_second_person")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'agreed', 'declined')", name=op.f("ck_household_links_status_known")
        ),
        sa.CheckConstraint("member_id <> relative_id", name=op.f("ck_household_links_two_people")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_household_links_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["relative_id"], ["members.id"], name=op.f("fk_household_links_relative_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_links")),
    )
    op.create_index(op.f("ix_household_links_member_id"), "household_links", ["member_id"], unique=False)
    op.create_index(op.f("ix_household_links_relative_id"), "household_links", ["relative_id"], unique=False)
    op.create_index(
        "uq_household_links_open",
        "household_links",
        ["member_id", "relative_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _create_household_members() -> None:
    op.create_table(
        "household_members",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("household_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(until IS NULL) = (ended_by IS NULL)", name=op.f("ck_household_members_end_is_signed")
        ),
        sa.CheckConstraint(
            "until IS NULL OR until >= since", name=op.f("ck_household_members_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_household_members_household_id_households")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_household_members_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_members")),
    )
    op.create_index(
        op.f("ix_household_members_household_id"), "household_members", ["household_id"], unique=False
    )
    op.create_index(op.f("ix_household_members_member_id"), "household_members", ["member_id"], unique=False)
    op.create_index(
        "uq_household_members_current",
        "household_members",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _create_member_photos() -> None:
    op.create_table(
        "member_photos",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("picture_digest", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by", sa.String(length=40), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_photos_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_photos")),
    )


def _create_personal_codes() -> None:
    op.create_table(
        "personal_codes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_digest", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consumed_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_personal_codes_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_codes")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_personal_codes_code_digest")),
    )
    op.create_index("ix_personal_codes_expires_at", "personal_codes", ["expires_at"], unique=False)
    op.create_index(op.f("ix_personal_codes_member_id"), "personal_codes", ["member_id"], unique=False)


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("elder_mode", sa.Boolean(), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_users_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("member_id", name=op.f("uq_users_member_id")),
    )
    op.create_index(op.f("ix_users_member_id"), "users", ["member_id"], unique=False)


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_digest", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_invitations_secret_digest")),
    )
    op.create_index(op.f("ix_invitations_user_id"), "invitations", ["user_id"], unique=False)


def _create_log_ins() -> None:
    op.create_table(
        "log_ins",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_digest", sa.String(length=200), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.CheckConstraint("how IN ('password', 'invitation')", name=op.f("ck_log_ins_how_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_log_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_ins")),
    )
    op.create_index(op.f("ix_log_ins_at"), "log_ins", ["at"], unique=False)
    op.create_index(op.f("ix_log_ins_device_digest"), "log_ins", ["device_digest"], unique=False)
    op.create_index(op.f("ix_log_ins_user_id"), "log_ins", ["user_id"], unique=False)


def _create_login_names() -> None:
    op.create_table(
        "login_names",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_names_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_names")),
        sa.UniqueConstraint("name", name=op.f("uq_login_names_name")),
    )
    op.create_index(op.f("ix_login_names_user_id"), "login_names", ["user_id"], unique=False)


def _create_role_grants() -> None:
    op.create_table(
        "role_grants",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("granted_by", sa.String(length=40), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('coordinator', 'attendant', 'auditor', 'administrator')",
            name=op.f("ck_role_grants_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_role_grants_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_role_grants_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    op.create_index(op.f("ix_role_grants_organisation_id"), "role_grants", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_role_grants_user_id"), "role_grants", ["user_id"], unique=False)
    op.create_index(
        "uq_role_grants_current",
        "role_grants",
        ["user_id", "role", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
