"""The phone says where it is, or does not: the tap goes through either way, and a word is all that stays."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from tests.browser.conftest import PHONE, Site, log_in
from tests.browser.test_rotating_screen import shift_to_come
from tests.cast import Cast
from timebank.activities.models import Shift
from timebank.checkin import displays, presence, tokens
from timebank.checkin.models import Scan
from timebank.checkin.places import Position
from timebank.checkin.tokens import Kind
from timebank.clock import now

HERE = {"latitude": 39.9089, "longitude": 116.3975, "accuracy": 12}


@pytest.mark.parametrize(
    ("leave", "word"), [({"geolocation": HERE, "permissions": ["geolocation"]}, "inside"), ({}, "refused")]
)
def test_the_tap_goes_through_whether_the_phone_says_where_it_is_or_not(
    site: Site, people: Cast, chromium: Browser, leave: dict[str, Any], word: str
) -> None:
    shift_id = shift_to_come(site, people, step_seconds=60)
    at = now()
    with site.database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        by = people.coordinator.actor
        presence.set_plan(
            session,
            activity=shift.activity,
            asks_place=True,
            centre=Position(39.908823, 116.397470),
            spot_checks=False,
            by=by,
            at=at,
        )
        shown = displays.keep_showing(session, shift=shift, kind=Kind.IN, display_id=None, by=by, at=at).id
    token = tokens.mint(
        people.keyring,
        kind=Kind.IN,
        shift_id=shift_id,
        display=shown,
        step=tokens.step_at(at, seconds=60),
        step_seconds=60,
    )
    page = log_in(chromium.new_context(viewport=PHONE, **leave), site.base, people.volunteer.phone)
    page.goto(f"{site.base}/s/{token}")
    page.click(".scan-confirm .btn-go")
    expect(page.locator("[data-result=go]")).to_be_visible(timeout=20_000)
    with site.database.reading() as session:
        assert session.scalars(select(Scan.place)).all() == [word]
    page.context.close()
