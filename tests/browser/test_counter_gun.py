"""The counter with a simulated scanner gun: ten scans a second, wherever the focus is, under a Chinese input method; and by touch."""

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

# What Chromium itself sends while an input method composes: the key is "Process", its number 229 and the event belongs
# to a composition; the field fills with the unfinished composition, which nobody accepts.
_COMPOSE = """async (barcode) => {
  const field = document.activeElement;
  const key = (kind, code) => field.dispatchEvent(new KeyboardEvent(kind, {
    code, key: "Process", keyCode: 229, which: 229, isComposing: true, bubbles: true, cancelable: true, composed: true }));
  const compose = (kind, data) => field.dispatchEvent(new CompositionEvent(kind, { data, bubbles: true }));
  const held = field.value;
  let written = "";
  compose("compositionstart", "");
  for (const digit of barcode) {
    key("keydown", `Digit${digit}`);
    written += digit;
    compose("compositionupdate", written);
    field.value = held + written;
    field.dispatchEvent(new InputEvent("input", {
      data: written, inputType: "insertCompositionText", isComposing: true, bubbles: true }));
    key("keyup", `Digit${digit}`);
  }
  key("keydown", "Enter");
  compose("compositionend", written);
  key("keyup", "Enter");
}"""


def _counter(chromium: Browser, site: Site, people: Cast, *, has_touch: bool = False) -> Page:
    with site.database.transaction() as session:
        stage = set_the_stage(session, people)
        give_points(session, people.volunteer, 1000)
        members.set_pin(session, member=row(session, people.volunteer), pin="246810")
    page = log_in(
        chromium.new_context(viewport=DESKTOP, has_touch=has_touch), site.base, people.attendant.phone
    )
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


def test_scans_arrive_in_the_middle_of_a_chinese_composition(
    chromium: Browser, site: Site, people: Cast
) -> None:
    page = _counter(chromium, site, people)
    for turn, selector in enumerate(("#scan", "#member"), start=1):
        page.focus(selector)
        page.evaluate(_COMPOSE, SOAP)
        expect(page.locator(".counter-quantity")).to_have_text(str(turn), timeout=15_000)
        # The composition that caught the digits is gone from the field.
        expect(page.locator(selector)).to_have_value("")
    page.context.close()


def test_a_whole_sale_by_touch_alone(chromium: Browser, site: Site, people: Cast) -> None:
    page = _counter(chromium, site, people, has_touch=True)
    soap = page.locator(".counter-goods button", has_text="香皂")
    soap.tap()
    expect(page.locator(".counter-quantity")).to_have_text("1", timeout=15_000)
    page.locator(".counter-step [name=step][value='1']").tap()
    expect(page.locator(".counter-quantity")).to_have_text("2", timeout=15_000)
    page.locator(".counter-step [name=step][value='-1']").tap()
    expect(page.locator(".counter-quantity")).to_have_text("1", timeout=15_000)
    # The screen's own keyboard puts in whole texts without any keydown that names a key.
    for selector, written in (("#member", people.volunteer.number), ("#pin", "246810")):
        page.locator(selector).tap()
        expect(page.locator(selector)).to_be_focused()
        assert page.get_attribute(selector, "inputmode") == "numeric"
        page.keyboard.insert_text(written)
    page.locator("form[action$='/counter/member'] button").tap()
    expect(page.locator(".person-name")).to_have_text(people.volunteer.name, timeout=15_000)
    page.locator("[data-pay]").tap()
    page.wait_for_url("**/counter/done/*")
    with site.database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 1
    page.locator(".btn-next").tap()
    expect(page.locator("#scan")).to_be_visible()
    page.context.close()
