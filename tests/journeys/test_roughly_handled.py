"""Activities and attendance under rough hands: impatient fingers, long names, formulas as names, far too large files."""

import csv
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.cast import Cast, row
from tests.hours.stage import SHANGHAI, add_rule, attended, category, photo, published
from tests.journeys.hours_scene import DAY, HOUR, ClientAs, actions, activity_id_of, open_shift
from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.clock import now
from timebank.db import Database
from timebank.hours import service as hours
from timebank.orgs.models import Organisation

LONG_NAME = "阿卜杜勒" * 15
MEGABYTE = 1024 * 1024


def _lines(browser: FlaskClient, address: str) -> list[list[str]]:
    answer = browser.post(address)
    assert answer.status_code == 200, answer.status
    return list(csv.reader(StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"), newline="")))


def _sent(browser: FlaskClient, address: str, fields: dict[str, object]) -> TestResponse:
    # Encoded here, because the test client leaves a temporary file open for bodies of this size.
    boundary, body = encode_multipart(fields)
    return browser.post(address, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def _served_yesterday(database: Database, cast: Cast) -> int:
    """The volunteer signed up, came and left yesterday; the neighbour signed up and stayed away."""
    start = now() - DAY
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(start, start + timedelta(minutes=150), 10), at=start - DAY)
        for person in (cast.volunteer, cast.neighbour):
            activities.sign_up(
                session, shift=shift, member_id=person.member_id, by=person.actor, at=start - HOUR
            )
        attended(session, shift, cast.volunteer)
        return shift.id


def test_an_impatient_finger_signs_up_and_gives_up_once(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, 5)
    browser = client_as("volunteer")
    for verb in ("sign-up", "give-up", "sign-up"):
        for _click in range(2):
            assert browser.post(f"/shifts/{shift_id}/{verb}").status_code == 302
    with database.reading() as session:
        (place,) = session.scalars(select(SignUp)).all()
        assert (place.status, place.revision) == ("signed_up", 3)
    done = [action for action in actions(database) if action.startswith("activities.")]
    assert done == ["activities.sign_up", "activities.give_up", "activities.sign_up"]


def test_a_certificate_is_issued_once_and_the_trail_says_so(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = _served_yesterday(database, cast)
    office = client_as("second_coordinator")
    for _click in range(2):
        office.post(f"/desk/shifts/{shift_id}/confirm", data={"head_count": "1"})
    today = now().astimezone(SHANGHAI).date()
    period = {"period_from": (today - DAY).isoformat(), "period_until": today.isoformat()}
    asked = {"organisation_id": cast.team_id, "purpose": "评优", **period}
    for _click in range(2):
        client_as("volunteer").post("/my/certificates", data=asked)
    for _click in range(2):
        assert office.post("/desk/certificates/requests/1", data={"decision": "issue"}).status_code == 302
    for _click in range(2):
        assert office.post("/desk/certificates/1/revoke", data={"reason": "发错了"}).status_code == 302
    done = [action for action in actions(database) if action.startswith(("certificate.", "hours.confirm"))]
    assert done == ["hours.confirm_shift", "certificate.asked", "certificate.issued", "certificate.revoked"]


def test_every_table_of_a_shift_carries_names_that_a_spreadsheet_does_not_run(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = _served_yesterday(database, cast)
    with database.transaction() as session:
        row(session, cast.volunteer).name = '=HYPERLINK("http://example.invalid")'
        row(session, cast.neighbour).name = "＝1+1"
    auditor = client_as("auditor")
    roster = _lines(auditor, f"/desk/shifts/{shift_id}/table")
    assert {line[3] for line in roster[1:]} == {'\'=HYPERLINK("http://example.invalid")', "'＝1+1"}
    by_name = {line[3][:2]: line for line in roster[1:]}
    # Came and left by the changing code: grade A, 150 minutes; who stayed away has neither.
    assert by_name["'="][6:12] == ["扫动态码", by_name["'="][7], "扫动态码", "A", "150", ""]
    assert by_name["'＝"][4:12] == ["未到", "", "", "", "", "", "", ""]
    places = _lines(auditor, f"/desk/shifts/{shift_id}/places/table")
    assert {line[1] for line in places[1:]} == {'\'=HYPERLINK("http://example.invalid")', "'＝1+1"}
    assert actions(database)[-2:] == ["hours.roster_exported", "activities.places_exported"]


def test_a_name_of_sixty_characters_stands_on_every_page_and_paper(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = _served_yesterday(database, cast)
    with database.transaction() as session:
        for person in (cast.volunteer, cast.neighbour):
            row(session, person).name = LONG_NAME
        session.get_one(Organisation, cast.team_id).name = "夕阳红" * 20
    activity_id = activity_id_of(database, shift_id)
    office, volunteer = client_as("coordinator"), client_as("volunteer")
    for page in ("", "/places", "/confirm", "/sheet", "/sheet/print"):
        assert LONG_NAME in office.get(f"/desk/shifts/{shift_id}{page}").text
    told = office.get(f"/shifts/{shift_id}/screen/arrivals").get_json()
    assert told["rows"][0]["name"] == "阿***"
    for page in (f"/activities/{activity_id}", f"/activities/{activity_id}/poster", "/my/records"):
        assert volunteer.get(page).status_code == 200


@pytest.mark.parametrize("what", ["nothing", "a picture"])
def test_ten_megabytes_are_refused_beside_the_field_of_every_upload(
    what: str, database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = _served_yesterday(database, cast)
    activity_id = activity_id_of(database, shift_id)
    large = (photo() if what == "a picture" else b"") + b"\0" * (10 * MEGABYTE)
    office, volunteer = client_as("coordinator"), client_as("volunteer")
    start = (now() + DAY).astimezone(SHANGHAI)
    with database.transaction() as session:
        kind = category(session).id
    plan = {
        "title": "义剪",
        "category_id": kind,
        "organisation_id": cast.team_id,
        "place": "东风社区",
        "shifts-0-day": f"{start:%Y-%m-%d}",
        "shifts-0-starts": "14:00",
        "shifts-0-ends": "15:00",
    }
    row_of = f"row-{cast.neighbour.member_id}"
    entry = {"member": cast.neighbour.number, "came": "14:00", "left": "15:00", "reason": "手机没电"}
    uploads: list[tuple[FlaskClient, str, str, dict[str, object]]] = [
        (volunteer, "/scan/photo", "photo", {}),
        (office, f"/shifts/{shift_id}/help", "photo", {}),
        (office, "/desk/activities/new", "photo", plan),
        (office, f"/desk/shifts/{shift_id}/entries/new", "evidence", entry),
        (office, f"/desk/shifts/{shift_id}/sheet", "photo", {row_of: "1"}),
    ]
    for browser, address, field, rest in uploads:
        answer = _sent(browser, address, rest | {field: FileStorage(BytesIO(large), "照片.jpg", field)})
        assert answer.status_code == 200, address
        assert "field-error" in answer.text, address
        huge = _sent(browser, address, rest | {field: FileStorage(BytesIO(large * 2), "照片.jpg", field)})
        assert huge.status_code == 413, address
        assert "太大" in huge.text
    with database.reading() as session:
        assert [one.id for one in session.scalars(select(Activity))] == [activity_id]


def test_a_night_shift_and_one_on_the_leap_day_are_written_with_both_days(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    night = datetime(2028, 2, 28, 22, 0, tzinfo=SHANGHAI)
    leap = datetime(2028, 2, 29, 9, 0, tzinfo=SHANGHAI)
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(
            session, cast, ShiftPlan(night, night + 8 * HOUR, 5), ShiftPlan(leap, leap + HOUR, 5), at=now()
        )
        activity_id = shift.activity_id
        ids = [one.id for one in session.get_one(Activity, activity_id).shifts]
    both = ("2028-02-28 周一 22:00 – 周二 06:00", "2028-02-29 周二 09:00–10:00")
    office, volunteer = client_as("coordinator"), client_as("volunteer")
    pages = (f"/activities/{activity_id}", f"/activities/{activity_id}/poster", "/activities?day=2028-02-28")
    for page, words in zip(pages, (both, both, both[:1]), strict=True):
        text = volunteer.get(page).text
        assert all(one in text for one in words), page
    assert "2028-02-29" in volunteer.get("/activities?day=2028-02-29").text
    for page in ("help", "screen", "scans", "kiosk"):
        assert both[0] in office.get(f"/shifts/{ids[0]}/{page}").text, page
    for shift_id in ids:
        assert "报名成功" in volunteer.post(f"/shifts/{shift_id}/sign-up", follow_redirects=True).text
    calendar = volunteer.get(f"/activities/{activity_id}/calendar.ics").text
    assert "DTSTART:20280228T140000Z" in calendar
    assert "DTEND:20280228T220000Z" in calendar
    # Copied two years later there is no such day: the form moves by whole weeks and stays on real days.
    copy = office.get(f"/desk/activities/new?from={activity_id}").text
    assert 'value="2028-02-29"' in copy
    with database.reading() as session:
        assert session.get_one(Shift, ids[0]).ends_at - session.get_one(Shift, ids[0]).starts_at == 8 * HOUR


def test_whoever_asks_for_a_correction_too_late_is_told_before_writing_it(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    start = now() - 60 * DAY
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(start, start + 2 * HOUR, 5), at=start - DAY)
        record = attended(session, shift, cast.volunteer)
        hours.confirm_shift(
            session, shift=shift, by=cast.second_coordinator.actor, at=start + 5 * HOUR, timezone=SHANGHAI
        )
        number = record.id
    page = client_as("volunteer").get(f"/records/{number}/correction").text
    assert "更正申请已于" in page
    assert "<textarea" not in page
