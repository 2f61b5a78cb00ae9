"""Through the pages: a merchant's counter is opened, sells, is settled with and paid; donated goods are handed out."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from store.catalogue.models import Shop
from store.orders import returns
from store.orders.models import Order
from store.settlement.models import Merchant, SettlementContract
from tests.cast import Cast
from tests.store.settlement.stage import MARCH, drawn, rice_handed_out, set_up_trade, two_haircuts
from tests.store.stage import COUNTY_TIME, Stage, give_points, sell, set_the_stage
from timebank.access import service as access
from timebank.access.actors import Role, system_actor
from timebank.access.models import User
from timebank.access.queries import actor_of_user
from timebank.clock import now
from timebank.notices.models import Notice
from timebank.orgs.models import Organisation

ClientAs = Callable[[str], FlaskClient]
pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)


def _a_clerk_cuts_hair(app: Flask, cast: Cast, stage: Stage) -> None:
    """The neighbour is the merchant's attendant and sold one haircut yesterday."""
    with app.extensions["timebank"].database.transaction() as session:
        merchant = session.scalars(select(Merchant)).one()
        assert not session.get_one(Shop, merchant.shop_id).keeps_stock
        clerk = session.get_one(User, cast.neighbour.user_id)
        access.grant_role(
            session,
            user=clerk,
            role=Role.ATTENDANT,
            organisation_id=merchant.organisation_id,
            by=system_actor(),
            at=now(),
        )
        session.flush()
        behind = actor_of_user(session, clerk.id)
        assert behind is not None
        goods, before = {stage.haircut_id: 1}, now() - timedelta(days=1)
        sell(session, merchant.shop_id, cast.volunteer, goods, key="cut-0000000000001", by=behind, at=before)


def _says_what_it_pays_for(clerk: FlaskClient, page: str) -> None:
    """The merchant's page and file name the amount, the receipt and what was handed out."""
    shown = clerk.get(page).get_data(as_text=True)
    assert "6.30" in shown
    assert "理发一次" in shown
    taken = clerk.post(f"{page}/file", data={"form": "csv"}).get_data(as_text=True)
    assert "已发放,老张理发店,1,,理发一次,1,60.00" in taken


def test_a_merchant_from_the_first_form_to_the_payment(app: Flask, client_as: ClientAs, cast: Cast) -> None:
    database, house = app.extensions["timebank"].database, client_as("administrator")
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100)
    opened = house.post("/merchants/new", data={"name": "老张理发店", "house_id": str(cast.station_id)})
    assert opened.status_code == 302
    yesterday = now().astimezone(COUNTY_TIME).date() - timedelta(days=1)
    with database.reading() as session:
        merchant_id, own_id = session.execute(select(Merchant.id, Merchant.organisation_id)).one()
    assert opened.headers["Location"] == f"/merchants/{merchant_id}/products"
    assert "香皂" in house.get(opened.headers["Location"]).get_data(as_text=True)
    assert house.post(opened.headers["Location"], data={"product": [stage.haircut_id]}).status_code == 302
    assert "今天没有合同" in house.get("/settlements").get_data(as_text=True)
    terms = {
        "merchant": str(merchant_id),
        "house_id": str(cast.station_id),
        "party_id": str(own_id),
        "number": "商 1",
        "rate": "0.105",
        "first_day": (yesterday - timedelta(days=30)).isoformat(),
        "last_day": (yesterday + timedelta(days=300)).isoformat(),
    }
    assert "四位小数" in house.post(
        f"/merchants/contracts/new?merchant={merchant_id}", data={**terms, "rate": "x"}
    ).get_data(as_text=True)
    signed = house.post(f"/merchants/contracts/new?merchant={merchant_id}", data=terms)
    assert signed.status_code == 302, signed.get_data(as_text=True)
    assert "理发一次" in house.get(signed.headers["Location"]).get_data(as_text=True)
    assert "今天没有合同" not in house.get("/settlements").get_data(as_text=True)
    _a_clerk_cuts_hair(app, cast, stage)
    period = {"first_day": yesterday.isoformat(), "last_day": yesterday.isoformat()}
    contract = signed.headers["Location"].replace("/settlements/contracts/", "")
    drawn = house.post(f"/settlements/contracts/{contract}/draw", data=period)
    assert drawn.status_code == 302, drawn.get_data(as_text=True)
    page = drawn.headers["Location"]
    with database.reading() as session:
        told = select(Notice.kind).where(Notice.member_id == cast.neighbour.member_id)
        assert "settlement.drawn" in session.scalars(told).all()
    _says_what_it_pays_for(client_as("neighbour"), page)
    assert house.get(f"{page}/pay").status_code == 200
    early = {"reference": "B-1", "paid_on": yesterday.isoformat()}
    assert "双方都确认" in house.post(f"{page}/pay", data=early).get_data(as_text=True)
    assert client_as("neighbour").post(f"{page}/confirm", data={"side": "house"}).status_code == 403
    assert client_as("neighbour").post(f"{page}/confirm", data={"side": "party"}).status_code == 302
    assert house.post(f"{page}/confirm", data={"side": "house"}).status_code == 302
    assert "商 1" in house.get(f"{page}/sheet").get_data(as_text=True)
    assert house.post(f"{page}/pay", data=early).status_code == 302
    assert "双方都确认" in house.post(f"{page}/pay", data=early).get_data(as_text=True)
    assert "已付款" in house.get("/settlements").get_data(as_text=True)


def test_a_contract_that_ended_with_something_brought_back_is_loud_until_it_is_settled(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    database, house = app.extensions["timebank"].database, client_as("administrator")
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        for serial, person in enumerate((cast.volunteer, cast.neighbour)):
            give_points(session, person, 100, record_id=9300 + serial)
        trade = set_up_trade(session, cast, stage)
        two_haircuts(session, cast, stage, trade)
        contract = session.get_one(SettlementContract, trade.contract_id)
        contract.last_day = MARCH[1]
        drawn(session, cast, trade.contract_id)
    url = f"/settlements/contracts/{trade.contract_id}"
    assert "尚未结清" not in house.get("/settlements").get_data(as_text=True)
    ended = house.get(url).get_data(as_text=True)
    assert "出具结算单" not in ended
    assert "终止合同" not in ended, "an ended contract cannot be ended again"
    with database.transaction() as session:
        order = session.scalars(select(Order).where(Order.member_id == cast.volunteer.member_id)).one()
        returns.take_back(
            session,
            order=order,
            return_key="came-back-late-0001",
            quantities={order.lines[0].id: 1},
            reason="没理成",
            by=trade.clerk,
            at=now() - timedelta(days=2),
        )
        houses = [session.get_one(Organisation, one).name for one in (cast.station_id, cast.county_id)]
        drawn(session, cast, trade.funding_id)
    index = house.get("/settlements").get_data(as_text=True)
    for name in houses:
        assert f'编号1</a> <span class="muted">{name}</span>' in index, (
            "each house numbers its own statements"
        )
    for page in ("/settlements", url):
        assert "尚未结清" in house.get(page).get_data(as_text=True)
    yesterday = now().astimezone(COUNTY_TIME).date() - timedelta(days=1)
    days = {"first_day": "2026-04-01", "last_day": yesterday.isoformat()}
    closing = house.post(f"{url}/draw", data=days)
    assert closing.status_code == 302, closing.get_data(as_text=True)
    shown = house.get(closing.headers["Location"]).get_data(as_text=True)
    assert "商户应退还" in shown
    assert "6.30" in shown
    assert "退回" in house.get(closing.headers["Location"] + "/sheet").get_data(as_text=True)
    assert "尚未结清" not in house.get("/settlements").get_data(as_text=True)


def test_donated_goods_go_to_a_neighbour_and_hang_out_masked(
    app: Flask, client: FlaskClient, client_as: ClientAs, cast: Cast
) -> None:
    with app.extensions["timebank"].database.transaction() as session:
        stage = set_the_stage(session, cast)
        rice_handed_out(session, cast, stage)
    desk, url = client_as("attendant"), f"/charity/{stage.shop_id}"
    page = desk.get(url).get_data(as_text=True)
    assert "红星小学" in page
    units = re.findall(r'name="(units-\d+)"', page)[0]
    key = re.findall(r'name="key"[^>]*value="([^"]+)"', page)[0]
    nobody = desk.post(f"{url}/handouts", data={"key": key, units: "1", "reason": "困难"})
    assert "姓名和住址" in nobody.get_data(as_text=True)
    sent = {"key": key, units: "1", "reason": "困难", "number": cast.volunteer.number}
    first, again = desk.post(f"{url}/handouts", data=sent), desk.post(f"{url}/handouts", data=sent)
    assert first.headers["Location"] == again.headers["Location"], "a double tap hands out once"
    assert cast.volunteer.name in desk.get(first.headers["Location"]).get_data(as_text=True)
    today = now().astimezone(COUNTY_TIME).date().isoformat()
    wanted = {
        "organisation_id": str(cast.station_id),
        "kind": "handouts",
        "title": "发放公示",
        "first_day": "2026-03-01",
        "last_day": today,
    }
    office = client_as("administrator")
    looked = office.post("/sheets/new", data=wanted).get_data(as_text=True)
    assert "王**" in looked
    assert cast.volunteer.name not in looked
    hung = office.post("/sheets/new", data={**wanted, "publish": "1"}).headers["Location"]
    seen = client.get(hung)
    assert seen.status_code == 200
    assert "刘**" in seen.get_data(as_text=True)
    assert client.get(f"{hung}/paper").status_code == 200
    office.post("/sheets/1/withdraw")
    assert client.get(hung).status_code == 404


def test_a_merchant_without_stock_is_shown_as_one_who_always_has_it(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    with app.extensions["timebank"].database.transaction() as session:
        stage = set_the_stage(session, cast)
    data = {"name": "老张理发店", "house_id": str(cast.station_id)}
    opened = client_as("administrator").post("/merchants/new", data=data)
    client_as("administrator").post(opened.headers["Location"], data={"product": [stage.haircut_id]})
    with app.extensions["timebank"].database.reading() as session:
        shop_id = session.scalars(select(Merchant)).one().shop_id
    page = client_as("volunteer").get(f"/catalogue?shop={shop_id}").get_data(as_text=True)
    assert "理发一次" in page
    assert "已兑完" not in page
    with app.extensions["timebank"].database.transaction() as session:
        session.get_one(Shop, shop_id).keeps_stock = True
    counted = client_as("volunteer").get(f"/catalogue?shop={shop_id}").get_data(as_text=True)
    assert "已兑完" in counted, "a counter that counts has nothing yet"
