"""Every address of activities and hours as a stranger, a colleague, a volunteer and a visitor."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast
from tests.hours.stage import draft
from tests.journeys.hours_scene import DAY, HOUR, ClientAs, yesterdays_shift
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.clock import now
from timebank.db import Database
from timebank.hours.models import ServiceRecord


def _addresses(database: Database, cast: Cast) -> dict[str, str]:
    """Every address about something of the team's."""
    shift_id = yesterdays_shift(database, cast)
    with database.transaction() as session:
        start = now() + DAY
        hidden = draft(session, cast, ShiftPlan(start, start + HOUR), title="草稿")
        activity_id = session.get_one(Shift, shift_id).activity_id
        record_id = session.scalar(select(ServiceRecord.id).order_by(ServiceRecord.id))
    return {
        "activity": f"/activities/{activity_id}",
        "draft": f"/activities/{hidden.id}",
        "sign_up": f"POST /shifts/{shift_id}/sign-up",
        "give_up": f"POST /shifts/{shift_id}/give-up",
        "edit": f"/desk/activities/{hidden.id}/edit",
        "publish": f"/desk/activities/{hidden.id}/publish",
        "publish now": f"POST /desk/activities/{hidden.id}/publish",
        "cancel": f"/desk/activities/{activity_id}/cancel",
        "cancel now": f"POST /desk/activities/{activity_id}/cancel",
        "roster": f"/desk/shifts/{shift_id}",
        "sign up other": f"POST /desk/shifts/{shift_id}",
        "confirm": f"/desk/shifts/{shift_id}/confirm",
        "confirm now": f"POST /desk/shifts/{shift_id}/confirm",
        "enter": f"/desk/shifts/{shift_id}/entries/new",
        "record": f"/records/{record_id}",
        "decide": f"POST /desk/records/{record_id}/decide",
        "take back": f"/desk/records/{record_id}/take-back",
        "take back now": f"POST /desk/records/{record_id}/take-back",
        "settings": f"/settings/{cast.county_id}",
        "settings now": f"POST /settings/{cast.county_id}",
    }


def _ask(browser: FlaskClient, address: str) -> int:
    method, _space, path = address.rpartition(" ")
    return browser.open(path, method=method or "GET", data={"reason": "x"} if method else None).status_code


@pytest.mark.parametrize("who", ["stranger", "stranger_administrator", "stranger_attendant"])
def test_for_a_stranger_nothing_of_ours_exists(
    database: Database, cast: Cast, client_as: ClientAs, who: str
) -> None:
    browser = client_as(who)
    found = {name: _ask(browser, address) for name, address in _addresses(database, cast).items()}
    assert {name: status for name, status in found.items() if status != 404} == {}


def test_a_colleague_without_the_permission_is_told_so(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    addresses = _addresses(database, cast)
    seen = {"activity", "draft", "sign_up", "give_up", "settings", "settings now"}
    browser = client_as("attendant")
    found = {name: _ask(browser, address) for name, address in addresses.items() if name not in seen}
    assert {name: status for name, status in found.items() if status != 403} == {}
    assert _ask(browser, "/rules/new") == _ask(browser, "/categories") == _ask(browser, "/settings") == 403
    # An auditor reads and decides nothing.
    auditor = client_as("auditor")
    assert _ask(auditor, addresses["roster"]) == 200
    for name in ("confirm now", "decide", "take back now", "publish now", "settings now", "enter"):
        assert _ask(auditor, addresses[name]) == 403, name


def test_a_volunteer_sees_what_is_public_and_their_own(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    addresses = _addresses(database, cast)
    volunteer, neighbour = client_as("volunteer"), client_as("neighbour")
    assert _ask(volunteer, addresses["activity"]) == _ask(volunteer, addresses["record"]) == 200
    assert _ask(neighbour, addresses["record"]) == _ask(neighbour, addresses["draft"]) == 404
    for name in ("roster", "confirm", "confirm now", "enter", "cancel now"):
        assert _ask(volunteer, addresses[name]) == 403, name


def test_visitors_are_asked_to_log_in(database: Database, cast: Cast, client: FlaskClient) -> None:
    pages = (
        "/activities",
        "/my/activities",
        "/my/records",
        "/my/points",
        "/my/time",
        "/my/time/convert",
        "/rules",
    )
    pages += (
        "/desk/activities",
        "/desk/hours",
        "/categories",
        "/settings",
        "/rules/new",
        "/desk/activities/new",
    )
    for address in (*pages, *_addresses(database, cast).values()):
        assert _ask(client, address) in (302, 401), address


def test_empty_pages_say_what_will_be_there(cast: Cast, client_as: ClientAs) -> None:
    volunteer = client_as("volunteer")
    for address in (
        "/activities",
        "/my/activities",
        "/my/activities?past=1",
        "/my/records",
        "/my/points",
        "/my/time",
    ):
        assert volunteer.get(address).status_code == 200
    for address in ("/desk/activities", "/desk/activities/new", "/desk/hours", "/categories"):
        assert client_as("coordinator").get(address).status_code == 200


def test_nonsense_in_an_address_changes_nothing(cast: Cast, client_as: ClientAs) -> None:
    volunteer = client_as("volunteer")
    for query in (
        "after=x",
        "after=2026-01-01T00:00:00~1",
        "category=abc",
        "after=2026-01-01T00:00:00%2B00:00~1",
    ):
        assert volunteer.get(f"/activities?{query}").status_code == 200
    assert volunteer.get("/my/records?before=x~y&status=nothing").status_code == 200
    assert volunteer.get("/my/points?before=x").status_code == 200
    assert client_as("coordinator").get("/desk/activities?before=x&state=nothing").status_code == 200
