"""Every page of the demo town, as each of its people: no accessibility violations, no sideways scroll, no noise.

Each page is walked to once, in Chinese, with every rule of axe; then opened again in English with large
text, the longest words in the widest letters, for its width and for the rules that words can break.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import DESKTOP, PHONE, Site, everybody_reads, log_in, looks_as_chosen
from timebank.clock import now
from timebank.demo import building
from timebank.demo.queries import demo_town
from timebank.demo.town import SIZES

NARROWEST = {"width": 320, "height": 640}
# What another language or larger text can break; colours and structure are the same.
RULES_OF_WORDS = (
    "aria-input-field-name",
    "button-name",
    "document-title",
    "html-has-lang",
    "image-alt",
    "label",
    "link-name",
    "select-name",
    "valid-lang",
)


@pytest.fixture(scope="module")
def demo_site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served demo town."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "demo.sqlite3").write_bytes(sqlite_template.read_bytes())
    site = Site(f"sqlite:///{folder / 'demo.sqlite3'}", folder)
    house = site.app.extensions["timebank"]
    building.build(house, at=now(), seed=1, size=SIZES["tiny"], say=lambda _line: None)
    yield site
    site.close()


def _login(site: Site, role: str) -> dict[str, str]:
    with site.database.reading() as session:
        town = demo_town(session)
        assert town is not None
        found: dict[str, str] = next(login for login in town.logins["logins"] if login["role"] == role)
    return found


def _kind(path: str) -> str:
    return re.sub(r"\d+", "N", urlsplit(path).path)


def _links(page: Page, base: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [link.removeprefix(base) for link in found if link.startswith(base + "/")]


def _looks(page: Page, base: str, path: str, rules: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with one page, in words.

    Args:
        rules: of axe; all by default.
    """
    noise: list[str] = []
    listen = lambda message: noise.append(message.text) if message.type == "error" else None  # noqa: E731 - removed again below.
    page.on("console", listen)
    try:
        answer = page.goto(base + path)
    except Error as refusal:
        page.remove_listener("console", listen)
        # A link to a file is no page.
        return [] if "Download is starting" in refusal.message else [f"{path}: {refusal.message}"]
    problems = (
        []
        if answer is not None and answer.status < 400
        else [f"{path}: status {answer.status if answer else '-'}"]
    )
    problems += [f"{path}: {violation}" for violation in _violations(page, rules)]
    page.set_viewport_size(NARROWEST)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROWEST["width"]:
        problems.append(f"{path}: {width} px wide at 320")
    page.remove_listener("console", listen)
    return problems + [f"{path}: console: {words}" for words in noise]


def _violations(page: Page, rules: tuple[str, ...]) -> list[str]:
    options = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else None
    report = Axe().run(page, options=options).response
    return [
        f"{violation['id']} {[node['target'] for node in violation['nodes']][:3]}"
        for violation in report["violations"]
    ]


def _walk(page: Page, site: Site) -> tuple[list[str], list[str]]:
    """What is wrong, and the pages that were seen, one of each kind."""
    waiting, kinds, seen, problems = ["/", *_links(page, site.base)], set(), [], []
    while waiting:
        path = waiting.pop(0)
        if _kind(path) in kinds or re.search(
            r"logout|\.(csv|xlsx|json|svg|png|ics)$|/export|/s/", urlsplit(path).path
        ):
            continue
        kinds.add(_kind(path))
        seen.append(path)
        page.set_viewport_size(PHONE)
        problems += _looks(page, site.base, path)
        waiting += _links(page, site.base)
    return problems, seen


def _walk_again(page: Page, site: Site, seen: list[str]) -> list[str]:
    """The same pages in English with large text."""
    everybody_reads(site.database, "en", elder_mode=True)
    problems = []
    for path in seen:
        page.set_viewport_size(PHONE)
        problems += _looks(page, site.base, path, RULES_OF_WORDS)
        if path == "/":
            assert looks_as_chosen(page, "en", elder_mode=True)
    return [f"in English, large: {problem}" for problem in problems]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["volunteer", "coordinator", "attendant", "auditor", "administrator"])
def test_every_page_is_accessible_and_never_scrolls_sideways(
    role: str, demo_site: Site, chromium: Browser
) -> None:
    everybody_reads(demo_site.database, "zh", elder_mode=False)
    context = chromium.new_context(viewport=DESKTOP, locale="zh-CN")
    login = _login(demo_site, role)
    page = log_in(context, demo_site.base, login["login_name"], login["password"])
    problems, seen = _walk(page, demo_site)
    problems += _walk_again(page, demo_site, seen)
    context.close()
    assert problems == []
    assert len(seen) > 8
