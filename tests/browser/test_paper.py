"""What is hung up leaves the printer on one sheet, however much there is to say, with its code large enough."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from tests import pictures
from tests.browser.conftest import Site, log_in
from tests.cast import Cast
from tests.hours.stage import add_rule, published
from timebank.activities.models import Activity
from timebank.activities.rules import ShiftPlan
from timebank.clock import now

# Scanned from ten times its width: across a doorway at least.
LEAST_CODE_MM = 60
PIXELS_PER_MM = 96 / 25.4
A4 = {"width": 794, "height": 1123}
LONG = "为东街社区八十岁以上独居高龄老人上门理发并量血压测血糖同时教会他们使用智能手机缴纳水电燃气费用的综合服务活动第一场次试验"
DAY = timedelta(days=1)


def _sheets(page: Page) -> int:
    return page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")


def _code_mm(page: Page) -> float:
    box = page.locator(".poster-qr svg").first.bounding_box()
    assert box is not None
    return box["width"] / PIXELS_PER_MM


def _planned(site: Site, people: Cast, title: str, dates: int, text: str) -> int:
    start = now() + 2 * DAY
    with site.database.transaction() as session:
        add_rule(session, people)
        plans = [
            ShiftPlan(start + number * DAY, start + number * DAY + DAY / 12, 5) for number in range(dates)
        ]
        activity_id = published(session, people, *plans, title=title).activity_id
        session.execute(
            update(Activity)
            .where(Activity.id == activity_id)
            .values(description=text, contact_name="沈雪梅", contact_phone="13900001111", place=LONG[:40])
        )
    return activity_id


@pytest.mark.parametrize(
    "said",
    [("义剪", 1, ""), (LONG[:22], 1, "带水杯。"), (LONG[:60], 2, LONG), (LONG + LONG[:20], 8, LONG * 6)],
)
def test_a_poster_and_a_post_s_code_fill_one_sheet_each(
    site: Site, people: Cast, chromium: Browser, said: tuple[str, int, str]
) -> None:
    activity_id = _planned(site, people, *said)
    page = log_in(chromium.new_context(viewport=A4), site.base, people.coordinator.phone)
    page.goto(f"{site.base}/activities/{activity_id}/presence")
    page.fill("form[action$='/codes'] input[type=text]", "河湾村集市南口老槐树下公告栏")
    page.click("form[action$='/codes'] button")
    page.wait_for_url("**/presence/codes/*")
    paper = page.url
    for address in (f"{site.base}/activities/{activity_id}/poster", paper):
        page.goto(address)
        page.emulate_media(media="print")
        assert (_sheets(page), _code_mm(page) >= LEAST_CODE_MM) == (1, True)
        seen = page.locator(".poster-qr svg").first.screenshot()
        assert (pictures.read(Image.open(BytesIO(seen))) or "").startswith(site.base)
    page.context.close()
