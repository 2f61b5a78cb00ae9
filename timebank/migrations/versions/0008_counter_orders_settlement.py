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
    "orders",
    "shift_counts",
    "order_lines",
    "order_signatures",
    "receipt_prints",
    "returns",
    "z_reports",
    "return_lines",
    "stock_movements",
)


def upgrade() -> None:
    """Forward."""
    _create_counter_shifts()
    _create_baskets()
    _create_orders()
    _create_shift_counts()
    _create_agreements()
    _create_basket_lines()
    _create_order_lines()
    _create_order_signatures()
    _create_receipt_prints()
    _create_returns()
    _create_z_reports()
    _create_return_lines()
    _create_stock_movements()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "stock_movements",
        "return_lines",
        "z_reports",
        "returns",
        "receipt_prints",
        "order_signatures",
        "order_lines",
        "basket_lines",
        "agreements",
        "shift_counts",
        "orders",
        "baskets",
        "counter_shifts",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


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
        sa.CheckConstraint("total_points > 0", name=op.f("ck_orders_total_positive")),
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
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "product_id", name=op.f("uq_order_lines_order_id_product_id")),
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


def _create_returns() -> None:
    op.create_table(
        "returns",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("total_points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("return_key", name=op.f("uq_returns_return_key")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_returns_transaction_id")),
    )
    op.create_index(op.f("ix_returns_approved_by_user_id"), "returns", ["approved_by_user_id"], unique=False)
    op.create_index(op.f("ix_returns_order_id"), "returns", ["order_id"], unique=False)
    op.create_index(op.f("ix_returns_shift_id"), "returns", ["shift_id"], unique=False)
    op.create_index(op.f("ix_returns_taken_by_user_id"), "returns", ["taken_by_user_id"], unique=False)
    op.create_index(op.f("ix_returns_transaction_id"), "returns", ["transaction_id"], unique=False)
    op.create_index(
        "uq_returns_undo",
        "returns",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'undo'"),
        postgresql_where=sa.text("kind = 'undo'"),
    )


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
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("moved_by", sa.String(length=40), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("movement_key", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receipt', 'donation', 'sale', 'return', 'write_off', 'count')",
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
        sa.UniqueConstraint(
            "transaction_id", "product_id", name=op.f("uq_stock_movements_transaction_id_product_id")
        ),
    )
    op.create_index(
        op.f("ix_stock_movements_order_line_id"), "stock_movements", ["order_line_id"], unique=False
    )
    op.create_index(op.f("ix_stock_movements_product_id"), "stock_movements", ["product_id"], unique=False)
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
