"""Which product a row of a register means: by its barcode first, else by its name alone."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, ProductBarcode
from timebank.imports.cells import matching_key
from timebank.imports.cleaning.amounts import clean_barcode
from timebank.imports.cleaning.words import clean_text
from timebank.imports.headers import GOODS_FIELDS, Field
from timebank.imports.judges.verdicts import Cleaner, Draft, SentBack
from timebank.imports.rejections import Code

_BY_CODE = {field.code: field for field in GOODS_FIELDS}
NAME, BARCODE, POINTS = (Field(code, _BY_CODE[code].names) for code in ("name", "barcode", "points"))

CLEANERS: dict[str, Cleaner] = {"name": clean_text, "barcode": clean_barcode}


def words(names: str) -> tuple[str, ...]:
    """The names of a column, as one writes them: apart by spaces, the usual one first."""
    return tuple(names.split())


@dataclass(frozen=True)
class Listed:
    """A product of the lists that a register may speak about."""

    id: int
    name: str
    kind: str


class ListedProducts:
    """Every product of a list, asked for once for the whole file."""

    def __init__(self, session: Session, is_listed: ColumnElement[bool]) -> None:
        listed = session.execute(select(Product.id, Product.name, Product.kind).where(is_listed))
        self._by_id = {row.id: Listed(row.id, row.name, row.kind) for row in listed}
        self._named: dict[str, list[Listed]] = {}
        for product in self._by_id.values():
            self._named.setdefault(matching_key(product.name), []).append(product)
        carried = session.execute(
            select(ProductBarcode.barcode, ProductBarcode.product_id).where(
                ProductBarcode.product_id.in_(list(self._by_id)), ProductBarcode.units == 1
            )
        )
        self._carried: dict[str, list[Listed]] = {}
        for barcode, product_id in carried:
            self._carried.setdefault(barcode, []).append(self._by_id[product_id])

    def meant(self, draft: Draft) -> Listed:
        """The product of the row, which names it by barcode, by name, or by both, and then they must agree.

        Raises ``SentBack``: nothing is named, nothing fits, or several products could be meant.
        """
        name, barcode = draft.take("name"), draft.take("barcode")
        if not name and not barcode:
            raise SentBack("name", Code.MISSING)
        found = self._carried.get(barcode, []) if barcode else self._named.get(matching_key(name), [])
        if barcode and name:
            found = [one for one in found if matching_key(one.name) == matching_key(name)]
        if len(found) != 1:
            raise SentBack("barcode" if barcode else "name", Code.UNKNOWN_PRODUCT)
        return found[0]
