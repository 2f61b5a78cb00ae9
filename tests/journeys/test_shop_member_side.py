"""What members do themselves, through HTTP: agree on the phone, give and donate, say "not me", and fetch what is kept."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from store.appointments.models import Appointment
from store.catalogue.models import Shop
from store.counter.models import Agreement
from store.disputes.models import Dispute
from store.orders.models import Order
from store.reservations import rules
from store.reservations import service as reservations
from store.reservations.delegates import Delegate
from store.reservations.models import Reservation
from tests.cast import Cast, row
from tests.journeys.test_shop_counter import Counter
from tests.store.stage import SOAP, Stage, give_points, sell, set_the_stage
from timebank.books.queries import points_available, points_balance
from timebank.clock import now
from timebank.db import Database
from timebank.members import codes
from timebank.members.models import Member
from timebank.policy.service import change_settings

Browser = Callable[[str], FlaskClient]
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop, and people with points."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        give_points(session, cast.neighbour, 50, record_id=2)
    return found


def _text(browser: FlaskClient, url: str) -> str:
    return browser.get(url).get_data(as_text=True)


def _key(text: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found
    return found.group(1)


def test_the_member_agrees_on_her_own_phone_before_many_points_are_taken(
    client_as: Browser, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        change_settings(
            session,
            organisation_id=cast.county_id,
            written={"agreement_from_points": "30"},
            by_name="陈立",
            at=now() - timedelta(minutes=1),
        )
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=now())
    counter = Counter(client_as("attendant"), stage.shop_id)
    phone = client_as("volunteer")
    counter.scan(SOAP).scan(SOAP).scan(code).complete()
    assert counter.status == 409 or "/done/" not in counter.at
    counter.press("ask")
    with database.reading() as session:
        (asked,) = session.scalars(select(Agreement)).all()
    assert "40" in _text(phone, "/my/agreements")
    # Somebody else's question is not hers to answer.
    assert client_as("neighbour").post(f"/my/agreements/{asked.id}/yes").status_code == 404
    assert phone.post(f"/my/agreements/{asked.id}/yes").status_code == 303
    counter.complete()
    assert "/done/" in counter.at
    with database.reading() as session:
        assert session.scalars(select(Order.agreed_by)).one() == "phone"
        assert points_balance(session, cast.volunteer.member_id) == 60


def test_points_go_to_the_pool_once_however_often_the_form_is_sent(
    client_as: Browser, database: Database, cast: Cast, stage: Stage
) -> None:
    phone = client_as("volunteer")
    text = _text(phone, "/my/points/give")
    pool = re.search(r'value="(pool:\d+)"', text)
    assert pool
    form = {"to": pool.group(1), "points": "15", "words": "愿更多人受益", "key": _key(text)}
    assert [phone.post("/my/points/give", data=form).status_code for _try in range(2)] == [303, 303]
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 85
    assert "捐入积分池" in _text(phone, "/my/points")
    # A stranger is no family, and nobody gives what is not there.
    stranger = {**form, "to": f"member:{cast.neighbour.member_id}", "key": "another-key-of-the-form"}
    assert phone.post("/my/points/give", data=stranger).status_code == 403
    too_many = {**form, "points": "5000", "key": "a-third-key-of-the-form"}
    assert phone.post("/my/points/give", data=too_many).status_code in (409, 422)
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 85


def test_this_was_not_me_freezes_the_points_until_somebody_has_looked(
    client_as: Browser, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        order = sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.soap_id: 1},
            key="not-hers-0123456789",
            by=cast.attendant.actor,
            at=now(),
        ).order
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=now())
    phone = client_as("volunteer")
    url = f"/orders/{order.id}/not-me"
    form = {"says": "我当天不在县里", "key": _key(_text(phone, url))}
    assert phone.post(url, data=form).status_code in (200, 303)
    counter = Counter(client_as("attendant"), stage.shop_id)
    counter.scan(SOAP).scan(code)
    assert 'name="agreed"' not in counter.text or cast.volunteer.name not in counter.text
    with database.reading() as session:
        dispute = session.scalars(select(Dispute)).one()
    office = client_as("auditor")
    page = _text(office, f"/disputes/{dispute.id}")
    seen = re.search(r'name="seen" value="(\d+)"', page)
    answer = office.post(
        f"/disputes/{dispute.id}",
        data={"decision": "lifted", "reason": "家人代领，本人已确认", "seen": seen.group(1) if seen else "0"},
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)[:500]
    with database.transaction() as session:
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=now())
    counter.scan(code).complete()
    assert "/done/" in counter.at


def test_a_service_is_agreed_on_by_the_shop_and_confirmed_by_the_word_on_the_slip(
    client_as: Browser, client: FlaskClient, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.haircut_id: 1},
            key="a-haircut-0123456789",
            by=cast.attendant.actor,
            at=now(),
        )
        asked = session.scalars(select(Appointment)).one()
    till = client_as("attendant")
    url = f"/shops/{stage.shop_id}/appointments"
    soon = (now() + timedelta(hours=3)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    assert till.post(f"{url}/{asked.id}/plan", data={"planned_for": "", "provider": ""}).status_code == 422
    plan = {"planned_for": soon, "provider": "老张理发店"}
    assert till.post(f"{url}/{asked.id}/plan", data=plan).status_code == 303
    assert "老张理发店" in _text(till, url)
    number = re.search(r"data-slip-number>(\d{4} \d{4})<", _text(till, f"{url}/{asked.id}/slip"))
    assert number
    # Nor does his number, read aloud on the telephone, say so before the agreed time; a made-up one never does.
    said = f"{url}/{asked.id}/confirm"
    assert till.post(said, data={"number": "0000 0000"}).status_code == 422
    assert till.post(said, data={"number": number.group(1)}).status_code == 409
    # The slip is the barber's log-in; before the agreed time nothing can have been given.
    assert client.get(f"/service/{asked.provider_word}").status_code == 200
    assert client.post(f"/service/{asked.provider_word}").status_code == 409
    assert client.get("/service/not-a-word-of-any-slip").status_code == 404
    assert till.post(f"{url}/{asked.id}/miss", data={"note": "没有来"}).status_code == 303


def test_after_wrong_pickup_codes_the_counter_has_to_wait_and_the_right_one_does_not_help(
    client_as: Browser, database: Database, cast: Cast, stage: Stage
) -> None:
    phone = client_as("volunteer")
    basket = f"/shops/{stage.shop_id}/my-basket"
    phone.post(f"{basket}/line", data={"product": stage.soap_id, "quantity": 2})
    text = _text(phone, basket)
    agreed = re.search(r'name="agreed" value="([^"]+)"', text)
    assert agreed
    answer = phone.post(f"{basket}/reserve", data={"key": _key(text), "agreed": agreed.group(1)})
    assert answer.status_code == 303
    shown = re.sub(r"\D", "", "".join(re.findall(r"\d[\d ]{7,}\d", _text(phone, answer.location))[:1]))
    assert shown, "the pick-up code stands on the page"
    with database.reading() as session:
        assert points_available(session, cast.volunteer.member_id, at=now()) == 60
        assert row(session, cast.volunteer).id == session.scalars(select(Reservation.member_id)).one()
    counter = Counter(client_as("attendant"), stage.shop_id)
    wrong = str((int(shown) + 1) % 10 ** len(shown)).zfill(len(shown))
    url = f"/shops/{stage.shop_id}/reservations/code"
    pages = [counter.browser.post(url, data={"code": wrong, "key": counter.key}) for _try in range(5)]
    assert {page.status_code for page in pages} <= {404, 409, 422, 429}
    locked = counter.browser.post(url, data={"code": shown, "key": counter.key})
    assert locked.status_code == 429
    assert cast.volunteer.name not in locked.get_data(as_text=True)
    # Her points are not lost by it: she gives the goods back herself, at once.
    assert phone.post(f"{answer.location}/cancel").status_code == 303
    with database.reading() as session:
        assert points_available(session, cast.volunteer.member_id, at=now()) == 100


def test_the_delegates_digits_are_counted_for_the_reservation_whatever_right_codes_come_between(
    client_as: Browser, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        kept = reservations.reserve(
            session,
            keyring=cast.keyring,
            shop=session.get_one(Shop, stage.shop_id),
            member=session.get_one(Member, cast.volunteer.member_id),
            goods=[(stage.soap_id, 1)],
            key="kept-for-the-nephew-01",
            agreed_points=Decimal(20),
            delegate=Delegate("小李", phone_tail="4711"),
            by=cast.volunteer.actor,
            at=now(),
            timezone=ZONE,
        )
        code = rules.pickup_code(cast.keyring, kept.key, kept.code_turn)
    desk = Counter(client_as("attendant"), stage.shop_id).browser
    url = f"/shops/{stage.shop_id}/reservations/hand-out"
    form = {"code": code, "collector": "delegate"}
    answers = [desk.post(url, data={**form, "phone_tail": f"{guess:04d}"}).status_code for guess in range(6)]
    assert answers == [403] * 5 + [429]
    assert desk.post(url, data={**form, "phone_tail": "4711"}).status_code == 429, "the right digits wait too"
    with database.reading() as session:
        assert session.scalars(select(Order.id)).all() == []
