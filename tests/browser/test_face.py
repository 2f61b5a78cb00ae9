"""Every macro in a real browser: axe-core, width, targets, content security policy, works without script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site
from tests.cast import call_the_cast
from tests.web.gallery_app import PAPER_SIZES, hang_gallery

PAGES = (
    "/login",
    "/gallery",
    "/gallery/wrong",
    *(f"/gallery/result/{tone}" for tone in ("go", "ask", "stop")),
    *(f"/gallery/paper/{size}" for size in PAPER_SIZES),
)
READERS = ((360, "zh", "0"), (360, "en", "1"), (360, "zh", "1"), (1366, "zh", "0"), (1366, "en", "0"))


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gallery, served."""
    folder = tmp_path_factory.mktemp("face")
    copy = folder / "house.sqlite3"
    copy.write_bytes(sqlite_template.read_bytes())
    site = Site(f"sqlite:///{copy}", folder)
    site.app.config["WTF_CSRF_ENABLED"] = False
    hang_gallery(site.app)
    with site.database.transaction() as session:
        call_the_cast(session)
    yield site.base
    site.close()


def _overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _violations(page: Page) -> list[str]:
    """What axe-core finds wrong: rule and element."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def _reader(chromium: Browser, address: str, width: int, locale: str, elder: str) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 740})
    page.request.post(f"{address}/locale", form={"locale": locale, "next": "/login"})
    page.request.post(f"{address}/elder", form={"on": elder, "next": "/login"})
    return page


@pytest.mark.parametrize(("width", "locale", "elder"), READERS)
def test_axe_core_finds_nothing_and_the_console_stays_silent(
    chromium: Browser, address: str, width: int, locale: str, elder: str
) -> None:
    page = _reader(chromium, address, width, locale, elder)
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    found = []
    for path in PAGES:
        page.goto(address + path)
        found += [f"{path} {violation}" for violation in _violations(page)]
    page.close()
    assert found == []
    assert said == []


@pytest.mark.parametrize("elder", ["0", "1"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_nothing_scrolls_sideways_at_320_pixels_or_with_double_text(
    chromium: Browser, address: str, locale: str, elder: str
) -> None:
    page = _reader(chromium, address, 320, locale, elder)
    wide = []
    for path in PAGES:
        page.goto(address + path)
        wide.append((path, "320 px", _overflow(page)))
    page.set_viewport_size({"width": 640, "height": 740})
    for path in PAGES:
        page.goto(address + path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '225%')")
        wide.append((path, "double text", _overflow(page)))
    page.close()
    assert [case for case in wide if case[2] > 0] == []


@pytest.mark.parametrize(("elder", "least"), [("0", 48), ("1", 60)])
def test_everything_that_is_tapped_is_large_enough(
    chromium: Browser, address: str, elder: str, least: int
) -> None:
    page = _reader(chromium, address, 360, "zh", elder)
    page.goto(f"{address}/gallery")
    small = page.evaluate(
        """least => [...document.querySelectorAll("a.btn, a.tile, a.chip, a.tab, button, summary, input.form-control, select")]
            .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < least - 0.5)
            .map(e => e.outerHTML.slice(0, 90) + " " + e.getBoundingClientRect().height)""",
        least,
    )
    page.close()
    assert small == []


def test_no_text_is_smaller_than_eighteen_pixels(chromium: Browser, address: str) -> None:
    page = _reader(chromium, address, 360, "zh", "0")
    page.goto(f"{address}/gallery")
    small = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility())
            .filter(e => !e.closest(".visually-hidden") && parseFloat(getComputedStyle(e).fontSize) < 18)
            .map(e => e.outerHTML.slice(0, 90))"""
    )
    page.close()
    assert small == []


def test_menus_and_questions_open_without_javascript(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/gallery")
    page.locator("details.menu > summary").click()
    assert page.locator(".menu-sheet").is_visible()
    page.goto(f"{address}/gallery")
    page.locator("details.ask > summary").click()
    assert page.get_by_text("12 people will be told.").is_visible()
    context.close()


def test_a_roll_receipt_is_printed_on_one_page_as_long_as_its_text(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/gallery/paper/receipt-80")
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert printed.count(b"/Type /Page\n") == 1
    assert b"841.91" not in printed
