"""The code on the phone and the cards on paper, as pages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import pictures
from tests.cast import Cast, row
from tests.hours.stage import SHANGHAI, add_rule, draft, published
from timebank.activities import service as activities
from timebank.activities.rules import ShiftPlan
from timebank.audit.models import AuditEntry
from timebank.clock import now
from timebank.db import Database
from timebank.members import service
from timebank.members.cards import card_code
from timebank.members.codes import identify

Browser = Callable[[str], FlaskClient]
_SVG = re.compile(r"<svg[^>]*shape-rendering.*?</svg>", re.DOTALL)


def drawn(page: str) -> list[str]:
    """Every code on the page, as its SVG."""
    return _SVG.findall(page)


def test_the_code_page_shows_the_same_code_as_bars_as_a_square_and_in_digits(
    client_as: Browser, database: Database, cast: Cast
) -> None:
    page = client_as("volunteer").get("/me/code").get_data(as_text=True)
    bars, square = drawn(page)
    code = pictures.read(pictures.picture(square))
    assert code is not None
    assert pictures.read(pictures.picture(bars, module=3, margin=30)) == code
    assert " ".join(re.findall(".{1,4}", code)) in page
    assert cast.volunteer.number in page
    with database.transaction() as session:
        assert (
            identify(session, cast.keyring, code, by="shop:1", at=now()).member.id == cast.volunteer.member_id
        )


def test_every_look_at_the_page_gives_a_fresh_code(client_as: Browser, cast: Cast) -> None:
    phone = client_as("volunteer")
    shown = {
        pictures.read(pictures.picture(drawn(phone.get("/me/code").get_data(as_text=True))[1])) for _ in "abc"
    }
    assert len(shown) == 3


def test_without_javascript_the_page_loads_itself_anew_within_the_minute(
    client_as: Browser, cast: Cast
) -> None:
    page = client_as("volunteer").get("/me/code").get_data(as_text=True)
    found = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+)">', page)
    assert found is not None
    assert int(found[1]) < 60


def test_the_page_s_script_gets_the_next_code(client_as: Browser, cast: Cast) -> None:
    told = client_as("volunteer").post("/me/code").get_json()
    assert told["seconds"] == 60
    assert pictures.read(pictures.picture(told["qr"])) == told["digits"]


def test_a_visitor_is_asked_to_log_in_first(client: FlaskClient) -> None:
    assert client.get("/me/code").headers["Location"] == "/login?next=/me/code"


@pytest.mark.parametrize("path", ["/me/card", "/members/{id}/card"])
def test_a_printed_card_reads_back_as_the_member_s(
    client_as: Browser, database: Database, cast: Cast, path: str
) -> None:
    part = "volunteer" if path.startswith("/me/") else "coordinator"
    page = client_as(part).get(path.format(id=cast.volunteer.member_id)).get_data(as_text=True)
    (square,) = drawn(page)
    with database.reading() as session:
        expected = card_code(cast.keyring, row(session, cast.volunteer))
    for degrees in (0, 15):
        seen = pictures.blurred(pictures.turned(pictures.worn(pictures.picture(square), 0.06), degrees), 1.0)
        assert pictures.read(seen) == expected


def test_a_sheet_holds_the_chosen_members_and_each_reads_back(client_as: Browser, cast: Cast) -> None:
    chosen = [cast.people[part].member_id for part in ("volunteer", "neighbour", "attendant")]
    page = client_as("coordinator").post("/members/cards", data={"member": chosen}).get_data(as_text=True)
    codes = [pictures.read(pictures.picture(square)) for square in drawn(page)]
    assert [code[2:10] for code in codes if code] == [
        cast.people[part].number for part in ("volunteer", "neighbour", "attendant")
    ]


def test_printing_is_in_the_audit_trail(client_as: Browser, database: Database, cast: Cast) -> None:
    client_as("coordinator").get(f"/members/{cast.volunteer.member_id}/card")
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "member.card_printed")).one()
        assert (entry.actor, entry.subject) == (
            f"user:{cast.coordinator.user_id}",
            f"member:{cast.volunteer.member_id}",
        )


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("coordinator", 200),
        ("administrator", 200),
        ("neighbour", 404),
        ("auditor", 403),
        ("attendant", 403),
        ("stranger", 404),
    ],
)
def test_only_those_who_keep_the_register_print_other_people_s_cards(
    client_as: Browser, cast: Cast, part: str, status: int
) -> None:
    assert client_as(part).get(f"/members/{cast.volunteer.member_id}/card").status_code == status
    answer = client_as(part).post("/members/cards", data={"member": cast.volunteer.member_id})
    assert answer.status_code == (403 if part == "neighbour" else status)


def test_nobody_chosen_is_said(client_as: Browser, cast: Cast) -> None:
    answer = client_as("coordinator").post("/members/cards", data={"member": ["x", "²", ""]})
    assert answer.status_code == 422
    assert client_as("coordinator").get("/members/cards").status_code == 200
    assert client_as("coordinator").get(f"/members/cards?organisation={cast.team_id}").status_code == 200


def test_after_a_loss_the_new_print_differs(client_as: Browser, database: Database, cast: Cast) -> None:
    address = f"/members/{cast.volunteer.member_id}/card"
    before = drawn(client_as("coordinator").get(address).get_data(as_text=True))
    with database.transaction() as session:
        service.replace_card(session, member=row(session, cast.volunteer))
    assert drawn(client_as("coordinator").get(address).get_data(as_text=True)) != before


def test_a_poster_leads_to_the_activity_s_page(client_as: Browser, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        activity_id = published(session, cast).activity_id
    page = client_as("coordinator").get(f"/activities/{activity_id}/poster").get_data(as_text=True)
    (square,) = drawn(page)
    expected = f"http://127.0.0.1:8000/activities/{activity_id}"
    for degrees in (0, 15):
        seen = pictures.blurred(pictures.turned(pictures.worn(pictures.picture(square), 0.06), degrees), 1.0)
        assert pictures.read(seen) == expected
    assert "敬老院打扫" in page
    assert "10 积分" in page


def test_a_poster_names_whom_to_ask_and_only_the_dates_that_take_place(
    client_as: Browser, database: Database, cast: Cast
) -> None:
    first = (now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    plans = [ShiftPlan(first + timedelta(days=day), first + timedelta(days=day, hours=2)) for day in range(9)]
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, *plans, at=now())
        activity_id = shift.activity_id
        shift.activity.contact_name, shift.activity.contact_phone = "李文浩", "13900000002"
        activities.cancel_shift(
            session, shift=shift, reason="下雨", by=cast.coordinator.actor, at=now(), timezone=SHANGHAI
        )
    browser, address = client_as("coordinator"), f"/activities/{activity_id}/poster"
    page = browser.get(address).get_data(as_text=True)
    assert "李文浩 13900000002" in page
    days = [f"{plan.starts_at.astimezone(SHANGHAI):%Y-%m-%d}" for plan in plans]
    assert [day for day in days if day in page] == days[1:7]
    assert "另有2场" in page
    # Nobody hangs up what does not take place.
    browser.post(f"/desk/activities/{activity_id}/cancel", data={"reason": "下雨"})
    assert browser.get(address).status_code == 409


def test_the_poster_of_a_draft_is_for_colleagues(client_as: Browser, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        activity_id = draft(session, cast, at=now() - timedelta(days=1)).id
    assert client_as("coordinator").get(f"/activities/{activity_id}/poster").status_code == 200
    assert client_as("volunteer").get(f"/activities/{activity_id}/poster").status_code == 404
    assert client_as("stranger").get(f"/activities/{activity_id}/poster").status_code == 404
