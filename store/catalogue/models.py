"""Products and shops."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, line, primary_key, refers_to, text, word


class Shop(Base):
    """A place with its own stock and staff, belonging to an organisation."""

    __tablename__ = "shops"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[line]
    address: Mapped[line] = mapped_column(default="")
    opening_hours: Mapped[line] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (UniqueConstraint("organisation_id", "name"),)


class Product(Base):
    """Something that can be redeemed in the shops of an organisation's subtree."""

    __tablename__ = "products"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[line]
    # Pinyin of the name with spaces, and its first letters, by which attendants look things up.
    sort_name: Mapped[line] = mapped_column(index=True)
    initials: Mapped[line]
    category: Mapped[word]
    kind: Mapped[word]
    barcode: Mapped[word | None]
    unit: Mapped[word]
    price_points: Mapped[Decimal]
    description: Mapped[text] = mapped_column(default="")
    # At or below this number of units a shop's shelf is on the list of what runs low.
    low_stock_units: Mapped[int] = mapped_column(default=5)
    picture: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    picture_type: Mapped[word | None]
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        CheckConstraint("price_points > 0", name="price_positive"),
        CheckConstraint("low_stock_units >= 0", name="low_stock_units_not_negative"),
        CheckConstraint("kind IN ('goods', 'service')", name="kind_known"),
        Index("uq_products_organisation_id_barcode", "organisation_id", "barcode", unique=True),
    )
