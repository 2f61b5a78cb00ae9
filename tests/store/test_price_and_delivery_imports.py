"""Registers that change what is known already: prices from a day on, and goods that came in."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import offers
from store.catalogue.errors import ShopUnclear
from store.catalogue.models import Product
from store.catalogue.prices import list_prices
from store.delivery_imports import DELIVERIES_IMPORTER
from store.price_imports import PRICES_IMPORTER
from store.settlement import service as settlement
from store.stock.models import StockBatch, StockReceipt
from tests.cast import NOON, Cast
from tests.store.stage import Stage
from timebank.access.actors import system_actor
from timebank.books.queries import shelf_quantities
from timebank.db import Database
from timebank.imports.importers import ImportContext, Importer
from timebank.imports.judges.verdicts import Verdict
from timebank.imports.sheets import read_sheets
from timebank.imports.tables import find_table
from timebank.orgs.models import Organisation

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = NOON.astimezone(ZONE).date()
LATER = TODAY + timedelta(days=30)
Row = Sequence[object]


def _file(*rows: Row) -> bytes:
    book, stream = Workbook(), BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def _imported(
    session: Session,
    cast: Cast,
    importer: Importer,
    content: bytes,
    *,
    place: str | None = None,
    days: int = 0,
) -> Verdict[object]:
    at = NOON + timedelta(days=days)
    context = ImportContext(system_actor(), at, ZONE, cast.keyring, 1, place)
    verdict = importer.judge(session, find_table(read_sheets(content), importer.register), context)
    importer.create(session, verdict.new, context, lambda _done: None)
    return verdict


def _sent_back(verdict: Verdict[object]) -> list[tuple[int, str, str]]:
    return [(one.row, one.field, one.code.value) for one in verdict.rejected]


def test_a_price_list_brings_new_prices_from_their_day_and_nothing_else(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        before, name, carried = soap.price_points, soap.name, soap.barcode
    content = _file(
        ("爱心超市价目表", None, None, None),
        ("商品名称", "条码", "积分价", "生效日期"),
        (name, carried, "12.5", LATER.isoformat()),
        (name, carried, 13, LATER.isoformat()),
        ("没有这种商品", None, 5, None),
        (name, None, 7, "2001-01-01"),
        (None, None, 7, None),
        (name, None, "=1+1", None),
    )
    with database.transaction() as session:
        verdict = _imported(session, cast, PRICES_IMPORTER, content)
        assert _sent_back(verdict) == [
            (4, "name", "duplicate"),
            (5, "name", "unknown_product"),
            (6, "valid_from", "invalid_date"),
            (7, "name", "missing"),
            (8, "points", "formula"),
        ]
        soap = session.get_one(Product, stage.soap_id)
        assert list_prices(session, [soap], TODAY)[soap.id] == before
        assert list_prices(session, [soap], LATER)[soap.id] == Decimal("12.50")
    with database.transaction() as session:
        # Months later the file is read once more: its day is over, and nothing changes.
        again = _imported(session, cast, PRICES_IMPORTER, content, days=60)
        assert [one.existing_id is not None for one in again.accepted] == [
            True,
        ]
        assert not again.new


def test_a_price_without_a_day_holds_from_today(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        content = _file(("商品", "积分价"), (soap.name, 11))
        assert len(_imported(session, cast, PRICES_IMPORTER, content).new) == 1
        assert not _imported(session, cast, PRICES_IMPORTER, content).new
        assert soap.price_points == Decimal(11)


def test_a_delivery_comes_in_once_with_batch_and_last_day(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        soap, towel = session.get_one(Product, stage.soap_id), session.get_one(Product, stage.towel_id)
        before = shelf_quantities(session, stage.shop_id)
        head = (
            "品名",
            "条码",
            "到货数量",
            "到货日期",
            "单号",
            "入库方式",
            "供应商",
            "保质期至",
            "批号",
            "进价",
        )
        day, last = TODAY.isoformat(), LATER.isoformat()
        content = _file(
            head,
            (soap.name, None, 24, day, "SH-1", "采购", "县供销社", last, "L7", "￥2.50"),
            (towel.name, None, 6, day, "SH-1", "采购", "县供销社", None, None, None),
            (towel.name, None, 5, day, None, "捐赠", "王师傅", None, None, None),
            (towel.name, None, 5, day, None, "捐赠", "王师傅", None, None, None),
            (soap.name, None, 3, day, None, None, None, "2020-01-01", None, None),
            (
                soap.name,
                None,
                3,
                (TODAY + timedelta(days=90)).isoformat(),
                None,
                None,
                None,
                None,
                None,
                None,
            ),
            (soap.name, None, 0, day, None, None, None, None, None, None),
        )
    with database.transaction() as session:
        verdict = _imported(session, cast, DELIVERIES_IMPORTER, content, place=str(stage.shop_id))
        assert _sent_back(verdict) == [
            (5, "quantity", "duplicate"),
            (6, "best_before", "invalid_date"),
            (7, "day", "invalid_date"),
            (8, "quantity", "invalid_quantity"),
        ]
        after = shelf_quantities(session, stage.shop_id)
        assert after[stage.soap_id] - before.get(stage.soap_id, 0) == 24
        assert after[stage.towel_id] - before.get(stage.towel_id, 0) == 11
        batch = session.scalars(select(StockBatch).where(StockBatch.code == "L7")).one()
        assert (batch.best_before, batch.unit_cost, batch.left) == (LATER, Decimal("2.50"), 24)
        papers = session.scalars(select(StockReceipt).order_by(StockReceipt.id.desc()).limit(2)).all()
        bought, given = sorted(papers, key=lambda paper: paper.kind, reverse=True)
        assert (bought.kind, bought.note, len(bought.lines)) == ("receipt", f"SH-1 · {day}", 2)
        assert given.source is not None
        assert (given.kind, given.source.name, len(given.lines)) == ("donation", "王师傅", 1)
    with database.transaction() as session:
        # Read again after the last day of the soap: known, and nothing comes in.
        again = _imported(session, cast, DELIVERIES_IMPORTER, content, place=str(stage.shop_id), days=40)
        assert (len(again.accepted), len(again.new)) == (3, 0)
        assert shelf_quantities(session, stage.shop_id) == after


def test_a_delivery_to_a_merchants_counter_knows_what_it_hands_out_and_nothing_else(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        soap, haircut = (session.get_one(Product, one) for one in (stage.soap_id, stage.haircut_id))
        station = session.get_one(Organisation, cast.station_id)
        merchant = settlement.open_merchant(session, house=station, name="老张理发店", at=NOON)
        by = cast.administrator.actor
        offers.choose(session, shop=merchant.shop, product_ids=[haircut.id], by=by, at=NOON)
        day = date.isoformat(TODAY)
        content = _file(("商品", "数量", "日期"), (soap.name, 3, day), (haircut.name, 4, day))
        verdict = _imported(session, cast, DELIVERIES_IMPORTER, content, place=str(merchant.shop_id))
        assert _sent_back(verdict) == [(2, "name", "unknown_product")]
        assert shelf_quantities(session, merchant.shop_id) == {haircut.id: 4}


def test_a_delivery_needs_one_shop_and_vouchers_need_their_codes(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        content = _file(("商品", "数量", "日期"), (soap.name, 3, date.isoformat(TODAY)))
        with pytest.raises(ShopUnclear):
            _imported(session, cast, DELIVERIES_IMPORTER, content)
        soap.kind = "voucher"
        session.flush()
        verdict = _imported(session, cast, DELIVERIES_IMPORTER, content, place=str(stage.shop_id))
        assert _sent_back(verdict) == [(2, "name", "voucher_codes")]
