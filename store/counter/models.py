"""Shifts with their counts and reports, and baskets: what is on the counter before it becomes an order."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from timebank.access.models import User
from timebank.members.models import Member
from timebank.orm import Base, append_only, line, primary_key, refers_to, text, word


class CounterShift(Base):
    """One attendant's time at one shop's counter, from opening to the report that closes it."""

    __tablename__ = "counter_shifts"

    id: Mapped[primary_key]
    # Made by the page: a second press opens no second shift.
    key: Mapped[line] = mapped_column(unique=True)
    shop_id: Mapped[int] = refers_to("shops.id")
    opened_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    # The last step at the counter; two idle minutes later it is locked until the PIN or password is entered.
    active_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    shop: Mapped[Shop] = relationship()
    opened_by: Mapped[User] = relationship()

    __table_args__ = (
        # Nobody stands at two counters: what a day's limit counts is decided in one row.
        Index(
            "uq_counter_shifts_open",
            "opened_by_user_id",
            unique=True,
            sqlite_where=sql("closed_at IS NULL"),
            postgresql_where=sql("closed_at IS NULL"),
        ),
        Index("ix_counter_shifts_shop_id_closed_at", "shop_id", "closed_at"),
    )


class ShiftCount(Base):
    """What the attendant counted without seeing the book, and what the book said at that moment."""

    __tablename__ = "shift_counts"

    id: Mapped[primary_key]
    key: Mapped[line] = mapped_column(unique=True)
    shift_id: Mapped[int] = refers_to("counter_shifts.id")
    # [{"product": id, "name": …, "counted": units, "book": units}, …]
    rows: Mapped[list[Any]] = mapped_column(JSON)
    differs: Mapped[bool]
    counted_by_user_id: Mapped[int] = refers_to("users.id")
    counted_at: Mapped[datetime]


class ZReport(Base):
    """The day sheet that closes a shift: numbered per shop without a gap, never changed."""

    __tablename__ = "z_reports"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    number: Mapped[int]
    shift_id: Mapped[int] = refers_to("counter_shifts.id")
    # closed (by whoever opened it) or forced (by somebody else; somebody has to count afterwards).
    kind: Mapped[word]
    figures: Mapped[dict[str, Any]]
    count_id: Mapped[int | None] = refers_to("shift_counts.id")
    explanation: Mapped[text] = mapped_column(default="")
    signed_by_user_id: Mapped[int | None] = refers_to("users.id")
    closed_by_user_id: Mapped[int] = refers_to("users.id")
    closed_at: Mapped[datetime]

    shop: Mapped[Shop] = relationship()
    shift: Mapped[CounterShift] = relationship()
    count: Mapped[ShiftCount | None] = relationship()
    late_count: Mapped["LateCount | None"] = relationship(back_populates="report")

    __table_args__ = (
        UniqueConstraint("shop_id", "number"),
        UniqueConstraint("shift_id"),
        CheckConstraint("kind IN ('closed', 'forced')", name="kind_known"),
    )


class LateCount(Base):
    """The count that a forced close still owed: made afterwards by somebody who did not stand in that shift.

    While a forced day sheet has none, its shop is shown that it is owed.
    """

    __tablename__ = "late_counts"

    id: Mapped[primary_key]
    report_id: Mapped[int] = refers_to("z_reports.id")
    count_id: Mapped[int] = refers_to("shift_counts.id")
    explanation: Mapped[text] = mapped_column(default="")
    # Who signed for a difference; the count itself names who counted.
    signed_by_user_id: Mapped[int | None] = refers_to("users.id")
    settled_at: Mapped[datetime]

    report: Mapped[ZReport] = relationship(back_populates="late_count")
    count: Mapped[ShiftCount] = relationship()

    __table_args__ = (UniqueConstraint("report_id"), UniqueConstraint("count_id"))


class Basket(Base):
    """One customer's goods at one counter. ``status``: ``open``, ``held``, ``completed`` or ``abandoned``."""

    __tablename__ = "baskets"

    id: Mapped[primary_key]
    # Made by the page; becomes the order's key, so that the same basket never sells twice.
    key: Mapped[line] = mapped_column(unique=True)
    shop_id: Mapped[int] = refers_to("shops.id")
    opened_by_user_id: Mapped[int] = refers_to("users.id")
    shift_id: Mapped[int | None] = refers_to("counter_shifts.id")
    # Digest of the browser's word: two counters of one attendant do not share a basket.
    device_digest: Mapped[line]
    status: Mapped[word]
    member_id: Mapped[int | None] = refers_to("members.id")
    identified_by: Mapped[word | None]
    identified_at: Mapped[datetime | None]
    # The page that scanned last and how many of its scans are taken: a batch sent again counts nothing twice.
    scanning_page: Mapped[word] = mapped_column(default="")
    scans_taken: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    # Put aside until its owner is back: when, and a word by which it is found again.
    held_at: Mapped[datetime | None]
    held_as: Mapped[line] = mapped_column(default="")

    shop: Mapped[Shop] = relationship()
    member: Mapped[Member | None] = relationship()
    lines: Mapped[list["BasketLine"]] = relationship(
        back_populates="basket", order_by="BasketLine.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        CheckConstraint("status IN ('open', 'held', 'completed', 'abandoned')", name="status_known"),
        CheckConstraint(
            "identified_by IN ('code', 'card', 'card_pin', 'number_pin')", name="identified_by_known"
        ),
        CheckConstraint("(member_id IS NULL) = (identified_by IS NULL)", name="member_with_proof"),
        CheckConstraint("status <> 'held' OR held_at IS NOT NULL", name="held_since"),
        Index("ix_baskets_opened_by_user_id_status", "opened_by_user_id", "status"),
        Index("ix_baskets_shop_id_status", "shop_id", "status"),
    )


class BasketLine(Base):
    """Units of one product in a basket; the price is looked up when it is shown and when it is sold."""

    __tablename__ = "basket_lines"

    id: Mapped[primary_key]
    basket_id: Mapped[int] = refers_to("baskets.id")
    product_id: Mapped[int] = refers_to("products.id")
    quantity: Mapped[int]

    basket: Mapped[Basket] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("basket_id", "product_id"),
        CheckConstraint("quantity > 0 AND quantity <= 999", name="quantity_sensible"),
    )


class Agreement(Base):
    """The question that the member answers on her own phone: these goods, these points, yes or no."""

    __tablename__ = "agreements"

    id: Mapped[primary_key]
    basket_id: Mapped[int] = refers_to("baskets.id")
    member_id: Mapped[int] = refers_to("members.id")
    # What was asked: another line or another price is another question.
    content_digest: Mapped[line]
    total_points: Mapped[Decimal]
    asked_by_user_id: Mapped[int] = refers_to("users.id")
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answer: Mapped[word | None]
    answered_at: Mapped[datetime | None]

    basket: Mapped[Basket] = relationship()
    member: Mapped[Member] = relationship()

    __table_args__ = (
        UniqueConstraint("basket_id", "content_digest"),
        CheckConstraint("answer IN ('yes', 'no')", name="answer_known"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_when"),
        Index("ix_agreements_member_id_expires_at", "member_id", "expires_at"),
    )


for model in (ShiftCount, ZReport, LateCount):
    append_only(model)
