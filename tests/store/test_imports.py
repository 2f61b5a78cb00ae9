"""The county's register of goods: products on the county's list, opening stock on one shop's shelf."""

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.catalogue.errors import ShopUnclear
from store.catalogue.models import Product, Shop
from store.catalogue.queries import scanned_units
from store.imports import GOODS_IMPORTER
from store.settlement import service as settlement
from store.stock.models import StockBatch, StockMovement
from tests.cast import NOON, Cast
from tests.store.stage import Stage
from timebank.access.actors import system_actor
from timebank.books.queries import shelf_quantities
from timebank.db import Database
from timebank.imports.headers import GOODS
from timebank.imports.importers import ImportContext
from timebank.imports.judges.verdicts import Verdict
from timebank.imports.sheets import read_sheets
from timebank.imports.tables import find_table
from timebank.orgs.models import Organisation

ROWS = (
    ("商品名称", "分类", "条码", "兑换积分", "库存", "单位"),
    ("洗衣液2kg", "日化", 6900000102886, 60, 18, "件"),
    ("理发一次", "服务", None, 60, 31, "次"),
    ("笔记本", "文化用品", "6900002167708", 8, 0, "本"),
)


def _file(tmp_path: Path) -> bytes:
    book = Workbook()
    assert book.active is not None
    for line in ROWS:
        book.active.append(line)
    book.save(tmp_path / "goods.xlsx")
    return (tmp_path / "goods.xlsx").read_bytes()


def _imported(
    session: Session, cast: Cast, content: bytes, *, place: str | None = None, run: int = 1
) -> Verdict[object]:
    context = ImportContext(system_actor(), NOON, ZoneInfo("Asia/Shanghai"), cast.keyring, run, place)
    table = find_table(read_sheets(content), GOODS)
    verdict = GOODS_IMPORTER.judge(session, table, context)
    fresh = [row for row in verdict.accepted if row.existing_id is None]
    GOODS_IMPORTER.create(session, fresh, context, lambda _done: None)
    return verdict


def test_a_register_of_goods_fills_no_merchants_counter(
    database: Database, cast: Cast, stage: Stage, tmp_path: Path
) -> None:
    with database.transaction() as session:
        station = session.get_one(Organisation, cast.station_id)
        merchant = settlement.open_merchant(session, house=station, name="老张理发店", at=NOON)
        with pytest.raises(ShopUnclear):
            _imported(session, cast, _file(tmp_path), place=str(merchant.shop_id))


def test_goods_go_onto_the_countys_list_and_one_shops_shelf(
    database: Database, cast: Cast, stage: Stage, tmp_path: Path
) -> None:
    with database.transaction() as session:
        _imported(session, cast, _file(tmp_path), place="东风二店")
        listed = session.scalars(select(Product).where(Product.name == "笔记本")).one()
        assert listed.organisation_id == cast.county_id
        units = shelf_quantities(session, stage.second_shop_id)
        names = {session.get_one(Product, product_id).name: count for product_id, count in units.items()}
        # The haircut is on the county's list already, so the file's row is nothing new.
        assert names == {"洗衣液2kg": 18}


def test_the_same_file_twice_changes_nothing(
    database: Database, cast: Cast, stage: Stage, tmp_path: Path
) -> None:
    content = _file(tmp_path)
    with database.transaction() as session:
        _imported(session, cast, content, place=str(stage.shop_id))
    with database.transaction() as session:
        before = [session.scalar(select(func.count(model.id))) for model in (Product, StockMovement)]
        verdict = _imported(session, cast, content, place=str(stage.shop_id), run=2)
        assert [row.existing_id is not None for row in verdict.accepted] == [True] * 3
        assert before == [session.scalar(select(func.count(model.id))) for model in (Product, StockMovement)]


@pytest.mark.parametrize("place", [None, "没有这家店"])
def test_with_several_shops_it_must_be_said_which(
    database: Database, cast: Cast, stage: Stage, tmp_path: Path, place: str | None
) -> None:
    content = _file(tmp_path)
    with database.transaction() as session, pytest.raises(ShopUnclear):
        _imported(session, cast, content, place=place)


def test_a_county_without_a_shop_gets_its_first_one(database: Database, cast: Cast, tmp_path: Path) -> None:
    with database.transaction() as session:
        # The other county is elsewhere; here it would only make unclear which one is meant.
        other = session.get_one(Organisation, cast.other_county_id)
        other.parent_id = cast.county_id
        session.flush()
        _imported(session, cast, _file(tmp_path))
        shop = session.scalars(select(Shop)).one()
        assert (shop.name, shop.organisation_id) == ("爱心超市", cast.county_id)
        assert sorted(shelf_quantities(session, shop.id).values()) == [18, 31]
        kinds = [product.kind for product in session.scalars(select(Product).order_by(Product.id))]
        assert kinds == ["goods", "service", "goods"]


def test_cartons_batches_last_days_and_values_come_in_with_the_goods(
    database: Database, cast: Cast, stage: Stage, tmp_path: Path
) -> None:
    book = Workbook()
    assert book.active is not None
    for line in (
        ("商品名称", "条码", "兑换积分", "库存", "箱码", "箱装数", "保质期至", "批号", "进价"),
        ("牛奶", "6900000102886", 5, 24, "16901234567899", 12, "2028-02-29", "L7", "￥2.50"),
        ("旧饼干", None, 5, 3, None, None, "2020-01-01", None, None),
        ("闰日", None, 5, 3, None, None, "2027-02-29", None, None),
        ("糖", None, 5, 3, None, None, None, None, "=1+1"),
    ):
        book.active.append(line)
    book.save(tmp_path / "more.xlsx")
    with database.transaction() as session:
        verdict = _imported(session, cast, (tmp_path / "more.xlsx").read_bytes(), place="东风二店")
        assert len(verdict.accepted) == 1
        shop = session.get_one(Shop, stage.second_shop_id)
        milk, units = scanned_units(session, shop, "16901234567899")
        assert (milk.name, units) == ("牛奶", 12)
        batch = session.scalars(select(StockBatch).where(StockBatch.product_id == milk.id)).one()
        assert (batch.left, str(batch.best_before), batch.code, batch.unit_cost) == (
            24,
            "2028-02-29",
            "L7",
            Decimal("2.50"),
        )
