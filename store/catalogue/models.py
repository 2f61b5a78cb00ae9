"""Products and shops, what carries their barcodes, what they cost from which day, and how many one may take."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from store.catalogue.calendar import EVERY_DAY
from timebank.members.models import MemberGroup
from timebank.orgs.models import Organisation
from timebank.orm import Base, append_only, line, primary_key, refers_to, text, word


class Shop(Base):
    """A place with its own stock and staff, belonging to an organisation."""

    __tablename__ = "shops"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[line]
    address: Mapped[line] = mapped_column(default="")
    opening_hours: Mapped[line] = mapped_column(default="")
    # The days of the week on which it opens, 1 for Monday to 7 for Sunday: nothing is kept until a day when it is shut.
    open_days: Mapped[word] = mapped_column(default=EVERY_DAY)
    # A merchant may bring what it hands out: its shelf is then filled by each sale, and never runs short.
    keeps_stock: Mapped[bool] = mapped_column(default=True)
    # A merchant's counter: it hands out what stands on its list of ``shop_products``, and only its own staff sells there.
    is_merchants: Mapped[bool] = mapped_column(default=False)
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
    # The barcode of one unit; it stands among ``product_barcodes`` too, where it is unique.
    barcode: Mapped[word | None]
    unit: Mapped[word]
    # The price in force, as last written here; ``prices`` knows what holds on which day.
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
        CheckConstraint("kind IN ('goods', 'service', 'voucher')", name="kind_known"),
        Index("uq_products_organisation_id_barcode", "organisation_id", "barcode", unique=True),
    )


class ShopProduct(Base):
    """A product that a merchant's counter may hand out; shops that are no merchant's hand out the whole list."""

    __tablename__ = "shop_products"

    id: Mapped[primary_key]
    shop_id: Mapped[int] = refers_to("shops.id")
    product_id: Mapped[int] = refers_to("products.id")
    entered_by: Mapped[word]
    entered_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("shop_id", "product_id"),)


class ProductBarcode(Base):
    """A barcode and how many units one scan of it means: 1 for the piece, 12 for its carton."""

    __tablename__ = "product_barcodes"

    id: Mapped[primary_key]
    product_id: Mapped[int] = refers_to("products.id")
    # The product's organisation, so that the database knows that a barcode means one thing there.
    organisation_id: Mapped[int] = refers_to("organisations.id")
    barcode: Mapped[word]
    units: Mapped[int]

    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("organisation_id", "barcode"),
        CheckConstraint("units >= 1 AND units <= 10000", name="units_sensible"),
    )


class ProductPrice(Base):
    """A line of the price list: what a unit costs from a day on, until a later line holds."""

    __tablename__ = "product_prices"

    id: Mapped[primary_key]
    product_id: Mapped[int] = refers_to("products.id")
    price_points: Mapped[Decimal]
    valid_from: Mapped[date]
    entered_by: Mapped[word]
    entered_at: Mapped[datetime]

    product: Mapped[Product] = relationship()

    __table_args__ = (
        CheckConstraint("price_points > 0", name="price_positive"),
        Index("ix_product_prices_product_id_valid_from", "product_id", "valid_from"),
    )


class ConcessionPrice(Base):
    """What members of a group pay for a unit, from a day to a day; an organisation pays the difference."""

    __tablename__ = "concession_prices"

    id: Mapped[primary_key]
    product_id: Mapped[int] = refers_to("products.id")
    group_id: Mapped[int] = refers_to("member_groups.id")
    price_points: Mapped[Decimal]
    # Who owes the difference to the list price.
    funder_organisation_id: Mapped[int] = refers_to("organisations.id")
    valid_from: Mapped[date]
    # The last day; None while it holds.
    valid_until: Mapped[date | None]
    entered_by: Mapped[word]
    entered_at: Mapped[datetime]
    ended_by: Mapped[word | None]

    product: Mapped[Product] = relationship()
    group: Mapped[MemberGroup] = relationship()
    funder: Mapped[Organisation] = relationship()

    __table_args__ = (
        CheckConstraint("price_points >= 0", name="price_not_negative"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_it_begins"),
    )


class PurchaseLimit(Base):
    """So many units of a product, or of a category, per person or household and period."""

    __tablename__ = "purchase_limits"

    id: Mapped[primary_key]
    # It holds for the members of this organisation and below it.
    organisation_id: Mapped[int] = refers_to("organisations.id")
    product_id: Mapped[int | None] = refers_to("products.id")
    category: Mapped[word | None]
    # ``person`` or ``household``.
    counted_for: Mapped[word]
    # ``day``, ``week``, ``month``, ``quarter`` or ``year``, by the county's calendar.
    period: Mapped[word]
    units: Mapped[int]
    entered_by: Mapped[word]
    entered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[word | None]

    organisation: Mapped[Organisation] = relationship()
    product: Mapped[Product | None] = relationship()

    __table_args__ = (
        CheckConstraint("(product_id IS NULL) <> (category IS NULL)", name="product_or_category"),
        CheckConstraint("counted_for IN ('person', 'household')", name="counted_for_known"),
        CheckConstraint("period IN ('day', 'week', 'month', 'quarter', 'year')", name="period_known"),
        CheckConstraint("units >= 1 AND units <= 100000", name="units_sensible"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="end_is_signed"),
    )


append_only(ProductPrice)
