"""The counter with a simulated scanner gun: ten scans a second, wherever the focus is, under a Chinese input method."""

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from store.orders.models import Order
from tests.browser.conftest import DESKTOP, Site, log_in
from tests.cast import Cast, row
from tests.store.stage import SOAP, TOWEL, give_points, set_the_stage
from timebank.members import service as members

# An input method swallows the key's sign ("Process"); its place on the keyboard stays.
_SHOOT = """async ([barcode, times]) => {
  const press = (code) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { code, key: "Process", bubbles: true, cancelable: true }));
  for (let turn = 0; turn < times; turn++) {
    const field = document.activeElement;
    for (const digit of barcode) {
      press(`Digit${digit}`);
      if (field.tagName === "INPUT") field.value += digit;
    }
    press("Enter");
    await new Promise((wake) => setTimeout(wake, 90));
  }
}"""


def _counter(chromium: Browser, site: Site, people: Cast) -> Page:
    with site.database.transaction() as session:
        stage = set_the_stage(session, people)
        give_points(session, people.volunteer, 1000)
        members.set_pin(session, member=row(session, people.volunteer), pin="246810")
    page = log_in(chromium.new_context(viewport=DESKTOP), site.base, people.attendant.phone)
    page.goto(f"{site.base}/shops/{stage.shop_id}/counter")
    # The gun is heard once the page that follows has loaded.
    with page.expect_navigation():
        page.locator("form[action$='/counter/open'] button").click()
    return page


def test_twenty_quick_scans_all_arrive_and_leak_into_no_field(
    chromium: Browser, site: Site, people: Cast
) -> None:
    page = _counter(chromium, site, people)
    page.focus("#member")
    page.evaluate(_SHOOT, [SOAP, 20])
    expect(page.locator(".counter-quantity")).to_have_text("20", timeout=15_000)
    page.evaluate(_SHOOT, [TOWEL, 1])
    expect(page.locator(".counter-quantity")).to_have_count(2)
    assert page.input_value("#member") == ""
    page.context.close()


def test_a_whole_sale_by_keyboard_alone_and_the_next_scan_begins_the_next_basket(
    chromium: Browser, site: Site, people: Cast
) -> None:
    page = _counter(chromium, site, people)
    page.evaluate(_SHOOT, [SOAP, 2])
    expect(page.locator(".counter-quantity")).to_have_text("2")
    page.keyboard.press("F4")
    page.keyboard.type(people.volunteer.number, delay=80)
    page.keyboard.press("Tab")
    page.keyboard.type("246810", delay=80)
    page.keyboard.press("Enter")
    expect(page.locator(".person-name")).to_have_text(people.volunteer.name)
    page.keyboard.press("F9")
    page.wait_for_url("**/counter/done/*")
    # The scan leads to another page, so nobody waits here for its last key.
    page.evaluate(f"(shot) => {{ setTimeout(() => ({_SHOOT})(shot), 0); }}", [SOAP, 1])
    expect(page.locator(".counter-quantity")).to_have_text("1")
    with site.database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 1
    page.context.close()
