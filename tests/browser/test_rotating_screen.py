"""The organiser's screen: scanned by a second browser's camera, without network, with a clock that is wrong."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.browser.camera import looking_at, needs_code_reader, write_film
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    Site,
    everybody_reads,
    in_both_ways,
    log_in,
    looks_as_chosen,
)
from tests.browser.eyes import qr_on
from tests.cast import Cast
from tests.hours.stage import add_rule, published
from timebank.activities import service as activities
from timebank.activities.rules import ShiftPlan
from timebank.checkin import tokens
from timebank.clock import now
from timebank.hours.models import Attendance
from timebank.policy.models import PolicySetting

# A code lives for fifteen to thirty seconds; a machine that is busy with ten other things may miss some.
SCANS = 5
PROJECTOR = {"width": 1920, "height": 1080}
# A page that believes it is an hour later than it is.
HOUR_AHEAD = """
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(Real.now() + 3600e3); }
  static now() { return Real.now() + 3600e3; }
};
"""


def shift_to_come(site: Site, people: Cast, *, step_seconds: int = 15) -> int:
    """A shift that begins in five minutes, with the volunteer signed up."""
    at = now()
    with site.database.transaction() as session:
        add_rule(session, people)
        plan = ShiftPlan(at + timedelta(minutes=5), at + timedelta(minutes=125), 10)
        shift = published(session, people, plan, at=at - timedelta(days=1))
        activities.sign_up(
            session, shift=shift, member_id=people.volunteer.member_id, by=people.volunteer.actor, at=at
        )
        session.add(
            PolicySetting(
                organisation_id=people.county_id,
                name="code_step_seconds",
                value=step_seconds,
                changed_by="user:1",
                changed_at=at - timedelta(days=1),
            )
        )
        return shift.id


def open_screen(page: Page, site: Site, shift_id: int) -> None:
    page.goto(f"{site.base}/shifts/{shift_id}/screen?kind=in")
    expect(page.locator("[data-qr] svg")).to_be_visible()


def token_on(page: Page) -> str:
    found = re.search(r"/s/([A-Z2-7]{32})$", qr_on(page))
    assert found is not None
    return found[1]


def scanned_in_time(phone: Page, screen: Page, film: Path, site: Site) -> bool:
    """The phone looks at the next code that the screen shows; whether the machine was quick enough for its life.

    As people do: who comes too late for a code is told so, and scans once more.
    """
    phone.goto(f"{site.base}/scan")
    code = screen.locator("[data-qr]")
    shown = code.inner_html()
    expect(code.locator("svg")).to_be_visible()
    for _tenth in range(400):
        if code.inner_html() != shown:
            break
        screen.wait_for_timeout(100)
    with Image.open(BytesIO(screen.screenshot())) as picture:
        write_film(picture, film)
    phone.click("[data-camera-start]")
    phone.wait_for_url(re.compile(r"/(scan/[\w-]+|s/\w{32})$"), timeout=60_000)
    if "/scan/" in phone.url:
        return True
    expect(phone.locator("[data-result=ask]")).to_be_visible()
    return False


@in_both_ways
def test_the_changing_code_is_scanned_by_a_second_browsers_camera(
    locale: str, site: Site, people: Cast, chromium: Browser, tmp_path: Path, *, elder_mode: bool
) -> None:
    everybody_reads(site.database, locale, elder_mode=elder_mode)
    needs_code_reader(Path(site.app.static_folder or ""))
    shift_id = shift_to_come(site, people)
    screen = log_in(chromium.new_context(viewport=DESKTOP), site.base, people.coordinator.phone)
    film = write_film(Image.new("RGB", (320, 240), "white"), tmp_path / "screen.y4m")
    with looking_at(chromium, film) as browser:
        phone = log_in(browser.new_context(viewport=PHONE), site.base, people.volunteer.phone)
        open_screen(screen, site, shift_id)
        assert looks_as_chosen(screen, locale, elder_mode=elder_mode)
        assert any(scanned_in_time(phone, screen, film, site) for _try in range(SCANS))
        assert looks_as_chosen(phone, locale, elder_mode=elder_mode)
        phone.click(".scan-confirm .btn-go")
        expect(phone.locator("[data-result=go]")).to_be_visible()
    with site.database.reading() as session:
        attendance = session.scalars(select(Attendance)).one()
        assert (attendance.member_id, attendance.check_in_method) == (people.volunteer.member_id, "rotating")
    # The screen says that she has come.
    expect(screen.locator("[data-arrived]")).to_have_text("1", timeout=15_000)
    expect(screen.locator("[data-rows] li")).to_have_count(1)
    screen.context.close()


def test_the_screen_outlives_forty_five_seconds_without_network_and_says_when_it_is_longer(
    site: Site, people: Cast, chromium: Browser
) -> None:
    shift_id = shift_to_come(site, people)
    page = log_in(chromium.new_context(viewport=DESKTOP), site.base, people.coordinator.phone)
    page.clock.install()
    open_screen(page, site, shift_id)
    first, began = token_on(page), now()
    page.context.set_offline(True)
    page.clock.run_for(44_000)
    expect(page.locator("[data-lost]")).to_be_hidden()
    last = token_on(page)
    assert last != first
    keyring = site.app.extensions["timebank"].keyring
    assert tokens.read(keyring, last, at=began + timedelta(seconds=44)).fresh
    page.clock.run_for(45_000)
    expect(page.locator("[data-lost]")).to_be_visible()
    page.context.set_offline(False)
    page.clock.run_for(8_000)
    expect(page.locator("[data-lost]")).to_be_hidden()
    page.context.close()


def test_a_screen_whose_clock_is_wrong_by_an_hour_shows_codes_that_open(
    site: Site, people: Cast, chromium: Browser
) -> None:
    shift_id = shift_to_come(site, people)
    context = chromium.new_context(viewport=DESKTOP)
    context.add_init_script(HOUR_AHEAD)
    page = log_in(context, site.base, people.coordinator.phone)
    open_screen(page, site, shift_id)
    keyring = site.app.extensions["timebank"].keyring
    assert tokens.read(keyring, token_on(page), at=now()).fresh
    context.close()


def test_the_code_is_readable_and_nothing_runs_over_on_a_phone_a_laptop_and_a_projector(
    site: Site, people: Cast, chromium: Browser
) -> None:
    shift_id = shift_to_come(site, people)
    context = chromium.new_context(viewport=PHONE)
    page = log_in(context, site.base, people.coordinator.phone)
    widths = []
    for size in (PHONE, DESKTOP, PROJECTOR):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # Width and height.
        open_screen(page, site, shift_id)
        assert "/s/" in qr_on(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = page.locator("[data-qr] svg").bounding_box()
        assert box is not None
        assert box["height"] + box["y"] <= size["height"]
        widths.append(box["width"])
        expect(page.locator("[data-distance]")).to_contain_text(re.compile(r"\d+\.\d"))
    assert widths == sorted(widths)
    context.close()
