"""The register of deliveries: goods that came in, with batch and last day, onto one shop's shelves.

The same delivery is never booked twice: each line's key in the books is made of the shop, the day, the paper's
number, from whom it came and what the line says. A second delivery that is alike in all of this needs its own number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import queries
from store.catalogue.errors import ShopUnclear
from store.catalogue.models import Shop
from store.import_products import BARCODE, CLEANERS, NAME, Listed, ListedProducts, words
from store.stock import receipts, rules
from store.stock.models import StockMovement, StockReceipt
from store.stock.receipts import Incoming, Paper
from timebank.access.actors import Actor
from timebank.access.permissions import IMPORTS_RUN
from timebank.errors import N_
from timebank.imports.cells import Cell
from timebank.imports.cleaning.amounts import clean_money, clean_quantity
from timebank.imports.cleaning.times import clean_date, clean_optional_date
from timebank.imports.cleaning.words import WORD_LENGTH, clean_text
from timebank.imports.headers import GOODS_FIELDS, Field, Register
from timebank.imports.importers import ImportContext, Importer, Progress
from timebank.imports.judges.verdicts import Accepted, Cleaner, Draft, Judgement, SentBack, Verdict, drafts_of
from timebank.imports.rejections import Code, Unacceptable
from timebank.imports.tables import Table

_GOODS = {field.code: field for field in GOODS_FIELDS}
_DONATED = ("捐赠", "捐", "受捐", "爱心捐赠", "捐赠入库", "donation", "donated", "gift")
_BOUGHT = ("", "采购", "购入", "购买", "进货", "配货", "采购入库", "purchase", "purchased", "bought")
DELIVERIES = Register(
    "deliveries",
    (
        NAME,
        BARCODE,
        Field(
            "quantity",
            words("数量 到货数量 入库数量 收货数量 实收数量 进货数量 捐赠数量 quantity qty units received"),
            needed=True,
        ),
        Field(
            "day",
            words(
                "到货日期 入库日期 收货日期 进货日期 捐赠日期 日期 date receivedon deliverydate receiveddate"
            ),
            needed=True,
        ),
        Field(
            "number",
            words("单号 送货单号 入库单号 凭证号 发票号 number deliveryno docno documentnumber"),
        ),
        Field("kind", words("来源方式 入库类型 入库方式 采购或捐赠 类型 kind type")),
        Field(
            "source",
            words("供应商 捐赠方 捐赠人 来源 供货单位 供货商 source supplier donor from"),
        ),
        Field("best_before", _GOODS["best_before"].names),
        Field("batch", _GOODS["batch"].names),
        Field("cost", _GOODS["cost"].names),
    ),
    one_of=("name", "barcode"),
)


@dataclass(frozen=True)
class Delivered:
    """Units of one product that came in on a day. ``kind``: ``receipt`` (bought) or ``donation``."""

    key: str
    paper: Paper
    line: Incoming


def _clean_kind(cell: Cell) -> str:
    said = clean_text(cell, longest=WORD_LENGTH).casefold()
    if said in _DONATED:
        return "donation"
    if said in _BOUGHT:
        return "receipt"
    raise Unacceptable(Code.INVALID_NAME)


def _clean_units(cell: Cell) -> int:
    found = clean_quantity(cell)
    if found is None:
        raise Unacceptable(Code.MISSING)
    if not 1 <= found <= rules.MOST_UNITS:
        raise Unacceptable(Code.INVALID_QUANTITY)
    return found


_CLEANERS: dict[str, Cleaner] = {
    **CLEANERS,
    "quantity": _clean_units,
    "day": clean_date,
    "number": partial(clean_text, longest=WORD_LENGTH),
    "kind": _clean_kind,
    "source": partial(clean_text, longest=100),
    "best_before": clean_optional_date,
    "batch": partial(clean_text, longest=WORD_LENGTH),
    "cost": clean_money,
}


@dataclass(frozen=True)
class _Known:
    """What is known before the first row: the shop, its goods, and the deliveries that it has booked by their keys."""

    shop: Shop
    listed: ListedProducts
    booked: dict[str, int]
    today: date


def _judge(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    """Judge every row: what came in tomorrow, what is past its last day, and vouchers, whose codes stand elsewhere, do not."""
    shop = _shop(session, context)
    listed = ListedProducts(session, queries.on_list_of(shop))
    known = _Known(shop, listed, _booked(session, shop), context.today)
    seen: set[str] = set()
    judgement: Judgement[Delivered] = Judgement(table)
    for draft in drafts_of(table, _CLEANERS):
        accepted = judgement.on(draft, lambda draft: _decide(draft, known, seen))
        if accepted:
            seen.add(accepted.value.key)
    return judgement.verdict


def _decide(draft: Draft, known: _Known, seen: set[str]) -> Accepted[Delivered]:
    product = known.listed.meant(draft)
    if product.kind == "voucher":
        raise SentBack("name" if draft.take("name") else "barcode", Code.VOUCHER_CODES)
    delivered = _delivered(draft, known.shop, product)
    if delivered.key in seen:
        raise SentBack("quantity", Code.DUPLICATE)
    before = known.booked.get(delivered.key)
    if draft.take("day") > known.today:
        raise SentBack("day", Code.INVALID_DATE)
    best_before, furthest = delivered.line.best_before, known.today + receipts.LONGEST_YEARS
    # A line that is booked already may have gone bad since: the file can still be read again.
    if best_before and before is None and not known.today <= best_before <= furthest:
        raise SentBack("best_before", Code.INVALID_DATE)
    return Accepted(draft.row.number, delivered, before)


def _delivered(draft: Draft, shop: Shop, product: Listed) -> Delivered:
    units, day, number = draft.take("quantity"), draft.take("day"), draft.take("number")
    kind, source = draft.take("kind"), draft.take("source")
    best_before, batch, cost = draft.take("best_before"), draft.take("batch"), draft.take("cost")
    line = Incoming(product.id, units, batch, best_before, cost)
    said = (shop.id, day, number, kind, source, product.id, units, batch, best_before, _plain(cost))
    digest = hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()
    note = " · ".join(filter(None, (number, day.isoformat())))
    return Delivered(f"delivery:{digest}", Paper(kind, source=source, note=note), line)


def _plain(cost: Decimal | None) -> str:
    return "" if cost is None else f"{cost:.2f}"


def _booked(session: Session, shop: Shop) -> dict[str, int]:
    """Every delivery of a file that this shop has booked before, by its key."""
    rows = session.execute(
        select(StockMovement.movement_key, StockMovement.id).where(
            StockMovement.shop_id == shop.id,
            StockMovement.movement_key.startswith("delivery:", autoescape=True),
        )
    )
    return {str(key): int(movement_id) for key, movement_id in rows}


def _create(
    session: Session, rows: Sequence[Accepted[Delivered]], context: ImportContext, progress: Progress
) -> None:
    shop = _shop(session, context)
    papers: dict[Paper, StockReceipt] = {}
    for done, row in enumerate(rows, start=1):
        # Lines of one delivery stand on one numbered paper.
        papers[row.value.paper] = receipts.receive(
            session,
            shop=shop,
            paper=row.value.paper,
            lines=[row.value.line],
            key=row.value.key,
            receipt=papers.get(row.value.paper),
            timezone=context.timezone,
            by=context.actor,
            at=context.at,
        )
        progress(done)


def _shop(session: Session, context: ImportContext) -> Shop:
    """The shop that is meant, by its number or name, or the only one there is; raises ``ShopUnclear``."""
    shops = queries.shops(session, context.actor, IMPORTS_RUN)
    wanted = (context.place or "").strip()
    if wanted:
        shops = [shop for shop in shops if wanted in (str(shop.id), shop.name)]
    if len(shops) != 1:
        raise ShopUnclear(place=wanted)
    return shops[0]


def _places(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(str(shop.id), shop.name) for shop in queries.shops(session, actor, IMPORTS_RUN)]


DELIVERIES_IMPORTER = Importer(DELIVERIES, N_("Deliveries"), _judge, _create, places=_places)
