"""Members over the API: reading within scope, registering once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.conftest import Program
from tests.cast import Cast
from timebank.access.actors import Role
from timebank.audit.models import AuditEntry
from timebank.members.models import Member


def _new(cast: Cast, **changes: Any) -> dict[str, Any]:
    person = {"name": "刘洋", "phone": "139-1111-2222", "organisation_id": cast.team_id, "consented": True}
    return person | changes


def test_members_come_in_pages_without_gap_or_repeat(program: Callable[..., Program], cast: Cast) -> None:
    asked = program(Role.AUDITOR)
    whole = asked.get("/members").json
    assert whole is not None
    assert whole["next"] is None
    assert len(whole["items"]) == 8
    seen: list[int] = []
    address: str | None = "/members?limit=3"
    while address:
        page = asked.get(address).json
        assert page is not None
        seen += [item["id"] for item in page["items"]]
        address = f"/members?limit=3&cursor={page['next']}" if page["next"] else None
    assert seen == [item["id"] for item in whole["items"]]


def test_phones_are_whole_only_for_keys_that_may_change_members(
    program: Callable[..., Program], cast: Cast
) -> None:
    path = f"/members/{cast.volunteer.member_id}"
    seen = {role: program(role).get(path).json or {} for role in (Role.COORDINATOR, Role.AUDITOR)}
    assert seen[Role.COORDINATOR]["phone"] == cast.volunteer.phone
    assert seen[Role.AUDITOR]["phone"] == "139****0000"
    assert not {"identity_cipher", "identity_hash", "pin_hash", "card_secret"} & set(seen[Role.AUDITOR])


def test_a_registered_member_can_be_fetched_and_is_in_the_trail(
    app: Flask, program: Callable[..., Program], cast: Cast
) -> None:
    asked = program(Role.COORDINATOR)
    answer = asked.post("/members", _new(cast, identity="11010519491231002x", skills=["理发"]))
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["phone"] == "13911112222"
    assert answer.json["born_on"] == "1949-12-31"
    assert answer.json["identity"] == "110105********002X"
    assert (
        asked.client.get(answer.headers["Location"], headers={"Authorization": f"Bearer {asked.secret}"}).json
        == answer.json
    )
    with app.extensions["timebank"].database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.actor.startswith("key:")
        assert (entry.action, entry.subject) == ("member.registered", f"member:{answer.json['id']}")


def test_the_same_key_registers_once_and_refuses_other_content(
    app: Flask, program: Callable[..., Program], cast: Cast
) -> None:
    asked, headers = program(Role.COORDINATOR), {"Idempotency-Key": "first-1"}
    first = asked.post("/members", _new(cast), headers=headers)
    again = asked.post("/members", _new(cast), headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    other = asked.post("/members", _new(cast, name="刘阳"), headers=headers)
    assert other.status_code == 409
    assert other.json is not None
    assert other.json["code"] == "idempotency_key_reused"
    with app.extensions["timebank"].database.reading() as session:
        assert len(session.scalars(select(Member).where(Member.name.in_(("刘洋", "刘阳")))).all()) == 1
    another_program = program(Role.COORDINATOR)
    assert another_program.post("/members", _new(cast, name="刘阳"), headers=headers).status_code == 201


def test_a_refused_request_may_be_repeated_with_its_key_once_it_is_right(
    program: Callable[..., Program], cast: Cast
) -> None:
    asked, headers = program(Role.COORDINATOR), {"Idempotency-Key": "k"}
    assert asked.post("/members", _new(cast, phone="12345"), headers=headers).status_code == 422
    assert asked.post("/members", _new(cast), headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "12345"}, "invalid_phone"),
        ({"identity": "110105194912310021"}, "invalid_identity"),
        ({"born_on": "1950-01-01", "identity": "11010519491231002X"}, "birth_date_differs"),
        ({"consented": False}, "consent_missing"),
        ({"consented": "true"}, "invalid"),
        ({"name": "x\0"}, "invalid"),
        ({"organisation_id": 999}, "organisation_not_found"),
        ({"points": "10.00"}, "invalid"),
    ],
)
def test_faults_carry_their_code(
    program: Callable[..., Program], cast: Cast, changes: dict[str, Any], code: str
) -> None:
    answer = program(Role.COORDINATOR).post("/members", _new(cast, **changes))
    assert answer.status_code in (404, 422)
    assert answer.json is not None
    assert answer.json["code"] == code


def test_balances_are_strings_and_minutes(program: Callable[..., Program], cast: Cast) -> None:
    answer = program(Role.AUDITOR).get(f"/members/{cast.volunteer.member_id}/balances")
    assert answer.json == {"member_id": cast.volunteer.member_id, "points": "0.00", "time_minutes": 0}
