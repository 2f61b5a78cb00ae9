"""The barcodes of a product: its own, and those of cartons, of which one scan means many units."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.catalogue import rules
from store.catalogue.errors import BarcodeAbsent, BarcodeInvalid, BarcodeTaken, BarcodeUnitsInvalid
from store.catalogue.models import Product, ProductBarcode

MOST_UNITS_A_SCAN = 10_000


def free(session: Session, product: Product, written: str | None) -> str | None:
    """The digits of a barcode that ``product`` may carry; None for none.

    Raises:
        BarcodeInvalid: the check digit does not fit.
        BarcodeTaken: another product of the organisation has it.
    """
    digits = rules.plain_digits(written or "")
    if not digits:
        return None
    if not rules.is_barcode(digits):
        raise BarcodeInvalid(field="barcode", barcode=digits[:40])
    with session.no_autoflush:
        other = session.scalar(
            select(Product)
            .join(ProductBarcode, ProductBarcode.product_id == Product.id)
            .where(
                ProductBarcode.organisation_id == product.organisation_id,
                ProductBarcode.barcode.in_(rules.same_barcodes(digits)),
                ProductBarcode.product_id != (product.id or 0),
            )
        )
    if other is not None:
        raise BarcodeTaken(field="barcode", product=other.name)
    return digits


def keep_own(session: Session, product: Product) -> None:
    """Let the product's own barcode stand among all barcodes as one unit, and no former one.

    Raises:
        BarcodeTaken: somebody else gave it to another product at the same moment.
    """
    own = session.scalars(
        select(ProductBarcode).where(ProductBarcode.product_id == product.id, ProductBarcode.units == 1)
    ).all()
    for row in own:
        if row.barcode != product.barcode:
            session.delete(row)
    session.flush()
    if product.barcode and all(row.barcode != product.barcode for row in own):
        carton = session.scalar(
            select(ProductBarcode).where(
                ProductBarcode.product_id == product.id, ProductBarcode.barcode == product.barcode
            )
        )
        if carton is not None:
            carton.units = 1
            session.flush()
        else:
            _insert(session, product, product.barcode, 1)


def add(session: Session, *, product: Product, written: str, units: int) -> ProductBarcode:
    """One more barcode, of which one scan means ``units``.

    Raises:
        BarcodeUnitsInvalid: not from 1 to 10,000.
        BarcodeInvalid, BarcodeTaken: what was scanned.
    """
    if not 1 <= units <= MOST_UNITS_A_SCAN:
        raise BarcodeUnitsInvalid(field="units")
    digits = free(session, product, written)
    if digits is None:
        raise BarcodeInvalid(field="barcode", barcode="")
    standing = session.scalar(
        select(ProductBarcode.id).where(
            ProductBarcode.product_id == product.id,
            ProductBarcode.barcode.in_(rules.same_barcodes(digits)),
        )
    )
    if standing is not None:
        raise BarcodeTaken(field="barcode", product=product.name)
    return _insert(session, product, digits, units)


def _insert(session: Session, product: Product, digits: str, units: int) -> ProductBarcode:
    row = ProductBarcode(
        product_id=product.id, organisation_id=product.organisation_id, barcode=digits, units=units
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        # The database has the last word when two people give one barcode to two products at once.
        raise BarcodeTaken(field="barcode", product=product.name) from error
    return row


def remove(session: Session, *, product: Product, barcode_id: int) -> None:
    """The barcode means nothing any more; raises ``BarcodeAbsent`` when it is none of the product's others."""
    row = session.get(ProductBarcode, barcode_id)
    if row is None or row.product_id != product.id or row.barcode == product.barcode:
        raise BarcodeAbsent
    session.delete(row)
    session.flush()


def of(session: Session, product: Product) -> Sequence[ProductBarcode]:
    """Every barcode of the product, the single unit first."""
    return session.scalars(
        select(ProductBarcode)
        .where(ProductBarcode.product_id == product.id)
        .order_by(ProductBarcode.units, ProductBarcode.id)
    ).all()
