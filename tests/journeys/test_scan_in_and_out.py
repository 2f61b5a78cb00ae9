"""Scanning as a volunteer through HTTP: what phones send, and what they get."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import pictures
from tests.cast import PASSWORD, Cast
from tests.checkin.stage import Stage
from tests.hours.stage import SHANGHAI
from tests.journeys.scan_scene import Browser, address, result, stage_to_come, stage_to_leave, tone
from tests.listening import heard
from timebank.access import queries as access_queries
from timebank.access import service as access
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.db import Database
from timebank.hours.models import Attendance
from timebank.web.codes import link_qr


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shift that begins in ten minutes."""
    return stage_to_come(database, cast)


@pytest.fixture
def later_stage(database: Database, cast: Cast) -> Stage:
    """A shift that began two hours ago, with the volunteer inside since."""
    return stage_to_leave(database, cast)


def test_a_phone_that_is_logged_in_scans_taps_and_is_in(stage: Stage, client_as: Browser) -> None:
    phone = client_as("volunteer")
    scanned = phone.get(address(stage))
    assert scanned.status_code == 302
    ticket = scanned.headers["Location"]
    assert ticket.startswith("/scan/")
    asked = phone.get(ticket)
    assert "敬老院打扫" in asked.get_data(as_text=True)
    assert stage.attendances() == []
    assert tone(result(phone, phone.post(ticket))) == "go"
    assert len(stage.attendances()) == 1


def test_a_phone_that_is_logged_out_verifies_first_logs_in_and_comes_back(
    stage: Stage, app: Flask, cast: Cast
) -> None:
    phone = app.test_client()
    ticket = phone.get(address(stage)).headers["Location"]
    gate = phone.get(ticket)
    assert gate.status_code == 302
    assert gate.headers["Location"].startswith("/login?next=/scan/")
    # Nobody has to hurry with the password, or go back to scan again.
    assert "扫码已为您保留到" in phone.get(gate.headers["Location"]).get_data(as_text=True)
    logged_in = phone.post(
        gate.headers["Location"], data={"login_name": cast.volunteer.phone, "password": PASSWORD}
    )
    assert logged_in.headers["Location"] == ticket
    assert tone(result(phone, phone.post(ticket))) == "go"
    assert stage.attendances()[0].member_id == cast.volunteer.member_id


def test_a_phone_that_is_passed_on_keeps_its_scan_for_whoever_logs_in_next(
    stage: Stage, app: Flask, client_as: Browser, cast: Cast
) -> None:
    phone = client_as("volunteer")
    ticket = phone.get(address(stage)).headers["Location"]
    page = phone.get(ticket).get_data(as_text=True)
    assert f'name="next" value="{ticket}"' in page
    gate = phone.post("/logout", data={"next": ticket})
    assert gate.headers["Location"] == f"/login?next={ticket}"
    neighbour = {"login_name": cast.neighbour.phone, "password": PASSWORD}
    assert phone.post(gate.headers["Location"], data=neighbour).headers["Location"] == ticket
    assert tone(result(phone, phone.post(ticket))) == "go"
    assert [row.member_id for row in stage.attendances()] == [cast.neighbour.member_id]


def test_logging_out_leads_to_no_foreign_address(client_as: Browser) -> None:
    away = client_as("volunteer").post("/logout", data={"next": "https://evil.example/"})
    assert away.headers["Location"] == "/login?next=/"


def test_an_honest_scan_does_not_expire_while_it_waits_for_its_turn_to_write(
    stage: Stage, app: Flask, database: Database, client_as: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock runs on by a minute between the arrival of the request and the transaction that writes."""
    phone, arrived_at = client_as("volunteer"), now()
    link = address(stage)
    waiting = app.extensions["timebank"].database
    begin = waiting.transaction

    def slow() -> object:
        for module in ("timebank.web.frame", "timebank.checkin.views", "timebank.web.requests"):
            monkeypatch.setattr(f"{module}.now", lambda: arrived_at + timedelta(minutes=1), raising=False)
        return begin()

    monkeypatch.setattr(waiting, "transaction", slow)
    ticket = phone.get(link).headers["Location"]
    assert ticket.startswith("/scan/")
    assert tone(result(phone, phone.post(ticket))) == "go"
    came = stage.attendances()[0].checked_in_at
    assert abs(came - arrived_at) < timedelta(seconds=20)


def test_a_hall_of_phones_asks_the_database_little(
    stage: Stage, app: Flask, database: Database, client_as: Browser
) -> None:
    """Each statement more is what five hundred people wait for; the writer's lock is held for writing alone."""
    phone = client_as("volunteer")
    phone.get(phone.get(address(stage)).headers["Location"])  # What is asked once is asked.
    engine = app.extensions["timebank"].database.engine

    def asked(send: Callable[[], TestResponse]) -> tuple[str, list[str]]:
        with heard(engine) as spoken:
            place = send().headers.get("Location", "")
        return place, [statement.split()[0] for statement in spoken]

    ticket, scanned = asked(lambda: phone.get(address(stage)))
    assert _of_substance(scanned) == ["SELECT", "INSERT"]
    assert scanned[0] == "SELECT", "the code is verified before the writer's lock is taken"
    # Who is logged in; then the ticket with all that decides about it.
    assert _of_substance(asked(lambda: phone.get(ticket))[1]) == ["SELECT"] * 2
    _place, tapped = asked(lambda: phone.post(ticket))
    # Who is logged in, whose turn it is where there is more than one writer, and what decides; then what is kept.
    turn = ["SELECT"] * (engine.dialect.name == "postgresql")
    assert _of_substance(tapped) == ["SELECT", *turn, "SELECT", "INSERT", "INSERT", "UPDATE"]


def _of_substance(spoken: list[str]) -> list[str]:
    return [word for word in spoken if word not in ("BEGIN", "COMMIT", "ROLLBACK")]


def test_the_code_does_not_stay_in_the_address_bar_nor_in_any_cache(stage: Stage, app: Flask) -> None:
    answer = app.test_client().get(address(stage))
    assert "/s/" not in answer.headers["Location"]
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"]
    assert "device=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_ticket_sent_to_a_friend_opens_nothing(stage: Stage, client_as: Browser) -> None:
    hers, friends = client_as("volunteer"), client_as("neighbour")
    ticket = hers.get(address(stage)).headers["Location"]
    assert friends.get(ticket).status_code == 404
    assert friends.post(ticket).status_code == 404
    assert stage.attendances() == []


def test_a_replayed_tap_gets_the_first_answer(stage: Stage, client_as: Browser) -> None:
    phone = client_as("volunteer")
    ticket = phone.get(address(stage)).headers["Location"]
    first, again = phone.post(ticket), phone.post(ticket)
    assert first.headers["Location"] == again.headers["Location"]
    assert tone(result(phone, again)) == "go"
    assert len(stage.attendances()) == 1
    assert len(stage.scans()) == 1


def test_an_expired_code_asks_kindly_to_scan_once_more(stage: Stage, client_as: Browser) -> None:
    old = stage.token(now() - timedelta(seconds=40))
    page = result(client_as("volunteer"), client_as("volunteer").get(f"/s/{old}"))
    assert tone(page) == "ask"
    assert "二维码已经更新" in page
    assert stage.scans()[0].outcome == "expired"


def test_in_english_too(stage: Stage, client_as: Browser) -> None:
    phone = client_as("volunteer")
    phone.post("/locale", data={"locale": "en"})
    page = result(phone, phone.get(f"/s/{stage.token(now() - timedelta(seconds=40))}"))
    assert "The code has refreshed" in page


@pytest.mark.parametrize("token", ["A" * 32, "x", "%00", "A" * 500])
def test_nonsense_is_no_code(stage: Stage, client: FlaskClient, token: str) -> None:
    assert tone(client.get(f"/s/{token}").get_data(as_text=True)) == "stop"


def test_the_tap_needs_the_form_s_own_token(stage: Stage, app: Flask, client_as: Browser) -> None:
    phone = client_as("volunteer")
    ticket = phone.get(address(stage)).headers["Location"]
    app.config["WTF_CSRF_ENABLED"] = True
    assert phone.post(ticket).status_code == 400
    assert stage.attendances() == []
    written = re.search(r'name="csrf_token" value="([^"]+)"', phone.get(ticket).get_data(as_text=True))
    assert written is not None
    assert tone(result(phone, phone.post(ticket, data={"csrf_token": written[1]}))) == "go"


def test_leaving_shows_the_credited_hours(later_stage: Stage, client_as: Browser) -> None:
    phone = client_as("volunteer")
    ticket = phone.get(address(later_stage, Kind.OUT)).headers["Location"]
    page = result(phone, phone.post(ticket))
    assert tone(page) == "go"
    assert "2 小时" in page or "1.9 小时" in page
    assert len(later_stage.records()) == 1


def test_a_refusal_is_shown_before_any_tap_and_kept_once(stage: Stage, client_as: Browser) -> None:
    phone = client_as("volunteer")
    ticket = phone.get(address(stage, Kind.OUT)).headers["Location"]
    assert tone(phone.get(ticket).get_data(as_text=True)) == "ask"
    assert tone(phone.get(ticket).get_data(as_text=True)) == "ask"
    assert [scan.outcome for scan in stage.scans()] == ["not_inside"]


def test_who_is_not_signed_up_gets_one_button_for_both(stage: Stage, client_as: Browser) -> None:
    phone = client_as("attendant")
    ticket = phone.get(address(stage)).headers["Location"]
    page = phone.get(ticket).get_data(as_text=True)
    assert 'name="also" value="sign_up"' in page
    assert tone(result(phone, phone.post(ticket, data={"also": "sign_up"}))) == "go"
    assert len(stage.attendances()) == 1


def test_a_user_who_is_no_member_is_told_so(stage: Stage, app: Flask, database: Database, cast: Cast) -> None:

    with database.transaction() as session:
        user = access.create_user(
            session, name="外聘审计", member_id=None, login_names=("13911112222",), at=now()
        )
        actor = access_queries.actor_of_user(session, user.id)
        assert actor is not None
    phone = app.test_client()
    with phone.session_transaction() as session_cookie:
        session_cookie["_user_id"] = actor.get_id()
    ticket = phone.get(address(stage)).headers["Location"]
    assert phone.get(ticket).status_code == 403


# Scanning inside the pages.


def test_a_photo_of_the_screen_leads_to_the_button(stage: Stage, client_as: Browser) -> None:

    phone = client_as("volunteer")
    written = BytesIO()
    svg = link_qr("http://127.0.0.1:8000/s/", tail=stage.token(now()))
    pictures.picture(svg, margin=100).save(written, "JPEG")
    written.seek(0)
    answer = phone.post("/scan/photo", data={"photo": (written, "code.jpg")})
    assert re.fullmatch(r"/s/\w{32}", answer.headers["Location"])
    ticket = phone.get(answer.headers["Location"]).headers["Location"]
    assert tone(result(phone, phone.post(ticket))) == "go"


def test_a_photo_of_a_foreign_address_is_not_followed(stage: Stage, client_as: Browser) -> None:

    phone = client_as("volunteer")
    written = BytesIO()
    pictures.picture(link_qr("https://evil.example/pay"), margin=50).save(written, "PNG")
    written.seek(0)
    answer = phone.post("/scan/photo", data={"photo": (written, "code.png")})
    assert answer.status_code == 200
    assert tone(answer.get_data(as_text=True)) == "stop"


def test_a_photo_without_a_code_says_so_beside_the_field(stage: Stage, client_as: Browser) -> None:
    answer = client_as("volunteer").post("/scan/photo", data={"photo": (BytesIO(b"nothing"), "x.jpg")})
    assert "field-error" in answer.get_data(as_text=True)


def test_six_digits_work_and_the_sixth_wrong_try_is_locked(stage: Stage, client_as: Browser) -> None:
    phone, screen = client_as("volunteer"), client_as("coordinator")
    shown = screen.post(f"/shifts/{stage.shift_id}/screen/codes", json={"kind": "in"}).get_json()
    digits = shown["codes"][0]["short"]
    good = phone.post("/scan/digits", data={"digits": f"{digits[:3]} {digits[3:]}"})
    assert good.status_code == 302
    wrong = "000000" if digits != "000000" else "111111"
    for _try in range(5):
        assert "field-error" in phone.post("/scan/digits", data={"digits": wrong}).get_data(as_text=True)
    locked = phone.post("/scan/digits", data={"digits": digits})
    assert locked.status_code == 200
    assert "分钟" in locked.get_data(as_text=True)


def test_another_browser_does_not_give_the_member_five_more_tries(stage: Stage, client_as: Browser) -> None:
    for _try in range(5):
        client_as("volunteer").post("/scan/digits", data={"digits": "123456"})
    assert "分钟" in client_as("volunteer").post("/scan/digits", data={"digits": "123456"}).get_data(
        as_text=True
    )


def test_the_whole_loop_of_a_shift_is_grade_a(
    later_stage: Stage, client_as: Browser, database: Database
) -> None:
    phone = client_as("volunteer")
    phone.post(phone.get(address(later_stage, Kind.OUT)).headers["Location"])
    (record,) = later_stage.records()
    assert record.proof_grade == "A"
    with database.reading() as session:
        attendance = session.get_one(Attendance, record.attendance_id)
        assert attendance.shift.starts_at.astimezone(SHANGHAI)
