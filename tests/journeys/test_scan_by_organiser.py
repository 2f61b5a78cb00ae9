"""The organiser through HTTP: the screen with the code, and helping people without a phone."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import pictures
from tests.cast import Cast, row
from tests.checkin.stage import Stage
from tests.journeys.scan_scene import Browser, result, stage_to_come, tone
from timebank.audit.models import AuditEntry
from timebank.clock import now
from timebank.db import Database
from timebank.members import codes as member_codes
from timebank.members.cards import card_code
from timebank.web.codes import digits_qr


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shift that begins in ten minutes."""
    return stage_to_come(database, cast)


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
