"""The shop against long names, large files, an empty shelf, and choices that were never offered."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from store.catalogue.models import ConcessionPrice, Product, Shop
from store.counter.models import ZReport
from store.settlement.models import Merchant
from store.stock.paper_models import StockTransfer
from tests.cast import Cast, row
from tests.hours.stage import photo
from tests.journeys.test_roughly_handled import LONG_NAME, MEGABYTE, _sent
from tests.store.stage import COUNTY_TIME, SOAP, Stage, give_points, sell, set_the_stage
from timebank.clock import now
from timebank.db import Database
from timebank.members import groups
from timebank.orgs.models import Organisation

ClientAs = Callable[[str], FlaskClient]
LONG_PRODUCT, LONG_SHOP = "加厚洗衣液" * 12, "东风社区爱心超市" * 7


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop; the volunteer has points."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
    return found


def _merchant(client_as: ClientAs, database: Database, cast: Cast) -> tuple[int, int]:
    """A merchant of the county: its shop and its own organisation."""
    client_as("administrator").post(
        "/merchants/new", data={"name": "老张理发店", "house_id": str(cast.station_id)}
    )
    with database.reading() as session:
        found = session.scalars(select(Merchant)).one()
        return found.shop_id, found.organisation_id


def _choices(page: str, name: str) -> set[str]:
    """The values that a select field offers."""
    field = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S)
    assert field is not None
    return set(re.findall(r'<option[^>]*value="(\d+)"', field[0]))


def test_goods_are_sent_to_other_shops_of_the_house_and_to_nobody_else(
    client_as: ClientAs, database: Database, cast: Cast, stage: Stage
) -> None:
    merchant_shop, _place = _merchant(client_as, database, cast)
    attendant, where = client_as("attendant"), f"/shops/{stage.shop_id}/transfers/new"
    page = attendant.get(where).text
    assert _choices(page, "to_shop") == {str(stage.second_shop_id)}
    for forged in (merchant_shop, stage.other_shop_id, stage.shop_id, 999):
        words = {"key": f"a-forged-transfer-{forged:04d}", "to_shop": str(forged), "goods": SOAP}
        assert "field-error" in attendant.post(where, data=words).text
    with database.reading() as session:
        assert session.scalar(select(func.count(StockTransfer.id))) == 0


def test_a_concession_is_paid_by_an_organisation_of_the_county_no_team_and_no_merchant(
    client_as: ClientAs, database: Database, cast: Cast, stage: Stage
) -> None:
    _shop, merchant_place = _merchant(client_as, database, cast)
    with database.transaction() as session:
        county = session.get_one(Organisation, cast.county_id)
        group = groups.name_group(
            session, organisation=county, name="低收入户", description="", from_age=None, at=now()
        )
    boss, where = client_as("administrator"), f"/products/{stage.soap_id}"
    offered = _choices(boss.get(f"{where}/prices").text, "funder")
    assert offered == {str(one) for one in (cast.county_id, cast.subcentre_id, cast.station_id)}
    for forged in (cast.team_id, merchant_place, cast.other_county_id, 999):
        words = {
            "group": str(group.id),
            "price": "2",
            "funder": str(forged),
            "valid_from": f"{now():%Y-%m-%d}",
        }
        assert "field-error" in boss.post(f"{where}/concessions", data=words).text
    with database.reading() as session:
        assert session.scalar(select(func.count(ConcessionPrice.id))) == 0


def test_names_of_sixty_characters_stand_on_the_shops_pages_and_papers(
    client_as: ClientAs, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        row(session, cast.volunteer).name = LONG_NAME
        session.get_one(Product, stage.soap_id).name = LONG_PRODUCT
        session.get_one(Shop, stage.shop_id).name = LONG_SHOP
    attendant, volunteer, boss = client_as("attendant"), client_as("volunteer"), client_as("administrator")
    shop = f"/shops/{stage.shop_id}"
    attendant.post(f"{shop}/counter/open", data={"key": "a-shift-with-long-names"})
    with database.transaction() as session:
        order_id = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key="a-sale-with-long-names",
            by=cast.attendant.actor, at=now() - timedelta(minutes=1),
        ).order.id  # fmt: skip
    for page in (f"/orders/{order_id}", "/orders", f"{shop}/counter/done/{order_id}"):
        shown = attendant.get(page).text
        assert LONG_NAME in shown, page
    for page in (f"{shop}/counter", f"{shop}/stock", f"{shop}/labels/print", f"/orders/{order_id}/receipt"):
        assert LONG_PRODUCT in attendant.get(page).text, page
    assert LONG_PRODUCT in volunteer.get(f"/catalogue?shop={stage.shop_id}").text
    assert LONG_SHOP in volunteer.get("/my/orders").text
    day = f"{now().astimezone(COUNTY_TIME):%Y-%m-%d}"
    sheet = {"kind": "redemptions", "title": LONG_SHOP, "organisation_id": cast.county_id, "first_day": day, "last_day": day}  # fmt: skip
    shown = boss.post("/sheets/new", data=sheet | {"act": "preview"}).text
    assert "阿*" in shown
    assert LONG_NAME not in shown, "a public sheet masks a long name, too"


def test_ten_megabytes_are_refused_by_the_shops_uploads(
    client_as: ClientAs, database: Database, stage: Stage
) -> None:
    boss, where = client_as("administrator"), f"/products/{stage.soap_id}/edit"
    with database.reading() as session:
        found = session.get_one(Product, stage.soap_id)
        form: dict[str, object] = {
            "name": found.name, "category": found.category, "unit": found.unit, "kind": found.kind,
            "price_points": "20", "barcode": SOAP,
        }  # fmt: skip
    large = photo() + b"\0" * (10 * MEGABYTE)
    answer = _sent(boss, where, form | {"picture": FileStorage(BytesIO(large), "照片.jpg", "picture")})
    assert answer.status_code == 200
    assert "field-error" in answer.text
    huge = _sent(boss, where, form | {"picture": FileStorage(BytesIO(large * 2), "照片.jpg", "picture")})
    assert huge.status_code == 413
    assert "太大" in huge.text
    with database.reading() as session:
        assert session.get_one(Product, stage.soap_id).picture is None


def test_a_shop_without_goods_opens_counts_and_closes(
    client_as: ClientAs, database: Database, stage: Stage
) -> None:
    attendant, shop = client_as("attendant"), f"/shops/{stage.second_shop_id}"
    for page in ("counter", "stock", "stock/batches", "stock/movements", "receipts", "transfers", "stocktakes",
                 "write-offs", "labels", "labels/print", "labels/print?only=codes", "day-sheets", "reservations",
                 "appointments", "vouchers/use", "handouts"):  # fmt: skip
        address = f"/charity/{stage.second_shop_id}/handouts" if page == "handouts" else f"{shop}/{page}"
        assert attendant.get(address, follow_redirects=True).status_code in (200, 405), page
    for kind in ("stock", "batches", "movements", "receipts", "write_offs", "transfers", "stocktakes"):
        assert attendant.post(f"{shop}/lists/{kind}", data={"form": "csv"}).status_code in (200, 302, 303), (
            kind
        )
    attendant.post(f"{shop}/counter/open", data={"key": "a-shift-without-goods"})
    attendant.post(f"{shop}/shift/count", data={"key": "a-count-without-goods"})
    closed = attendant.post(f"{shop}/shift/close", data={}, follow_redirects=True)
    assert closed.status_code == 200
    with database.reading() as session:
        sheet = session.scalars(select(ZReport)).one()
        assert (sheet.number, sheet.figures["orders"], sheet.figures["units_out"]) == (1, 0, 0)
