"""Opening shops, listing products, changing and withdrawing them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import barcodes, pictures, rules
from store.catalogue.calendar import EVERY_DAY
from store.catalogue.errors import PriceInvalid, ShopNameTaken
from store.catalogue.models import Product, Shop
from timebank.orgs.models import Organisation


@dataclass(frozen=True)
class Particulars:
    """What is said of a product.

    Attributes:
        kind: ``goods``, ``service`` (its units are the times that its provider has pledged) or ``voucher`` (its
            units are codes).
        barcode: digits of a GTIN, or None.
        price_points: more than zero, at most two decimals.
        low_stock_units: at or below this number a shelf counts as running low.
    """

    name: str
    category: str
    price_points: Decimal
    unit: str = "件"
    kind: str = "goods"
    barcode: str | None = None
    description: str = ""
    low_stock_units: int = 5


def create_shop(
    session: Session,
    *,
    organisation: Organisation,
    name: str,
    address: str = "",
    opening_hours: str = "",
    open_days: str = EVERY_DAY,
    at: datetime,
) -> Shop:
    """A new, empty shop; raises ``ShopNameTaken``."""
    _ensure_shop_name_is_free(session, organisation.id, name)
    shop = Shop(
        organisation_id=organisation.id,
        name=name,
        address=address,
        opening_hours=opening_hours,
        open_days=_open_days(open_days),
        created_at=at,
    )
    session.add(shop)
    session.flush()
    return shop


def change_shop(
    session: Session, *, shop: Shop, name: str, address: str, opening_hours: str, open_days: str = EVERY_DAY
) -> None:
    """Change what people read about the shop; raises ``ShopNameTaken``. Reservations keep the deadline they have."""
    if name != shop.name:
        _ensure_shop_name_is_free(session, shop.organisation_id, name)
    shop.name, shop.address, shop.opening_hours = name, address, opening_hours
    shop.open_days = _open_days(open_days)
    session.flush()


def _open_days(days: str) -> str:
    """The days in their order, each once; none ticked means every day."""
    return "".join(sorted(set(days) & set(EVERY_DAY))) or EVERY_DAY


def close_shop(session: Session, *, shop: Shop, at: datetime) -> None:
    """Stop selling there; its stock, orders and returns stay."""
    shop.closed_at = shop.closed_at or at
    session.flush()


def reopen_shop(session: Session, *, shop: Shop) -> None:
    """End a closure."""
    shop.closed_at = None
    session.flush()


def _ensure_shop_name_is_free(session: Session, organisation_id: int, name: str) -> None:
    taken = select(Shop.id).where(Shop.organisation_id == organisation_id, Shop.name == name)
    if session.scalar(taken) is not None:
        raise ShopNameTaken(field="name", name=name)


def create_product(
    session: Session, *, organisation: Organisation, particulars: Particulars, at: datetime
) -> Product:
    """A new product on the lists of the organisation's shops and of all shops below it.

    Raises:
        BarcodeInvalid: the check digit does not fit.
        BarcodeTaken: another product of the organisation has the barcode.
        PriceInvalid: not above zero, or more than two decimals.
    """
    product = Product(organisation_id=organisation.id, created_at=at, name="", category="", kind="goods")
    _describe(session, product, particulars)
    session.add(product)
    session.flush()
    barcodes.keep_own(session, product)
    return product


def change_product(session: Session, *, product: Product, particulars: Particulars) -> None:
    """Change what is said of a product; finished orders keep the name and price they were sold at.

    Raises as :func:`create_product`.
    """
    _describe(session, product, particulars)
    session.flush()
    barcodes.keep_own(session, product)


def withdraw(session: Session, *, product: Product, at: datetime) -> None:
    """Take the product off the lists; what is on the shelf stays in the books."""
    product.withdrawn_at = product.withdrawn_at or at
    session.flush()


def restore(session: Session, *, product: Product) -> None:
    """Put a withdrawn product back on the lists."""
    product.withdrawn_at = None
    session.flush()


def set_picture(session: Session, *, product: Product, content: bytes) -> None:
    """Show ``content``, made small and written anew; raises ``PictureInvalid``."""
    product.picture = pictures.stored_picture(content)
    product.picture_type = pictures.STORED_TYPE
    session.flush()


def remove_picture(session: Session, *, product: Product) -> None:
    """Show no picture any more."""
    product.picture, product.picture_type = None, None
    session.flush()


def _describe(session: Session, product: Product, particulars: Particulars) -> None:
    if not rules.price_is_acceptable(particulars.price_points):
        raise PriceInvalid(field="price_points")
    product.barcode = barcodes.free(session, product, particulars.barcode)
    product.name = particulars.name
    product.sort_name = rules.sort_name(particulars.name)
    product.initials = rules.initials(particulars.name)
    product.category = particulars.category
    product.kind = particulars.kind
    product.unit = particulars.unit
    product.price_points = particulars.price_points
    product.description = particulars.description
    product.low_stock_units = particulars.low_stock_units
