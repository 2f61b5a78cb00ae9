"""One's own basket and what became of it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from store.orders.models import Order
from timebank.members.models import Member
from timebank.orm import Base, BigId, line, primary_key, refers_to, text, word


class WishLine(Base):
    """Units of one product in a member's own basket at one shop."""

    __tablename__ = "wish_lines"

    id: Mapped[primary_key]
    member_id: Mapped[int] = refers_to("members.id")
    shop_id: Mapped[int] = refers_to("shops.id")
    product_id: Mapped[int] = refers_to("products.id")
    quantity: Mapped[int]

    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("member_id", "shop_id", "product_id"),
        CheckConstraint("quantity > 0 AND quantity <= 999", name="quantity_sensible"),
    )


class Reservation(Base):
    """Goods kept for a member. ``status``: ``reserved``, ``collected``, ``cancelled`` or ``expired``."""

    __tablename__ = "reservations"

    id: Mapped[primary_key]
    # Made by the page; names the holds in the books.
    key: Mapped[line] = mapped_column(unique=True)
    content_digest: Mapped[line]
    shop_id: Mapped[int] = refers_to("shops.id")
    member_id: Mapped[int] = refers_to("members.id")
    total_points: Mapped[Decimal]
    status: Mapped[word]
    # Keyed digest of the pick-up code, which is derived anew when it is shown and kept nowhere.
    code_digest: Mapped[line] = mapped_column(unique=True)
    # How often the code was made anew.
    code_turn: Mapped[int] = mapped_column(default=1)
    # Who may collect it besides the member: a name, and the register's row where it is a member.
    delegate_name: Mapped[line] = mapped_column(default="")
    delegate_member_id: Mapped[int | None] = refers_to("members.id")
    # The last four digits of the phone of somebody who is no member: she says them when she collects.
    delegate_phone_tail: Mapped[word | None]
    reserved_at: Mapped[datetime]
    deadline: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[line] = mapped_column(default="")
    reason: Mapped[text] = mapped_column(default="")
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"), unique=True)

    shop: Mapped[Shop] = relationship()
    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    delegate_member: Mapped[Member | None] = relationship(foreign_keys=[delegate_member_id])
    order: Mapped[Order | None] = relationship()
    lines: Mapped[list["ReservationLine"]] = relationship(
        back_populates="reservation", order_by="ReservationLine.id"
    )

    __table_args__ = (
        CheckConstraint("status IN ('reserved', 'collected', 'cancelled', 'expired')", name="status_known"),
        CheckConstraint("(status = 'reserved') = (ended_at IS NULL)", name="ended_when"),
        CheckConstraint("(status = 'collected') = (order_id IS NOT NULL)", name="collected_as"),
        CheckConstraint("total_points >= 0", name="total_not_negative"),
        Index("ix_reservations_status_deadline", "status", "deadline"),
        Index("ix_reservations_shop_id_status", "shop_id", "status"),
    )


class ReservationLine(Base):
    """Units of one product that are kept, at the price of the day of the reservation."""

    __tablename__ = "reservation_lines"

    id: Mapped[primary_key]
    reservation_id: Mapped[int] = refers_to("reservations.id")
    product_id: Mapped[int] = refers_to("products.id")
    product_name: Mapped[line]
    quantity: Mapped[int]
    price_points: Mapped[Decimal]
    subsidy_points: Mapped[Decimal] = mapped_column(default=Decimal(0))
    funder_organisation_id: Mapped[int | None] = refers_to("organisations.id")

    reservation: Mapped[Reservation] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("reservation_id", "product_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )
