"""The weekly report on rings as pages: made by hand where the night has not, and shown to nobody whom it is about."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast
from tests.fraud.plant import plot
from timebank.clock import now
from timebank.fraud.ring_models import RingReport
from timebank.house import House
from timebank.members.models import Household, HouseholdMember

ClientAs = Callable[[str], FlaskClient]


@pytest.fixture
def house(app: Flask, cast: Cast) -> House:
    """Two coordinators have approved typed rows for each other, for weeks."""
    found: House = app.extensions["timebank"]
    with found.database.transaction() as session:
        scene = plot(session, cast, now())
        one, other = cast.coordinator, cast.second_coordinator
        for days in (9, 16, 23):
            shift = scene.shift(days)
            scene.record(shift, one.member_id, method="manual", grade="D", approver=other.user_id)
            scene.record(shift, other.member_id, method="manual", grade="D", approver=one.user_id)
    return found


def _report(house: House) -> int:
    with house.database.reading() as session:
        return session.scalars(select(RingReport.id)).one()


def test_an_auditor_lets_the_week_be_reported_once_and_reads_names_rows_and_picture(
    house: House, cast: Cast, client_as: ClientAs
) -> None:
    auditor = client_as("auditor")
    assert "还没有周报" in auditor.get("/rings").text
    for _twice in range(2):
        assert auditor.post("/rings").status_code == 302
    number = _report(house)
    listed = auditor.get("/rings").text
    assert f"/rings/{number}" in listed
    page = auditor.get(f"/rings/{number}").text
    assert cast.coordinator.name in page
    assert cast.second_coordinator.name in page
    assert "互相往来" in page
    assert "<svg" in page
    assert "<table" in page


def test_only_who_works_on_cases_there_sees_reports(house: House, cast: Cast, client_as: ClientAs) -> None:
    client_as("auditor").post("/rings")
    number = _report(house)
    for part in ("volunteer", "coordinator", "attendant"):
        browser = client_as(part)
        assert browser.get("/rings").status_code == 403
        assert browser.post("/rings").status_code == 403
    assert client_as("coordinator").get(f"/rings/{number}").status_code in (403, 404)
    for part in ("stranger_administrator", "stranger"):
        assert client_as(part).get(f"/rings/{number}").status_code == 404
    assert client_as("auditor").get(f"/rings/{number + 1}").status_code == 404


def test_a_group_about_the_readers_own_household_is_not_there(
    house: House, cast: Cast, client_as: ClientAs
) -> None:
    client_as("auditor").post("/rings")
    number = _report(house)
    assert cast.coordinator.name in client_as("auditor").get(f"/rings/{number}").text
    with house.database.transaction() as session:
        home = Household(created_at=now())
        session.add(home)
        session.flush()
        for part in ("auditor", "coordinator"):
            session.add(
                HouseholdMember(household_id=home.id, member_id=cast.people[part].member_id, since=now())
            )
    page = client_as("auditor").get(f"/rings/{number}").text
    assert cast.coordinator.name not in page
    assert "没有异常往来" in page
