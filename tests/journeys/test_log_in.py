"""Logging in and out, through HTTP."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from tests.cast import PASSWORD, Cast
from timebank.access import service as access
from timebank.access.models import User
from timebank.clock import now


def _log_in(
    client: FlaskClient, name: str, password: str = PASSWORD, target: str = "/login"
) -> tuple[int, str]:
    answer = client.post(target, data={"login_name": name, "password": password})
    return answer.status_code, answer.headers.get("Location", answer.get_data(as_text=True))


def test_a_volunteer_logs_in_by_phone_and_lands_on_the_home_page(client: FlaskClient, cast: Cast) -> None:
    assert _log_in(client, cast.volunteer.phone) == (302, "/")
    assert cast.volunteer.name in client.get("/").get_data(as_text=True)


def test_full_width_digits_and_spaces_in_the_number_are_understood(client: FlaskClient, cast: Cast) -> None:
    written = " ".join(cast.volunteer.number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert _log_in(client, written)[0] == 302


def test_dashes_and_the_country_code_in_the_phone_are_understood(client: FlaskClient, cast: Cast) -> None:
    phone = cast.volunteer.phone
    assert _log_in(client, f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}")[0] == 302


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(client: FlaskClient, cast: Cast) -> None:
    known, unknown = (
        _log_in(client, cast.volunteer.phone, "wrong wrong"),
        _log_in(client, "13999999999", "wrong wrong"),
    )
    assert known[0] == unknown[0] == 200
    assert _said(known[1], cast.volunteer.phone) == _said(unknown[1], "13999999999")


def _said(page: str, name: str) -> str:
    """The page without what was typed and without its form's token, which holds the second it was made in."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page.replace(name, ""))


def test_the_sixth_wrong_password_locks_the_name_even_for_the_right_one(
    client: FlaskClient, cast: Cast
) -> None:
    for _ in range(5):
        assert _log_in(client, cast.volunteer.phone, "wrong wrong")[0] == 200
    assert _log_in(client, cast.volunteer.phone)[0] == 429
    assert _log_in(client, cast.neighbour.phone)[0] == 302


def test_phone_and_number_of_one_person_share_their_tries(client: FlaskClient, cast: Cast) -> None:
    for name in [cast.volunteer.phone] * 3 + [cast.volunteer.number] * 2:
        assert _log_in(client, name, "wrong wrong")[0] == 200
    assert _log_in(client, cast.volunteer.phone)[0] == _log_in(client, cast.volunteer.number)[0] == 429


def test_a_name_of_two_hundred_letters_is_just_wrong(client: FlaskClient) -> None:
    assert _log_in(client, "9" * 200, "wrong wrong")[0] == 200


def test_log_in_leads_back_to_where_the_person_was_heading_but_never_off_the_site(
    client: FlaskClient, cast: Cast
) -> None:
    assert client.get("/password").headers["Location"] == "/login?next=/password"
    assert _log_in(client, cast.volunteer.phone, target="/login?next=/password")[1] == "/password"
    for elsewhere in (
        "https://example.invalid/",
        "//example.invalid/",
        "/\\example.invalid",
        "/%0Aexample.invalid",
        "/%0D%0ASet-Cookie:a=b",
    ):
        assert _log_in(client, cast.volunteer.phone, target=f"/login?next={elsewhere}")[1] == "/"


def test_a_change_of_password_ends_every_other_session(client_as: Callable[[str], FlaskClient]) -> None:
    phone, tablet = client_as("volunteer"), client_as("volunteer")
    new = "a much longer sentence"
    answer = phone.post("/password", data={"current": PASSWORD, "password": new, "repeated": new})
    assert answer.status_code == 302
    assert phone.get("/").status_code == 200
    assert tablet.get("/").headers["Location"] == "/login"


def test_a_form_without_its_token_is_refused_and_says_what_to_do(
    app: Flask, client_as: Callable[[str], FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client_as("volunteer").post("/password", data={"current": PASSWORD})
    assert answer.status_code == 400
    assert "Traceback" not in answer.get_data(as_text=True)


def test_an_invitation_sets_a_first_password_once(app: Flask, client: FlaskClient, cast: Cast) -> None:
    with app.extensions["timebank"].database.transaction() as session:
        user = session.get_one(User, cast.volunteer.user_id)
        secret = access.invite(session, user=user, by=cast.administrator.actor, at=now())
    chosen = {"password": "a much longer sentence", "repeated": "a much longer sentence"}
    assert cast.volunteer.name in client.get(f"/invite/{secret}").get_data(as_text=True)
    assert client.post(f"/invite/{secret}", data=chosen).status_code == 302
    assert client.post(f"/invite/{secret}", data=chosen).status_code == 422
    assert _log_in(app.test_client(), cast.volunteer.phone, chosen["password"])[0] == 302


def test_pages_carry_the_security_headers(client: FlaskClient) -> None:
    headers = client.get("/login").headers
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_an_invitation_opens_no_suspended_account(app: Flask, client: FlaskClient, cast: Cast) -> None:
    with app.extensions["timebank"].database.transaction() as session:
        user = session.get_one(User, cast.volunteer.user_id)
        secret = access.invite(session, user=user, by=cast.administrator.actor, at=now())
        access.suspend_user(session, user=user, by=cast.administrator.actor, at=now())
    words = {"password": "a much longer sentence", "repeated": "a much longer sentence"}
    for answer in (client.get(f"/invite/{secret}"), client.post(f"/invite/{secret}", data=words)):
        assert answer.status_code == 403
        assert "已停用" in answer.get_data(as_text=True)
    with app.extensions["timebank"].database.transaction() as session:
        access.reinstate_user(session, user=session.get_one(User, cast.volunteer.user_id))
    assert client.post(f"/invite/{secret}", data=words).status_code == 302


def test_guesses_at_the_present_password_are_counted_before_they_are_looked_at(
    client_as: Callable[[str], FlaskClient],
) -> None:
    browser, new = client_as("volunteer"), "a much longer sentence"
    wrong = {"current": "wrong wrong", "password": new, "repeated": new}
    for _ in range(5):
        assert browser.post("/password", data=wrong).status_code == 200
    assert browser.post("/password", data=wrong | {"current": PASSWORD}).status_code == 429
