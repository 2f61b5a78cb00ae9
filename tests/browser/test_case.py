"""A case from alert to appeal: an auditor, the member on her phone, a second and a third person.

On either database both languages are read: whoever signs and answers has chosen the other one than the auditor and the member.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    Site,
    everybody_reads,
    in_both_ways,
    log_in,
    looks_as_chosen,
)
from tests.cast import PASSWORD, Cast
from tests.fraud.plant import plot
from tests.fraud.steps import sold, use
from timebank.access import service as access
from timebank.access.actors import Actor, Role
from timebank.access.models import User
from timebank.clock import now
from timebank.fraud.models import Case
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.hours.models import ServiceRecord
from timebank.members.models import Member

# What must stand on the pages, in the reader's language.
SAID = {
    "zh": {
        "rule": "F-07 管理员补录卖时长",
        "case": "核查",
        "honest": "常有正常的原因",
        "to sign": "待第二人签署",
        "second": "第二人签署",
        "takes back": "签署后收回",
        "taken back": "已收回",
        "counts again": "恢复有效",
        "closed": "核查已结束",
    },
    "en": {
        "rule": F07.name,
        "case": "Case ",
        "honest": "Often there is an honest explanation",
        "to sign": "Waits for a second signature",
        "second": "Second signature",
        "takes back": "Taken back when it is signed",
        "taken back": "was taken back",
        "counts again": "counts again",
        "closed": "The case was closed.",
    },
}
ANSWER = "那四次我都在，队长可以证明"
APPEAL = "签到表上有我的名字，请再看一看"


@pytest.fixture
def buyer(site: Site, people: Cast) -> str:
    """Somebody for whom one coordinator typed four services in: her log-in name. A second auditor is called in too."""
    with site.database.transaction() as session:
        scene = plot(session, people, now())
        member_id, _records = sold(scene)
        use(scene, F07)
        member = session.get_one(Member, member_id)
        user = access.create_user(
            session, name=member.name, member_id=member.id, login_names=(member.phone or "",), at=now()
        )
        access.set_password(session, user=user, password=PASSWORD)
        neighbour = session.get_one(User, people.neighbour.user_id)
        access.grant_role(
            session, user=neighbour, role=Role.AUDITOR, organisation_id=people.county_id,
            by=Actor(label="command", name="command"), at=now(),
        )  # fmt: skip
        return member.phone or ""


OTHER = {"zh": "en", "en": "zh"}


@pytest.fixture
def said(
    site: Site, people: Cast, buyer: str, locale: str, elder_mode: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """Everybody has chosen a language and the size of the letters: what stands on the first pages then, and on the later ones."""
    assert buyer, "her user is there too"
    everybody_reads(site.database, locale, elder_mode=elder_mode)
    with site.database.transaction() as session:
        for one in (people.administrator, people.neighbour):
            session.get_one(User, one.user_id).locale = OTHER[locale]
    return SAID[locale], SAID[OTHER[locale]]


@pytest.fixture
def enter(chromium: Browser, site: Site, locale: str, elder_mode: bool) -> Iterator[Callable[..., Page]]:
    """Log somebody in, in a browser of their own; all are closed at the end of the walk."""
    opened: list[BrowserContext] = []

    def _enter(name: str, viewport: object = DESKTOP, *, later: bool = False) -> Page:
        opened.append(chromium.new_context(viewport=viewport))  # type: ignore[arg-type]  # the sizes are plain.
        page = log_in(opened[-1], site.base, name)
        assert looks_as_chosen(page, OTHER[locale] if later else locale, elder_mode=elder_mode)
        return page

    yield _enter
    for one in opened:
        one.close()


def _send(page: Page, form: str, button: str = "button[type=submit], button:not([type])") -> None:
    """Press a button of the form and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(f"form[action$='{form}']").locator(button).first.click()
    page.wait_for_load_state("load")


def _statuses(site: Site) -> set[str]:
    with site.database.reading() as session:
        return set(session.scalars(select(ServiceRecord.status).where(ServiceRecord.corrects_id.is_(None))))


def _decide(auditor: Page, case: str, said: dict[str, str]) -> None:
    """The auditor reads the answer and takes all four services back."""
    auditor.reload()
    expect(auditor.locator("#history")).to_contain_text(ANSWER)
    auditor.check("[name=outcome][value=reverse]")
    for box in auditor.locator("[name=records]").all():
        box.check()
    auditor.fill("form[action$='/decisions'] [name=reason]", "四次都没有人见过")
    _send(auditor, f"{case}/decisions")
    expect(auditor.locator("main")).to_contain_text(said["to sign"])


def _answer_appeal(third: Page, address: str, said: dict[str, str]) -> None:
    """Somebody who had no part in it undoes the decision."""
    third.goto(address)
    appeal = third.locator("form[action*='/appeals/']")
    appeal.locator("[name=reason]").fill("The signed list was found.")
    with third.expect_navigation():
        appeal.locator("[name=stands][value=no]").click()
    expect(third.locator("#history")).to_contain_text(said["counts again"])
    expect(third.locator("#history")).to_contain_text(said["closed"])


@in_both_ways
def test_a_case_is_worked_from_alert_to_appeal_in_both_languages_on_both_databases(
    site: Site,
    people: Cast,
    buyer: str,
    said: tuple[dict[str, str], dict[str, str]],
    enter: Callable[..., Page],
) -> None:
    first, then = said
    expect.set_options(timeout=30_000)
    auditor = enter(people.auditor.phone)
    auditor.goto(f"{site.base}/alerts")
    _send(auditor, "/alerts")
    auditor.locator("main a[href*='/alerts/']", has_text="F-07").click()
    expect(auditor.locator("h1")).to_contain_text(first["rule"])
    auditor.locator("a.btn[href*='/cases/']").click()
    expect(auditor.locator("h1")).to_contain_text(first["case"])
    case = auditor.url.removeprefix(site.base)

    auditor.locator("details.ask summary").click()
    _send(auditor, f"{case}/tell")
    member = enter(buyer, PHONE)
    member.goto(f"{site.base}/my{case}")
    expect(member.locator("main")).to_contain_text(first["honest"])
    member.fill("[name=reason]", ANSWER)
    _send(member, f"{case}/answer")
    expect(member.locator("main")).to_contain_text(ANSWER)

    _decide(auditor, case, first)
    # Whoever decided does not sign: nothing has happened yet.
    assert _statuses(site) == {"approved"}

    second = enter(people.administrator.phone, later=True)
    second.goto(site.base + case)
    expect(second.locator("main")).to_contain_text(then["second"])
    expect(second.locator("main")).to_contain_text(then["takes back"])
    _send(second, f"{case}/signature", "[name=agrees][value=yes]")
    expect(second.locator("#history")).to_contain_text(then["taken back"])
    assert _statuses(site) == {"reversed"}

    member.reload()
    expect(member.locator("main")).to_contain_text("四次都没有人见过")
    member.fill("[name=reason]", APPEAL)
    _send(member, f"{case}/appeal")
    expect(member.locator("main")).to_contain_text(APPEAL)

    _answer_appeal(enter(people.neighbour.phone, later=True), site.base + case, then)
    member.reload()
    expect(member.locator("main")).to_contain_text("The signed list was found.")
    with site.database.reading() as session:
        assert session.scalars(select(Case.status)).all() == ["closed"]
        again = select(ServiceRecord.status).where(ServiceRecord.corrects_id.is_not(None))
        assert session.scalars(again).all() == ["approved"] * 4
