"""Counter, orders, settlement.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

from timebank.orm import append_only_ddl, no_replacement_ddl

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Evidence: the database itself refuses to change or remove rows.
APPEND_ONLY = (
    "gifts",
    "charity_handouts",
    "orders",
    "settlement_payments",
    "shift_counts",
    "disputes",
    "order_lines",
    "order_signatures",
    "receipt_prints",
    "returns",
    "z_reports",
    "appointments",
    "dispute_decisions",
    "return_lines",
    "appointment_events",
    "stock_movements",
    "charity_handout_lines",
    "batch_moves",
    "stocktake_scans",
    "transfer_lines",
    "arrival_lines",
)


def upgrade() -> None:
    """Forward."""
    _create_public_sheets()
    _create_settlement_contracts()
    _create_charity_fairs()
    _create_gifts()
    _create_merchants()
    _create_wish_lines()
    _create_charity_handouts()
    _create_counter_shifts()
    _create_list_files()
    _create_settlements()
    _create_baskets()
    _create_orders()
    _create_settlement_lines()
    _create_settlement_payments()
    _create_shift_counts()
    _create_agreements()
    _create_basket_lines()
    _create_disputes()
    _create_order_lines()
    _create_order_signatures()
    _create_receipt_prints()
    _create_reservations()
    _create_returns()
    _create_z_reports()
    _create_appointments()
    _create_dispute_decisions()
    _create_reservation_lines()
    _create_return_lines()
    _create_vouchers()
    _create_appointment_events()
    _create_stock_movements()
    _create_charity_handout_lines()
    _create_stock_batches()
    _create_stocktake_lines()
    _create_batch_moves()
    _create_stocktake_scans()
    _create_transfer_lines()
    _create_write_offs()
    _create_arrival_lines()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "arrival_lines",
        "write_offs",
        "transfer_lines",
        "stocktake_scans",
        "batch_moves",
        "stocktake_lines",
        "stock_batches",
        "charity_handout_lines",
        "stock_movements",
        "appointment_events",
        "vouchers",
        "return_lines",
        "reservation_lines",
        "dispute_decisions",
        "appointments",
        "z_reports",
        "returns",
        "reservations",
        "receipt_prints",
        "order_signatures",
        "order_lines",
        "disputes",
        "basket_lines",
        "agreements",
        "shift_counts",
        "settlement_payments",
        "settlement_lines",
        "orders",
        "baskets",
        "settlements",
        "list_files",
        "counter_shifts",
        "charity_handouts",
        "wish_lines",
        "merchants",
        "gifts",
        "charity_fairs",
        "settlement_contracts",
        "public_sheets",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


def _create_public_sheets() -> None:
    op.create_table(
        "public_sheets",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("rows_digest", sa.String(length=200), nullable=False),
        sa.Column("published_by", sa.String(length=40), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "kind IN ('redemptions', 'donations', 'handouts')", name=op.f("ck_public_sheets_kind_known")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_public_sheets_withdrawal_is_signed"),
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_public_sheets_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_public_sheets_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_sheets")),
        sa.UniqueConstraint("token", name=op.f("uq_public_sheets_token")),
    )
    op.create_index(
        op.f("ix_public_sheets_organisation_id"), "public_sheets", ["organisation_id"], unique=False
    )


def _create_settlement_contracts() -> None:
    op.create_table(
        "settlement_contracts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "party_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "house_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("rate_fen", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("kind IN ('merchant', 'funder')", name=op.f("ck_settlement_contracts_kind_known")),
        sa.CheckConstraint(
            "last_day >= first_day", name=op.f("ck_settlement_contracts_ends_after_it_begins")
        ),
        sa.CheckConstraint("rate_fen > 0", name=op.f("ck_settlement_contracts_rate_positive")),
        sa.ForeignKeyConstraint(
            ["house_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_settlement_contracts_house_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["party_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_settlement_contracts_party_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_contracts")),
        sa.UniqueConstraint(
            "house_organisation_id",
            "number",
            name=op.f("uq_settlement_contracts_house_organisation_id_number"),
        ),
    )
    op.create_index(
        op.f("ix_settlement_contracts_house_organisation_id"),
        "settlement_contracts",
        ["house_organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_settlement_contracts_party_organisation_id"),
        "settlement_contracts",
        ["party_organisation_id"],
        unique=False,
    )


def _create_charity_fairs() -> None:
    op.create_table(
        "charity_fairs",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("planned_by", sa.String(length=200), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_charity_fairs_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_charity_fairs_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charity_fairs")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_charity_fairs_shop_id_name")),
    )
    op.create_index(op.f("ix_charity_fairs_shop_id"), "charity_fairs", ["shop_id"], unique=False)


def _create_gifts() -> None:
    op.create_table(
        "gifts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("to_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(to_member_id IS NULL) <> (to_organisation_id IS NULL)", name=op.f("ck_gifts_one_receiver")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_gifts_points_positive")),
        sa.CheckConstraint("to_member_id <> member_id", name=op.f("ck_gifts_somebody_else")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_gifts_member_id_members")),
        sa.ForeignKeyConstraint(["to_member_id"], ["members.id"], name=op.f("fk_gifts_to_member_id_members")),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_gifts_to_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_gifts_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gifts")),
        sa.UniqueConstraint("key", name=op.f("uq_gifts_key")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_gifts_transaction_id")),
    )
    op.create_index(op.f("ix_gifts_member_id"), "gifts", ["member_id"], unique=False)
    op.create_index("ix_gifts_member_id_given_at", "gifts", ["member_id", "given_at"], unique=False)
    op.create_index(op.f("ix_gifts_to_member_id"), "gifts", ["to_member_id"], unique=False)
    op.create_index(op.f("ix_gifts_to_organisation_id"), "gifts", ["to_organisation_id"], unique=False)
    op.create_index(op.f("ix_gifts_transaction_id"), "gifts", ["transaction_id"], unique=False)


def _create_merchants() -> None:
    op.create_table(
        "merchants",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "house_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["house_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_merchants_house_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_merchants_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_merchants_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_merchants_organisation_id")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_merchants_shop_id")),
    )
    op.create_index(
        op.f("ix_merchants_house_organisation_id"), "merchants", ["house_organisation_id"], unique=False
    )
    op.create_index(op.f("ix_merchants_organisation_id"), "merchants", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_merchants_shop_id"), "merchants", ["shop_id"], unique=False)


def _create_wish_lines() -> None:
    op.create_table(
        "wish_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0 AND quantity <= 999", name=op.f("ck_wish_lines_quantity_sensible")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_wish_lines_member_id_members")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_wish_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_wish_lines_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_lines")),
        sa.UniqueConstraint(
            "member_id", "shop_id", "product_id", name=op.f("uq_wish_lines_member_id_shop_id_product_id")
        ),
    )
    op.create_index(op.f("ix_wish_lines_member_id"), "wish_lines", ["member_id"], unique=False)
    op.create_index(op.f("ix_wish_lines_product_id"), "wish_lines", ["product_id"], unique=False)
    op.create_index(op.f("ix_wish_lines_shop_id"), "wish_lines", ["shop_id"], unique=False)


def _create_charity_handouts() -> None:
    op.create_table(
        "charity_handouts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("recipient_note", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("given_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["given_by_user_id"], ["users.id"], name=op.f("fk_charity_handouts_given_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_charity_handouts_member_id_members")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_charity_handouts_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_charity_handouts_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charity_handouts")),
        sa.UniqueConstraint("key", name=op.f("uq_charity_handouts_key")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_charity_handouts_shop_id_number")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_charity_handouts_transaction_id")),
    )
    op.create_index(
        op.f("ix_charity_handouts_given_by_user_id"), "charity_handouts", ["given_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_charity_handouts_member_id"), "charity_handouts", ["member_id"], unique=False)
    op.create_index(op.f("ix_charity_handouts_shop_id"), "charity_handouts", ["shop_id"], unique=False)
    op.create_index(
        op.f("ix_charity_handouts_transaction_id"), "charity_handouts", ["transaction_id"], unique=False
    )


def _create_counter_shifts() -> None:
    op.create_table(
        "counter_shifts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["opened_by_user_id"], ["users.id"], name=op.f("fk_counter_shifts_opened_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_counter_shifts_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_shifts")),
        sa.UniqueConstraint("key", name=op.f("uq_counter_shifts_key")),
    )
    op.create_index(
        op.f("ix_counter_shifts_opened_by_user_id"), "counter_shifts", ["opened_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_counter_shifts_shop_id"), "counter_shifts", ["shop_id"], unique=False)
    op.create_index(
        "ix_counter_shifts_shop_id_closed_at", "counter_shifts", ["shop_id", "closed_at"], unique=False
    )
    op.create_index(
        "uq_counter_shifts_open",
        "counter_shifts",
        ["opened_by_user_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _create_list_files() -> None:
    op.create_table(
        "list_files",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("form IN ('xlsx', 'csv')", name=op.f("ck_list_files_form_known")),
        sa.CheckConstraint(
            "status <> 'done' OR content IS NOT NULL", name=op.f("ck_list_files_done_has_content")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'cancelled', 'failed')",
            name=op.f("ck_list_files_status_known"),
        ),
        sa.CheckConstraint(
            "rows_done >= 0 AND rows_done <= rows_total", name=op.f("ck_list_files_rows_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["users.id"], name=op.f("fk_list_files_asked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_list_files_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_files")),
        sa.UniqueConstraint("key", name=op.f("uq_list_files_key")),
    )
    op.create_index(op.f("ix_list_files_asked_by_user_id"), "list_files", ["asked_by_user_id"], unique=False)
    op.create_index(op.f("ix_list_files_shop_id"), "list_files", ["shop_id"], unique=False)


def _create_settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "party_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "house_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rate_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("lines_digest", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("drawn_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "house_confirmed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("house_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "party_confirmed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("party_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('merchant', 'funder')", name=op.f("ck_settlements_kind_known")),
        sa.CheckConstraint(
            "status IN ('drawn', 'agreed', 'paid', 'withdrawn')", name=op.f("ck_settlements_status_known")
        ),
        sa.CheckConstraint(
            "status NOT IN ('agreed', 'paid') OR (house_confirmed_by_user_id IS NOT NULL AND party_confirmed_by_user_id IS NOT NULL)",
            name=op.f("ck_settlements_both_sides_agreed"),
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_settlements_amount_not_negative")),
        sa.CheckConstraint(
            "house_confirmed_by_user_id <> party_confirmed_by_user_id", name=op.f("ck_settlements_two_people")
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_settlements_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["settlement_contracts.id"],
            name=op.f("fk_settlements_contract_id_settlement_contracts"),
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by_user_id"], ["users.id"], name=op.f("fk_settlements_drawn_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["house_confirmed_by_user_id"],
            ["users.id"],
            name=op.f("fk_settlements_house_confirmed_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["house_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_settlements_house_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["party_confirmed_by_user_id"],
            ["users.id"],
            name=op.f("fk_settlements_party_confirmed_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["party_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_settlements_party_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.UniqueConstraint(
            "house_organisation_id", "number", name=op.f("uq_settlements_house_organisation_id_number")
        ),
    )
    op.create_index(op.f("ix_settlements_contract_id"), "settlements", ["contract_id"], unique=False)
    op.create_index(
        op.f("ix_settlements_drawn_by_user_id"), "settlements", ["drawn_by_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_settlements_house_confirmed_by_user_id"),
        "settlements",
        ["house_confirmed_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_settlements_house_organisation_id"), "settlements", ["house_organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_settlements_party_confirmed_by_user_id"),
        "settlements",
        ["party_confirmed_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_settlements_party_organisation_id"), "settlements", ["party_organisation_id"], unique=False
    )


def _create_baskets() -> None:
    op.create_table(
        "baskets",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("device_digest", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identified_by", sa.String(length=40), nullable=True),
        sa.Column("identified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scanning_page", sa.String(length=40), nullable=False),
        sa.Column("scans_taken", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_as", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "identified_by IN ('code', 'card', 'card_pin', 'number_pin')",
            name=op.f("ck_baskets_identified_by_known"),
        ),
        sa.CheckConstraint("status <> 'held' OR held_at IS NOT NULL", name=op.f("ck_baskets_held_since")),
        sa.CheckConstraint(
            "status IN ('open', 'held', 'completed', 'abandoned')", name=op.f("ck_baskets_status_known")
        ),
        sa.CheckConstraint(
            "(member_id IS NULL) = (identified_by IS NULL)", name=op.f("ck_baskets_member_with_proof")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_baskets_member_id_members")),
        sa.ForeignKeyConstraint(
            ["opened_by_user_id"], ["users.id"], name=op.f("fk_baskets_opened_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["counter_shifts.id"], name=op.f("fk_baskets_shift_id_counter_shifts")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_baskets_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baskets")),
        sa.UniqueConstraint("key", name=op.f("uq_baskets_key")),
    )
    op.create_index(op.f("ix_baskets_member_id"), "baskets", ["member_id"], unique=False)
    op.create_index(op.f("ix_baskets_opened_by_user_id"), "baskets", ["opened_by_user_id"], unique=False)
    op.create_index(
        "ix_baskets_opened_by_user_id_status", "baskets", ["opened_by_user_id", "status"], unique=False
    )
    op.create_index(op.f("ix_baskets_shift_id"), "baskets", ["shift_id"], unique=False)
    op.create_index(op.f("ix_baskets_shop_id"), "baskets", ["shop_id"], unique=False)
    op.create_index("ix_baskets_shop_id_status", "baskets", ["shop_id", "status"], unique=False)


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("basket_key", sa.String(length=200), nullable=False),
        sa.Column("basket_digest", sa.String(length=200), nullable=False),
        sa.Column("total_points", sa.BigInteger(), nullable=False),
        sa.Column("identified_by", sa.String(length=40), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("collected_by", sa.String(length=200), nullable=False),
        sa.Column("sold_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt_token", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "agreed_by IN ('shown', 'phone', 'pin', 'signature', 'reserved')",
            name=op.f("ck_orders_agreed_by_known"),
        ),
        sa.CheckConstraint(
            "identified_by IN ('code', 'card', 'card_pin', 'number_pin', 'pickup_code')",
            name=op.f("ck_orders_identified_by_known"),
        ),
        sa.CheckConstraint("total_points >= 0", name=op.f("ck_orders_total_not_negative")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_orders_member_id_members")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["counter_shifts.id"], name=op.f("fk_orders_shift_id_counter_shifts")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_orders_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["sold_by_user_id"], ["users.id"], name=op.f("fk_orders_sold_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_orders_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("basket_key", name=op.f("uq_orders_basket_key")),
        sa.UniqueConstraint("receipt_token", name=op.f("uq_orders_receipt_token")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_orders_shop_id_number")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_orders_transaction_id")),
    )
    op.create_index(op.f("ix_orders_completed_at"), "orders", ["completed_at"], unique=False)
    op.create_index(op.f("ix_orders_member_id"), "orders", ["member_id"], unique=False)
    op.create_index("ix_orders_member_id_completed_at", "orders", ["member_id", "completed_at"], unique=False)
    op.create_index(op.f("ix_orders_shift_id"), "orders", ["shift_id"], unique=False)
    op.create_index(op.f("ix_orders_shop_id"), "orders", ["shop_id"], unique=False)
    op.create_index(op.f("ix_orders_sold_by_user_id"), "orders", ["sold_by_user_id"], unique=False)
    op.create_index(op.f("ix_orders_transaction_id"), "orders", ["transaction_id"], unique=False)


def _create_settlement_lines() -> None:
    op.create_table(
        "settlement_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("settlement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_code", sa.String(length=200), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name=op.f("fk_settlement_lines_settlement_id_settlements")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_settlement_lines_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
        sa.UniqueConstraint(
            "account_code", "transaction_id", name=op.f("uq_settlement_lines_account_code_transaction_id")
        ),
    )
    op.create_index(
        op.f("ix_settlement_lines_settlement_id"), "settlement_lines", ["settlement_id"], unique=False
    )
    op.create_index(
        op.f("ix_settlement_lines_transaction_id"), "settlement_lines", ["transaction_id"], unique=False
    )


def _create_settlement_payments() -> None:
    op.create_table(
        "settlement_payments",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("settlement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column(
            "recorded_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by_user_id"],
            ["users.id"],
            name=op.f("fk_settlement_payments_recorded_by_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlements.id"],
            name=op.f("fk_settlement_payments_settlement_id_settlements"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_settlement_payments_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_payments")),
        sa.UniqueConstraint("settlement_id", name=op.f("uq_settlement_payments_settlement_id")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_settlement_payments_transaction_id")),
    )
    op.create_index(
        op.f("ix_settlement_payments_recorded_by_user_id"),
        "settlement_payments",
        ["recorded_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_settlement_payments_settlement_id"), "settlement_payments", ["settlement_id"], unique=False
    )
    op.create_index(
        op.f("ix_settlement_payments_transaction_id"), "settlement_payments", ["transaction_id"], unique=False
    )


def _create_shift_counts() -> None:
    op.create_table(
        "shift_counts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False),
        sa.Column("counted_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["counted_by_user_id"], ["users.id"], name=op.f("fk_shift_counts_counted_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["counter_shifts.id"], name=op.f("fk_shift_counts_shift_id_counter_shifts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_counts")),
        sa.UniqueConstraint("key", name=op.f("uq_shift_counts_key")),
    )
    op.create_index(
        op.f("ix_shift_counts_counted_by_user_id"), "shift_counts", ["counted_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_shift_counts_shift_id"), "shift_counts", ["shift_id"], unique=False)


def _create_agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("basket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content_digest", sa.String(length=200), nullable=False),
        sa.Column("total_points", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answer IN ('yes', 'no')", name=op.f("ck_agreements_answer_known")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_agreements_answered_when")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["users.id"], name=op.f("fk_agreements_asked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["basket_id"], ["baskets.id"], name=op.f("fk_agreements_basket_id_baskets")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_agreements_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint(
            "basket_id", "content_digest", name=op.f("uq_agreements_basket_id_content_digest")
        ),
    )
    op.create_index(op.f("ix_agreements_asked_by_user_id"), "agreements", ["asked_by_user_id"], unique=False)
    op.create_index(op.f("ix_agreements_basket_id"), "agreements", ["basket_id"], unique=False)
    op.create_index(op.f("ix_agreements_member_id"), "agreements", ["member_id"], unique=False)
    op.create_index(
        "ix_agreements_member_id_expires_at", "agreements", ["member_id", "expires_at"], unique=False
    )


def _create_basket_lines() -> None:
    op.create_table(
        "basket_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("basket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND quantity <= 999", name=op.f("ck_basket_lines_quantity_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["basket_id"], ["baskets.id"], name=op.f("fk_basket_lines_basket_id_baskets")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_basket_lines_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket_lines")),
        sa.UniqueConstraint("basket_id", "product_id", name=op.f("uq_basket_lines_basket_id_product_id")),
    )
    op.create_index(op.f("ix_basket_lines_basket_id"), "basket_lines", ["basket_id"], unique=False)
    op.create_index(op.f("ix_basket_lines_product_id"), "basket_lines", ["product_id"], unique=False)


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.String(length=200), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_disputes_member_id_members")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_disputes_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("key", name=op.f("uq_disputes_key")),
        sa.UniqueConstraint("order_id", name=op.f("uq_disputes_order_id")),
    )
    op.create_index(op.f("ix_disputes_member_id"), "disputes", ["member_id"], unique=False)
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"], unique=False)
    op.create_index(op.f("ix_disputes_organisation_id"), "disputes", ["organisation_id"], unique=False)


def _create_order_lines() -> None:
    op.create_table(
        "order_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_points", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_points", sa.BigInteger(), nullable=False),
        sa.Column(
            "funder_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "(subsidy_points > 0) = (funder_organisation_id IS NOT NULL)",
            name=op.f("ck_order_lines_subsidy_is_owed"),
        ),
        sa.CheckConstraint(
            "price_points >= 0 AND subsidy_points >= 0", name=op.f("ck_order_lines_price_not_negative")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["funder_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_order_lines_funder_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "product_id", name=op.f("uq_order_lines_order_id_product_id")),
    )
    op.create_index(
        op.f("ix_order_lines_funder_organisation_id"), "order_lines", ["funder_organisation_id"], unique=False
    )
    op.create_index(op.f("ix_order_lines_order_id"), "order_lines", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_lines_product_id"), "order_lines", ["product_id"], unique=False)


def _create_order_signatures() -> None:
    op.create_table(
        "order_signatures",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("strokes", sa.JSON(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('drawn', 'paper')", name=op.f("ck_order_signatures_kind_known")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_signatures_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_signatures")),
        sa.UniqueConstraint("order_id", name=op.f("uq_order_signatures_order_id")),
    )


def _create_receipt_prints() -> None:
    op.create_table(
        "receipt_prints",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("printed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_receipt_prints_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["printed_by_user_id"], ["users.id"], name=op.f("fk_receipt_prints_printed_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_prints")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_receipt_prints_order_id_number")),
    )
    op.create_index(op.f("ix_receipt_prints_order_id"), "receipt_prints", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_receipt_prints_printed_by_user_id"), "receipt_prints", ["printed_by_user_id"], unique=False
    )


def _create_reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("content_digest", sa.String(length=200), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total_points", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("code_digest", sa.String(length=200), nullable=False),
        sa.Column("code_turn", sa.Integer(), nullable=False),
        sa.Column("delegate_name", sa.String(length=200), nullable=False),
        sa.Column("delegate_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(status = 'collected') = (order_id IS NOT NULL)", name=op.f("ck_reservations_collected_as")
        ),
        sa.CheckConstraint(
            "(status = 'reserved') = (ended_at IS NULL)", name=op.f("ck_reservations_ended_when")
        ),
        sa.CheckConstraint(
            "status IN ('reserved', 'collected', 'cancelled', 'expired')",
            name=op.f("ck_reservations_status_known"),
        ),
        sa.CheckConstraint("total_points >= 0", name=op.f("ck_reservations_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["delegate_member_id"], ["members.id"], name=op.f("fk_reservations_delegate_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_reservations_member_id_members")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reservations_order_id_orders")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_reservations_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_reservations_code_digest")),
        sa.UniqueConstraint("key", name=op.f("uq_reservations_key")),
        sa.UniqueConstraint("order_id", name=op.f("uq_reservations_order_id")),
    )
    op.create_index(
        op.f("ix_reservations_delegate_member_id"), "reservations", ["delegate_member_id"], unique=False
    )
    op.create_index(op.f("ix_reservations_member_id"), "reservations", ["member_id"], unique=False)
    op.create_index(op.f("ix_reservations_shop_id"), "reservations", ["shop_id"], unique=False)
    op.create_index("ix_reservations_shop_id_status", "reservations", ["shop_id", "status"], unique=False)
    op.create_index("ix_reservations_status_deadline", "reservations", ["status", "deadline"], unique=False)


def _create_returns() -> None:
    op.create_table(
        "returns",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("undone_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("total_points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'undo') = (undone_order_id IS NOT NULL)", name=op.f("ck_returns_undo_names_order")
        ),
        sa.CheckConstraint("kind IN ('return', 'undo')", name=op.f("ck_returns_kind_known")),
        sa.CheckConstraint("approved_by_user_id <> taken_by_user_id", name=op.f("ck_returns_two_people")),
        sa.ForeignKeyConstraint(
            ["approved_by_user_id"], ["users.id"], name=op.f("fk_returns_approved_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_returns_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["counter_shifts.id"], name=op.f("fk_returns_shift_id_counter_shifts")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_user_id"], ["users.id"], name=op.f("fk_returns_taken_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_returns_transaction_id_ledger_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["undone_order_id"], ["orders.id"], name=op.f("fk_returns_undone_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("return_key", name=op.f("uq_returns_return_key")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_returns_transaction_id")),
        sa.UniqueConstraint("undone_order_id", name=op.f("uq_returns_undone_order_id")),
    )
    op.create_index(op.f("ix_returns_approved_by_user_id"), "returns", ["approved_by_user_id"], unique=False)
    op.create_index(op.f("ix_returns_order_id"), "returns", ["order_id"], unique=False)
    op.create_index(op.f("ix_returns_shift_id"), "returns", ["shift_id"], unique=False)
    op.create_index(op.f("ix_returns_taken_by_user_id"), "returns", ["taken_by_user_id"], unique=False)
    op.create_index(op.f("ix_returns_transaction_id"), "returns", ["transaction_id"], unique=False)


def _create_z_reports() -> None:
    op.create_table(
        "z_reports",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("count_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("signed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("closed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('closed', 'forced')", name=op.f("ck_z_reports_kind_known")),
        sa.ForeignKeyConstraint(
            ["closed_by_user_id"], ["users.id"], name=op.f("fk_z_reports_closed_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["count_id"], ["shift_counts.id"], name=op.f("fk_z_reports_count_id_shift_counts")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["counter_shifts.id"], name=op.f("fk_z_reports_shift_id_counter_shifts")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_z_reports_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["signed_by_user_id"], ["users.id"], name=op.f("fk_z_reports_signed_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_z_reports")),
        sa.UniqueConstraint("shift_id", name=op.f("uq_z_reports_shift_id")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_z_reports_shop_id_number")),
    )
    op.create_index(op.f("ix_z_reports_closed_by_user_id"), "z_reports", ["closed_by_user_id"], unique=False)
    op.create_index(op.f("ix_z_reports_count_id"), "z_reports", ["count_id"], unique=False)
    op.create_index(op.f("ix_z_reports_shift_id"), "z_reports", ["shift_id"], unique=False)
    op.create_index(op.f("ix_z_reports_shop_id"), "z_reports", ["shop_id"], unique=False)
    op.create_index(op.f("ix_z_reports_signed_by_user_id"), "z_reports", ["signed_by_user_id"], unique=False)


def _create_appointments() -> None:
    op.create_table(
        "appointments",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider_word", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_appointments_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_appointments_order_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_appointments_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_appointments_order_line_id")),
        sa.UniqueConstraint("provider_word", name=op.f("uq_appointments_provider_word")),
    )
    op.create_index(op.f("ix_appointments_member_id"), "appointments", ["member_id"], unique=False)
    op.create_index(op.f("ix_appointments_shop_id"), "appointments", ["shop_id"], unique=False)


def _create_dispute_decisions() -> None:
    op.create_table(
        "dispute_decisions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("dispute_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('upheld', 'lifted')", name=op.f("ck_dispute_decisions_decision_known")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_dispute_decisions_decided_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_decisions_dispute_id_disputes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_decisions")),
        sa.UniqueConstraint("dispute_id", "number", name=op.f("uq_dispute_decisions_dispute_id_number")),
    )
    op.create_index(
        op.f("ix_dispute_decisions_decided_by_user_id"),
        "dispute_decisions",
        ["decided_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_dispute_decisions_dispute_id"), "dispute_decisions", ["dispute_id"], unique=False
    )


def _create_reservation_lines() -> None:
    op.create_table(
        "reservation_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_points", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_points", sa.BigInteger(), nullable=False),
        sa.Column(
            "funder_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["funder_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_reservation_lines_funder_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_reservation_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservations.id"],
            name=op.f("fk_reservation_lines_reservation_id_reservations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation_lines")),
        sa.UniqueConstraint(
            "reservation_id", "product_id", name=op.f("uq_reservation_lines_reservation_id_product_id")
        ),
    )
    op.create_index(
        op.f("ix_reservation_lines_funder_organisation_id"),
        "reservation_lines",
        ["funder_organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reservation_lines_product_id"), "reservation_lines", ["product_id"], unique=False
    )
    op.create_index(
        op.f("ix_reservation_lines_reservation_id"), "reservation_lines", ["reservation_id"], unique=False
    )


def _create_return_lines() -> None:
    op.create_table(
        "return_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_return_lines_order_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_lines")),
    )
    op.create_index(op.f("ix_return_lines_order_line_id"), "return_lines", ["order_line_id"], unique=False)
    op.create_index(op.f("ix_return_lines_return_id"), "return_lines", ["return_id"], unique=False)


def _create_vouchers() -> None:
    op.create_table(
        "vouchers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("receipt_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(order_line_id IS NULL) = (handed_out_at IS NULL)", name=op.f("ck_vouchers_handed_out_whole")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_vouchers_order_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_vouchers_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_line_id"], ["receipt_lines.id"], name=op.f("fk_vouchers_receipt_line_id_receipt_lines")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_vouchers_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("product_id", "code", name=op.f("uq_vouchers_product_id_code")),
    )
    op.create_index(op.f("ix_vouchers_order_line_id"), "vouchers", ["order_line_id"], unique=False)
    op.create_index(op.f("ix_vouchers_product_id"), "vouchers", ["product_id"], unique=False)
    op.create_index(op.f("ix_vouchers_receipt_line_id"), "vouchers", ["receipt_line_id"], unique=False)
    op.create_index(op.f("ix_vouchers_shop_id"), "vouchers", ["shop_id"], unique=False)


def _create_appointment_events() -> None:
    op.create_table(
        "appointment_events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("appointment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("planned_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("told_by", sa.String(length=200), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('planned', 'confirmed', 'missed')", name=op.f("ck_appointment_events_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_events_appointment_id_appointments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_events")),
        sa.UniqueConstraint(
            "appointment_id", "number", name=op.f("uq_appointment_events_appointment_id_number")
        ),
    )
    op.create_index(
        op.f("ix_appointment_events_appointment_id"), "appointment_events", ["appointment_id"], unique=False
    )


def _create_stock_movements() -> None:
    op.create_table(
        "stock_movements",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("return_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("receipt_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("moved_by", sa.String(length=40), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("movement_key", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receipt', 'donation', 'sale', 'return', 'write_off', 'count', 'transfer_out', 'transfer_in', 'handout')",
            name=op.f("ck_stock_movements_kind_known"),
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_movements_quantity_not_zero")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_stock_movements_order_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_stock_movements_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_line_id"],
            ["receipt_lines.id"],
            name=op.f("fk_stock_movements_receipt_line_id_receipt_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["return_line_id"],
            ["return_lines.id"],
            name=op.f("fk_stock_movements_return_line_id_return_lines"),
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_stock_movements_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_stock_movements_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
        sa.UniqueConstraint("movement_key", name=op.f("uq_stock_movements_movement_key")),
        sa.UniqueConstraint("receipt_line_id", name=op.f("uq_stock_movements_receipt_line_id")),
        sa.UniqueConstraint(
            "transaction_id",
            "shop_id",
            "product_id",
            name=op.f("uq_stock_movements_transaction_id_shop_id_product_id"),
        ),
    )
    op.create_index(
        op.f("ix_stock_movements_order_line_id"), "stock_movements", ["order_line_id"], unique=False
    )
    op.create_index(op.f("ix_stock_movements_product_id"), "stock_movements", ["product_id"], unique=False)
    op.create_index(
        op.f("ix_stock_movements_receipt_line_id"), "stock_movements", ["receipt_line_id"], unique=False
    )
    op.create_index(
        op.f("ix_stock_movements_return_line_id"), "stock_movements", ["return_line_id"], unique=False
    )
    op.create_index(op.f("ix_stock_movements_shop_id"), "stock_movements", ["shop_id"], unique=False)
    op.create_index(
        "ix_stock_movements_shop_id_product_id", "stock_movements", ["shop_id", "product_id"], unique=False
    )
    op.create_index(
        op.f("ix_stock_movements_transaction_id"), "stock_movements", ["transaction_id"], unique=False
    )


def _create_charity_handout_lines() -> None:
    op.create_table(
        "charity_handout_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("handout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_charity_handout_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["handout_id"],
            ["charity_handouts.id"],
            name=op.f("fk_charity_handout_lines_handout_id_charity_handouts"),
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["stock_movements.id"],
            name=op.f("fk_charity_handout_lines_movement_id_stock_movements"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_charity_handout_lines_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charity_handout_lines")),
        sa.UniqueConstraint(
            "handout_id", "product_id", name=op.f("uq_charity_handout_lines_handout_id_product_id")
        ),
        sa.UniqueConstraint("movement_id", name=op.f("uq_charity_handout_lines_movement_id")),
    )
    op.create_index(
        op.f("ix_charity_handout_lines_handout_id"), "charity_handout_lines", ["handout_id"], unique=False
    )
    op.create_index(
        op.f("ix_charity_handout_lines_movement_id"), "charity_handout_lines", ["movement_id"], unique=False
    )
    op.create_index(
        op.f("ix_charity_handout_lines_product_id"), "charity_handout_lines", ["product_id"], unique=False
    )


def _create_stock_batches() -> None:
    op.create_table(
        "stock_batches",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "made_by_movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("origin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column("units_left", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(best_before IS NULL) = (expires_at IS NULL)", name=op.f("ck_stock_batches_day_and_moment")
        ),
        sa.CheckConstraint("units_left >= 0", name=op.f("ck_stock_batches_units_left_not_negative")),
        sa.ForeignKeyConstraint(
            ["made_by_movement_id"],
            ["stock_movements.id"],
            name=op.f("fk_stock_batches_made_by_movement_id_stock_movements"),
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["stock_batches.id"], name=op.f("fk_stock_batches_origin_id_stock_batches")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_stock_batches_product_id_products")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_stock_batches_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_batches")),
    )
    op.create_index(
        op.f("ix_stock_batches_made_by_movement_id"), "stock_batches", ["made_by_movement_id"], unique=False
    )
    op.create_index(op.f("ix_stock_batches_origin_id"), "stock_batches", ["origin_id"], unique=False)
    op.create_index(op.f("ix_stock_batches_product_id"), "stock_batches", ["product_id"], unique=False)
    op.create_index(op.f("ix_stock_batches_shop_id"), "stock_batches", ["shop_id"], unique=False)
    op.create_index(
        "ix_stock_batches_shop_id_product_id", "stock_batches", ["shop_id", "product_id"], unique=False
    )


def _create_stocktake_lines() -> None:
    op.create_table(
        "stocktake_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("stocktake_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("snapshot_units", sa.Integer(), nullable=False),
        sa.Column("counted_units", sa.Integer(), nullable=True),
        sa.Column("expected_units", sa.Integer(), nullable=True),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(counted_units IS NULL) = (expected_units IS NULL)",
            name=op.f("ck_stocktake_lines_counted_against_the_book"),
        ),
        sa.CheckConstraint(
            "counted_units IS NULL OR counted_units >= 0",
            name=op.f("ck_stocktake_lines_counted_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["stock_movements.id"],
            name=op.f("fk_stocktake_lines_movement_id_stock_movements"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_stocktake_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["stocktake_id"], ["stocktakes.id"], name=op.f("fk_stocktake_lines_stocktake_id_stocktakes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_lines")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_stocktake_lines_movement_id")),
        sa.UniqueConstraint(
            "stocktake_id", "product_id", name=op.f("uq_stocktake_lines_stocktake_id_product_id")
        ),
    )
    op.create_index(op.f("ix_stocktake_lines_movement_id"), "stocktake_lines", ["movement_id"], unique=False)
    op.create_index(op.f("ix_stocktake_lines_product_id"), "stocktake_lines", ["product_id"], unique=False)
    op.create_index(
        op.f("ix_stocktake_lines_stocktake_id"), "stocktake_lines", ["stocktake_id"], unique=False
    )


def _create_batch_moves() -> None:
    op.create_table(
        "batch_moves",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_batch_moves_quantity_not_zero")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["stock_batches.id"], name=op.f("fk_batch_moves_batch_id_stock_batches")
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["stock_movements.id"], name=op.f("fk_batch_moves_movement_id_stock_movements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_moves")),
        sa.UniqueConstraint("movement_id", "batch_id", name=op.f("uq_batch_moves_movement_id_batch_id")),
    )
    op.create_index(op.f("ix_batch_moves_batch_id"), "batch_moves", ["batch_id"], unique=False)
    op.create_index(op.f("ix_batch_moves_movement_id"), "batch_moves", ["movement_id"], unique=False)


def _create_stocktake_scans() -> None:
    op.create_table(
        "stocktake_scans",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scan_key", sa.String(length=200), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("expected_units", sa.Integer(), nullable=False),
        sa.Column("scanned_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["stocktake_lines.id"], name=op.f("fk_stocktake_scans_line_id_stocktake_lines")
        ),
        sa.ForeignKeyConstraint(
            ["scanned_by_user_id"], ["users.id"], name=op.f("fk_stocktake_scans_scanned_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_scans")),
        sa.UniqueConstraint("scan_key", name=op.f("uq_stocktake_scans_scan_key")),
    )
    op.create_index(op.f("ix_stocktake_scans_line_id"), "stocktake_scans", ["line_id"], unique=False)
    op.create_index(
        op.f("ix_stocktake_scans_scanned_by_user_id"), "stocktake_scans", ["scanned_by_user_id"], unique=False
    )


def _create_transfer_lines() -> None:
    op.create_table(
        "transfer_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("transfer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["stock_batches.id"], name=op.f("fk_transfer_lines_batch_id_stock_batches")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_transfer_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["stock_transfers.id"],
            name=op.f("fk_transfer_lines_transfer_id_stock_transfers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_lines")),
        sa.UniqueConstraint("transfer_id", "batch_id", name=op.f("uq_transfer_lines_transfer_id_batch_id")),
    )
    op.create_index(op.f("ix_transfer_lines_batch_id"), "transfer_lines", ["batch_id"], unique=False)
    op.create_index(op.f("ix_transfer_lines_product_id"), "transfer_lines", ["product_id"], unique=False)
    op.create_index(op.f("ix_transfer_lines_transfer_id"), "transfer_lines", ["transfer_id"], unique=False)


def _create_write_offs() -> None:
    op.create_table(
        "write_offs",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("value_points", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("asked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(status = 'booked') = (movement_id IS NOT NULL)", name=op.f("ck_write_offs_booked_has_movement")
        ),
        sa.CheckConstraint(
            "status <> 'booked' OR NOT needs_second OR decided_by_user_id IS NOT NULL",
            name=op.f("ck_write_offs_second_signs"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'booked', 'refused')", name=op.f("ck_write_offs_status_known")
        ),
        sa.CheckConstraint(
            "decided_by_user_id IS NULL OR decided_by_user_id <> asked_by_user_id",
            name=op.f("ck_write_offs_second_person"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_write_offs_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["users.id"], name=op.f("fk_write_offs_asked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["stock_batches.id"], name=op.f("fk_write_offs_batch_id_stock_batches")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_write_offs_decided_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["stock_movements.id"], name=op.f("fk_write_offs_movement_id_stock_movements")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_write_offs_product_id_products")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_write_offs_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
        sa.UniqueConstraint("key", name=op.f("uq_write_offs_key")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_write_offs_movement_id")),
    )
    op.create_index(op.f("ix_write_offs_asked_by_user_id"), "write_offs", ["asked_by_user_id"], unique=False)
    op.create_index(op.f("ix_write_offs_batch_id"), "write_offs", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_write_offs_decided_by_user_id"), "write_offs", ["decided_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_write_offs_movement_id"), "write_offs", ["movement_id"], unique=False)
    op.create_index(op.f("ix_write_offs_product_id"), "write_offs", ["product_id"], unique=False)
    op.create_index(op.f("ix_write_offs_shop_id"), "write_offs", ["shop_id"], unique=False)


def _create_arrival_lines() -> None:
    op.create_table(
        "arrival_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("arrival_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transfer_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_arrival_lines_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["arrival_id"],
            ["transfer_arrivals.id"],
            name=op.f("fk_arrival_lines_arrival_id_transfer_arrivals"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_line_id"],
            ["transfer_lines.id"],
            name=op.f("fk_arrival_lines_transfer_line_id_transfer_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_lines")),
        sa.UniqueConstraint("transfer_line_id", name=op.f("uq_arrival_lines_transfer_line_id")),
    )
    op.create_index(op.f("ix_arrival_lines_arrival_id"), "arrival_lines", ["arrival_id"], unique=False)
    op.create_index(
        op.f("ix_arrival_lines_transfer_line_id"), "arrival_lines", ["transfer_line_id"], unique=False
    )
