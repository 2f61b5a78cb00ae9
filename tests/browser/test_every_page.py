"""Every page of the demo town, as each of its people: no accessibility violations, no sideways scroll, no noise."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from timebank.demo.logins import DEMO_PASSWORD, LOGINS

from tests.browser.conftest import DESKTOP, PHONE, Site, log_in

NARROWEST = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A served demo town."""
    from timebank.demo.service import build_town_in_file

    folder = tmp_path_factory.mktemp("demo")
    return Site(build_town_in_file(folder / "demo.sqlite3"), folder)


def _kind(path: str) -> str:
    return re.sub(r"\d+", "N", urlsplit(path).path)


def _links(page: Page, base: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [link.removeprefix(base) for link in found if link.startswith(base + "/")]


def _looks(page: Page, base: str, path: str) -> list[str]:
    """What is wrong with one page, in words."""
    noise: list[str] = []
    listen = lambda message: noise.append(message.text) if message.type == "error" else None  # noqa: E731 - removed again below.
    page.on("console", listen)
    answer = page.goto(base + path)
    problems = (
        []
        if answer is not None and answer.status < 400
        else [f"{path}: status {answer.status if answer else '-'}"]
    )
    problems += [f"{path}: {violation}" for violation in _violations(page)]
    page.set_viewport_size(NARROWEST)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROWEST["width"]:
        problems.append(f"{path}: {width} px wide at 320")
    page.remove_listener("console", listen)
    return problems + [f"{path}: console: {words}" for words in noise]


def _violations(page: Page) -> list[str]:
    report = Axe().run(page).response
    return [
        f"{violation['id']} {[node['target'] for node in violation['nodes']][:3]}"
        for violation in report["violations"]
    ]


def _walk(context: BrowserContext, site: Site, login: str) -> tuple[list[str], set[str]]:
    page = log_in(context, site.base, login, DEMO_PASSWORD)
    waiting, kinds, problems = ["/", *_links(page, site.base)], set(), []
    while waiting:
        path = waiting.pop(0)
        if _kind(path) in kinds or re.search(
            r"logout|\.(csv|xlsx|json|svg|png|ics)$|/export|/s/", urlsplit(path).path
        ):
            continue
        kinds.add(_kind(path))
        page.set_viewport_size(PHONE)
        problems += _looks(page, site.base, path)
        waiting += _links(page, site.base)
    return problems, kinds


@pytest.mark.slow
@pytest.mark.parametrize("login", LOGINS)
def test_every_page_is_accessible_and_never_scrolls_sideways(
    login: str, demo_site: Site, chromium: Browser
) -> None:
    context = chromium.new_context(viewport=DESKTOP, locale="zh-CN")
    problems, kinds = _walk(context, demo_site, login)
    context.close()
    assert problems == []
    assert len(kinds) > 8
