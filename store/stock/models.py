"""Stock movements, the batches that they fill and empty, and the receipts that bring goods in."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from timebank.orm import Base, append_only, line, primary_key, refers_to, text, word


class StockSource(Base):
    """A supplier or donor of an organisation's shops."""

    __tablename__ = "stock_sources"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[line]
    contact: Mapped[line] = mapped_column(default="")
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organisation_id", "name"),)


class StockReceipt(Base):
    """Goods that came in together: a purchase or a donation, numbered per shop without gaps."""

    __tablename__ = "stock_receipts"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    number: Mapped[int]
    # ``receipt`` (bought) or ``donation``, as the movements are called.
    kind: Mapped[word]
    source_id: Mapped[int | None] = refers_to("stock_sources.id")
    # For whom or what the donor meant the goods; empty where there is no restriction.
    restriction: Mapped[line] = mapped_column(default="")
    note: Mapped[text] = mapped_column(default="")
    received_by: Mapped[word]
    received_at: Mapped[datetime]

    shop: Mapped[Shop] = relationship()
    source: Mapped[StockSource | None] = relationship()
    lines: Mapped[list["ReceiptLine"]] = relationship(back_populates="receipt", order_by="ReceiptLine.id")

    __table_args__ = (
        UniqueConstraint("shop_id", "number"),
        CheckConstraint("kind IN ('receipt', 'donation')", name="kind_known"),
    )


class ReceiptLine(Base):
    """Units of one product in a receipt, with what the package says."""

    __tablename__ = "receipt_lines"

    id: Mapped[primary_key]
    receipt_id: Mapped[int] = refers_to("stock_receipts.id")
    product_id: Mapped[int] = refers_to("products.id")
    quantity: Mapped[int]
    batch_code: Mapped[word] = mapped_column(default="")
    best_before: Mapped[date | None]
    # What one unit cost or is worth in money; None where nobody said.
    unit_cost: Mapped[Decimal | None]

    receipt: Mapped[StockReceipt] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_cost IS NULL OR unit_cost >= 0", name="unit_cost_not_negative"),
    )


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
    receipt_line_id: Mapped[int | None] = refers_to("receipt_lines.id")
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")
    moved_by: Mapped[word]
    moved_at: Mapped[datetime]
    # Made by the page for what is booked by hand, so that a second press books nothing; sales have their order.
    movement_key: Mapped[line | None] = mapped_column(unique=True)
    note: Mapped[text] = mapped_column(default="")

    product: Mapped[Product] = relationship()
    shop: Mapped[Shop] = relationship()
    batch_moves: Mapped[list["BatchMove"]] = relationship(back_populates="movement", order_by="BatchMove.id")

    __table_args__ = (
        # One movement for each product of a ledger transaction in one shop: a repeated posting writes no second one.
        UniqueConstraint("transaction_id", "shop_id", "product_id"),
        UniqueConstraint("receipt_line_id"),
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        CheckConstraint(
            "kind IN ('receipt', 'donation', 'sale', 'return', 'write_off', 'count', 'transfer_out', 'transfer_in', 'handout')",
            name="kind_known",
        ),
        Index("ix_stock_movements_shop_id_product_id", "shop_id", "product_id"),
    )


class StockBatch(Base):
    """Units of a product on one shop's shelf that came together and expire together."""

    __tablename__ = "stock_batches"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    product_id: Mapped[int] = refers_to("products.id")
    # What brought it onto this shelf: a receipt, a transfer, more than the book when counted.
    made_by_movement_id: Mapped[int] = refers_to("stock_movements.id")
    # What it was in the shop that it came from.
    origin_id: Mapped[int | None] = refers_to("stock_batches.id")
    code: Mapped[word] = mapped_column(default="")
    best_before: Mapped[date | None]
    # The local midnight after ``best_before``: from then on nothing of it is handed out.
    expires_at: Mapped[datetime | None]
    unit_cost: Mapped[Decimal | None]
    # Units that are still there; the sum of its moves.
    left: Mapped[int] = mapped_column("units_left")

    shop: Mapped[Shop] = relationship()
    product: Mapped[Product] = relationship()

    __table_args__ = (
        CheckConstraint("units_left >= 0", name="units_left_not_negative"),
        CheckConstraint("(best_before IS NULL) = (expires_at IS NULL)", name="day_and_moment"),
        Index("ix_stock_batches_shop_id_product_id", "shop_id", "product_id"),
    )


class BatchMove(Base):
    """What a movement put into a batch (+) or took out of it (−), for good."""

    __tablename__ = "batch_moves"

    id: Mapped[primary_key]
    movement_id: Mapped[int] = refers_to("stock_movements.id")
    batch_id: Mapped[int] = refers_to("stock_batches.id")
    quantity: Mapped[int]

    movement: Mapped[StockMovement] = relationship(back_populates="batch_moves")
    batch: Mapped[StockBatch] = relationship()

    __table_args__ = (
        UniqueConstraint("movement_id", "batch_id"),
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
    )


for model in (StockReceipt, ReceiptLine, StockMovement, BatchMove):
    append_only(model)
