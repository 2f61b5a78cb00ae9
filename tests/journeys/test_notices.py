"""Through the pages: somebody is told, reads it, chooses how it arrives; households and groups."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import wsgi
from tests.cast import SECRET_KEY, Cast
from tests.notices.mail_server import MailServer
from timebank.house import House
from timebank.notices import runner
from timebank.notices.models import Notice
from timebank.settings import Settings

ClientAs = Callable[[str], FlaskClient]
pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def app(database_url: str, server: MailServer) -> Iterator[Flask]:
    """The whole house with the mail server of this machine."""
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET_KEY,
        log_format="none",
        public_url="http://localhost",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        mail_from="bank@example.com",
    )
    house = wsgi.create(settings)
    house.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
    yield house
    house.extensions["timebank"].database.dispose()


def kinds(app: Flask, member_id: int) -> list[str]:
    with app.extensions["timebank"].database.reading() as session:
        query = select(Notice.kind).where(Notice.member_id == member_id).order_by(Notice.id)
        return list(session.scalars(query))


def test_whoever_has_a_pin_or_card_made_at_the_desk_is_told(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    desk, member_id = client_as("coordinator"), cast.volunteer.member_id
    desk.post(f"/members/{member_id}/pin", data={"pin": "739164", "repeated": "739164"})
    desk.get(f"/members/{member_id}/card")
    desk.post("/members/cards", data={"member": str(member_id)})
    desk.post(f"/members/{member_id}/new-card")
    desk.post(f"/members/{member_id}/pin/clear")
    told = ["pin_set", "card_printed", "card_printed", "card_replaced", "pin_cleared"]
    assert kinds(app, member_id) == [f"member.{word}" for word in told]
    own = client_as("volunteer")
    own.post("/locale", data={"locale": "en", "next": "/"})
    page = own.get("/notices").get_data(as_text=True)
    assert "5 new notices" in page
    assert "A new PIN for the counter was set at the desk by 李文浩." in page
    own.get("/me/card")
    assert len(kinds(app, member_id)) == 5, "nobody is told of what they do themselves"


def test_a_notice_is_read_once_and_leads_where_it_says(app: Flask, client_as: ClientAs, cast: Cast) -> None:
    client_as("coordinator").get(f"/members/{cast.volunteer.member_id}/card")
    own = client_as("volunteer")
    assert "quick-bell" in own.get("/").get_data(as_text=True)
    with app.extensions["timebank"].database.reading() as session:
        notice_id = session.scalars(select(Notice.id)).one()
    assert client_as("neighbour").post(f"/notices/{notice_id}/read").status_code == 404
    assert own.post(f"/notices/{notice_id}/read").headers["Location"] == "/me"
    assert "quick-bell" not in own.get("/").get_data(as_text=True)


def test_an_address_is_confirmed_by_its_link_and_then_notices_come_there(
    app: Flask, client: FlaskClient, client_as: ClientAs, cast: Cast, server: MailServer
) -> None:
    house: House = app.extensions["timebank"]
    own = client_as("volunteer")
    assert "@" in own.post("/notices/email", data={"address": "not an address"}).get_data(as_text=True)
    assert own.post("/notices/email", data={"address": "guilan@example.com"}).status_code == 302
    runner.send(house, {})
    assert server.mailbox.recipients == ["guilan@example.com"]
    body = server.mailbox.letters[0]
    import email
    from email.policy import default

    text = email.message_from_string(body, policy=default).get_content()
    path = text.partition("http://localhost")[2].split()[0]
    # Opening alone changes nothing: mail programs look at links by themselves.
    assert client.get(path).status_code == 200
    client_as("coordinator").get(f"/members/{cast.volunteer.member_id}/card")
    runner.send(house, {})
    assert len(server.mailbox.letters) == 1
    assert client.post(path).status_code == 200
    client_as("coordinator").get(f"/members/{cast.volunteer.member_id}/card")
    runner.send(house, {})
    assert len(server.mailbox.letters) == 2
    own.post("/notices/email/choice", data={"wanted": "0"})
    client_as("coordinator").get(f"/members/{cast.volunteer.member_id}/card")
    runner.send(house, {})
    assert len(server.mailbox.letters) == 2
    assert client.post(path[:-1] + "x").status_code == 422


def test_an_administrator_sees_what_did_not_arrive_and_sends_it_again(
    app: Flask, client_as: ClientAs, cast: Cast, server: MailServer
) -> None:
    house: House = app.extensions["timebank"]
    server.mailbox.refuses["gone@example.com"] = "550 no such user"
    client_as("volunteer").post("/notices/email", data={"address": "gone@example.com"})
    runner.send(house, {})
    page = client_as("administrator").get("/notices/outbox").get_data(as_text=True)
    assert "550 no such user" in page
    assert "gone@example.com" not in page
    assert "g***@example.com" in page
    server.mailbox.refuses.clear()
    again = page.partition("/notices/outbox/")[2].split("/")[0]
    assert client_as("administrator").post(f"/notices/outbox/{again}/again").status_code == 302
    runner.send(house, {})
    assert server.mailbox.recipients == ["gone@example.com"]


def test_a_couple_links_itself_from_two_phones(app: Flask, client_as: ClientAs, cast: Cast) -> None:
    first, second = client_as("volunteer"), client_as("neighbour")
    wrong = {"number": cast.neighbour.number, "name": "张建设"}
    assert first.post("/me/household", data=wrong).status_code == 200
    right = {"number": cast.neighbour.number, "name": cast.neighbour.name}
    assert first.post("/me/household", data=right).status_code == 302
    assert kinds(app, cast.neighbour.member_id) == ["household.asked"]
    page = second.get("/me/household").get_data(as_text=True)
    agree = page.partition("/households/links/")[2].split("/")[0]
    assert first.post(f"/households/links/{agree}/agree").status_code == 403
    assert client_as("stranger").post(f"/households/links/{agree}/agree").status_code == 404
    assert second.post(f"/households/links/{agree}/agree").status_code == 302
    assert kinds(app, cast.volunteer.member_id) == ["household.linked"]
    assert "2口之家" in client_as("coordinator").get("/members").get_data(as_text=True)
    first.post("/me/household/leave")
    assert kinds(app, cast.neighbour.member_id) == ["household.asked", "household.ended"]


def test_two_coordinators_link_a_household_in_office(app: Flask, client_as: ClientAs, cast: Cast) -> None:
    page = f"/members/{cast.volunteer.member_id}/household"
    body = {"number": cast.neighbour.number, "name": cast.neighbour.name, "note": "户口簿"}
    assert client_as("coordinator").post(page, data=body).status_code == 302
    assert kinds(app, cast.second_coordinator.member_id) == ["household.proposed"]
    seen = client_as("second_coordinator").get(page).get_data(as_text=True)
    link = seen.partition("/households/links/")[2].split("/")[0]
    assert client_as("coordinator").post(f"/households/links/{link}/agree").status_code == 403
    assert client_as("second_coordinator").post(f"/households/links/{link}/agree").status_code == 302
    assert kinds(app, cast.volunteer.member_id) == ["household.linked"]
    assert kinds(app, cast.neighbour.member_id) == ["household.linked"]


def test_a_county_names_a_group_and_a_coordinator_enters_somebody(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    named = {"name": "低收入", "organisation_id": str(cast.county_id), "description": "有低保证"}
    made = client_as("administrator").post("/groups/new", data=named)
    assert made.status_code == 302
    desk = client_as("coordinator")
    body = {"number": cast.volunteer.number, "since": "2026-01-01", "evidence": "证 12"}
    assert desk.post(made.headers["Location"], data=body).status_code == 302
    assert "已经属于" in desk.post(made.headers["Location"], data=body).get_data(as_text=True)
    group_id = made.headers["Location"].rpartition("/")[2]
    listed = desk.get(f"/members?group={group_id}").get_data(as_text=True)
    assert cast.volunteer.name in listed
    assert cast.neighbour.name not in listed
    assert "低收入" in desk.get(f"/members/{cast.volunteer.member_id}").get_data(as_text=True)
    assert client_as("coordinator").get("/groups/new").status_code == 403
