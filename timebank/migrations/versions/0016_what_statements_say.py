"""What a statement's postings were for, and closing statements on which more came back than went out.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

from timebank.migrations import steps

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_AGREE = (
    "(points > 0 AND amount_fen >= 0) OR (points < 0 AND amount_fen <= 0) OR (points = 0 AND amount_fen = 0)"
)


def upgrade() -> None:
    """Forward."""
    steps.drop_check("settlements", "ck_settlements_amount_not_negative")
    steps.add_check("settlements", "ck_settlements_amount_goes_with_points", _AGREE)
    op.create_table(
        "settlement_items",
        _serial(),
        _number("line_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        _number("shop_id", nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        _number("product_id", nullable=True),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("group_name", sa.String(length=200), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('sale', 'return', 'undo', 'gift', 'other')", name=op.f("ck_settlement_items_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["settlement_lines.id"], name=op.f("fk_settlement_items_line_id_settlement_lines")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_settlement_items_product_id_products")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_settlement_items_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_items")),
    )
    for column in ("line_id", "product_id", "shop_id"):
        op.create_index(op.f(f"ix_settlement_items_{column}"), "settlement_items", [column], unique=False)


def downgrade() -> None:
    """Back; a statement on which more came back than went out stops it, for it has no place there."""
    op.drop_table("settlement_items")
    steps.drop_check("settlements", "ck_settlements_amount_goes_with_points")
    steps.add_check("settlements", "ck_settlements_amount_not_negative", "amount_fen >= 0")


def _serial() -> sa.Column[int]:
    return sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
    )


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)
