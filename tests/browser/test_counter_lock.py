"""An attendant's counter left alone: it locks before her eyes, keeps what is scanned, and takes a member's signature."""

import re
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from store.counter.models import CounterShift
from store.orders.models import OrderSignature
from tests.browser.conftest import PHONE, Site, log_in
from tests.browser.test_counter_day import PIN, _shoot, _shop
from tests.cast import Cast, row
from tests.store.counter.till import set_policy
from timebank.clock import now
from timebank.members import service as members
from timebank.members.cards import card_code

SMALL = {"width": 1280, "height": 800}


def _on_screen(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    height = (page.viewport_size or SMALL)["height"]
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


def test_the_counter_locks_keeps_scans_and_takes_a_signature(  # noqa: PLR0915 - one visit, step by step.
    chromium: Browser, site: Site, people: Cast
) -> None:
    expect.set_options(timeout=30_000)
    stage = _shop(site, people)
    with site.database.transaction() as session:
        members.set_pin(session, member=row(session, people.attendant), pin=PIN)
        set_policy(session, people, agreement_from_points=1)
        card = re.sub(r"\D", "", card_code(people.keyring, row(session, people.volunteer)))
    page = log_in(chromium.new_context(viewport=SMALL), site.base, people.attendant.phone)
    page.goto(f"{site.base}/shops/{stage.shop_id}/counter")
    with page.expect_navigation():
        page.locator("form[action$='/counter/open'] button").click()
    _shoot(page, "6901234567892")
    expect(page.locator(".counter-quantity")).to_have_text("1")
    for size in (SMALL, PHONE):
        page.set_viewport_size(size)
        page.evaluate("window.scrollTo(0, 0)")
        assert _on_screen(page, "#scan")
        assert _on_screen(page, "[data-pay]")
        page.evaluate("window.scrollTo(0, 600)")
        assert _on_screen(page, "[data-pay]")
    page.set_viewport_size(SMALL)
    # Nearly two minutes have gone by; nobody touches anything.
    with site.database.transaction() as session:
        session.execute(update(CounterShift).values(active_at=now() - timedelta(seconds=114)))
    page.reload()
    expect(page.locator("[data-lock]")).to_be_visible()
    expect(page.locator(".counter-basket")).to_be_hidden()
    _shoot(page, "6900000810095", 2)
    expect(page.locator("[data-lock-said]")).to_contain_text("2")
    page.fill("#lock-secret", "999999")
    page.keyboard.press("Enter")
    expect(page.locator("[data-lock-said]")).to_contain_text("支付密码")
    page.fill("#lock-secret", PIN)
    page.keyboard.press("Enter")
    expect(page.locator("[data-lock]")).to_be_hidden()
    expect(page.locator(".counter-quantity")).to_have_text(["1", "2"])
    # By the paper card alone she signs: a stroke with the finger on the field.
    _shoot(page, card)
    field = page.locator("canvas.signature-field")
    expect(field).to_be_visible()
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 20 + step * 12, box["y"] + 20 + (step % 3) * 14)
    page.mouse.up()
    page.keyboard.press("F9")
    page.wait_for_url("**/counter/done/*")
    with site.database.reading() as session:
        signature = session.scalars(select(OrderSignature)).one()
        assert signature.kind == "drawn"
        assert len(signature.strokes[0]) >= 16
    page.context.close()
