"""Opening days of a shop, by which reservations wait; a merchant's counter and the list of what it hands out.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

from timebank.migrations import steps

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward. A merchant that is there already goes on with what it has handed out so far."""
    steps.add_column(
        "shops", sa.Column("open_days", sa.String(length=40), nullable=False, server_default="1234567")
    )
    steps.add_column(
        "shops", sa.Column("is_merchants", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "shop_products",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("shop_id", _KEY, nullable=False),
        sa.Column("product_id", _KEY, nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_shop_products_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_shop_products_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_products")),
        sa.UniqueConstraint("shop_id", "product_id", name=op.f("uq_shop_products_shop_id_product_id")),
    )
    for column in ("shop_id", "product_id"):
        op.create_index(op.f(f"ix_shop_products_{column}"), "shop_products", [column], unique=False)
    op.execute("UPDATE shops SET is_merchants = true WHERE id IN (SELECT shop_id FROM merchants)")
    op.execute(
        "INSERT INTO shop_products (shop_id, product_id, entered_by, entered_at) "
        "SELECT orders.shop_id, order_lines.product_id, 'command', min(orders.completed_at) "
        "FROM orders JOIN order_lines ON order_lines.order_id = orders.id "
        "WHERE orders.shop_id IN (SELECT shop_id FROM merchants) "
        "GROUP BY orders.shop_id, order_lines.product_id"
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("shop_products")
    steps.drop_column("shops", "is_merchants")
    steps.drop_column("shops", "open_days")
