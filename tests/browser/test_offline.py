"""The list without network, in a real browser whose network is cut: scan, close, open again, upload."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select

from tests.browser.camera import camera_flags, executable, needs_code_reader, picture_of, write_film
from tests.browser.conftest import (
    FLAGS,
    PHONE,
    Site,
    everybody_reads,
    in_both_ways,
    log_in,
    looks_as_chosen,
)
from tests.cast import Cast
from tests.hours.stage import add_rule, published
from tests.offline.device import card_of
from timebank.activities import service as activities
from timebank.activities.rules import ShiftPlan
from timebank.clock import now
from timebank.hours.models import Attendance
from timebank.offline.models import OfflineScan

PIN = "74920583"
_EVERYTHING_STORED = """async () => {
  const open = (name) => new Promise((done, fail) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const found = { session: { ...sessionStorage }, local: { ...localStorage }, caches: {} };
  for (const { name } of await indexedDB.databases()) {
    const database = await open(name);
    found[name] = {};
    for (const store of database.objectStoreNames) {
      found[name][store] = await new Promise((done) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => done(request.result);
      });
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      const type = answer.headers.get("Content-Type") ?? "";
      found.caches[request.url] = /text|json|javascript/.test(type) ? await answer.text() : "";
    }
  }
  return JSON.stringify(found, (_key, value) => (value instanceof CryptoKey
    ? { algorithm: value.algorithm.name, extractable: value.extractable } : value));
}"""

# As a scanner gun types: by the place of the keys, into whatever field has the focus.
_SHOOT = """(digits) => {
  const field = document.activeElement;
  const press = (code) => field.dispatchEvent(new KeyboardEvent("keydown", { code, key: "Process", bubbles: true, cancelable: true }));
  for (const digit of digits) { press(`Digit${digit}`); field.value += digit; }
  press("Enter");
}"""


class Village:
    """A served house, a shift that is on, and a tablet that keeps its storage between starts."""

    def __init__(self, site: Site, people: Cast, chromium: Browser, folder: Path) -> None:
        self.site, self.people, self.chromium, self.folder = site, people, chromium, folder
        at = now()
        with site.database.transaction() as session:
            add_rule(session, people)
            plan = ShiftPlan(at + timedelta(minutes=5), at + timedelta(minutes=125), 10)
            shift = published(session, people, plan, at=at - timedelta(days=1))
            for person in (people.volunteer, people.neighbour):
                activities.sign_up(
                    session,
                    shift=shift,
                    member_id=person.member_id,
                    by=person.actor,
                    at=at - timedelta(hours=9),
                )
            self.shift_id = shift.id
            self.cards = {
                part: card_of(session, people, people.people[part])
                for part in ("volunteer", "neighbour", "attendant", "coordinator")
            }

    @contextmanager
    def tablet(self, *extra: str) -> Iterator[BrowserContext]:
        """The tablet, switched on; switched off again at the end. What it stored stays on its disk."""
        context = self.chromium.browser_type.launch_persistent_context(
            str(self.folder), executable_path=executable(), args=[*FLAGS, *extra], viewport=PHONE
        )
        try:
            yield context
        finally:
            context.close()

    def with_the_list(self, context: BrowserContext) -> Page:
        """Logged in, with the list taken along, names too."""
        page = log_in(context, self.site.base, self.people.coordinator.phone)
        page.goto(f"{self.site.base}/offline/")
        ready(page)
        page.locator("[data-there] button").first.click()
        page.check("[data-take-names]")
        page.fill("#pin", PIN)
        page.fill("#pin-again", PIN)
        page.click("[data-take-form] [type=submit]")
        expect(page.locator("[data-view=list]")).to_be_visible(timeout=15_000)
        return page


def ready(page: Page) -> None:
    """The app has begun, and its service worker holds the shell."""
    expect(page.locator("#app")).to_have_attribute("data-ready", "yes", timeout=15_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def record(page: Page, digits: str) -> None:
    """Type a card's digits, as a person or a scanner gun does."""
    page.fill("#typed", digits)
    page.click("[data-typed-form] [type=submit]")
    expect(page.locator("#typed")).to_have_value("", timeout=15_000)


def stored(page: Page) -> tuple[str, dict[str, Any]]:
    """Everything that the browser has stored for the house: as text, and taken apart."""
    text: str = page.evaluate(_EVERYTHING_STORED)
    return text, json.loads(text)


@pytest.fixture
def village(site: Site, people: Cast, chromium: Browser, tmp_path: Path) -> Village:
    """Everything set up, the tablet still off."""
    return Village(site, people, chromium, tmp_path / "tablet")


@in_both_ways
def test_scanned_without_network_kept_through_a_restart_and_uploaded_once(
    locale: str, elder_mode: bool, village: Village
) -> None:
    people, site = village.people, village.site
    everybody_reads(site.database, locale, elder_mode=elder_mode)
    with village.tablet() as context:
        page = village.with_the_list(context)
        assert looks_as_chosen(page, locale, elder_mode=elder_mode)
        context.set_offline(True)
        expect(page.locator("[data-net]")).to_have_attribute("data-on", "false")
        record(page, village.cards["volunteer"])
        expect(page.locator("[data-result-name]")).to_have_text(people.volunteer.name)
        record(page, village.cards["attendant"])
        expect(page.locator("[data-result]")).to_have_attribute("data-tone", "ask")
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "2")
        # The same card again makes no second entry.
        record(page, village.cards["volunteer"])
        expect(page.locator("[data-log] li")).to_have_count(2)

    with village.tablet() as context:
        context.set_offline(True)
        page = context.new_page()
        page.goto(f"{site.base}/offline/")
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "2")
        page.locator("[data-own] button").first.click()
        expect(page.locator("[data-log] li")).to_have_count(2)
        page.fill("#open-pin", PIN)
        page.click("[data-unlock-form] [type=submit]")
        names = page.locator("[data-names-list] button")
        expect(names).to_have_count(2, timeout=15_000)
        names.filter(has_text=people.neighbour.name).click()
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "3")

        context.set_offline(False)
        page.click("[data-upload]")
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "0", timeout=15_000)
        outcomes = page.locator("[data-log] li").evaluate_all(
            "rows => rows.map((row) => row.dataset.outcome)"
        )
        assert outcomes == ["ok", "offline_conflict", "ok"]

    with site.database.reading() as session:
        came = session.scalars(select(Attendance).order_by(Attendance.id)).all()
        assert [row.member_id for row in came] == [people.volunteer.member_id, people.neighbour.member_id]
        assert {row.check_in_method for row in came} == {"offline"}
        assert [row.counter for row in session.scalars(select(OfflineScan).order_by(OfflineScan.id))] == [
            1,
            2,
            3,
        ]


def test_the_camera_reads_cards_without_network(village: Village, tmp_path: Path) -> None:
    needs_code_reader(Path(village.site.app.static_folder or ""))
    film = write_film(picture_of(village.cards["neighbour"]), tmp_path / "card.y4m")
    with village.tablet(*camera_flags(film)) as context:
        page = village.with_the_list(context)
        context.set_offline(True)
        # Started anew without network: page, scripts and code reader come from the device.
        page.reload()
        page.locator("[data-own] button").first.click()
        page.click("[data-camera-start]")
        expect(page.locator("[data-result-name]")).to_have_text(village.people.neighbour.name, timeout=20_000)
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "1")
        expect(page.locator("[data-camera]")).to_have_attribute("data-state", "looking")


def test_a_scanner_gun_is_heard_anywhere_on_the_page(village: Village) -> None:
    with village.tablet() as context:
        page = village.with_the_list(context)
        context.set_offline(True)
        page.focus("#open-pin")
        page.evaluate(_SHOOT, village.cards["volunteer"])
        expect(page.locator("[data-result-name]")).to_have_text(village.people.volunteer.name, timeout=15_000)
        assert page.input_value("#open-pin") == ""


def test_an_upload_that_breaks_off_is_sent_again_and_counts_once(village: Village) -> None:
    with village.tablet() as context:
        page = village.with_the_list(context)
        context.set_offline(True)
        record(page, village.cards["volunteer"])
        # The server takes it in, and its answer is lost on the way back.
        lost: list[int] = []

        def lose(route: Route) -> None:
            lost.append(route.fetch().status)
            route.abort()

        context.route("**/offline/lists/*/scans", lose, times=1)
        # The app uploads by itself as soon as there is network.
        with page.expect_event("requestfailed", lambda request: request.url.endswith("/scans")):
            context.set_offline(False)
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "1")
        expect(page.locator("#app")).to_have_attribute("data-uploading", "no")
        page.click("[data-upload]")
        expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "0", timeout=15_000)
        assert lost == [200]
    with village.site.database.reading() as session:
        assert len(session.scalars(select(Attendance)).all()) == 1
        assert len(session.scalars(select(OfflineScan)).all()) == 1


def test_a_stolen_tablet_shows_nothing(village: Village) -> None:
    people = village.people
    with village.tablet() as context:
        page = village.with_the_list(context)
        context.set_offline(True)
        record(page, village.cards["volunteer"])
        record(page, village.cards["attendant"])
        text, found = stored(page)
        assert len(found["offline-list"]["lists"]) == 1
        assert len(found["offline-list"]["scans"]) == 2
        for person in people.people.values():
            for secret in (person.name, person.number, person.phone):
                assert secret not in text, secret
        for digits in village.cards.values():
            assert digits not in text
        assert PIN not in text
        (kept,) = found["offline-list"]["lists"]
        assert kept["chainKey"] == {"algorithm": "HMAC", "extractable": False}
        assert "names" not in kept
        # A wrong number opens nothing.
        page.fill("#open-pin", "12345678")
        page.click("[data-unlock-form] [type=submit]")
        expect(page.locator("[data-said]")).to_have_attribute("data-tone", "stop", timeout=15_000)
        expect(page.locator("[data-names-list] button")).to_have_count(0)


def test_only_the_shell_is_kept_by_the_service_worker(village: Village) -> None:
    with village.tablet() as context:
        page = village.with_the_list(context)
        for path in ("/", "/offline/desk", "/me", f"/desk/shifts/{village.shift_id}/offline"):
            page.evaluate("(path) => fetch(path).then((answer) => answer.text())", path)
        _text, found = stored(page)
        paths = sorted({address.removeprefix(village.site.base) for address in found["caches"]})
        assert "/offline/" in paths
        assert [path for path in paths if path != "/offline/" and "/static/" not in path] == []


def test_a_browser_would_install_it(village: Village) -> None:
    with village.tablet() as context:
        page = context.new_page()
        page.goto(f"{village.site.base}/offline/")
        ready(page)
        session = context.new_cdp_session(page)
        manifest = session.send("Page.getAppManifest")
        assert manifest["errors"] == []
        content = json.loads(manifest["data"])
        assert (content["display"], content["scope"]) == ("standalone", "/offline/")
        assert {"192x192", "512x512"} <= {icon["sizes"] for icon in content["icons"]}
        for icon in content["icons"]:
            assert page.request.get(f"{village.site.base}{icon['src']}").ok
        faults = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # A window without history (as these tests open) is the only thing that may stand in the way.
        assert [fault["errorId"] for fault in faults if fault["errorId"] != "in-incognito"] == []
