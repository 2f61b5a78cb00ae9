"""Members, organisations, roles and keys, walked through HTTP."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import PASSWORD, Cast
from timebank.access.models import User
from timebank.audit.models import AuditEntry
from timebank.members.models import Member

IDENTITY = "11010519491231002X"
ClientAs = Callable[[str], FlaskClient]


def _text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return unescape(answer.get_data(as_text=True))


def _actions(app: Flask) -> list[str]:
    with app.extensions["timebank"].database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def _new(cast: Cast, **changes: object) -> dict[str, object]:
    person = {
        "name": "刘洋", "phone": "139 1111 2222", "identity": IDENTITY.lower(), "sex": "unknown", "skills": "理发、家电维修",
        "organisation_id": cast.team_id, "consented": "y",
    }  # fmt: skip
    return person | changes


def test_a_new_member_is_invited_chooses_a_password_and_finds_the_own_page(
    app: Flask, client: FlaskClient, client_as: ClientAs, cast: Cast
) -> None:
    desk = client_as("coordinator")
    registered = desk.post("/members/new", data=_new(cast))
    assert registered.status_code == 302, registered.get_data(as_text=True)
    member_page = registered.headers["Location"]
    shown = _text(desk, member_page)
    assert "110105********002X" in shown
    assert IDENTITY not in shown
    assert "1949-12-31" in shown
    sheet = desk.post(f"{member_page}/invitation").get_data(as_text=True)
    link = re.search(r"http://[^<\s]+/invite/[\w-]+", sheet)
    assert link is not None
    assert "<svg" in sheet
    chosen = {"password": "a much longer sentence", "repeated": "a much longer sentence"}
    accepted = client.post(urlsplit(link[0]).path, data=chosen)
    assert accepted.headers["Location"] == "/"
    own = _text(client, "/me")
    assert "刘洋" in own
    assert "13911112222" in own
    assert _actions(app) == ["member.registered", "member.invited"]


def test_a_form_with_faults_names_them_beside_the_fields_and_registers_nobody(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    desk = client_as("coordinator")
    for changes in (
        {"name": ""},
        {"phone": "12345"},
        {"identity": IDENTITY[:-1] + "1"},
        {"born_on": "1950-01-01"},
        {"consented": ""},
        {"organisation_id": cast.county_id},
        {"phone": cast.volunteer.phone, "name": cast.volunteer.name},
    ):
        data = {name: value for name, value in _new(cast, **changes).items() if value != ""}
        answer = desk.post("/members/new", data=data)
        assert answer.status_code == 200, changes
        page = unescape(answer.get_data(as_text=True))
        assert 'aria-invalid="true"' in page or "field-error" in page, changes
    with app.extensions["timebank"].database.reading() as session:
        assert session.scalar(select(Member).where(Member.name == "刘洋")) is None


def test_particulars_change_and_the_trail_keeps_the_fields_but_not_their_contents(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    desk, person = client_as("coordinator"), cast.volunteer
    assert person.phone in _text(desk, f"/members/{person.member_id}/edit")
    data = {"name": person.name, "phone": "13955556666", "sex": "female", "born_on": "1950-02-28"}
    answer = desk.post(f"/members/{person.member_id}/edit", data=data)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with app.extensions["timebank"].database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.facts == {"fields": "phone"}
        names = {name.name for name in session.get_one(User, person.user_id).login_names}
    assert names == {person.number, "13955556666"}


def test_the_identity_number_is_shown_for_a_reason_and_the_look_is_in_the_trail(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    page = client_as("coordinator").post("/members/new", data=_new(cast)).headers["Location"]
    assert client_as("coordinator").get(f"{page}/identity").status_code == 403
    auditor = client_as("auditor")
    assert IDENTITY not in _text(auditor, f"{page}/identity")
    assert IDENTITY not in auditor.post(f"{page}/identity", data={}).get_data(as_text=True)
    assert IDENTITY in auditor.post(f"{page}/identity", data={"reason": "核对证书"}).get_data(as_text=True)
    assert _actions(app) == ["member.registered", "member.identity_revealed"]


def test_a_member_is_moved_suspended_reinstated_and_gets_a_new_card_and_pin(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    desk, page = client_as("coordinator"), f"/members/{cast.volunteer.member_id}"
    assert desk.post(f"{page}/move", data={"organisation_id": cast.station_id}).status_code == 302
    assert desk.post(f"{page}/suspend", data={"reason": "搬走了"}).status_code == 302
    assert "已停用" in _text(desk, page)
    assert desk.post(f"{page}/reinstate").status_code == 302
    assert desk.post(f"{page}/new-card").status_code == 302
    weak = {"pin": "123456", "repeated": "123456"}
    assert desk.post(f"{page}/pin", data=weak).status_code == 200
    assert desk.post(f"{page}/pin", data={"pin": "604829", "repeated": "604829"}).status_code == 302
    assert desk.post(f"{page}/pin/clear").status_code == 302
    assert _actions(app) == [
        "member.moved", "member.suspended", "member.reinstated", "member.card_replaced", "member.pin_set", "member.pin_cleared",
    ]  # fmt: skip
    with app.extensions["timebank"].database.reading() as session:
        member = session.get_one(Member, cast.volunteer.member_id)
        assert (member.organisation_id, member.card_generation) == (cast.station_id, 2)
        assert (member.suspended_at, member.pin_hash) == (None, None)


def test_a_member_sets_the_own_pin_with_the_password_and_guesses_are_counted(
    client_as: ClientAs, cast: Cast
) -> None:
    phone = client_as("volunteer")
    pins = {"pin": "604829", "repeated": "604829"}
    for _guess in range(5):
        assert phone.post("/me/pin", data=pins | {"current": "wrong wrong"}).status_code == 200
    assert phone.post("/me/pin", data=pins | {"current": PASSWORD}).status_code == 429
    other = client_as("neighbour")
    assert other.post("/me/pin", data=pins | {"current": PASSWORD}).status_code == 302


def test_people_take_a_copy_of_everything_kept_about_them(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    phone = client_as("volunteer")
    whole = json.loads(phone.post("/me/export.json").data)
    sections = set(app.extensions["timebank"].own_records)
    assert sections >= {"particulars", "service_records", "points", "time", "orders"}
    assert set(whole) == sections | {"exported_at"}
    assert whole["particulars"][0]["phone"] == cast.volunteer.phone
    packed = zipfile.ZipFile(io.BytesIO(phone.post("/me/export.zip").data))
    assert {name.removesuffix(".csv") for name in packed.namelist()} == sections
    assert packed.read("particulars.csv").startswith(b"\xef\xbb\xbf")


def test_an_administrator_grows_renames_and_closes_a_branch(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    desk = client_as("administrator")
    made = desk.post(f"/organisations/{cast.station_id}/new", data={"name": "新队", "kind": "team"})
    assert made.status_code == 302
    page = made.headers["Location"]
    taken = desk.post(f"/organisations/{cast.station_id}/new", data={"name": "新队", "kind": "team"})
    assert taken.status_code == 200
    assert desk.post(f"{page}/rename", data={"name": "青年志愿服务队"}).status_code == 302
    assert "青年志愿服务队" in _text(desk, "/organisations")
    assert desk.post(f"/organisations/{cast.team_id}/close").status_code == 409
    assert desk.post(f"{page}/close").status_code == 302
    assert "已关闭" in _text(desk, page)
    assert desk.post(f"{page}/reopen").status_code == 302
    assert [action for action in _actions(app) if action.startswith("organisation")] == [
        "organisation.created", "organisation.renamed", "organisation.closed", "organisation.reopened",
    ]  # fmt: skip


def test_a_role_is_given_works_at_once_and_is_taken_back(client_as: ClientAs, cast: Cast) -> None:
    desk, person = client_as("administrator"), cast.volunteer
    browser = client_as("volunteer")
    assert browser.get("/members").status_code == 403
    page = f"/users/{person.user_id}"
    assert person.name in _text(desk, f"/users?q={person.phone}")
    given = desk.post(page, data={"role": "coordinator", "organisation_id": cast.team_id})
    assert given.status_code == 302
    assert browser.get("/members").status_code == 200
    revoke = re.search(rf"{page}/roles/\d+/revoke", _text(desk, page))
    assert revoke is not None
    assert desk.post(revoke[0]).status_code == 302
    assert browser.get("/members").status_code == 403


def test_nobody_gives_a_role_to_themselves_or_outside_the_own_subtree(
    client_as: ClientAs, cast: Cast
) -> None:
    desk = client_as("administrator")
    own = desk.post(
        f"/users/{cast.administrator.user_id}", data={"role": "auditor", "organisation_id": cast.county_id}
    )
    assert own.status_code == 200, "the refusal is said above the form"
    outside = {"role": "auditor", "organisation_id": cast.other_county_id}
    assert desk.post(f"/users/{cast.volunteer.user_id}", data=outside).status_code == 200
    assert client_as("auditor").get("/audit").get_data(as_text=True).count("授予了角色") == 0


def test_a_coordinator_cannot_take_an_administrators_log_in_over_by_an_invitation(
    client_as: ClientAs, cast: Cast
) -> None:
    desk = client_as("coordinator")
    assert desk.post(f"/members/{cast.administrator.member_id}/invitation").status_code == 403
    assert desk.post(f"/members/{cast.volunteer.member_id}/invitation").status_code == 200


def test_an_outsider_gets_a_role_and_an_invitation(
    client: FlaskClient, client_as: ClientAs, cast: Cast
) -> None:
    desk = client_as("administrator")
    data = {"name": "外审员", "phone": "13977778888", "role": "auditor", "organisation_id": cast.county_id}
    made = desk.post("/users/new", data=data)
    assert made.status_code == 302
    assert desk.post("/users/new", data=data).status_code == 200, "the phone is taken"
    sheet = desk.post(f"{made.headers['Location']}/invitation").get_data(as_text=True)
    link = re.search(r"/invite/[\w-]+", sheet)
    assert link is not None
    chosen = {"password": "a much longer sentence", "repeated": "a much longer sentence"}
    assert client.post(link[0], data=chosen).status_code == 302
    assert client.get("/audit").status_code == 200
    assert client.get("/me").status_code == 200
    assert client.get("/users").status_code == 403


def test_a_suspended_user_is_logged_out_everywhere(client_as: ClientAs, cast: Cast) -> None:
    desk, phone = client_as("administrator"), client_as("volunteer")
    assert phone.get("/me").status_code == 200
    assert desk.post(f"/users/{cast.volunteer.user_id}/suspend").status_code == 302
    assert phone.get("/me").headers["Location"].startswith("/login")
    assert desk.post(f"/users/{cast.volunteer.user_id}/reinstate").status_code == 302
    assert phone.get("/me").status_code == 200


def test_the_secret_of_a_key_is_shown_once_and_works_until_revoked(client_as: ClientAs, cast: Cast) -> None:
    desk = client_as("administrator")
    data = {"label": "县政府网站", "role": "coordinator", "organisation_id": cast.county_id}
    page = desk.post("/api-keys/new", data=data).get_data(as_text=True)
    found = re.search(r"Bearer ([\w-]+)", page)
    assert found is not None
    listed = _text(desk, "/api-keys")
    assert "县政府网站" in listed
    assert found[1] not in listed
    headers = {"Authorization": f"Bearer {found[1]}"}
    program = desk.application.test_client()
    assert program.get("/api/v1/members", headers=headers).status_code == 200
    revoke = re.search(r"/api-keys/\d+/revoke", listed)
    assert revoke is not None
    assert desk.post(revoke[0]).status_code == 302
    assert program.get("/api/v1/members", headers=headers).status_code == 401


def test_the_trail_is_read_by_auditors_in_chinese_sentences(client_as: ClientAs, cast: Cast) -> None:
    client_as("coordinator").post("/members/new", data=_new(cast))
    trail = _text(client_as("auditor"), "/audit?who=李文浩&action=member&since=2026-01-01")
    assert "登记了成员" in trail
    assert client_as("coordinator").get("/audit").status_code == 403
    assert "登记了成员" not in _text(client_as("stranger_administrator"), "/audit")


def test_a_coordinator_does_not_end_her_own_suspension(
    cast: Cast, client_as: Callable[[str], FlaskClient]
) -> None:
    own = f"/members/{cast.coordinator.member_id}"
    client_as("second_coordinator").post(f"{own}/suspend", data={"reason": "调查期间暂停。"})
    assert client_as("coordinator").post(f"{own}/reinstate").status_code == 403
    assert client_as("second_coordinator").post(f"{own}/reinstate").status_code == 302
