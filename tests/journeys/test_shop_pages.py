"""The shop's other pages through HTTP: who may see what, goods in and out, receipts, returns, lists and files."""

import csv
import re
from collections.abc import Callable
from io import BytesIO, StringIO

import openpyxl
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import select

from store.catalogue.models import Product
from store.orders.models import Order
from tests.cast import Cast
from tests.store.stage import SOAP, Stage, give_points, sell, set_the_stage
from timebank.audit.models import AuditEntry
from timebank.books.proofs import proof_word
from timebank.books.queries import points_balance, shelf_quantity
from timebank.clock import now
from timebank.db import Database
from timebank.members.models import Member

Browser = Callable[[str], FlaskClient]


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop, and people with points."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        give_points(session, cast.neighbour, 50, record_id=2)
    return found


@pytest.fixture
def order(database: Database, cast: Cast, stage: Stage) -> Order:
    """Two soaps and a towel for the volunteer, a moment ago."""
    with database.transaction() as session:
        goods = {stage.soap_id: 2, stage.towel_id: 1}
        return sell(
            session, stage.shop_id, cast.volunteer, goods, key="k" * 20, by=cast.attendant.actor, at=now()
        ).order


def test_a_volunteer_sees_what_suffices_and_what_is_short(client_as: Browser, stage: Stage) -> None:
    page = client_as("neighbour").get(f"/catalogue?shop={stage.shop_id}").get_data(as_text=True)
    cards = dict(zip(re.findall(r"<h2><a[^>]*>([^<]+)</a></h2>", page), page.split("<h2>")[1:], strict=True))
    assert "够兑换" in cards["香皂"]
    assert "还差 10" in cards["理发一次"]
    empty = client_as("neighbour").get(f"/catalogue?shop={stage.second_shop_id}").get_data(as_text=True)
    assert "已兑完" in empty
    assert "够兑换" not in empty


def test_an_administrator_opens_a_shop_and_lists_a_product_with_its_picture(
    client_as: Browser, cast: Cast, database: Database
) -> None:
    browser = client_as("administrator")
    shop = {"organisation": cast.station_id, "name": "新店", "address": "西街 1 号", "opening_hours": "9–17"}
    assert browser.post("/shops/new", data=shop).status_code == 302
    assert browser.post("/shops/new", data=shop).status_code == 200
    picture = BytesIO()
    Image.new("RGB", (1000, 500), "red").save(picture, "PNG")
    product = {
        "organisation": cast.county_id,
        "name": "象棋",
        "category": "文化用品",
        "kind": "goods",
        "price": "１０",
        "unit": "副",
        "barcode": "6900002666157",
        "low_stock": "3",
        "picture": (BytesIO(picture.getvalue()), "棋.png"),
    }
    answer = browser.post("/products/new", data=product, content_type="multipart/form-data")
    assert answer.status_code == 302
    shown = browser.get(f"{answer.headers['Location']}/picture")
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with database.reading() as session:
        assert session.scalars(select(Product.price_points)).one() == 10


def test_a_wrong_check_digit_is_said_beside_the_field(client_as: Browser, cast: Cast) -> None:
    product = {
        "organisation": cast.county_id,
        "name": "象棋",
        "category": "文化用品",
        "kind": "goods",
        "price": "10",
        "unit": "副",
        "low_stock": "3",
    }
    page = client_as("administrator").post("/products/new", data=product | {"barcode": "6900002666158"})
    assert 'id="barcode-error"' in page.get_data(as_text=True)
    page = client_as("administrator").post("/products/new", data=product | {"price": "免费"})
    assert 'id="price-error"' in page.get_data(as_text=True)


def test_goods_come_in_and_are_written_off_by_plain_forms(
    client_as: Browser, database: Database, stage: Stage
) -> None:
    browser = client_as("attendant")
    base = f"/shops/{stage.shop_id}/stock"

    def units() -> int:
        with database.reading() as session:
            return shelf_quantity(session, stage.shop_id, stage.soap_id)

    came = {"key": "a" * 24, "written": SOAP, "quantity": "１２", "kind": "donation", "source": "王记"}
    assert browser.post(f"{base}/in", data=came).status_code == 302
    assert browser.post(f"{base}/in", data=came).status_code == 302
    assert units() == 22
    assert (
        browser.post(f"{base}/off", data={"key": "b" * 24, "written": "香皂", "quantity": "2"}).status_code
        == 200
    )
    assert (
        browser.post(
            f"{base}/off", data={"key": "b" * 24, "written": "xz", "quantity": "2", "note": "受潮"}
        ).status_code
        == 302
    )
    assert units() == 20
    page = browser.get(f"{base}/movements").get_data(as_text=True)
    assert all(word in page for word in ("王记", "受潮", "−2", "+12"))
    assert 'id="written-error"' in browser.post(
        f"{base}/in", data=came | {"written": "6900000000007"}
    ).get_data(as_text=True)
    assert 'id="quantity-error"' in browser.post(f"{base}/in", data=came | {"quantity": "many"}).get_data(
        as_text=True
    )


def _qr_picture(page: str) -> Image.Image:
    """The page's QR code as a printer would draw it."""
    svg = re.search(
        r'<div class="receipt-qr".*?viewBox="0 0 (\d+) \d+".*?<path fill="#000" d="([^"]+)"', page, re.DOTALL
    )
    assert svg
    size, scale = int(svg.group(1)), 6
    image = Image.new("L", (size * scale, size * scale), 255)
    draw = ImageDraw.Draw(image)
    for left, top, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg.group(2)):
        x, y, width = int(left), int(top), int(length)
        draw.rectangle((x * scale, y * scale, (x + width) * scale - 1, (y + 1) * scale - 1), fill=0)
    return image


def test_the_receipts_qr_leads_to_a_page_on_which_anybody_can_check_it(
    app: Flask, client: FlaskClient, client_as: Browser, cast: Cast, order: Order
) -> None:
    page = client_as("attendant").get(f"/orders/{order.id}/receipt").get_data(as_text=True)
    with app.extensions["timebank"].database.reading() as session:
        assert proof_word(session, order.transaction_id) in page
    read = zxingcpp.read_barcodes(_qr_picture(page))
    assert [code.text for code in read] == [f"http://127.0.0.1:8000/r/{order.receipt_token}"]
    checked = client.get(read[0].text.removeprefix("http://127.0.0.1:8000"))
    text = checked.get_data(as_text=True)
    assert checked.status_code == 200
    assert "小票属实" in text
    assert "47.50" in text
    assert "东风爱心超市" in text
    for secret in (cast.volunteer.name, cast.volunteer.number, cast.volunteer.phone, "香皂"):
        assert secret not in text


def test_a_receipt_for_a_sale_that_is_not_in_the_database_is_not_genuine(
    client: FlaskClient, order: Order
) -> None:
    for word in ("x" * 22, order.receipt_token[:-1], str(order.id), order.basket_key):
        assert client.get(f"/r/{word}").status_code == 404


def test_only_the_sellers_fresh_receipt_is_an_original(
    client_as: Browser, database: Database, order: Order
) -> None:
    def marked(browser: FlaskClient, query: str = "") -> bool:
        return "receipt-mark" in browser.get(f"/orders/{order.id}/receipt{query}").get_data(as_text=True)

    seller = client_as("attendant")
    # Looking at it is no printing: what is not on record says that it is a copy.
    for browser in (seller, client_as("volunteer"), client_as("auditor")):
        assert marked(browser)
    first = seller.post(f"/orders/{order.id}/reprint", data={"paper": "58"})
    assert not marked(seller, "?" + first.headers["Location"].partition("?")[2])
    again = seller.post(f"/orders/{order.id}/reprint", data={"paper": "58"}, follow_redirects=True)
    assert "receipt-mark" in again.get_data(as_text=True)
    assert "paper-receipt-58" in again.get_data(as_text=True)
    with database.reading() as session:
        assert "order.receipt_reprinted" in session.scalars(select(AuditEntry.action)).all()


def _return_form(page: str) -> tuple[str, list[str]]:
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert key
    return key.group(1), re.findall(r'name="(line-\d+)"', page)


def test_goods_come_back_through_the_page_and_the_receipt_says_so(
    client: FlaskClient, client_as: Browser, *, database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    browser, address = client_as("attendant"), f"/orders/{order.id}/return"
    assert (
        browser.post(f"/shops/{stage.shop_id}/counter/open", data={"key": "a-shift-of-this-test"}).status_code
        == 303
    )
    key, lines = _return_form(browser.get(address).get_data(as_text=True))
    form = {"key": key, lines[0]: "1", lines[1]: "", "reason": "破损"}
    assert browser.post(address, data=form).status_code == 302
    assert browser.post(address, data=form).status_code == 302
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 72.5
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 9
    assert "部分商品已退回" in client.get(f"/r/{order.receipt_token}").get_data(as_text=True)
    key, lines = _return_form(browser.get(address).get_data(as_text=True))
    too_many = browser.post(address, data={"key": key, lines[0]: "2", "reason": "破损"})
    assert "最多还能退 1 件" in too_many.get_data(as_text=True)
    for wrong in ({lines[0]: "x"}, {}, {lines[0]: "1", "reason": " "}):
        assert browser.post(address, data={"key": key, "reason": "破损"} | wrong).status_code == 200
    browser.post(address, data={"key": key, lines[0]: "1", lines[1]: "1", "reason": "破损"})
    assert "全部退回" in client.get(f"/r/{order.receipt_token}").get_data(as_text=True)


def test_the_list_is_filtered_by_member_number_day_shop_and_state(
    client_as: Browser, cast: Cast, stage: Stage, order: Order
) -> None:
    browser = client_as("auditor")
    link = f'/orders/{order.id}"'
    for query in (
        "",
        "q=王桂兰",
        "q=wangguilan",
        f"q={cast.volunteer.number}",
        "q=1",
        f"shop={stage.shop_id}",
        "state=kept",
        "since=2020-01-01",
    ):
        assert link in browser.get(f"/orders?{query}").get_data(as_text=True), query
    for query in ("q=张建国", f"shop={stage.second_shop_id}", "state=returned", "until=2020-01-01"):
        assert link not in browser.get(f"/orders?{query}").get_data(as_text=True), query
    assert browser.get("/orders?since=yesterday").status_code == 422


def test_a_long_list_goes_on_in_pages(
    client_as: Browser, database: Database, cast: Cast, stage: Stage
) -> None:
    from store.catalogue.models import Shop
    from store.stock import service as stock

    with database.transaction() as session:
        give_points(session, cast.volunteer, 1000, record_id=9)
        shop, towel = session.get_one(Shop, stage.shop_id), session.get_one(Product, stage.towel_id)
        stock.receive(
            session,
            shop=shop,
            product=towel,
            quantity=99,
            kind="receipt",
            key="more",
            by=cast.attendant.actor,
            at=now(),
        )
        for turn in range(52):
            sell(
                session,
                stage.shop_id,
                cast.volunteer,
                {stage.towel_id: 1},
                key=f"{turn:020d}",
                by=cast.attendant.actor,
            )
    browser = client_as("attendant")
    first = browser.get("/orders").get_data(as_text=True)
    older = re.search(r'href="(/orders\?[^"]*before=[^"]+)" rel="next"', first)
    assert older
    second = browser.get(older.group(1).replace("&amp;", "&")).get_data(as_text=True)
    numbers = [re.findall(r'href="/orders/(\d+)"', page) for page in (first, second)]
    assert [len(found) for found in numbers] == [50, 2]
    assert not set(numbers[0]) & set(numbers[1])


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_exports_carry_names_and_nothing_that_a_spreadsheet_would_run(
    client_as: Browser, *, database: Database, cast: Cast, stage: Stage, order: Order, kind: str
) -> None:
    with database.transaction() as session:
        session.get_one(Member, cast.neighbour.member_id).name = '=HYPERLINK("http://example.invalid")'
        session.get_one(Product, stage.towel_id).name = "@SUM(A1)"
    with database.transaction() as session:
        sell(
            session, stage.shop_id, cast.neighbour, {stage.towel_id: 1}, key="n" * 20, by=cast.attendant.actor
        )
    answer = client_as("auditor").post("/orders/export", data={"kind": kind})
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["Content-Disposition"]
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
        assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
        rows = [[str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
    else:
        rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 4
    cells = {cell for line in rows[1:] for cell in line}
    assert {"王桂兰", "赵敏", "香皂", cast.volunteer.number} <= cells
    assert '\'=HYPERLINK("http://example.invalid")' in cells
    assert "'@SUM(A1)" in cells


def test_an_export_holds_what_the_filter_shows_and_is_in_the_trail(
    client_as: Browser, database: Database, order: Order
) -> None:
    answer = client_as("auditor").post("/orders/export", data={"kind": "csv", "q": "张建国"})
    assert len(answer.data.decode("utf-8-sig").splitlines()) == 1
    with database.reading() as session:
        assert "orders.exported" in session.scalars(select(AuditEntry.action)).all()
    assert client_as("auditor").post("/orders/export", data={"kind": "exe"}).status_code == 404
    assert client_as("volunteer").post("/orders/export", data={"kind": "csv"}).status_code == 403


def test_a_volunteer_finds_her_orders_with_their_receipts(client_as: Browser, order: Order) -> None:
    assert f'/orders/{order.id}/receipt"' in client_as("volunteer").get("/my/orders").get_data(as_text=True)
    assert "/receipt" not in client_as("neighbour").get("/my/orders").get_data(as_text=True)


@pytest.mark.parametrize(
    "address", ["/shops", "/products", "/catalogue", "/stock", "/counter", "/orders", "/my/orders"]
)
def test_pages_have_something_to_say_when_there_is_nothing(client_as: Browser, address: str) -> None:
    part = "volunteer" if address in ("/catalogue", "/my/orders") else "administrator"
    part = "attendant" if address == "/counter" else part
    answer = client_as(part).get(address)
    assert answer.status_code == 200
    assert 'class="empty"' in answer.get_data(as_text=True)
