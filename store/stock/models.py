"""Stock movements."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from timebank.orm import Base, append_only, line, primary_key, refers_to, text, word


class StockMovement(Base):
    """Units of one product into (+) or out of (−) one shop, for good."""

    __tablename__ = "stock_movements"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    product_id: Mapped[int] = refers_to("products.id")
    quantity: Mapped[int]
    kind: Mapped[word]
    order_line_id: Mapped[int | None] = refers_to("order_lines.id")
    return_line_id: Mapped[int | None] = refers_to("return_lines.id")
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")
    moved_by: Mapped[word]
    moved_at: Mapped[datetime]
    # Made by the page for what is booked by hand, so that a second press books nothing; sales have their order.
    movement_key: Mapped[line | None] = mapped_column(unique=True)
    note: Mapped[text] = mapped_column(default="")

    product: Mapped[Product] = relationship()
    shop: Mapped[Shop] = relationship()

    __table_args__ = (
        # One movement for each product of a ledger transaction: a posting that is repeated writes no second one.
        UniqueConstraint("transaction_id", "product_id"),
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        CheckConstraint(
            "kind IN ('receipt', 'donation', 'sale', 'return', 'write_off', 'count')", name="kind_known"
        ),
        Index("ix_stock_movements_shop_id_product_id", "shop_id", "product_id"),
    )


append_only(StockMovement)
