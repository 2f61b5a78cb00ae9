"""Orders and returns with their lines."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from timebank.members.models import Member
from timebank.orm import Base, BigId, append_only, line, primary_key, refers_to, text, word


class Order(Base):
    """A completed redemption. ``basket_key`` is made by the page; the same key never sells twice."""

    __tablename__ = "orders"

    id: Mapped[primary_key]
    # Printed on the receipt, counts up without gaps per shop.
    number: Mapped[int]
    shop_id: Mapped[int] = refers_to("shops.id")
    member_id: Mapped[int] = refers_to("members.id")
    basket_key: Mapped[line] = mapped_column(unique=True)
    basket_digest: Mapped[line]
    total_points: Mapped[Decimal]
    # How the member was identified: code, card, card_pin, number_pin, pickup_code.
    identified_by: Mapped[word]
    # How she agreed to the total: shown (on the screen), phone, pin, signature, reserved (beforehand).
    agreed_by: Mapped[word] = mapped_column(default="shown")
    # The shift in which it was sold; a shift's report selects by it and never by time.
    shift_id: Mapped[int | None] = refers_to("counter_shifts.id")
    # Who took the goods home, where it was somebody else than the member.
    collected_by: Mapped[line] = mapped_column(default="")
    sold_by_user_id: Mapped[int] = refers_to("users.id")
    completed_at: Mapped[datetime] = mapped_column(index=True)
    # Unguessable word in the receipt's QR.
    receipt_token: Mapped[word] = mapped_column(unique=True)
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")

    shop: Mapped[Shop] = relationship()
    member: Mapped[Member] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.id")
    returns: Mapped[list["Return"]] = relationship(
        back_populates="order", order_by="Return.id", foreign_keys="Return.order_id"
    )

    __table_args__ = (
        UniqueConstraint("shop_id", "number"),
        UniqueConstraint("transaction_id"),
        CheckConstraint("total_points >= 0", name="total_not_negative"),
        CheckConstraint(
            "identified_by IN ('code', 'card', 'card_pin', 'number_pin', 'pickup_code')",
            name="identified_by_known",
        ),
        CheckConstraint(
            "agreed_by IN ('shown', 'phone', 'pin', 'signature', 'reserved')", name="agreed_by_known"
        ),
        Index("ix_orders_member_id_completed_at", "member_id", "completed_at"),
    )


class OrderLine(Base):
    """One product of an order, at the price it was sold at."""

    __tablename__ = "order_lines"

    id: Mapped[primary_key]
    order_id: Mapped[int] = refers_to("orders.id")
    product_id: Mapped[int] = refers_to("products.id")
    product_name: Mapped[line]
    quantity: Mapped[int]
    # What the member paid for a unit; with ``subsidy_points``, which the funder owes, it is the list price.
    price_points: Mapped[Decimal]
    subsidy_points: Mapped[Decimal] = mapped_column(default=Decimal(0))
    funder_organisation_id: Mapped[int | None] = refers_to("organisations.id")

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("order_id", "product_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price_points >= 0 AND subsidy_points >= 0", name="price_not_negative"),
        CheckConstraint(
            "(subsidy_points > 0) = (funder_organisation_id IS NOT NULL)", name="subsidy_is_owed"
        ),
    )


class Return(Base):
    """Goods brought back from one order, in part or whole, with the points given back."""

    __tablename__ = "returns"

    id: Mapped[primary_key]
    order_id: Mapped[int] = refers_to("orders.id")
    return_key: Mapped[line] = mapped_column(unique=True)
    # return: goods were brought back; undo: the whole sale was a mistake and is taken back within minutes.
    kind: Mapped[word] = mapped_column(default="return")
    # The order's id again for an undo, nothing for a return: unique, so that nothing is undone twice.
    undone_order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"), unique=True)
    total_points: Mapped[Decimal]
    reason: Mapped[text]
    taken_by_user_id: Mapped[int] = refers_to("users.id")
    # The second person, above the county's limit.
    approved_by_user_id: Mapped[int | None] = refers_to("users.id")
    shift_id: Mapped[int | None] = refers_to("counter_shifts.id")
    returned_at: Mapped[datetime]
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")

    order: Mapped[Order] = relationship(back_populates="returns", foreign_keys=[order_id])
    lines: Mapped[list["ReturnLine"]] = relationship(back_populates="document", order_by="ReturnLine.id")

    __table_args__ = (
        UniqueConstraint("transaction_id"),
        CheckConstraint("kind IN ('return', 'undo')", name="kind_known"),
        CheckConstraint("approved_by_user_id <> taken_by_user_id", name="two_people"),
        CheckConstraint("(kind = 'undo') = (undone_order_id IS NOT NULL)", name="undo_names_order"),
    )


class ReturnLine(Base):
    """Units of one order line that came back."""

    __tablename__ = "return_lines"

    id: Mapped[primary_key]
    return_id: Mapped[int] = refers_to("returns.id")
    order_line_id: Mapped[int] = refers_to("order_lines.id")
    quantity: Mapped[int]

    document: Mapped[Return] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)


class OrderSignature(Base):
    """The member's hand under one order: drawn with a finger, or on a slip of paper that the shop keeps."""

    __tablename__ = "order_signatures"

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), unique=True)
    kind: Mapped[word]
    # Strokes as whole numbers on a field of 600 by 200; empty for paper.
    strokes: Mapped[list[Any]] = mapped_column(JSON)
    signed_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("kind IN ('drawn', 'paper')", name="kind_known"),)


class ReceiptPrint(Base):
    """One printing of a receipt: number 1 is the original, every later one a copy."""

    __tablename__ = "receipt_prints"

    id: Mapped[primary_key]
    order_id: Mapped[int] = refers_to("orders.id")
    number: Mapped[int]
    printed_by_user_id: Mapped[int] = refers_to("users.id")
    printed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("order_id", "number"),)


for model in (Order, OrderLine, Return, ReturnLine, OrderSignature, ReceiptPrint):
    append_only(model)
