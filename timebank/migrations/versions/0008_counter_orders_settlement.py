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
    "orders",
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
)


def upgrade() -> None:
    """Forward."""
    _create_gifts()
    _create_wish_lines()
    _create_counter_shifts()
    _create_baskets()
    _create_orders()
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
    _create_appointment_events()
    _create_stock_movements()
    engine = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in (*append_only_ddl(table, engine), *no_replacement_ddl(table, engine)):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in (
        "stock_movements",
        "appointment_events",
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
        "orders",
        "baskets",
        "counter_shifts",
        "wish_lines",
        "gifts",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


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
        sa.CheckConstraint("total_points > 0", name=op.f("ck_reservations_total_positive")),
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
        sa.Column("subsidy", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_lines_quantity_positive")),
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
