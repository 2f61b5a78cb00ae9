"""The loop that the product is for, walked in Chinese on a phone: publish, sign up, scan in, scan out,
confirm, redeem, verify the receipt, reconcile. Codes are read from pictures of the screens."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import timebank.clock
from store.catalogue import service as catalogue
from store.stock import service as stock
from tests.browser.conftest import PHONE, Site, log_in
from tests.browser.eyes import codes_on, qr_on
from tests.cast import Cast
from timebank.orgs.models import Organisation
from timebank.policy import service as policy

BARCODE = "6901234567892"
# A fixed afternoon in the county, so that no midnight falls into the walk.
DAY_BEFORE = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SHIFT_STARTS = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SHIFT_ENDS = SHIFT_STARTS + timedelta(hours=2)


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """``travel(moment)``: the server's clock goes on from that moment."""

    def to(moment: datetime) -> None:
        offset = moment - datetime.now(UTC)

        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Clock":
                shifted = datetime.now(tz) + offset
                return cls.combine(shifted.date(), shifted.timetz())

        monkeypatch.setattr(timebank.clock, "datetime", Clock)

    return to


@pytest.fixture
def shop_id(site: Site, people: Cast) -> int:
    """A county that has been set up: a category, a rule, a shop with soap on its shelf."""
    with site.database.transaction() as session:
        county = session.get_one(Organisation, people.county_id)
        policy.create_category(session, name="敬老爱老", english_name="Care for the old", at=DAY_BEFORE)
        policy.add_rule(
            session,
            organisation_id=county.id,
            organisation_path=county.path,
            category_id=None,
            points_per_hour=Decimal(10),
            rounding="down",
            rounding_step=Decimal(1),
            cap_points_per_day=None,
            cap_points_per_month=None,
            valid_from=DAY_BEFORE.date(),
            valid_until=None,
            today=DAY_BEFORE.date(),
            by=people.administrator.actor.label,
            at=DAY_BEFORE,
        )
        station = session.get_one(Organisation, people.station_id)
        shop = catalogue.create_shop(session, organisation=station, name="东风爱心超市", at=DAY_BEFORE)
        soap = catalogue.Particulars(
            name="肥皂", category="日化", price_points=Decimal(5), barcode=BARCODE, unit="块"
        )
        product = catalogue.create_product(session, organisation=county, particulars=soap, at=DAY_BEFORE)
        stock.receive(
            session,
            shop=shop,
            product=product,
            quantity=3,
            kind="receipt",
            key="opening",
            by=people.attendant.actor,
            at=DAY_BEFORE,
        )
        return shop.id


class Walk:
    """The phones of everybody in the loop."""

    def __init__(self, site: Site, people: Cast, chromium: Browser) -> None:
        self.site, self.people, self._chromium = site, people, chromium
        self._contexts: list[BrowserContext] = []

    def phone(self) -> BrowserContext:
        """A new phone; its owner has not logged in."""
        context = self._chromium.new_context(viewport=PHONE, locale="zh-CN", device_scale_factor=2)
        self._contexts.append(context)
        return context

    def phone_of(self, part: str) -> Page:
        """A phone whose owner has logged in."""
        return log_in(self.phone(), self.site.base, self.people.people[part].phone)

    def close(self) -> None:
        """Put the phones away."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def walk(site: Site, people: Cast, chromium: Browser, shop_id: int) -> Iterator[Walk]:
    """Everybody's phones."""
    phones = Walk(site, people, chromium)
    yield phones
    phones.close()


def _publish(page: Page, base: str) -> None:
    page.goto(f"{base}/desk/activities/new")
    page.fill("[name=title]", "探望独居老人")
    page.fill("[name=place]", "东风社区三号楼")
    page.fill("[name=shifts-0-day]", "2026-03-02")
    page.fill("[name=shifts-0-starts]", "14:00")
    page.fill("[name=shifts-0-ends]", "16:00")
    page.get_by_role("button", name="保存并核对").click()
    # The rule is shown before anything is published.
    expect(page.locator("main")).to_contain_text("10")
    page.get_by_role("button", name="发布").click()
    expect(page.locator("main")).to_contain_text("探望独居老人")


def _sign_up(page: Page, base: str) -> None:
    page.goto(f"{base}/activities")
    page.get_by_role("link", name="探望独居老人").first.click()
    page.get_by_role("button", name="报名").click()
    expect(page.locator("main")).to_contain_text("我来不了")


def _scan(screen: Page, phone: Page, base: str, kind: str) -> None:
    """The volunteer's camera sees the organiser's screen; then one tap."""
    screen.goto(f"{base}/shifts/1/screen?kind={kind}")
    screen.locator("[data-qr] svg").wait_for()
    phone.goto(qr_on(screen))
    assert re.search(r"/scan/[^/]+$", phone.url), "the token leaves the address bar"
    phone.get_by_role("button", name="签到" if kind == "in" else "签退", exact=True).click()
    expect(phone.locator("main")).to_contain_text("已签到" if kind == "in" else "已签退")


def _confirm(page: Page, base: str) -> None:
    page.goto(f"{base}/desk/shifts/1/confirm")
    page.fill("#head_count", "1")
    page.locator("main .btn-go").click()


def _redeem(attendant: Page, member: Page, base: str, shop_id: int) -> None:
    attendant.goto(f"{base}/shops/{shop_id}/counter")
    with attendant.expect_navigation():
        attendant.locator("form[action$='/counter/open'] button").click()
    attendant.fill("#scan", BARCODE)
    attendant.keyboard.press("Enter")
    expect(attendant.locator("#counter-live")).to_contain_text("肥皂")
    member.goto(f"{base}/me/code")
    shown = {text for text in codes_on(member) if re.fullmatch(r"88\d{16}", text)}
    assert len(shown) == 1, "bar code and QR say the same"
    attendant.fill("#scan", shown.pop())
    attendant.keyboard.press("Enter")
    expect(attendant.locator("#counter-live")).to_contain_text("王桂兰")
    attendant.locator("[data-pay]").click()
    attendant.locator("[data-counter-done]").wait_for()


def test_the_whole_loop_in_chinese_on_a_phone(
    walk: Walk, travel: Callable[[datetime], None], shop_id: int
) -> None:
    base = walk.site.base
    travel(DAY_BEFORE)
    coordinator, volunteer = walk.phone_of("coordinator"), walk.phone_of("volunteer")
    _publish(coordinator, base)
    _sign_up(volunteer, base)
    travel(SHIFT_STARTS - timedelta(minutes=3))
    _scan(coordinator, volunteer, base, "in")
    travel(SHIFT_ENDS + timedelta(minutes=1))
    _scan(coordinator, volunteer, base, "out")
    _confirm(coordinator, base)
    volunteer.goto(f"{base}/my/points")
    # 2 h × 10 = 20
    expect(volunteer.locator("main")).to_contain_text("+20")
    attendant = walk.phone_of("attendant")
    _redeem(attendant, volunteer, base, shop_id)
    volunteer.goto(f"{base}/my/points")
    expect(volunteer.locator("main")).to_contain_text("−5")
    _verify_receipt(walk, attendant)
    auditor = walk.phone_of("auditor")
    auditor.goto(f"{base}/reconciliation")
    auditor.get_by_role("button", name=re.compile("对账")).first.click()
    expect(auditor.locator("main")).to_contain_text("相符")


def _verify_receipt(walk: Walk, attendant: Page) -> None:
    """Anybody reads the receipt's code and sees that it is genuine."""
    attendant.goto(f"{walk.site.base}/orders/1/receipt")
    address = qr_on(attendant)
    anybody = walk.phone().new_page()
    anybody.goto(address)
    expect(anybody.locator("main")).to_contain_text("东风爱心超市")
    expect(anybody.locator("main")).not_to_contain_text("王桂兰")


def test_the_same_picture_a_minute_later_checks_nobody_in(
    walk: Walk, travel: Callable[[datetime], None]
) -> None:
    base = walk.site.base
    travel(DAY_BEFORE)
    coordinator, volunteer = walk.phone_of("coordinator"), walk.phone_of("volunteer")
    _publish(coordinator, base)
    _sign_up(volunteer, base)
    travel(SHIFT_STARTS)
    coordinator.goto(f"{base}/shifts/1/screen?kind=in")
    coordinator.locator("[data-qr] svg").wait_for()
    photographed = qr_on(coordinator)
    travel(SHIFT_STARTS + timedelta(minutes=1))
    volunteer.goto(photographed)
    expect(volunteer.locator("body")).to_contain_text("再扫一次")
