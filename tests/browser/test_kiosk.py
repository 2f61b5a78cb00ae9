"""The tablet at the door in a real browser: set up, a code scanned from it, a card before it, left by its PIN."""

import re

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from tests.browser.conftest import PHONE, Site, everybody_reads, in_both_ways, log_in, looks_as_chosen
from tests.browser.eyes import qr_on, shoot
from tests.browser.test_rotating_screen import shift_to_come
from tests.cast import Cast, row
from timebank.hours.models import Attendance
from timebank.members.cards import card_code

TABLET = {"width": 1024, "height": 768}
PIN = "246810"


@in_both_ways
def test_a_tablet_at_the_door_checks_in_by_code_and_by_card_and_lets_nobody_out(
    locale: str, elder_mode: bool, site: Site, people: Cast, chromium: Browser
) -> None:
    everybody_reads(site.database, locale, elder_mode=elder_mode)
    shift_id = shift_to_come(site, people)
    with site.database.reading() as session:
        digits = card_code(site.app.extensions["timebank"].keyring, row(session, people.neighbour))
    tablet = log_in(chromium.new_context(viewport=TABLET), site.base, people.coordinator.phone)
    problems: list[str] = []
    tablet.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    tablet.goto(f"{site.base}/shifts/{shift_id}/kiosk")
    tablet.check("[name=is_attended]")
    tablet.fill("[name=pin]", PIN)
    tablet.click("main form [type=submit]")
    tablet.wait_for_url(f"{site.base}/kiosk")
    expect(tablet.locator("[data-qr] svg")).to_be_visible()
    # It goes on in the language and size of whoever set it up.
    assert looks_as_chosen(tablet, locale, elder_mode=elder_mode)

    # A phone scans the code that the tablet shows.
    phone = log_in(chromium.new_context(viewport=PHONE), site.base, people.volunteer.phone)
    phone.goto(qr_on(tablet))
    phone.click(".scan-confirm .btn-go")
    expect(phone.locator("[data-result=go]")).to_be_visible()
    expect(tablet.locator("[data-arrived]")).to_have_text("1", timeout=15_000)

    # A scanner gun reads a card: quick digits and Enter, wherever the focus is. Nobody has a place yet, so she agrees.
    shoot(tablet, digits)
    expect(tablet.locator("main")).to_contain_text(people.neighbour.name)
    tablet.click(".result-next form [type=submit]")
    expect(tablet.locator("[data-result=go]")).to_contain_text(people.neighbour.name)
    # Back for the next person by itself.
    tablet.wait_for_url(f"{site.base}/kiosk", timeout=15_000)
    with site.database.reading() as session:
        methods = {found.member_id: found.check_in_method for found in session.scalars(select(Attendance))}
    assert methods == {people.volunteer.member_id: "rotating", people.neighbour.member_id: "member"}

    # No other page is reached, and nothing on the page leads there.
    for path in ("/", "/members", f"/shifts/{shift_id}/screen", "/login"):
        tablet.goto(site.base + path)
        assert tablet.url == f"{site.base}/kiosk"
    assert tablet.eval_on_selector_all("a[href]", "all => all.map((one) => new URL(one.href).pathname)") == [
        "/kiosk",
        "/kiosk/leave",
    ]
    tablet.click("a[href='/kiosk/leave']")
    tablet.fill("[name=pin]", "000000")
    tablet.click("main form [type=submit]")
    expect(tablet.locator(".field-error")).to_be_visible()
    tablet.fill("[name=pin]", PIN)
    tablet.click("main form [type=submit]")
    tablet.wait_for_url(re.compile("/login$"))
    assert problems == []
    tablet.context.close()
    phone.context.close()
