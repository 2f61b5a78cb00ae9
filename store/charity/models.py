"""Handouts of donated goods, and fairs."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Product, Shop
from store.stock.models import StockMovement
from timebank.members.models import Member
from timebank.orm import Base, append_only, line, primary_key, refers_to


class CharityHandout(Base):
    """Donated goods given to one person by name, without points; numbered per shop without gaps."""

    __tablename__ = "charity_handouts"

    id: Mapped[primary_key]
    # Made by the page: a second press gives nothing twice.
    key: Mapped[line] = mapped_column(unique=True)
    shop_id: Mapped[int] = refers_to("shops.id")
    number: Mapped[int]
    # A member, or somebody who is none and is known by name and address.
    member_id: Mapped[int | None] = refers_to("members.id")
    recipient_name: Mapped[line]
    recipient_note: Mapped[line] = mapped_column(default="")
    reason: Mapped[line]
    given_by_user_id: Mapped[int] = refers_to("users.id")
    given_at: Mapped[datetime]
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")

    shop: Mapped[Shop] = relationship()
    member: Mapped[Member | None] = relationship()
    lines: Mapped[list["CharityHandoutLine"]] = relationship(
        back_populates="handout", order_by="CharityHandoutLine.id"
    )

    __table_args__ = (UniqueConstraint("shop_id", "number"), UniqueConstraint("transaction_id"))


class CharityHandoutLine(Base):
    """Units of one product in a handout; the movement's batches say who donated them."""

    __tablename__ = "charity_handout_lines"

    id: Mapped[primary_key]
    handout_id: Mapped[int] = refers_to("charity_handouts.id")
    product_id: Mapped[int] = refers_to("products.id")
    quantity: Mapped[int]
    movement_id: Mapped[int] = refers_to("stock_movements.id")

    handout: Mapped[CharityHandout] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    movement: Mapped[StockMovement] = relationship()

    __table_args__ = (
        UniqueConstraint("movement_id"),
        UniqueConstraint("handout_id", "product_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class CharityFair(Base):
    """Days on which a shop sells donated goods for points."""

    __tablename__ = "charity_fairs"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    name: Mapped[line]
    place: Mapped[line] = mapped_column(default="")
    first_day: Mapped[date]
    last_day: Mapped[date]
    planned_by: Mapped[line]
    planned_at: Mapped[datetime]

    shop: Mapped[Shop] = relationship()

    __table_args__ = (
        UniqueConstraint("shop_id", "name"),
        CheckConstraint("last_day >= first_day", name="ends_after_it_begins"),
    )


for model in (CharityHandout, CharityHandoutLine):
    append_only(model)
