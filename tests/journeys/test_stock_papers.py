"""Papers about stock through HTTP: goods in line by line, batches, write-offs, transfers, a stocktake, vouchers, prices, labels, files."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from store.catalogue.models import Product, ProductBarcode
from store.lists import runner
from store.lists.models import ListFile
from store.stock.models import StockBatch
from store.stock.paper_models import Stocktake, StockTransfer, WriteOff
from tests.cast import Cast
from tests.store.stage import COUNTY_TIME, SOAP, TOWEL, Stage, give_points, sell, set_the_stage
from tests.store.stock.papers import agree
from timebank.clock import now
from timebank.db import Database
from timebank.house import House
from timebank.members import groups
from timebank.orgs.models import Organisation

Browser = Callable[[str], FlaskClient]
CARTON = "16901234567899"


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop, and people with points."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
    return found


def _key(page: str) -> str:
    found = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _day(days: int) -> str:
    return (now().astimezone(COUNTY_TIME).date() + timedelta(days=days)).isoformat()


def test_goods_come_in_line_by_line_with_carton_batch_and_thanks(
    client_as: Browser, database: Database, stage: Stage
) -> None:
    boss, attendant = client_as("administrator"), client_as("attendant")
    sent = boss.post(f"/products/{stage.soap_id}/barcodes", data={"barcode": CARTON, "units": "12"})
    assert sent.status_code == 302
    again = boss.post(f"/products/{stage.towel_id}/barcodes", data={"barcode": CARTON, "units": "6"})
    assert "香皂" in again.get_data(as_text=True)
    where = f"/shops/{stage.shop_id}/stock/in"
    first = {
        "key": _key(attendant.get(where).get_data(as_text=True)),
        "written": CARTON,
        "quantity": "2",
        "kind": "donation",
        "source": "县慈善会",
        "restriction": "给低保户",
        "best_before": _day(20),
        "batch_code": "A1",
        "unit_cost": "3.50",
    }
    answer = attendant.post(where, data=first)
    assert answer.status_code == 302
    number = re.search(r"receipt=(\d+)", answer.location)
    assert number is not None
    page = attendant.get(answer.location).get_data(as_text=True)
    assert "+24" in page
    second = {"key": _key(page), "written": TOWEL, "quantity": "3"}
    for _press in range(2):
        assert attendant.post(f"{where}?receipt={number[1]}", data=second).status_code == 302
    assert attendant.post(where, data=first | {"best_before": "2027-02-29"}).status_code == 200
    with database.reading() as session:
        assert agree(session, stage.shop_id, stage.soap_id) == 34
        assert agree(session, stage.shop_id, stage.towel_id) == 8
        batch = session.scalars(select(StockBatch).where(StockBatch.code == "A1")).one()
        assert (batch.left, str(batch.best_before)) == (24, _day(20))
    paper = attendant.get(f"/receipts/{number[1]}").get_data(as_text=True)
    assert "给低保户" in paper
    thanks = attendant.get(f"/receipts/{number[1]}/print").get_data(as_text=True)
    assert "感谢" in thanks
    assert "县慈善会" in thanks
    assert "A1" in attendant.get(f"/shops/{stage.shop_id}/stock/batches").get_data(as_text=True)
    for address in ("receipts", "receipts?kind=donation", "stock", "stock/batches?all=1", "stock/movements"):
        assert attendant.get(f"/shops/{stage.shop_id}/{address}").status_code == 200


def test_a_dear_write_off_waits_for_a_colleague(client_as: Browser, database: Database, stage: Stage) -> None:
    attendant = client_as("attendant")
    where = f"/shops/{stage.shop_id}/stock/off"
    page = attendant.get(f"{where}?product={stage.haircut_id}").get_data(as_text=True)
    words = {"key": _key(page), "written": "理发一次", "quantity": "3", "note": "师傅不来了", "batch": ""}
    cheap = words | {"quantity": "1", "key": "cheap"}
    with database.transaction() as session:
        session.get_one(Product, stage.haircut_id).price_points *= 2
    assert attendant.post(where, data=words).status_code == 302
    assert attendant.post(where, data=cheap).status_code == 302
    with database.reading() as session:
        papers = session.scalars(select(WriteOff).order_by(WriteOff.id)).all()
        assert [paper.status for paper in papers] == ["waiting", "booked"]
        waiting = papers[0].id
    listed = f"/shops/{stage.shop_id}/write-offs?waiting=1"
    assert "等第二个人确认" in attendant.get(listed).get_data(as_text=True)
    assert attendant.post(f"/write-offs/{waiting}/approve").status_code == 403
    boss = client_as("administrator")
    # One was written off meanwhile: three are not there any more.
    assert boss.post(f"/write-offs/{waiting}/approve").status_code == 409
    assert boss.post(f"/write-offs/{waiting}/refuse").status_code == 302
    with database.reading() as session:
        assert agree(session, stage.shop_id, stage.haircut_id) == 2


def test_a_transfer_is_counted_in_by_the_other_shop(
    client_as: Browser, database: Database, stage: Stage
) -> None:
    attendant = client_as("attendant")
    where = f"/shops/{stage.shop_id}/transfers/new"
    words = {
        "key": _key(attendant.get(where).get_data(as_text=True)),
        "to_shop": str(stage.second_shop_id),
        "goods": f"{SOAP}\n{SOAP}\n毛巾 2",
    }
    answer = attendant.post(where, data=words)
    assert answer.status_code == 302
    page = attendant.get(answer.location).get_data(as_text=True)
    assert "在途" in page
    fields = re.findall(r'name="(line\d+)" value="(\d+)"', page)
    assert sorted(int(units) for _name, units in fields) == [2, 2]
    with database.reading() as session:
        sent = session.scalars(select(StockTransfer)).one().id
    data = {name: "1" for name, _units in fields}
    assert attendant.post(f"/transfers/{sent}/receive", data=data).status_code == 302
    assert attendant.post(f"/transfers/{sent}/receive", data=data).status_code == 409
    assert "−1" in attendant.get(f"/transfers/{sent}").get_data(as_text=True)
    paper = attendant.get(f"/transfers/{sent}/print").get_data(as_text=True)
    assert all(f"<dt>{one}</dt>" in paper for one in ("调出超市", "调入超市"))
    assert "发货人：" in paper
    assert attendant.get(f"/shops/{stage.second_shop_id}/transfers").status_code == 200
    with database.reading() as session:
        assert agree(session, stage.second_shop_id, stage.soap_id) == 1


def test_a_shop_is_counted_while_it_sells_and_somebody_else_agrees(
    client_as: Browser, cast: Cast, database: Database, stage: Stage
) -> None:
    attendant, boss = client_as("attendant"), client_as("administrator")
    begun = attendant.post(f"/shops/{stage.shop_id}/stocktakes", data={"category": "", "note": ""})
    assert begun.status_code == 302
    assert attendant.post(f"/shops/{stage.shop_id}/stocktakes", data={"category": ""}).status_code == 200
    page = attendant.get(begun.location).get_data(as_text=True)
    assert "10" not in re.sub(r"<[^>]+>|\d{4}-\d\d-\d\d", "", page.split("split")[-1]), (
        "the book is not shown"
    )
    scan = {"key": _key(page), "written": SOAP, "quantity": ""}
    for _press in range(2):
        assert attendant.post(f"{begun.location}/scans", data=scan).status_code == 302
    more = scan | {"key": "eight more", "quantity": "8"}
    assert attendant.post(f"{begun.location}/scans", data=more).status_code == 302
    wrong = attendant.post(f"{begun.location}/scans", data=scan | {"key": "x", "quantity": "viele"})
    assert wrong.status_code == 200
    with database.transaction() as session:
        goods = {stage.soap_id: 1}
        sell(session, stage.shop_id, cast.volunteer, goods, key="s" * 20, by=cast.attendant.actor, at=now())
    assert attendant.post(f"{begun.location}/submit").status_code == 302
    assert attendant.post(f"{begun.location}/approve").status_code == 403
    assert "−1" in boss.get(begun.location).get_data(as_text=True)
    assert boss.post(f"{begun.location}/approve").status_code == 302
    assert boss.post(f"{begun.location}/approve").status_code == 409
    # A person signs there, not a way of agreeing.
    assert "确认人：" in boss.get(f"{begun.location}/print").get_data(as_text=True)
    with database.reading() as session:
        assert session.scalars(select(Stocktake)).one().status == "approved"
        assert agree(session, stage.shop_id, stage.soap_id) == 8


def test_voucher_codes_are_made_and_taken_in(
    client_as: Browser, cast: Cast, database: Database, stage: Stage
) -> None:
    with database.transaction() as session:
        session.get_one(Product, stage.haircut_id).kind = "goods"
        towel = session.get_one(Product, stage.towel_id)
        ticket = Product(
            organisation_id=cast.county_id,
            name="理发券",
            sort_name="li fa quan",
            initials="lfq",
            category="服务",
            kind="voucher",
            unit="张",
            price_points=towel.price_points,
            created_at=now(),
        )
        session.add(ticket)
        session.flush()
        where = f"/shops/{stage.shop_id}/vouchers/{ticket.id}"
    attendant = client_as("attendant")
    page = attendant.get(where).get_data(as_text=True)
    assert attendant.post(where, data={"key": _key(page), "codes": "AAAA-1\nAAAA-1"}).status_code == 200
    assert attendant.post(where, data={"key": _key(page), "codes": "", "count": "5"}).status_code == 302
    with database.reading() as session:
        assert agree(session, stage.shop_id, ticket.id) == 5


def test_prices_limits_and_concessions_are_set_on_one_page(
    client_as: Browser, cast: Cast, database: Database, stage: Stage
) -> None:
    boss, where = client_as("administrator"), f"/products/{stage.soap_id}"
    with database.transaction() as session:
        county = session.get_one(Organisation, cast.county_id)
        group = groups.name_group(
            session, organisation=county, name="低收入户", description="", from_age=None, at=now()
        )
    concession = {
        "group": str(group.id),
        "price": "2",
        "funder": str(cast.county_id),
        "valid_from": _day(0),
        "valid_until": "",
    }
    for path, words in (
        ("prices", {"price": "25", "valid_from": _day(30)}),
        ("concessions", concession),
        ("limits", {"units": "2", "period": "month", "counted_for": "household"}),
    ):
        assert boss.post(f"{where}/{path}", data=words).status_code == 302
    for path, wrong in (
        ("prices", {"price": "25", "valid_from": _day(-1)}),
        ("concessions", concession | {"price": "20"}),
        ("limits", {"units": "0", "period": "month", "counted_for": "household"}),
    ):
        assert "field-error" in boss.post(f"{where}/{path}", data=wrong).get_data(as_text=True)
    page = boss.get(f"{where}/prices").get_data(as_text=True)
    for words in ("低收入户", "每户", "每月", _day(30), "25"):
        assert words in page
    ended = re.search(r"/limits/\d+/end", page)
    assert ended is not None
    assert boss.post(ended[0]).status_code == 302
    held = re.search(r"/concessions/\d+/end", page)
    assert held is not None
    assert boss.post(held[0]).status_code == 302
    limit = {"category": "日化", "units": "5", "period": "week", "counted_for": "person"}
    assert boss.post("/limits", data=limit | {"organisation": str(cast.county_id)}).status_code == 302
    assert "日化" in boss.get("/limits").get_data(as_text=True)


def test_labels_are_printed_and_the_scanner_is_tested(
    client_as: Browser, database: Database, stage: Stage
) -> None:
    attendant, where = client_as("attendant"), f"/shops/{stage.shop_id}"
    assert attendant.get(f"{where}/labels").status_code == 200
    sheet = attendant.get(f"{where}/labels/print?product={stage.soap_id}").get_data(as_text=True)
    assert SOAP in sheet
    assert TOWEL not in sheet
    codes = attendant.get(f"{where}/labels/print?only=codes").get_data(as_text=True)
    assert codes.count("<svg") >= 2
    assert "无条码" not in codes
    test_code = re.search(
        r'<p class="num">(\d{13})</p>', attendant.get(f"{where}/scanner").get_data(as_text=True)
    )
    assert test_code is not None
    said = attendant.post(f"{where}/scanner", data={"written": test_code[1]}).get_data(as_text=True)
    assert "扫码枪正常" in said
    assert "香皂" in attendant.post(f"{where}/scanner", data={"written": SOAP}).get_data(as_text=True)
    broken = attendant.post(f"{where}/scanner", data={"written": SOAP[:-1]}).get_data(as_text=True)
    assert "不是完整的条码" in broken


def test_every_list_is_taken_along_with_names_and_without_formulas(
    client_as: Browser, cast: Cast, database: Database, stage: Stage
) -> None:
    with database.transaction() as session:
        session.get_one(Product, stage.soap_id).name = "=1+1香皂"
    attendant, where = client_as("attendant"), f"/shops/{stage.shop_id}/lists"
    for kind in (
        "stock",
        "products",
        "batches",
        "movements",
        "receipts",
        "write_offs",
        "transfers",
        "stocktakes",
    ):
        answer = attendant.post(f"{where}/{kind}", data={"form": "csv", "all": "1"}, follow_redirects=True)
        assert answer.status_code == 200, kind
        rows = list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))
        assert not any(cell.startswith("=") for row in rows for cell in row)
        assert kind not in ("stock", "movements", "receipts") or len(rows) > 1
    answer = attendant.post(f"{where}/stock", data={"form": "xlsx"}, follow_redirects=True)
    sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).active
    assert sheet is not None
    assert "'=1+1香皂" in {row[0].value for row in sheet.iter_rows()}
    assert attendant.post(f"{where}/nothing", data={"form": "csv"}).status_code == 404


def test_a_long_list_is_written_by_the_queue_and_can_be_cancelled(
    client_as: Browser, database: Database, stage: Stage, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.lists.views.ROWS_AT_ONCE", 1)
    attendant = client_as("attendant")
    house: House = app.extensions["timebank"]
    asked = attendant.post(f"/shops/{stage.shop_id}/lists/movements", data={"form": "csv"})
    page = attendant.get(asked.location).get_data(as_text=True)
    assert "0" in page
    assert attendant.get(f"{asked.location}/file").status_code == 409
    with database.reading() as session:
        first = session.scalars(select(ListFile.id)).one()
    runner.run(house, {"file_id": first})
    assert attendant.get(f"{asked.location}/file").status_code == 200
    assert client_as("administrator").get(asked.location).status_code == 404
    other = attendant.post(f"/shops/{stage.shop_id}/lists/stock", data={"form": "csv"})
    assert attendant.post(f"{other.location}/cancel").status_code == 302
    with database.reading() as session:
        second = session.scalars(select(ListFile.id).order_by(ListFile.id.desc())).first()
    runner.run(house, {"file_id": second})
    with database.reading() as session:
        files = session.scalars(select(ListFile).order_by(ListFile.id)).all()
        assert [(file.status, file.rows_done) for file in files] == [("done", 3), ("cancelled", 0)]
        assert session.scalar(select(ProductBarcode.units).where(ProductBarcode.barcode == SOAP)) == 1
