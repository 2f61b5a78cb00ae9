"""One shape for every error, and who gets which."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import Program
from tests.cast import Cast
from timebank.access.actors import Role

PROBLEM = {"code", "status", "title", "next_step", "facts", "request_id"}
# The description holds nothing about anybody, and programs need it to learn how to ask.
PUBLIC = {"/api/v1/openapi.json"}


def _addresses(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_address_under_api_asks_for_a_key(app: Flask, client: FlaskClient) -> None:
    addresses = _addresses(app)
    assert len(addresses) >= 24
    for method, rule in addresses:
        answer = client.open(_filled(rule, 1), method=method, json={} if method == "POST" else None)
        if rule in PUBLIC:
            assert answer.status_code == 200
            continue
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), rule
        assert answer.json is not None
        assert set(answer.json) == PROBLEM


def _filled(rule: str, number: int) -> str:
    return "".join(str(number) if part.startswith("<") else part for part in _parts(rule))


def _parts(rule: str) -> list[str]:
    return rule.replace("<", "\n<").replace(">", ">\n").split("\n")


def test_a_row_of_another_county_does_not_exist(
    app: Flask, program: Callable[..., Program], cast: Cast
) -> None:
    foreign = program(Role.ADMINISTRATOR, cast.other_county_id)
    for method, rule in _addresses(app):
        if "<" in rule:
            answer = foreign.ask(method, _filled(rule, 1).removeprefix("/api/v1"), json=_valid(rule, cast))
            assert answer.status_code == 404, (method, rule, answer.json)


def _valid(rule: str, cast: Cast) -> dict[str, Any] | None:
    """What is asked in full: its form is looked at before its row."""
    if rule.endswith("sign-ups"):
        return {"member_id": cast.volunteer.member_id}
    if rule.endswith("goods-receipts"):
        return {"kind": "receipt", "lines": [{"product_id": 1, "quantity": 1}]}
    return None


def test_a_role_without_the_permission_may_not(program: Callable[..., Program], cast: Cast) -> None:
    attendant, auditor = program(Role.ATTENDANT), program(Role.AUDITOR)
    member = f"/members/{cast.volunteer.member_id}"
    for path in (
        "/members",
        member,
        f"{member}/balances",
        f"{member}/statements/points",
        "/attendances",
        "/service-records",
    ):
        assert attendant.get(path).status_code == 403, path
    new = {"name": "刘洋", "phone": "13911112222", "organisation_id": cast.team_id, "consented": True}
    assert auditor.post("/members", new).status_code == 403
    assert program(Role.COORDINATOR).get("/orders").status_code == 403


def test_a_key_reaches_its_own_subtree_alone(program: Callable[..., Program], cast: Cast) -> None:
    narrow = program(Role.COORDINATOR, cast.team_id)
    assert narrow.get(f"/organisations/{cast.team_id}").status_code == 200
    assert narrow.get(f"/organisations/{cast.station_id}").status_code == 404
    assert narrow.get(f"/members?organisation_id={cast.county_id}").status_code == 404


def test_a_session_reads_but_writes_only_with_a_key(
    client_as: Callable[[str], FlaskClient], cast: Cast
) -> None:
    browser = client_as("coordinator")
    assert browser.get("/api/v1/members").status_code == 200
    refused = browser.post("/api/v1/members", json={})
    assert refused.status_code == 401
    wrong_key = browser.get("/api/v1/members", headers={"Authorization": "Bearer wrong"})
    assert wrong_key.status_code == 401, "a wrong key is not rescued by a session"


def test_a_key_writes_where_forms_need_their_token(
    app: Flask, program: Callable[..., Program], cast: Cast
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    new = {"name": "刘洋", "phone": "13911112222", "organisation_id": cast.team_id, "consented": True}
    assert program(Role.COORDINATOR).post("/members", new).status_code == 201


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/members?limit=0", "limit"),
        ("/members?limit=1000", "limit"),
        ("/members?staus=active", "staus"),
        ("/members?organisation_id=99999999999999999999", "organisation_id"),
        ("/activities?since=2026-03-02", "since"),
        ("/activities?since=2026-03-02T08:00:00", "since"),
        ("/service-records?served_from=02.03.2026", "served_from"),
    ],
)
def test_a_wrong_filter_is_named(program: Callable[..., Program], path: str, field: str) -> None:
    answer = program(Role.ADMINISTRATOR).get(path)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "invalid"
    assert field in answer.json["facts"]["query"]


@pytest.mark.parametrize("cursor", ["x", "W10", "%00", "A" * 900])
def test_a_wrong_cursor_is_refused(program: Callable[..., Program], cast: Cast, cursor: str) -> None:
    asked = program(Role.ADMINISTRATOR)
    for path in (
        "/members",
        "/activities",
        f"/members/{cast.volunteer.member_id}/statements/points",
        "/organisations",
    ):
        assert asked.get(f"{path}?cursor={cursor}").status_code in (400, 422), path


def test_numbers_that_no_row_can_have_lead_nowhere(program: Callable[..., Program]) -> None:
    asked = program(Role.ADMINISTRATOR)
    for number in (0, 2**63 - 1, 2**63, 10**40):
        assert asked.get(f"/members/{number}").status_code == 404


def test_a_body_that_is_no_json_and_a_wrong_method_are_problems_too(program: Callable[..., Program]) -> None:
    asked = program(Role.COORDINATOR)
    broken = asked.ask("POST", "/members", data="{", content_type="application/json")
    assert (broken.status_code, broken.mimetype) == (400, "application/problem+json")
    wrong = asked.ask("DELETE", "/members")
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert "GET" in wrong.headers["Allow"]


def test_a_page_that_does_not_exist_stays_a_page(client: FlaskClient) -> None:
    assert client.get("/nothing").mimetype == "text/html"
    assert client.get("/api/v1/nothing").mimetype == "application/problem+json"
