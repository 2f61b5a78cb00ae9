"""The shop and its goods.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

from timebank.orm import append_only_ddl, no_replacement_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Evidence: the database itself refuses to change or remove rows.
APPEND_ONLY = ("product_prices", "stock_receipts", "receipt_lines", "stock_transfers", "transfer_arrivals")


def upgrade() -> None:
    """Forward."""
    _create_products()
    _create_shops()
    _create_stock_sources()
    _create_concession_prices()
    _create_product_barcodes()
    _create_product_prices()
    _create_purchase_limits()
    _create_stock_receipts()
    _create_receipt_lines()
    _create_stock_transfers()
    _create_stocktakes()
    _create_transfer_arrivals()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "transfer_arrivals",
        "stocktakes",
        "stock_transfers",
        "receipt_lines",
        "stock_receipts",
        "purchase_limits",
        "product_prices",
        "product_barcodes",
        "concession_prices",
        "stock_sources",
        "shops",
        "products",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


def _create_products() -> None:
    op.create_table(
        "products",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sort_name", sa.String(length=200), nullable=False),
        sa.Column("initials", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("barcode", sa.String(length=40), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("price_points", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("low_stock_units", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("picture_type", sa.String(length=40), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('goods', 'service', 'voucher')", name=op.f("ck_products_kind_known")),
        sa.CheckConstraint("low_stock_units >= 0", name=op.f("ck_products_low_stock_units_not_negative")),
        sa.CheckConstraint("price_points > 0", name=op.f("ck_products_price_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_products_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(op.f("ix_products_organisation_id"), "products", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_products_sort_name"), "products", ["sort_name"], unique=False)
    op.create_index(
        "uq_products_organisation_id_barcode", "products", ["organisation_id", "barcode"], unique=True
    )


def _create_shops() -> None:
    op.create_table(
        "shops",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("opening_hours", sa.String(length=200), nullable=False),
        sa.Column("keeps_stock", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_shops_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_shops_organisation_id_name")),
    )
    op.create_index(op.f("ix_shops_organisation_id"), "shops", ["organisation_id"], unique=False)


def _create_stock_sources() -> None:
    op.create_table(
        "stock_sources",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_stock_sources_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_sources")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_stock_sources_organisation_id_name")),
    )
    op.create_index(
        op.f("ix_stock_sources_organisation_id"), "stock_sources", ["organisation_id"], unique=False
    )


def _create_concession_prices() -> None:
    op.create_table(
        "concession_prices",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_points", sa.BigInteger(), nullable=False),
        sa.Column(
            "funder_organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("price_points >= 0", name=op.f("ck_concession_prices_price_not_negative")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_concession_prices_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(
            ["funder_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_concession_prices_funder_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["member_groups.id"], name=op.f("fk_concession_prices_group_id_member_groups")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_concession_prices_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concession_prices")),
    )
    op.create_index(
        op.f("ix_concession_prices_funder_organisation_id"),
        "concession_prices",
        ["funder_organisation_id"],
        unique=False,
    )
    op.create_index(op.f("ix_concession_prices_group_id"), "concession_prices", ["group_id"], unique=False)
    op.create_index(
        op.f("ix_concession_prices_product_id"), "concession_prices", ["product_id"], unique=False
    )


def _create_product_barcodes() -> None:
    op.create_table(
        "product_barcodes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("barcode", sa.String(length=40), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.CheckConstraint("units >= 1 AND units <= 10000", name=op.f("ck_product_barcodes_units_sensible")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_product_barcodes_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_barcodes_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_barcodes")),
        sa.UniqueConstraint(
            "organisation_id", "barcode", name=op.f("uq_product_barcodes_organisation_id_barcode")
        ),
    )
    op.create_index(
        op.f("ix_product_barcodes_organisation_id"), "product_barcodes", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_product_barcodes_product_id"), "product_barcodes", ["product_id"], unique=False)


def _create_product_prices() -> None:
    op.create_table(
        "product_prices",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_points", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_points > 0", name=op.f("ck_product_prices_price_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_prices_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_prices")),
    )
    op.create_index(op.f("ix_product_prices_product_id"), "product_prices", ["product_id"], unique=False)
    op.create_index(
        "ix_product_prices_product_id_valid_from",
        "product_prices",
        ["product_id", "valid_from"],
        unique=False,
    )


def _create_purchase_limits() -> None:
    op.create_table(
        "purchase_limits",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("counted_for", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "counted_for IN ('person', 'household')", name=op.f("ck_purchase_limits_counted_for_known")
        ),
        sa.CheckConstraint(
            "period IN ('day', 'week', 'month', 'quarter', 'year')",
            name=op.f("ck_purchase_limits_period_known"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_purchase_limits_end_is_signed")
        ),
        sa.CheckConstraint(
            "(product_id IS NULL) <> (category IS NULL)", name=op.f("ck_purchase_limits_product_or_category")
        ),
        sa.CheckConstraint("units >= 1 AND units <= 100000", name=op.f("ck_purchase_limits_units_sensible")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_purchase_limits_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_purchase_limits_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_limits")),
    )
    op.create_index(
        op.f("ix_purchase_limits_organisation_id"), "purchase_limits", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_purchase_limits_product_id"), "purchase_limits", ["product_id"], unique=False)


def _create_stock_receipts() -> None:
    op.create_table(
        "stock_receipts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("restriction", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('receipt', 'donation')", name=op.f("ck_stock_receipts_kind_known")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_stock_receipts_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["stock_sources.id"], name=op.f("fk_stock_receipts_source_id_stock_sources")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_receipts")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_stock_receipts_shop_id_number")),
    )
    op.create_index(op.f("ix_stock_receipts_shop_id"), "stock_receipts", ["shop_id"], unique=False)
    op.create_index(op.f("ix_stock_receipts_source_id"), "stock_receipts", ["source_id"], unique=False)


def _create_receipt_lines() -> None:
    op.create_table(
        "receipt_lines",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("receipt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("batch_code", sa.String(length=40), nullable=False),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_receipt_lines_quantity_positive")),
        sa.CheckConstraint(
            "unit_cost IS NULL OR unit_cost >= 0", name=op.f("ck_receipt_lines_unit_cost_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_receipt_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["stock_receipts.id"], name=op.f("fk_receipt_lines_receipt_id_stock_receipts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_lines")),
    )
    op.create_index(op.f("ix_receipt_lines_product_id"), "receipt_lines", ["product_id"], unique=False)
    op.create_index(op.f("ix_receipt_lines_receipt_id"), "receipt_lines", ["receipt_id"], unique=False)


def _create_stock_transfers() -> None:
    op.create_table(
        "stock_transfers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("from_shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("sent_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("from_shop_id <> to_shop_id", name=op.f("ck_stock_transfers_two_shops")),
        sa.ForeignKeyConstraint(
            ["from_shop_id"], ["shops.id"], name=op.f("fk_stock_transfers_from_shop_id_shops")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_user_id"], ["users.id"], name=op.f("fk_stock_transfers_sent_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["to_shop_id"], ["shops.id"], name=op.f("fk_stock_transfers_to_shop_id_shops")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_stock_transfers_transaction_id_ledger_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfers")),
        sa.UniqueConstraint("from_shop_id", "number", name=op.f("uq_stock_transfers_from_shop_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_transfers_key")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_stock_transfers_transaction_id")),
    )
    op.create_index(
        op.f("ix_stock_transfers_from_shop_id"), "stock_transfers", ["from_shop_id"], unique=False
    )
    op.create_index(
        op.f("ix_stock_transfers_sent_by_user_id"), "stock_transfers", ["sent_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_stock_transfers_to_shop_id"), "stock_transfers", ["to_shop_id"], unique=False)
    op.create_index(
        op.f("ix_stock_transfers_transaction_id"), "stock_transfers", ["transaction_id"], unique=False
    )


def _create_stocktakes() -> None:
    op.create_table(
        "stocktakes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("opened_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "submitted_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'approved' OR (decided_by_user_id <> opened_by_user_id AND decided_by_user_id <> submitted_by_user_id)",
            name=op.f("ck_stocktakes_second_person"),
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR decided_by_user_id IS NOT NULL",
            name=op.f("ck_stocktakes_approval_is_signed"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'submitted', 'approved', 'given_up')", name=op.f("ck_stocktakes_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_stocktakes_decided_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_user_id"], ["users.id"], name=op.f("fk_stocktakes_opened_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_stocktakes_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["submitted_by_user_id"], ["users.id"], name=op.f("fk_stocktakes_submitted_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktakes")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_stocktakes_shop_id_number")),
    )
    op.create_index(
        op.f("ix_stocktakes_decided_by_user_id"), "stocktakes", ["decided_by_user_id"], unique=False
    )
    op.create_index(
        op.f("ix_stocktakes_opened_by_user_id"), "stocktakes", ["opened_by_user_id"], unique=False
    )
    op.create_index(op.f("ix_stocktakes_shop_id"), "stocktakes", ["shop_id"], unique=False)
    op.create_index(
        op.f("ix_stocktakes_submitted_by_user_id"), "stocktakes", ["submitted_by_user_id"], unique=False
    )
    op.create_index(
        "uq_stocktakes_running",
        "stocktakes",
        ["shop_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('open', 'submitted')"),
        postgresql_where=sa.text("status IN ('open', 'submitted')"),
    )


def _create_transfer_arrivals() -> None:
    op.create_table(
        "transfer_arrivals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("transfer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column(
            "received_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["received_by_user_id"], ["users.id"], name=op.f("fk_transfer_arrivals_received_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_transfer_arrivals_transaction_id_ledger_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["stock_transfers.id"],
            name=op.f("fk_transfer_arrivals_transfer_id_stock_transfers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_arrivals")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_transfer_arrivals_transaction_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_transfer_arrivals_transfer_id")),
    )
    op.create_index(
        op.f("ix_transfer_arrivals_received_by_user_id"),
        "transfer_arrivals",
        ["received_by_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transfer_arrivals_transaction_id"), "transfer_arrivals", ["transaction_id"], unique=False
    )
    op.create_index(
        op.f("ix_transfer_arrivals_transfer_id"), "transfer_arrivals", ["transfer_id"], unique=False
    )
