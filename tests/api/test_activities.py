"""Activities over the API: planned, published, signed up for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.api.conftest import Program
from tests.cast import Cast
from timebank.access.actors import Role
from timebank.clock import now


def _plan(cast: Cast, category_id: int, **changes: Any) -> dict[str, Any]:
    begins = (now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    shift = {
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=3)).isoformat(),
        "capacity": 1,
    }
    plan = {
        "organisation_id": cast.team_id,
        "category_id": category_id,
        "title": "看望独居老人",
        "place": "东风社区",
        "shifts": [shift],
    }
    return plan | changes


def test_an_activity_is_planned_published_and_signed_up_for(
    program: Callable[..., Program], cast: Cast, category_id: int
) -> None:
    asked = program(Role.COORDINATOR)
    draft = asked.post("/activities", _plan(cast, category_id)).json
    assert draft is not None
    assert draft["status"] == "draft"
    assert draft["shifts"][0]["starts_at"].endswith("Z")
    published = asked.post(f"/activities/{draft['id']}/publish", None).json
    assert published is not None
    assert published["status"] == "published"
    assert asked.post(f"/activities/{draft['id']}/publish", None).json == published
    places = f"/shifts/{draft['shifts'][0]['id']}/sign-ups"
    taken = asked.post(places, {"member_id": cast.volunteer.member_id})
    assert taken.status_code == 201
    full = asked.post(places, {"member_id": cast.neighbour.member_id})
    assert full.status_code == 409
    assert full.json is not None
    assert full.json["code"] == "full"
    listed = program(Role.AUDITOR).get(places).json
    assert listed is not None
    assert [item["member_id"] for item in listed["items"]] == [cast.volunteer.member_id]
    shown = asked.get("/activities?status=published&q=独居").json
    assert shown is not None
    assert shown["items"][0]["shifts"][0]["places_taken"] == 1


def test_the_same_key_plans_once(program: Callable[..., Program], cast: Cast, category_id: int) -> None:
    asked, headers = program(Role.COORDINATOR), {"Idempotency-Key": "plan-1"}
    plan = _plan(cast, category_id)
    first, again = (asked.post("/activities", plan, headers=headers).json for _ in range(2))
    assert first is not None
    assert again is not None
    assert first["id"] == again["id"]


def test_a_draft_is_hidden_from_keys_without_a_role_there(
    program: Callable[..., Program], cast: Cast, category_id: int
) -> None:
    draft = program(Role.COORDINATOR).post("/activities", _plan(cast, category_id)).json
    assert draft is not None
    elsewhere = program(Role.COORDINATOR, cast.other_county_id)
    assert elsewhere.get(f"/activities/{draft['id']}").status_code == 404
    assert elsewhere.post(f"/activities/{draft['id']}/publish", None).status_code == 404
    assert program(Role.ATTENDANT).post(f"/activities/{draft['id']}/publish", None).status_code == 403


def test_a_shift_that_ends_before_it_begins_is_refused(
    program: Callable[..., Program], cast: Cast, category_id: int
) -> None:
    plan = _plan(cast, category_id)
    shift = plan["shifts"][0]
    shift["starts_at"], shift["ends_at"] = shift["ends_at"], shift["starts_at"]
    answer = program(Role.COORDINATOR).post("/activities", plan)
    assert answer.status_code == 422
