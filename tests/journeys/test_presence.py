"""The tablet at the door, printed codes, the asked place, spot checks and the log of attempts, through HTTP."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import pictures
from tests.cast import Cast
from tests.checkin.stage import Stage
from tests.journeys.scan_scene import Browser, address, result, stage_to_come, stage_to_leave, tone
from timebank.activities.models import Shift
from timebank.checkin.models import Kiosk, PresencePlan, SpotCheck
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.db import Database
from timebank.members.cards import card_code
from timebank.members.models import Member

PIN = "246810"


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shift that begins in ten minutes."""
    return stage_to_come(database, cast)


def set_up(stage: Stage, client_as: Browser, **choices: str) -> FlaskClient:
    """A coordinator's browser that has become the tablet."""
    tablet = client_as("coordinator")
    form = {"shows_code": "y", "reads_cards": "y", "pin": PIN} | choices
    answer = tablet.post(f"/shifts/{stage.shift_id}/kiosk", data=form)
    assert answer.headers["Location"] == "/kiosk"
    return tablet


def card_of(stage: Stage, part: str) -> str:
    with stage.database.reading() as session:
        return card_code(stage.cast.keyring, session.get_one(Member, stage.cast.people[part].member_id))


def hold_card(tablet: FlaskClient, digits: str) -> str:
    answer = tablet.post("/kiosk/scan", data={"written": digits})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


class TestTheTabletAtTheDoor:
    def test_checks_a_card_in_after_the_member_s_tap(self, stage: Stage, client_as: Browser) -> None:
        tablet = set_up(stage, client_as, is_attended="y")
        page = hold_card(tablet, card_of(stage, "volunteer"))
        assert stage.cast.volunteer.name in tablet.get(page).get_data(as_text=True)
        assert stage.attendances() == []
        assert tone(result(tablet, tablet.post(page))) == "go"
        (attendance,) = stage.attendances()
        assert (attendance.check_in_method, attendance.flags) == ("member", [])
        assert stage.scans()[0].operator_user_id == stage.cast.coordinator.user_id

    def test_shows_codes_that_open_and_says_which_is_due(self, stage: Stage, client_as: Browser) -> None:
        tablet = set_up(stage, client_as)
        told = tablet.post("/kiosk/codes", json={"kind": "in", "display": None}).get_json()
        assert (told["state"], told["kind"], len(told["codes"])) == ("open", "in", 4)
        shown = pictures.read(pictures.picture(told["codes"][0]["svg"], margin=20))
        assert shown is not None
        phone = client_as("volunteer")
        ticket = phone.get(shown.removeprefix("http://127.0.0.1:8000")).headers["Location"]
        assert tone(result(phone, phone.post(ticket))) == "go"

    @pytest.mark.parametrize(
        "path",
        ["/", "/login", "/members", "/me", "/scan", "/shifts/1/screen", "/shifts/1/kiosk", "/api/v1/members"],
    )
    def test_reaches_no_other_page(self, stage: Stage, client_as: Browser, path: str) -> None:
        tablet = set_up(stage, client_as)
        answer = tablet.get(path)
        while answer.status_code == 302 and answer.headers["Location"] != "/kiosk":
            answer = tablet.get(answer.headers["Location"])
        assert answer.status_code in (302, 401)
        assert tablet.get("/kiosk").status_code == 200

    def test_is_nobody_who_is_logged_in(self, stage: Stage, client_as: Browser) -> None:
        tablet = set_up(stage, client_as)
        tablet.delete_cookie("kiosk")
        assert tablet.get("/members").headers["Location"].startswith("/login")

    def test_believes_no_typed_number(self, stage: Stage, client_as: Browser) -> None:
        tablet = set_up(stage, client_as)
        answer = tablet.post("/kiosk/scan", data={"written": stage.cast.volunteer.number})
        assert answer.status_code == 200
        page = answer.get_data(as_text=True)
        assert "请出示纸质卡" in page
        assert stage.cast.volunteer.number not in page, "who comes next finds an empty field"
        assert stage.scans()[0].outcome == "bad_code"

    def test_does_only_what_it_was_set_up_for(self, stage: Stage, client_as: Browser) -> None:
        tablet = set_up(stage, client_as, reads_cards="")
        assert tablet.post("/kiosk/scan", data={"written": card_of(stage, "volunteer")}).status_code == 404
        tablet = set_up(stage, client_as, shows_code="")
        assert tablet.post("/kiosk/codes", json={"display": None}).status_code == 404

    def test_is_left_by_the_pin_alone_which_locks_after_five_wrong_ones(
        self, stage: Stage, client_as: Browser
    ) -> None:
        tablet = set_up(stage, client_as)
        wrong = tablet.post("/kiosk/leave", data={"pin": "111111"}).get_data(as_text=True)
        assert "field-error" in wrong
        assert tablet.get("/kiosk").status_code == 200
        answer = tablet.post("/kiosk/leave", data={"pin": PIN})
        assert answer.headers["Location"] == "/login"
        assert tablet.get("/login").status_code == 200
        assert tablet.get("/kiosk").status_code == 404
        other = set_up(stage, client_as)
        for _try in range(5):
            other.post("/kiosk/leave", data={"pin": "111111"})
        assert other.post("/kiosk/leave", data={"pin": PIN}).status_code == 429

    def test_is_ended_from_the_coordinator_s_own_screen_and_by_no_stranger(
        self, stage: Stage, client_as: Browser
    ) -> None:
        tablet = set_up(stage, client_as)
        with stage.database.reading() as session:
            kiosk_id = session.scalars(select(Kiosk.id)).one()
        path = f"/shifts/{stage.shift_id}/kiosk/{kiosk_id}/end"
        assert client_as("stranger").post(path).status_code == 404
        assert client_as("volunteer").post(path).status_code == 403
        assert tablet.get("/kiosk").status_code == 200
        client_as("second_coordinator").post(path)
        assert tablet.get("/kiosk").status_code == 404

    def test_ends_with_its_shift(self, stage: Stage, client_as: Browser) -> None:
        tablet = set_up(stage, client_as)
        with stage.database.transaction() as session:
            kiosk = session.scalars(select(Kiosk)).one()
            assert kiosk.ends_at == session.get_one(Shift, stage.shift_id).ends_at + timedelta(minutes=60)
            kiosk.ends_at = now() - timedelta(seconds=1)
        for path in ("/kiosk", "/kiosk/arrivals"):
            assert tablet.get(path).status_code == 404
        assert tablet.post("/kiosk/codes", json={"display": None}).status_code == 404

    def test_does_not_take_another_browser_s_scan(self, stage: Stage, client_as: Browser) -> None:
        one, other = set_up(stage, client_as), set_up(stage, client_as)
        page = hold_card(one, card_of(stage, "volunteer"))
        assert other.get(page).status_code == 404
        assert other.post(page).status_code == 404
        assert stage.attendances() == []

    @pytest.mark.parametrize("form", [{"pin": PIN}, {"shows_code": "y", "pin": "12"}, {"shows_code": "y"}])
    def test_is_not_set_up_without_a_task_and_a_pin(
        self, stage: Stage, client_as: Browser, form: dict[str, str]
    ) -> None:
        answer = client_as("coordinator").post(f"/shifts/{stage.shift_id}/kiosk", data=form)
        assert answer.status_code == 200
        with stage.database.reading() as session:
            assert session.scalars(select(Kiosk)).all() == []


def activity_of(stage: Stage) -> int:
    with stage.database.reading() as session:
        return session.get_one(Shift, stage.shift_id).activity_id


def test_a_place_from_a_chinese_map_is_kept_as_browsers_mean_it(stage: Stage, client_as: Browser) -> None:
    path = f"/activities/{activity_of(stage)}/presence"
    form = {"asks_place": "y", "where": "39.910228，116.403714", "map_kind": "gcj02"}
    assert client_as("coordinator").post(path, data=form).status_code == 302
    with stage.database.reading() as session:
        plan = session.scalars(select(PresencePlan)).one()
        assert abs(plan.latitude_e6 - 39_908_823) < 20
        assert abs(plan.longitude_e6 - 116_397_470) < 20
    # Shown again as it is kept, and saved again without moving.
    page = client_as("coordinator").get(path).get_data(as_text=True)
    shown = re.search(r'value="(39\.\d+, 116\.\d+)"', page)
    assert shown is not None
    client_as("coordinator").post(path, data=form | {"where": shown[1], "map_kind": "wgs84"})
    with stage.database.reading() as session:
        assert session.scalars(select(PresencePlan)).one().latitude_e6 == plan.latitude_e6


@pytest.mark.parametrize("where", ["", "the square", "39.9", "91, 0"])
def test_a_place_that_cannot_be_read_is_said_beside_the_field(
    stage: Stage, client_as: Browser, where: str
) -> None:
    path = f"/activities/{activity_of(stage)}/presence"
    answer = client_as("coordinator").post(
        path, data={"asks_place": "y", "where": where, "map_kind": "wgs84"}
    )
    assert answer.status_code == 200
    assert "field-error" in answer.get_data(as_text=True)


def test_the_tap_tells_the_word_and_the_page_asks_only_where_the_activity_wants_it(
    stage: Stage, client_as: Browser
) -> None:
    phone = client_as("volunteer")
    first = phone.get(address(stage)).headers["Location"]
    assert "data-asks-place" not in phone.get(first).get_data(as_text=True)
    form = {"asks_place": "y", "where": "39.908823, 116.397470", "map_kind": "wgs84"}
    client_as("coordinator").post(f"/activities/{activity_of(stage)}/presence", data=form)
    ticket = phone.get(address(stage)).headers["Location"]
    assert "data-asks-place" in phone.get(ticket).get_data(as_text=True)
    assert tone(result(phone, phone.post(ticket, data={"where": "39.9089,116.3975,15"}))) == "go"
    assert stage.scans()[0].place == "inside"


def test_a_printed_code_is_made_printed_read_and_taken_down(stage: Stage, client_as: Browser) -> None:
    coordinator, path = client_as("coordinator"), f"/activities/{activity_of(stage)}/presence"
    sheet = coordinator.post(f"{path}/codes", data={"name": "北门"}).headers["Location"]
    paper = coordinator.get(sheet).get_data(as_text=True)
    drawings = re.findall(r"<svg[^>]*viewBox.*?</svg>", paper, re.DOTALL)
    read = [pictures.read(pictures.picture(drawing)) for drawing in drawings if "crispEdges" in drawing]
    assert len(read) == 2
    assert all(text is not None and "/s/" in text for text in read)
    came = str(read[0]).removeprefix("http://127.0.0.1:8000")
    phone = client_as("volunteer")
    ticket = phone.get(came).headers["Location"]
    assert tone(result(phone, phone.post(ticket))) == "go"
    assert stage.attendances()[0].check_in_method == "static"
    coordinator.post(sheet, data={"what": "renew"})
    assert tone(client_as("neighbour").get(came).get_data(as_text=True)) == "stop"
    assert coordinator.post(sheet, data={"what": "withdraw"}).status_code == 302


def test_a_spot_check_is_begun_on_the_screen_and_answered_by_a_phone(
    database: Database, cast: Cast, client_as: Browser
) -> None:
    stage = stage_to_leave(database, cast)
    client_as("coordinator").post(
        f"/activities/{activity_of(stage)}/presence", data={"spot_checks": "y", "map_kind": "wgs84"}
    )
    screen = client_as("coordinator")
    assert "spot" in screen.post(f"/shifts/{stage.shift_id}/spot-check").headers["Location"]
    told = screen.post(
        f"/shifts/{stage.shift_id}/screen/codes", json={"kind": "spot", "display": None}
    ).get_json()
    assert told["state"] == "open"
    shown = pictures.read(pictures.picture(told["codes"][0]["svg"], margin=20))
    phone = client_as("volunteer")
    ticket = phone.get(str(shown).removeprefix("http://127.0.0.1:8000")).headers["Location"]
    assert tone(result(phone, phone.post(ticket))) == "go"
    with database.reading() as session:
        assert session.scalars(select(SpotCheck)).one().shift_id == stage.shift_id
    assert stage.attendances()[0].checked_out_at is None
    assert "已见 1" in screen.get(f"/shifts/{stage.shift_id}/screen?kind=spot").get_data(as_text=True)


def test_a_burst_of_wrong_codes_warns_on_the_organiser_s_screen_and_not_on_the_tablet(
    stage: Stage, client_as: Browser, app: Flask
) -> None:
    screen, path = client_as("coordinator"), f"/shifts/{stage.shift_id}/screen/arrivals"
    old = stage.token(now() - timedelta(seconds=60))
    for _time in range(4):
        app.test_client().get(f"/s/{old}")
    assert screen.get(path).get_json()["warning"] == ""
    app.test_client().get(f"/s/{old}")
    assert "5" in screen.get(path).get_json()["warning"]
    assert set_up(stage, client_as).get("/kiosk/arrivals").get_json()["warning"] == ""


def test_every_attempt_stands_in_the_log_with_its_method_grade_and_reason(
    stage: Stage, client_as: Browser, app: Flask
) -> None:
    phone = client_as("volunteer")
    ticket = phone.get(address(stage)).headers["Location"]
    phone.post(ticket)
    early = phone.get(address(stage, Kind.OUT)).headers["Location"]
    phone.get(early)
    app.test_client().get(f"/s/{stage.token(now() - timedelta(seconds=60))}")
    auditor = client_as("auditor")
    page = auditor.get(f"/shifts/{stage.shift_id}/scans").get_data(as_text=True)
    assert stage.cast.volunteer.name in page
    table = auditor.post(f"/shifts/{stage.shift_id}/scans/table")
    assert table.headers["Content-Type"].startswith("text/csv")
    lines = table.get_data(as_text=True).splitlines()
    assert [line.split(",")[6] for line in lines[1:]] == ["ok", "too_early", "expired"]
    # What was refused proves nothing.
    assert [line.split(",")[4] for line in lines[1:]] == ["A", "", ""]
    assert client_as("volunteer").get(f"/shifts/{stage.shift_id}/scans").status_code == 403
    assert client_as("stranger").get(f"/shifts/{stage.shift_id}/scans").status_code == 404
