"""Papers about stock that more than one person signs or that pass through stages: write-offs, transfers, stocktakes, vouchers."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from store.orders.models import OrderLine
from store.stock.models import ReceiptLine, StockBatch
from timebank.orm import Base, append_only, line, primary_key, refers_to, text, word


class WriteOff(Base):
    """Units that somebody wants off the shelf without points; above a value a second person agrees first."""

    __tablename__ = "write_offs"

    id: Mapped[primary_key]
    key: Mapped[line] = mapped_column(unique=True)
    shop_id: Mapped[int] = refers_to("shops.id")
    product_id: Mapped[int] = refers_to("products.id")
    # The batch that is meant; None takes what expires first, expired units before all.
    batch_id: Mapped[int | None] = refers_to("stock_batches.id")
    quantity: Mapped[int]
    reason: Mapped[text]
    # Units times list price on the day of asking.
    value_points: Mapped[Decimal]
    # ``waiting``, ``booked`` or ``refused``.
    status: Mapped[word]
    needs_second: Mapped[bool]
    asked_by_user_id: Mapped[int] = refers_to("users.id")
    asked_at: Mapped[datetime]
    decided_by_user_id: Mapped[int | None] = refers_to("users.id")
    decided_at: Mapped[datetime | None]
    movement_id: Mapped[int | None] = refers_to("stock_movements.id")

    shop: Mapped[Shop] = relationship()
    product: Mapped[Product] = relationship()
    batch: Mapped[StockBatch | None] = relationship()

    __table_args__ = (
        UniqueConstraint("movement_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("status IN ('waiting', 'booked', 'refused')", name="status_known"),
        CheckConstraint(
            "decided_by_user_id IS NULL OR decided_by_user_id <> asked_by_user_id", name="second_person"
        ),
        CheckConstraint(
            "status <> 'booked' OR NOT needs_second OR decided_by_user_id IS NOT NULL", name="second_signs"
        ),
        CheckConstraint("(status = 'booked') = (movement_id IS NOT NULL)", name="booked_has_movement"),
    )


class StockTransfer(Base):
    """Goods on their way from one shop to another: sent once, received once, never edited."""

    __tablename__ = "stock_transfers"

    id: Mapped[primary_key]
    number: Mapped[int]
    key: Mapped[line] = mapped_column(unique=True)
    from_shop_id: Mapped[int] = refers_to("shops.id")
    to_shop_id: Mapped[int] = refers_to("shops.id")
    note: Mapped[line] = mapped_column(default="")
    sent_by_user_id: Mapped[int] = refers_to("users.id")
    sent_at: Mapped[datetime]
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")

    from_shop: Mapped[Shop] = relationship(foreign_keys=[from_shop_id])
    to_shop: Mapped[Shop] = relationship(foreign_keys=[to_shop_id])
    lines: Mapped[list["TransferLine"]] = relationship(back_populates="transfer", order_by="TransferLine.id")
    arrival: Mapped["TransferArrival | None"] = relationship(back_populates="transfer")

    __table_args__ = (
        UniqueConstraint("from_shop_id", "number"),
        UniqueConstraint("transaction_id"),
        CheckConstraint("from_shop_id <> to_shop_id", name="two_shops"),
    )


class TransferLine(Base):
    """Units of one batch that were sent."""

    __tablename__ = "transfer_lines"

    id: Mapped[primary_key]
    transfer_id: Mapped[int] = refers_to("stock_transfers.id")
    product_id: Mapped[int] = refers_to("products.id")
    batch_id: Mapped[int] = refers_to("stock_batches.id")
    quantity: Mapped[int]

    transfer: Mapped[StockTransfer] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    batch: Mapped[StockBatch] = relationship()

    __table_args__ = (
        UniqueConstraint("transfer_id", "batch_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class TransferArrival(Base):
    """The other end of a transfer: counted in and signed."""

    __tablename__ = "transfer_arrivals"

    id: Mapped[primary_key]
    transfer_id: Mapped[int] = refers_to("stock_transfers.id")
    note: Mapped[line] = mapped_column(default="")
    received_by_user_id: Mapped[int] = refers_to("users.id")
    received_at: Mapped[datetime]
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")

    transfer: Mapped[StockTransfer] = relationship(back_populates="arrival")
    lines: Mapped[list["ArrivalLine"]] = relationship(back_populates="arrival", order_by="ArrivalLine.id")

    __table_args__ = (UniqueConstraint("transfer_id"), UniqueConstraint("transaction_id"))


class ArrivalLine(Base):
    """How many units of a line arrived; none, fewer or more than were sent."""

    __tablename__ = "arrival_lines"

    id: Mapped[primary_key]
    arrival_id: Mapped[int] = refers_to("transfer_arrivals.id")
    transfer_line_id: Mapped[int] = refers_to("transfer_lines.id")
    quantity: Mapped[int]

    arrival: Mapped[TransferArrival] = relationship(back_populates="lines")
    transfer_line: Mapped[TransferLine] = relationship()

    __table_args__ = (
        UniqueConstraint("transfer_line_id"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )


class Stocktake(Base):
    """A count of a shop's shelves, opened with a snapshot while the counter keeps selling."""

    __tablename__ = "stocktakes"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    number: Mapped[int]
    # ``open`` (scanning), ``submitted`` (waits for somebody else), ``approved``, ``given_up``.
    status: Mapped[word]
    note: Mapped[line] = mapped_column(default="")
    opened_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    submitted_by_user_id: Mapped[int | None] = refers_to("users.id")
    submitted_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = refers_to("users.id")
    decided_at: Mapped[datetime | None]

    shop: Mapped[Shop] = relationship()
    lines: Mapped[list["StocktakeLine"]] = relationship(
        back_populates="stocktake", order_by="StocktakeLine.id"
    )

    __table_args__ = (
        UniqueConstraint("shop_id", "number"),
        CheckConstraint("status IN ('open', 'submitted', 'approved', 'given_up')", name="status_known"),
        CheckConstraint("status <> 'approved' OR decided_by_user_id IS NOT NULL", name="approval_is_signed"),
        CheckConstraint(
            "status <> 'approved' OR (decided_by_user_id <> opened_by_user_id "
            "AND decided_by_user_id <> submitted_by_user_id)",
            name="second_person",
        ),
        # One count of a shop at a time: two would book the same difference twice.
        Index(
            "uq_stocktakes_running",
            "shop_id",
            unique=True,
            sqlite_where=sql_text("status IN ('open', 'submitted')"),
            postgresql_where=sql_text("status IN ('open', 'submitted')"),
        ),
    )


class StocktakeLine(Base):
    """One product of a stocktake: what the book said when it opened, and what the eyes found."""

    __tablename__ = "stocktake_lines"

    id: Mapped[primary_key]
    stocktake_id: Mapped[int] = refers_to("stocktakes.id")
    product_id: Mapped[int] = refers_to("products.id")
    snapshot_units: Mapped[int]
    # None until somebody has counted it.
    counted_units: Mapped[int | None]
    # What the book said at the last scan: the snapshot and every movement since.
    expected_units: Mapped[int | None]
    movement_id: Mapped[int | None] = refers_to("stock_movements.id")

    stocktake: Mapped[Stocktake] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("stocktake_id", "product_id"),
        UniqueConstraint("movement_id"),
        CheckConstraint("counted_units IS NULL OR counted_units >= 0", name="counted_not_negative"),
        CheckConstraint(
            "(counted_units IS NULL) = (expected_units IS NULL)", name="counted_against_the_book"
        ),
    )


class StocktakeScan(Base):
    """One scan, or one number that was typed, in a stocktake; the key makes a repeated one count once."""

    __tablename__ = "stocktake_scans"

    id: Mapped[primary_key]
    line_id: Mapped[int] = refers_to("stocktake_lines.id")
    scan_key: Mapped[line] = mapped_column(unique=True)
    # Units that this scan adds, or takes away where somebody corrects.
    units: Mapped[int]
    # What the book said at this moment.
    expected_units: Mapped[int]
    scanned_by_user_id: Mapped[int] = refers_to("users.id")
    scanned_at: Mapped[datetime]


class Voucher(Base):
    """One code of a voucher; handed out once, shown on the receipt, and never put back on the shelf."""

    __tablename__ = "vouchers"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    product_id: Mapped[int] = refers_to("products.id")
    code: Mapped[line]
    receipt_line_id: Mapped[int] = refers_to("receipt_lines.id")
    order_line_id: Mapped[int | None] = refers_to("order_lines.id")
    handed_out_at: Mapped[datetime | None]
    # Taken out of use: written off, or brought back after it had been shown.
    void_at: Mapped[datetime | None]
    # Given for what it promises, once: when, and who wrote it down.
    used_at: Mapped[datetime | None]
    used_by_user_id: Mapped[int | None] = refers_to("users.id")

    product: Mapped[Product] = relationship()
    order_line: Mapped[OrderLine | None] = relationship()
    receipt_line: Mapped[ReceiptLine] = relationship()

    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        CheckConstraint("(order_line_id IS NULL) = (handed_out_at IS NULL)", name="handed_out_whole"),
    )


for model in (StockTransfer, TransferLine, TransferArrival, ArrivalLine, StocktakeScan):
    append_only(model)
