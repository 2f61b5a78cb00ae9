"""A phone that is new to an account asks for the PIN before points leave from it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Cast, row
from tests.store.stage import Stage, set_the_stage
from timebank.access.models import User
from timebank.access.passwords import hash_password
from timebank.db import Database
from timebank.members import service as members
from timebank.members.rules import asks_for_pin

PASSWORD, PIN = "correct horse battery", "246810"
KNOWN = datetime(2026, 5, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "days", "has_pin", "asked"),
    [
        (0, 3, True, True),
        (71, 3, True, True),
        (72, 3, True, False),
        (0, 0, True, False),
        (0, 3, False, False),
    ],
)
def test_a_new_phone_asks_for_so_many_days_those_who_have_a_pin(
    hours: int, days: int, has_pin: bool, asked: bool
) -> None:
    until = asks_for_pin(KNOWN, KNOWN + timedelta(hours=hours), after_days=days, has_pin=has_pin)
    assert until == (KNOWN + timedelta(days=days) if asked else None)


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shop with goods."""
    with database.transaction() as session:
        return set_the_stage(session, cast)


@pytest.fixture
def phone(app: Flask, database: Database, cast: Cast) -> Callable[[], FlaskClient]:
    """Each call is another phone on which the volunteer logs in; she has a PIN."""
    with database.transaction() as session:
        session.get_one(User, cast.volunteer.actor.user_id).password_hash = hash_password(PASSWORD)
        members.set_pin(session, member=row(session, cast.volunteer), pin=PIN)

    def log_in() -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/login", data={"login_name": cast.volunteer.phone, "password": PASSWORD})
        assert answer.status_code == 302
        return browser

    return log_in


def test_on_a_second_phone_no_points_leave_before_the_pin(
    phone: Callable[[], FlaskClient], database: Database, stage: Stage
) -> None:
    first, second = phone(), phone()
    assert first.get("/me/code").status_code == 200
    basket = f"/shops/{stage.shop_id}/my-basket"
    closed = [("/me/code", "get"), ("/me/card", "get"), ("/my/vouchers", "get"), ("/me/pin", "get"),
              ("/me/code", "post"), (f"{basket}/reserve", "post"), ("/my/points/give", "post"),
              ("/my/agreements/1/yes", "post"), ("/my/reservations/1", "get"),
              ("/my/reservations/1/renew", "post"), ("/my/reservations/1/delegate", "post")]  # fmt: skip
    for path, verb in closed:
        answer = getattr(second, verb)(path)
        assert answer.status_code == 303, path
        assert answer.location.startswith("/me/phone?next="), path
    # What takes nothing is open: looking, and saying no.
    assert second.get(basket).status_code == 200
    assert second.post("/my/agreements/1/no").status_code == 404
    # The first phone is believed as before, and the second after the PIN, where the page goes on.
    assert first.get("/me/code").status_code == 200
    wrong = second.post("/me/phone?next=/me/code", data={"pin": "135790"})
    assert wrong.status_code == 200
    assert "支付密码不正确" in wrong.text
    assert second.get("/me/code").status_code == 303
    right = second.post("/me/phone?next=/me/code", data={"pin": PIN})
    assert (right.status_code, right.location) == (303, "/me/code")
    assert second.get("/me/code").status_code == 200


def test_five_wrong_pins_lock_the_new_phone_and_a_new_log_in_does_not_help(
    phone: Callable[[], FlaskClient],
) -> None:
    phone()
    second = phone()
    for _try in range(5):
        second.post("/me/phone", data={"pin": "135790"})
    assert second.post("/me/phone", data={"pin": PIN}).status_code != 303
    second.post("/login", data={"login_name": "", "password": ""})
    assert second.get("/me/code").status_code == 303


def test_the_way_on_leads_to_no_foreign_address(phone: Callable[[], FlaskClient]) -> None:
    phone()
    second = phone()
    right = second.post("/me/phone?next=//elsewhere.example/", data={"pin": PIN})
    assert right.location == "/"


def test_who_has_no_pin_is_not_asked_and_the_first_phone_never(
    app: Flask, phone: Callable[[], FlaskClient], database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        row(session, cast.volunteer).pin_hash = None
    for _phone in range(2):
        assert phone().get("/me/code").status_code == 200
