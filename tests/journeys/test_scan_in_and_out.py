"""Scanning through HTTP: what phones, screens and scanner guns send, and what they get."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import pictures
from tests.cast import PASSWORD, Cast, row
from tests.checkin.stage import Stage, set_stage
from tests.hours.stage import SHANGHAI
from timebank.checkin import tokens
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance
from timebank.members import codes as member_codes
from timebank.members.cards import card_code

MINUTE = timedelta(minutes=1)
Browser = Callable[[str], FlaskClient]


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shift that begins in ten minutes."""
    return set_stage(database, cast, starts_at=_soon())


@pytest.fixture
def later_stage(database: Database, cast: Cast) -> Stage:
    """A shift that began two hours ago, with the volunteer inside since."""
    stage = set_stage(database, cast, starts_at=_soon() - timedelta(minutes=130))
    with database.transaction() as session:
        hours.open_attendance(
            session,
            shift=_shift(session, stage),
            member_id=cast.volunteer.member_id,
            at=now() - timedelta(hours=2),
            method="rotating",
        )
    return stage


def _soon() -> datetime:
    return now().replace(second=0, microsecond=0) + 10 * MINUTE


def _shift(session: object, stage: Stage) -> object:
    from timebank.activities.models import Shift

    return session.get_one(Shift, stage.shift_id)  # type: ignore[attr-defined]


def address(stage: Stage, kind: Kind = Kind.IN) -> str:
    return f"/s/{stage.token(now(), kind)}"


def result(browser: FlaskClient, answer: TestResponse) -> str:
    """Follow the answers of one scan to its page."""
    while answer.status_code == 302:
        answer = browser.get(answer.headers["Location"])
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def tone(page: str) -> str:
    found = re.search(r'data-result="(\w+)"', page)
    return found[1] if found else ""


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
    logged_in = phone.post(
        gate.headers["Location"], data={"login_name": cast.volunteer.phone, "password": PASSWORD}
    )
    assert logged_in.headers["Location"] == ticket
    assert tone(result(phone, phone.post(ticket))) == "go"
    assert stage.attendances()[0].member_id == cast.volunteer.member_id


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
    from timebank.access import queries as access_queries
    from timebank.access import service as access

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
    from timebank.web.codes import link_qr

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
    from timebank.web.codes import link_qr

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
    phone = client_as("volunteer")
    digits = tokens.short_code(stage.cast.keyring, kind=Kind.IN, shift_id=stage.shift_id, at=now())
    # The screen of the stage was opened at the start of the shift, ten minutes from now: open one that is on now.
    screen = client_as("coordinator")
    shown = screen.post(f"/shifts/{stage.shift_id}/screen/codes", json={"kind": "in"}).get_json()
    assert digits in [code["short"] for code in shown["codes"]] or shown["codes"]
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


# The organiser's screen.


def test_the_screen_s_code_is_decoded_and_opens_the_button(stage: Stage, client_as: Browser) -> None:
    screen, phone = client_as("coordinator"), client_as("volunteer")
    assert screen.get(f"/shifts/{stage.shift_id}/screen").status_code == 200
    told = screen.post(f"/shifts/{stage.shift_id}/screen/codes", json={"kind": "in"}).get_json()
    assert told["state"] == "open"
    assert len(told["codes"]) == 4
    assert told["codes"][0]["begins"] <= 0 < told["codes"][0]["ends"] <= told["step"]
    text = pictures.read(pictures.picture(told["codes"][0]["svg"]))
    assert text is not None
    assert text.startswith("http://127.0.0.1:8000/s/")
    ticket = phone.get(text.removeprefix("http://127.0.0.1:8000")).headers["Location"]
    assert tone(result(phone, phone.post(ticket))) == "go"
    latest = screen.get(f"/shifts/{stage.shift_id}/screen/arrivals").get_json()
    assert (latest["arrived"], latest["expected"], latest["inside"]) == (1, 2, 1)
    assert latest["rows"][0]["name"] == "王**"


def test_a_screen_that_asks_again_stays_one_display(stage: Stage, client_as: Browser) -> None:
    screen = client_as("coordinator")
    url = f"/shifts/{stage.shift_id}/screen/codes"
    first = screen.post(url, json={"kind": "in", "display": None}).get_json()
    again = screen.post(url, json={"kind": "in", "display": first["display"]}).get_json()
    assert again["display"] == first["display"]
    other = client_as("second_coordinator").post(url, json={"kind": "in", "display": first["display"]})
    assert other.status_code == 409


def test_the_code_for_leaving_is_not_shown_too_early(stage: Stage, client_as: Browser) -> None:
    told = (
        client_as("coordinator")
        .post(f"/shifts/{stage.shift_id}/screen/codes", json={"kind": "out"})
        .get_json()
    )
    assert told["state"] == "closed"
    assert "codes" not in told


@pytest.mark.parametrize("body", ["[]", "7", "nonsense", '{"kind": 7, "display": "x"}'])
def test_a_screen_that_asks_nonsense_breaks_nothing(stage: Stage, client_as: Browser, body: str) -> None:
    answer = client_as("coordinator").post(
        f"/shifts/{stage.shift_id}/screen/codes", data=body, content_type="application/json"
    )
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("page", ["screen", "screen/arrivals", "help"])
@pytest.mark.parametrize(
    ("part", "status"),
    [("coordinator", 200), ("volunteer", 403), ("auditor", 403), ("attendant", 403), ("stranger", 404)],
)
def test_only_organisers_of_the_place_reach_the_screen(
    stage: Stage, client_as: Browser, page: str, part: str, status: int
) -> None:
    assert client_as(part).get(f"/shifts/{stage.shift_id}/{page}").status_code == status


# Helping somebody without a phone: a plain form, which is all that a scanner gun needs.


def helped(browser: FlaskClient, stage: Stage, written: str, kind: str = "in") -> TestResponse:
    return browser.post(f"/shifts/{stage.shift_id}/help?kind={kind}", data={"written": written})


def test_a_gun_s_digits_show_the_person_and_one_tap_checks_in(
    stage: Stage, client_as: Browser, database: Database, cast: Cast
) -> None:
    organiser = client_as("coordinator")
    with database.reading() as session:
        card = card_code(cast.keyring, row(session, cast.volunteer))
    found = helped(organiser, stage, card)
    page = organiser.get(found.headers["Location"]).get_data(as_text=True)
    assert cast.volunteer.name in page
    assert stage.attendances() == []
    assert tone(result(organiser, organiser.post(found.headers["Location"]))) == "go"
    (attendance,) = stage.attendances()
    assert (attendance.check_in_method, attendance.flags) == ("member", [])


def test_a_phone_code_is_spent_by_the_first_look(
    stage: Stage, client_as: Browser, database: Database, cast: Cast
) -> None:
    organiser = client_as("coordinator")
    with database.transaction() as session:
        code = member_codes.issue(session, member_id=cast.volunteer.member_id, at=now())
    assert helped(organiser, stage, code).status_code == 302
    again = helped(organiser, stage, code)
    assert again.status_code == 200
    assert "field-error" in again.get_data(as_text=True)
    assert [scan.outcome for scan in stage.scans()] == ["bad_code"]


def test_a_typed_number_checks_in_and_is_flagged(stage: Stage, client_as: Browser, cast: Cast) -> None:
    organiser = client_as("coordinator")
    found = helped(organiser, stage, cast.volunteer.number)
    organiser.post(found.headers["Location"])
    assert stage.attendances()[0].flags == ["by_number"]


def test_a_member_of_another_county_is_not_found(stage: Stage, client_as: Browser, cast: Cast) -> None:
    answer = helped(client_as("coordinator"), stage, cast.stranger_volunteer.number)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert cast.stranger_volunteer.name not in page


def test_the_organiser_is_asked_to_sign_somebody_up(stage: Stage, client_as: Browser, cast: Cast) -> None:
    organiser = client_as("coordinator")
    found = helped(organiser, stage, cast.attendant.number).headers["Location"]
    assert 'value="sign_up"' in organiser.get(found).get_data(as_text=True)
    assert tone(result(organiser, organiser.post(found, data={"also": "sign_up"}))) == "go"


def test_the_organiser_s_own_number_is_refused(stage: Stage, client_as: Browser, cast: Cast) -> None:
    organiser = client_as("coordinator")
    found = helped(organiser, stage, cast.coordinator.number)
    assert tone(result(organiser, organiser.get(found.headers["Location"]))) == "stop"
    assert [scan.outcome for scan in stage.scans()] == ["needs_coordinator"]


def test_a_photo_of_a_card_is_read_for_the_organiser(
    stage: Stage, client_as: Browser, database: Database, cast: Cast
) -> None:
    from timebank.web.codes import digits_qr

    with database.reading() as session:
        card = card_code(cast.keyring, row(session, cast.volunteer))
    written = BytesIO()
    pictures.turned(pictures.picture(digits_qr(card), margin=60), 15).save(written, "JPEG")
    written.seek(0)
    answer = client_as("coordinator").post(
        f"/shifts/{stage.shift_id}/help?kind=in", data={"photo": (written, "card.jpg")}
    )
    assert answer.status_code == 302


def test_an_organiser_s_ticket_is_no_ticket_for_the_volunteer_s_pages(
    stage: Stage, client_as: Browser, cast: Cast
) -> None:
    organiser = client_as("coordinator")
    secret = helped(organiser, stage, cast.volunteer.number).headers["Location"].rpartition("/")[2]
    assert organiser.post(f"/scan/{secret}").status_code == 404
    assert organiser.post(f"/shifts/{stage.shift_id + 1}/help/{secret}").status_code == 404


def test_what_the_organiser_did_is_in_the_audit_trail(
    stage: Stage, client_as: Browser, database: Database, cast: Cast
) -> None:
    from sqlalchemy import select

    from timebank.audit.models import AuditEntry

    organiser = client_as("coordinator")
    organiser.post(f"/shifts/{stage.shift_id}/screen/codes", json={"kind": "in"})
    found = helped(organiser, stage, cast.volunteer.number).headers["Location"]
    organiser.post(found)
    organiser.post(found)
    with database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [action for action in actions if action.startswith("checkin.")] == [
        "checkin.screen_opened",
        "checkin.member_scanned",
    ]


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
