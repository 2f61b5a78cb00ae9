"""A shop where redeeming is paused, through HTTP: the plain sentence, and nothing half done."""

import re
from collections.abc import Callable
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy import func, select

from store.orders.models import Order
from store.reservations.models import Reservation
from tests.cast import Cast
from tests.journeys.test_shop_counter import Counter
from tests.store.stage import SOAP, Stage, give_points, set_the_stage
from timebank.books.queries import points_available, points_balance, shelf_quantity
from timebank.clock import now
from timebank.db import Database
from timebank.members import codes
from timebank.reconcile.models import RedemptionStop

Browser = Callable[[str], FlaskClient]
SENTENCE = "暂停兑换：正在核对账目。您的积分都在。"
NOTICE = "正在核对账目。积分都在，不会丢失"


def _stop(database: Database, organisation_id: int) -> int:
    with database.transaction() as session:
        stop = RedemptionStop(organisation_id=organisation_id, stopped_at=now(), checks=["seals_hold"])
        session.add(stop)
        session.flush()
        return stop.id


def _field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', text)
    assert found
    return found.group(1)


def _reserve(phone: FlaskClient, stage: Stage) -> tuple[int, str, str]:
    """Status, address and page after reserving two pieces of soap."""
    basket = f"/shops/{stage.shop_id}/my-basket"
    phone.post(f"{basket}/line", data={"product": stage.soap_id, "quantity": 2})
    text = phone.get(basket).get_data(as_text=True)
    form = {"key": _field(text, "key"), "agreed": _field(text, "agreed")}
    answer = phone.post(f"{basket}/reserve", data=form)
    return answer.status_code, answer.location or "", answer.get_data(as_text=True)


def _as_it_was(database: Database, cast: Cast, stage: Stage, *, available: int) -> None:
    with database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 0
        assert points_balance(session, cast.volunteer.member_id) == 100
        assert points_available(session, cast.volunteer.member_id, at=now()) == Decimal(available)
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 10


def test_sale_pick_up_and_reservation_wait_while_redeeming_is_paused_and_go_on_afterwards(
    client_as: Browser, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100)
    phone = client_as("volunteer")
    status, kept, _text = _reserve(phone, stage)
    assert status == 303
    shown = re.findall(r"data-pickup-code>([^<]+)<", phone.get(kept).get_data(as_text=True))
    pickup = re.sub(r"\D", "", shown[0])
    counter = Counter(client_as("attendant"), stage.shop_id)
    assert NOTICE not in counter.text
    stop_id = _stop(database, cast.county_id)

    assert NOTICE in counter.browser.get(counter.url).get_data(as_text=True)
    with database.transaction() as session:
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=now())
    counter.scan(SOAP).scan(code).complete()
    assert counter.status == 409
    assert SENTENCE in counter.text
    _as_it_was(database, cast, stage, available=60)

    hand_out = f"/shops/{stage.shop_id}/reservations/hand-out"
    form = {"code": pickup, "collector": "self", "key": counter.key}
    refused = counter.browser.post(hand_out, data=form).get_data(as_text=True)
    assert SENTENCE in refused
    status, _location, page = _reserve(phone, stage)
    assert status == 409
    assert SENTENCE in page
    _as_it_was(database, cast, stage, available=60)
    with database.reading() as session:
        assert session.scalars(select(Reservation.status)).all() == ["reserved"]

    with database.transaction() as session:
        stop = session.get_one(RedemptionStop, stop_id)
        stop.lifted_at, stop.lifted_how = now(), "clean"
    assert counter.browser.post(hand_out, data=form).status_code == 303
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 60
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8
