"""The list without network through HTTP: assigning, taking, uploading, deciding, as people and devices do it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast
from tests.offline.device import BACK, CAME, TAKEN, Device, card_of, words_of
from timebank.audit.models import AuditEntry
from timebank.checkin.rules import Windows
from timebank.db import Database
from timebank.hours.models import Attendance
from timebank.notices.models import Notice
from timebank.offline.models import OfflineConflict, OfflineRoster
from timebank.offline.rules import Said
from timebank.offline.service import Taken

ClientAs = Callable[[str], FlaskClient]
pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """``clock(moment)``: what time it is for the pages of the list."""

    def at(moment: datetime) -> None:
        for module in ("timebank.offline.app_views", "timebank.offline.views"):
            monkeypatch.setattr(f"{module}.now", lambda: moment)

    return at


def taken(app: Flask, cast: Cast, client: FlaskClient, shift_id: int) -> Device:
    """A device that has taken the list through HTTP."""
    answer = client.post(f"/offline/shifts/{shift_id}/list", json={"names": False})
    assert answer.status_code == 200, answer.text
    database: Database = app.extensions["timebank"].database
    with database.reading() as session:
        roster = session.scalars(
            select(OfflineRoster).where(OfflineRoster.public_word == answer.json["word"])
        ).one()
        session.expunge_all()
    start, end = (datetime.fromisoformat(answer.json["windows"]["in"][at]) for at in (0, 1))
    return Device(
        cast.keyring, Taken(roster, Windows(start, end, start, end), b"", []), cast.coordinator.actor
    )


def delivery(scans: list[Said], at: datetime) -> dict[str, object]:
    """What a device sends."""
    fields = ("counter", "nonce", "kind", "how", "entry", "previous", "seal")
    said = [{name: getattr(scan, name) for name in fields} | {"at": scan.at_word} for scan in scans]
    return {"sent_at": words_of(at), "scans": said}


def test_a_device_takes_a_list_uploads_it_and_somebody_else_decides_what_was_odd(
    app: Flask,
    client_as: ClientAs,
    cast: Cast,
    shift_id: int,
    clock: Callable[[datetime], None],
) -> None:
    database: Database = app.extensions["timebank"].database
    coordinator, other = client_as("coordinator"), client_as("second_coordinator")
    clock(TAKEN)
    assert [one["shift_id"] for one in coordinator.get("/offline/desk").json["lists"]] == [shift_id]
    assert other.get("/offline/desk").json["lists"] == []
    device = taken(app, cast, coordinator, shift_id)
    with database.reading() as session:
        device.scan(card_of(session, cast, cast.volunteer), "in", CAME)
        device.scan(card_of(session, cast, cast.attendant), "in", CAME + timedelta(minutes=1))

    clock(BACK)
    address = f"/offline/lists/{device.word}/scans"
    sent = delivery(device.scans, BACK)
    assert other.post(address, json=sent).status_code == 404
    for _twice in range(2):
        results = coordinator.post(address, json=sent).json["results"]
        assert [one["outcome"] for one in results] == ["ok", "offline_conflict"]
        assert [one["name"] for one in results] == [cast.volunteer.name, cast.attendant.name]
    with database.reading() as session:
        found = session.scalars(select(OfflineConflict)).one()
        told = session.scalars(select(Notice).where(Notice.kind == "offline.conflicts")).all()
        assert cast.second_coordinator.member_id in {notice.member_id for notice in told}
        assert cast.coordinator.member_id not in {notice.member_id for notice in told}
        page = f"/desk/offline/{found.id}"

    assert cast.attendant.name in other.get("/desk/offline").text
    both_sides = other.get(page).text
    assert cast.coordinator.name in both_sides
    assert "没有签到记录" in both_sides
    mine = coordinator.post(page, data={"decision": "accept", "reason": "我看见她了"})
    assert "须由别人决定" in mine.text
    assert other.post(page, data={"decision": "accept", "reason": ""}).status_code == 200
    assert other.post(page, data={"decision": "accept", "reason": "临时来帮忙"}).status_code == 302
    again = other.post(page, data={"decision": "refuse", "reason": "再想想"})
    assert "已经有人决定过了" in again.text
    with database.reading() as session:
        came = {row.member_id for row in session.scalars(select(Attendance))}
        assert came == {cast.volunteer.member_id, cast.attendant.member_id}
        acts = list(session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("offline%"))))
        assert acts == ["offline.list_taken", "offline.list_uploaded", "offline.conflict_accepted"]


def test_the_office_assigns_and_reports_a_device_lost(
    app: Flask,
    client_as: ClientAs,
    cast: Cast,
    shift_id: int,
    clock: Callable[[datetime], None],
) -> None:
    clock(TAKEN)
    coordinator, other = client_as("coordinator"), client_as("second_coordinator")
    page = f"/desk/shifts/{shift_id}/offline"
    assert other.post(f"/offline/shifts/{shift_id}/list", json={}).status_code == 403
    assert cast.second_coordinator.name in coordinator.get(page).text
    coordinator.post(page, data={"user": cast.second_coordinator.user_id})
    assert other.post(f"/offline/shifts/{shift_id}/list", json={}).status_code == 200
    with app.extensions["timebank"].database.reading() as session:
        roster = session.scalars(select(OfflineRoster)).one()
        assert roster.taken_by_user_id == cast.second_coordinator.user_id
    coordinator.post(f"{page}/{roster.id}/lost")
    assert "已丢失" in coordinator.get(page).text


def test_a_list_two_days_before_is_refused_in_words(
    client_as: ClientAs, shift_id: int, clock: Callable[[datetime], None]
) -> None:
    clock(TAKEN - timedelta(days=2))
    answer = client_as("coordinator").post(
        f"/offline/shifts/{shift_id}/list", json={}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert "24 小时" in answer.json["title"]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"sent_at": "yesterday", "scans": []},
        {"sent_at": "2026-02-31T10:00:00.000Z", "scans": []},
        {"sent_at": "2026-03-02T10:00:00.000Z", "scans": [{"counter": 1}]},
        [1, 2],
    ],
)
def test_what_no_device_says_is_refused(  # noqa: PLR0917 - fixtures come by name.
    app: Flask,
    client_as: ClientAs,
    cast: Cast,
    shift_id: int,
    clock: Callable[[datetime], None],
    broken: object,
) -> None:
    clock(TAKEN)
    coordinator = client_as("coordinator")
    device = taken(app, cast, coordinator, shift_id)
    assert coordinator.post(f"/offline/lists/{device.word}/scans", json=broken).status_code == 422


def test_what_the_device_keeps_of_the_house_says_nothing_about_anybody(
    client: FlaskClient, client_as: ClientAs, cast: Cast
) -> None:
    for address in ("/offline/", "/offline/app.webmanifest", "/offline/service-worker.js"):
        visitor, member = client.get(address), client_as("coordinator").get(address)
        assert visitor.status_code == 200
        assert visitor.text == member.text
        assert cast.coordinator.name not in member.text
