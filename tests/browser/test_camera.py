"""A code is read through the camera: by the code reader that the house serves itself, in a real browser."""

from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, expect

from store.catalogue.models import Shop
from store.counter import shifts
from tests.browser.camera import looking_at, needs_code_reader, picture_of, write_film
from tests.browser.conftest import DESKTOP, PHONE, Site, log_in
from tests.cast import Cast, row
from tests.hours.stage import add_rule, published
from tests.store.stage import SOAP, set_the_stage
from timebank.activities.rules import ShiftPlan
from timebank.clock import now
from timebank.members.cards import card_code


@pytest.fixture(autouse=True)
def reader(site: Site) -> None:
    """Without the reader's file these tests prove nothing."""
    needs_code_reader(Path(site.app.static_folder or ""))


def shift_now(site: Site, people: Cast) -> int:
    """A shift that began a little while ago."""
    at = now()
    with site.database.transaction() as session:
        add_rule(session, people)
        plan = ShiftPlan(at + timedelta(minutes=5), at + timedelta(minutes=125), 10)
        return published(session, people, plan, at=at - timedelta(days=1)).id


def test_the_organiser_reads_a_members_card_through_the_camera(
    site: Site, people: Cast, chromium: Browser, tmp_path: Path
) -> None:
    shift_id = shift_now(site, people)
    with site.database.reading() as session:
        digits = card_code(site.app.extensions["timebank"].keyring, row(session, people.volunteer))
    film = write_film(picture_of(digits), tmp_path / "card.y4m")
    with looking_at(chromium, film) as browser:
        context = browser.new_context(viewport=PHONE)
        page = log_in(context, site.base, people.coordinator.phone)
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.goto(f"{site.base}/shifts/{shift_id}/help?kind=in")
        camera = page.locator("[data-camera]")
        expect(camera).to_have_attribute("data-reading", "wasm")
        page.click("[data-camera-start]")
        expect(page.locator("main")).to_contain_text(people.volunteer.name, timeout=20_000)
        expect(page.locator("main")).to_contain_text(people.volunteer.number)
        assert problems == []


def test_a_foreign_code_is_named_and_the_camera_goes_on_looking(
    site: Site, people: Cast, chromium: Browser, tmp_path: Path
) -> None:
    film = write_film(picture_of("https://example.org/s/AAAA"), tmp_path / "foreign.y4m")
    with looking_at(chromium, film) as browser:
        context = browser.new_context(viewport=PHONE)
        page = log_in(context, site.base, people.volunteer.phone)
        page.goto(f"{site.base}/scan")
        page.click("[data-camera-start]")
        expect(page.locator("[data-camera-said]")).to_contain_text("不是", timeout=20_000)
        expect(page.locator("[data-camera]")).to_have_attribute("data-state", "looking")
        assert page.url == f"{site.base}/scan"
        page.click("[data-camera-stop]")
        expect(page.locator("[data-camera]")).to_have_attribute("data-state", "off")
        expect(page.locator("[data-camera-start]")).to_be_focused()


def test_without_the_reader_the_page_offers_the_photo_and_the_digits(
    site: Site, people: Cast, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.web.scanning.MODULE", "vendor/zxing/it-was-never-brought.wasm")
    context = chromium.new_context(viewport=PHONE)
    page = log_in(context, site.base, people.volunteer.phone)
    page.goto(f"{site.base}/scan")
    expect(page.locator("[data-camera]")).to_be_hidden()
    expect(page.locator("input[type=file]")).to_be_visible()
    expect(page.locator("[name=digits]")).to_be_visible()
    context.close()


# What a phone's own browser offers, for the reading of one code.
_OWN_READER = """window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code", "code_128"]; }
  async detect() { return [{ rawValue: "https://example.org/read-by-the-browser", format: "qr_code" }]; }
};"""


def test_the_browsers_own_reader_comes_first(
    site: Site, people: Cast, chromium: Browser, tmp_path: Path
) -> None:
    with looking_at(chromium, write_film(picture_of("1"), tmp_path / "any.y4m")) as browser:
        context = browser.new_context(viewport=PHONE)
        context.add_init_script(_OWN_READER)
        page = log_in(context, site.base, people.volunteer.phone)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site.base}/scan")
        expect(page.locator("[data-camera]")).to_have_attribute("data-reading", "native")
        page.click("[data-camera-start]")
        expect(page.locator("[data-camera-said]")).to_contain_text("不是", timeout=20_000)
        assert not [url for url in asked if "vendor" in url], (
            "the large reader is fetched only where it is needed"
        )


def test_a_camera_that_may_not_be_used_is_said_so(site: Site, people: Cast, chromium: Browser) -> None:
    context = chromium.new_context(viewport=PHONE)
    page = log_in(context, site.base, people.volunteer.phone)
    page.goto(f"{site.base}/scan")
    page.click("[data-camera-start]")
    expect(page.locator("[data-camera]")).to_have_attribute("data-state", "refused", timeout=20_000)
    expect(page.locator("[data-camera-said]")).to_contain_text("拍照")
    context.close()


def bars_of(digits: str) -> Image.Image:
    """The bar code on a piece of goods."""
    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.EAN13)
    drawn = zxingcpp.write_barcode_to_image(code, scale=6)
    height, width = drawn.shape
    return Image.frombytes("L", (width, height), bytes(drawn))


def test_the_counter_reads_goods_through_the_camera(
    site: Site, people: Cast, chromium: Browser, tmp_path: Path
) -> None:
    with site.database.transaction() as session:
        stage = set_the_stage(session, people)
        shop = session.get_one(Shop, stage.shop_id)
        shifts.open_shift(
            session, shop=shop, key="a-morning-at-the-counter", by=people.attendant.actor, at=now()
        )
    bars = bars_of(SOAP)
    with looking_at(chromium, write_film(bars, tmp_path / "goods.y4m")) as browser:
        context = browser.new_context(viewport=DESKTOP)
        page = log_in(context, site.base, people.attendant.phone)
        page.goto(f"{site.base}/shops/{stage.shop_id}/counter")
        page.click("[data-camera-start]")
        expect(page.locator(".counter-quantity")).to_have_text("1", timeout=20_000)
        # It stays in the picture, and is counted once.
        page.wait_for_timeout(2500)
        expect(page.locator(".counter-quantity")).to_have_text("1")
