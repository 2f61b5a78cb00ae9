"""A served house and a headless Chromium that looks at it."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import update
from waitress.server import create_server
from waitress.wasyncore import close_all

import wsgi
from tests.cast import PASSWORD, SECRET_KEY, Cast, call_the_cast
from tests.conftest import ENGINES
from tests.postgres import Cluster
from timebank.access.models import User
from timebank.db import Database
from timebank.settings import Settings

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1366, "height": 768}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests share one Chromium, so they run in one process."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def chromium_path() -> str | None:
    """Where Chromium lies on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Missing, these tests are skipped, except in CI, where that is a failure."""
    path = chromium_path()
    if path is None:
        message = "no Chromium found: install it, or name it in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Site:
    """A house served on a port of its own."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url, self.folder = database_url, folder
        self.app = wsgi.create(Settings(database_url=database_url, secret_key=SECRET_KEY, log_format="none"))
        self._server = create_server(self.app, host="127.0.0.1", port=0, threads=8)
        self.base = f"http://127.0.0.1:{self._server.effective_port}"
        self._reopen_with_own_address()
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def _reopen_with_own_address(self) -> None:
        house = self.app.extensions["timebank"]
        house.settings = Settings(
            database_url=self.database_url, secret_key=SECRET_KEY, log_format="none", public_url=self.base
        )

    @property
    def database(self) -> Database:
        """The database behind the site."""
        found: Database = self.app.extensions["timebank"].database
        return found

    def close(self) -> None:
        """Stop serving: its own thread closes its sockets, for they may not vanish while it waits on them."""
        sockets = self._server._map
        self._server.trigger.pull_trigger(lambda: close_all(sockets))
        self._thread.join(timeout=30)
        assert not self._thread.is_alive(), "the served house does not stop"
        self._server.task_dispatcher.shutdown()
        self.database.dispose()


# Two variants show both databases, both languages and both sizes; all eight would show no more.
in_both_ways = pytest.mark.parametrize(
    ("locale", "elder_mode", "site_engine"), [("zh", False, "sqlite"), ("en", True, "postgresql")]
)


@pytest.fixture
def site_engine() -> str:
    """The kind of database behind the site; ``in_both_ways`` gives the other one too."""
    return "sqlite"


@pytest.fixture
def site_url(site_engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database of the kind, with all tables and nobody in it."""
    if site_engine == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        copy = tmp_path / "site.sqlite3"
        copy.write_bytes(template.read_bytes())
        yield f"sqlite:///{copy}"
        return
    if site_engine not in ENGINES:
        pytest.skip(f"{site_engine} is left out by TIMEBANK_TEST_ENGINES")
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.copy_database(request.getfixturevalue("postgres_template"))
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def site(site_url: str, site_engine: str, tmp_path: Path) -> Iterator[Site]:
    """A served house with all tables and nobody in it."""
    served = Site(site_url, tmp_path)
    assert served.database.engine.dialect.name == site_engine
    yield served
    served.close()


@pytest.fixture
def people(site: Site) -> Cast:
    """The cast, living in the served house."""
    with site.database.transaction() as session:
        return call_the_cast(session)


def log_in(context: BrowserContext, base: str, name: str, password: str = PASSWORD) -> Page:
    """A page of somebody who has logged in through the form."""
    page = context.new_page()
    page.goto(f"{base}/login")
    page.fill("[name=login_name]", name)
    page.fill("[name=password]", password)
    page.click("main [type=submit]")
    page.wait_for_url(f"{base}/")
    return page


def everybody_reads(database: Database, locale: str, *, elder_mode: bool) -> None:
    """All users choose the language, and the large text or not."""
    with database.transaction() as session:
        session.execute(update(User).values(locale=locale, elder_mode=elder_mode))


def looks_as_chosen(page: Page, locale: str, *, elder_mode: bool) -> bool:
    """Whether the page speaks the language, in the size that was chosen."""
    found = page.evaluate("[document.documentElement.lang, 'elder' in document.documentElement.dataset]")
    return bool(found == ["zh-CN" if locale == "zh" else "en", elder_mode])
