"""The register of goods for the shelf. The store keeps the products; this only reads and judges the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from timebank.imports.cells import Cell, matching_key
from timebank.imports.cleaning.amounts import (
    clean_barcode,
    clean_carton,
    clean_money,
    clean_points,
    clean_quantity,
)
from timebank.imports.cleaning.times import clean_date
from timebank.imports.cleaning.words import WORD_LENGTH, clean_text, clean_title, is_nothing
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
    """A product to be created, with the units on the shelf. ``kind`` is ``goods`` or ``service``.

    Attributes:
        carton, carton_units: the barcode of a carton and how many units it holds; None and 0 without one.
        best_before, batch, cost: what is known of the units on the shelf.
    """

    name: str
    category: str
    kind: str
    barcode: str | None
    points: Decimal
    stock: int
    unit: str
    carton: str | None = None
    carton_units: int = 0
    best_before: date | None = None
    batch: str = ""
    cost: Decimal | None = None


def _clean_stock(cell: Cell) -> int:
    return clean_quantity(cell) or 0


def _clean_day(cell: Cell) -> date | None:
    return None if is_nothing(cell) else clean_date(cell)


_CLEANERS: dict[str, Cleaner] = {
    "name": clean_title,
    "category": partial(clean_text, longest=WORD_LENGTH),
    "barcode": clean_barcode,
    "points": clean_points,
    "stock": _clean_stock,
    "unit": partial(clean_text, longest=WORD_LENGTH),
    "carton": clean_carton,
    "carton_units": _clean_stock,
    "best_before": _clean_day,
    "batch": partial(clean_text, longest=WORD_LENGTH),
    "cost": clean_money,
}


def judge_goods(table: Table, lookup: GoodsLookup, today: date | None = None) -> Verdict[NewProduct]:
    """Judge every row. One barcode is one product; without a barcode, one name is.

    A barcode that is known under another name is ``DUPLICATE``: one of the two labels is wrong. Goods whose last
    day lies before ``today`` are ``INVALID_DATE``: they do not come onto a shelf.
    """
    drafts = drafts_of(table, _CLEANERS)
    by_barcode = lookup.products_by_barcode({*distinct(drafts, "barcode"), *distinct(drafts, "carton")})
    by_name = lookup.products_by_name({matching_key(name) for name in distinct(drafts, "name")})
    seen: set[str] = set()
    judgement: Judgement[NewProduct] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, by_barcode, by_name, seen, today))
        if accepted:
            seen.add(accepted.value.barcode or matching_key(accepted.value.name))
            if accepted.value.carton:
                seen.add(accepted.value.carton)
    return judgement.verdict


def _decide(
    draft: Draft,
    by_barcode: Mapping[str, KnownProduct],
    by_name: Mapping[str, KnownProduct],
    seen: set[str],
    today: date | None,
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
        carton=draft.take("carton"),
        carton_units=draft.take("carton_units"),
        best_before=draft.take("best_before"),
        batch=draft.take("batch"),
        cost=draft.take("cost"),
    )
    if product.carton and (
        product.carton in seen or product.carton == barcode or product.carton in by_barcode
    ):
        raise SentBack("carton", Code.DUPLICATE)
    if product.best_before and today and product.best_before < today:
        raise SentBack("best_before", Code.INVALID_DATE)
    if product.carton and product.carton_units < 1:
        raise SentBack("carton_units", Code.MISSING)
    return Accepted(draft.row.number, product, existing.id if existing else None)
