"""Baskets: what is on the counter before it becomes an order."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from timebank.members.models import Member
from timebank.orm import Base, line, primary_key, refers_to, word


class Basket(Base):
    """One customer's goods at one counter. ``status``: ``open``, ``completed`` or ``abandoned``."""

    __tablename__ = "baskets"

    id: Mapped[primary_key]
    # Made by the page; becomes the order's key, so that the same basket never sells twice.
    key: Mapped[line] = mapped_column(unique=True)
    shop_id: Mapped[int] = refers_to("shops.id")
    opened_by_user_id: Mapped[int] = refers_to("users.id")
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

    shop: Mapped[Shop] = relationship()
    member: Mapped[Member | None] = relationship()
    lines: Mapped[list["BasketLine"]] = relationship(
        back_populates="basket", order_by="BasketLine.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        CheckConstraint("status IN ('open', 'completed', 'abandoned')", name="status_known"),
        CheckConstraint(
            "identified_by IN ('code', 'card', 'card_pin', 'number_pin')", name="identified_by_known"
        ),
        CheckConstraint("(member_id IS NULL) = (identified_by IS NULL)", name="member_with_proof"),
        Index("ix_baskets_opened_by_user_id_status", "opened_by_user_id", "status"),
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
