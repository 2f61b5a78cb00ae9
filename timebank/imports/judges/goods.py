"""The register of goods for the shelf. The store keeps the products; this only reads and judges the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from timebank.imports.cells import Cell, matching_key
from timebank.imports.cleaning.amounts import clean_barcode, clean_points, clean_quantity
from timebank.imports.cleaning.words import WORD_LENGTH, clean_text, clean_title
from timebank.imports.judges.lookups import GoodsLookup, KnownProduct
from timebank.imports.judges.verdicts import (
    Accepted,
    Cleaner,
    Draft,
    Judgement,
    SentBack,
    Verdict,
    distinct,
    drafts_of,
)
from timebank.imports.rejections import Code
from timebank.imports.tables import Table

_DEFAULT_UNIT = "件"


@dataclass(frozen=True)
class NewProduct:
    """A product to be created, with the units on the shelf. ``kind`` is ``goods`` or ``service``."""

    name: str
    category: str
    kind: str
    barcode: str | None
    points: Decimal
    stock: int
    unit: str


def _clean_stock(cell: Cell) -> int:
    return clean_quantity(cell) or 0


_CLEANERS: dict[str, Cleaner] = {
    "name": clean_title,
    "category": partial(clean_text, longest=WORD_LENGTH),
    "barcode": clean_barcode,
    "points": clean_points,
    "stock": _clean_stock,
    "unit": partial(clean_text, longest=WORD_LENGTH),
}


def judge_goods(table: Table, lookup: GoodsLookup) -> Verdict[NewProduct]:
    """Judge every row. One barcode is one product; without a barcode, one name is.

    A barcode that is known under another name is ``DUPLICATE``: one of the two labels is wrong.
    """
    drafts = drafts_of(table, _CLEANERS)
    by_barcode = lookup.products_by_barcode(set(distinct(drafts, "barcode")))
    by_name = lookup.products_by_name({matching_key(name) for name in distinct(drafts, "name")})
    seen: set[str] = set()
    judgement: Judgement[NewProduct] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, by_barcode, by_name, seen))
        if accepted:
            seen.add(accepted.value.barcode or matching_key(accepted.value.name))
    return judgement.verdict


def _decide(
    draft: Draft, by_barcode: Mapping[str, KnownProduct], by_name: Mapping[str, KnownProduct], seen: set[str]
) -> Accepted[NewProduct]:
    name, category, barcode = draft.take("name"), draft.take("category"), draft.take("barcode")
    key = matching_key(name)
    existing = by_barcode.get(barcode) if barcode else by_name.get(key)
    if (barcode or key) in seen or (existing and matching_key(existing.name) != key):
        raise SentBack("barcode" if barcode else "name", Code.DUPLICATE)
    product = NewProduct(
        name=name,
        category=category,
        kind="service"
        if "服务" in category or matching_key(category) in ("service", "services")
        else "goods",
        barcode=barcode,
        points=draft.take("points"),
        stock=draft.take("stock"),
        unit=draft.take("unit") or _DEFAULT_UNIT,
    )
    return Accepted(draft.row.number, product, existing.id if existing else None)
