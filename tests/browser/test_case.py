"""A case from alert to appeal: an auditor in Chinese, the member on her phone, the second and the third person in English."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from tests.browser.conftest import DESKTOP, PHONE, Site, log_in
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
        english = (people.administrator.user_id, people.neighbour.user_id)
        session.execute(update(User).values(locale="zh"))
        session.execute(update(User).where(User.id.in_(english)).values(locale="en"))
        return member.phone or ""


@pytest.fixture
def contexts(chromium: Browser) -> Iterator[list[BrowserContext]]:
    """Every browser of the walk, closed at its end."""
    opened: list[BrowserContext] = []
    yield opened
    for one in opened:
        one.close()


def _log_in(
    chromium: Browser, contexts: list[BrowserContext], site: Site, name: str, viewport: object = DESKTOP
) -> Page:
    contexts.append(chromium.new_context(viewport=viewport))  # type: ignore[arg-type]  # the sizes are plain.
    return log_in(contexts[-1], site.base, name)


def _send(page: Page, form: str, button: str = "button[type=submit], button:not([type])") -> None:
    """Press a button of the form and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(f"form[action$='{form}']").locator(button).first.click()
    page.wait_for_load_state("load")


def _statuses(site: Site) -> set[str]:
    with site.database.reading() as session:
        return set(session.scalars(select(ServiceRecord.status).where(ServiceRecord.corrects_id.is_(None))))


def _decide(auditor: Page, case: str) -> None:
    """The auditor reads the answer and takes all four services back."""
    auditor.reload()
    expect(auditor.locator("#history")).to_contain_text(ANSWER)
    auditor.check("[name=outcome][value=reverse]")
    for box in auditor.locator("[name=records]").all():
        box.check()
    auditor.fill("form[action$='/decisions'] [name=reason]", "四次都没有人见过")
    _send(auditor, f"{case}/decisions")
    expect(auditor.locator("main")).to_contain_text("待第二人签署")


def _answer_appeal(third: Page, address: str) -> None:
    """Somebody who had no part in it undoes the decision."""
    third.goto(address)
    appeal = third.locator("form[action*='/appeals/']")
    appeal.locator("[name=reason]").fill("The signed list was found.")
    with third.expect_navigation():
        appeal.locator("[name=stands][value=no]").click()
    expect(third.locator("#history")).to_contain_text("counts again")
    expect(third.locator("#history")).to_contain_text("The case was closed.")


def test_a_case_is_worked_from_alert_to_appeal_in_both_languages(
    site: Site, people: Cast, chromium: Browser, buyer: str, contexts: list[BrowserContext]
) -> None:
    expect.set_options(timeout=30_000)
    auditor = _log_in(chromium, contexts, site, people.auditor.phone)
    auditor.goto(f"{site.base}/alerts")
    _send(auditor, "/alerts")
    auditor.locator("main a[href*='/alerts/']", has_text="F-07").click()
    expect(auditor.locator("h1")).to_contain_text("F-07 管理员补录卖时长")
    auditor.locator("a.btn[href*='/cases/']").click()
    expect(auditor.locator("h1")).to_contain_text("核查")
    case = auditor.url.removeprefix(site.base)

    auditor.locator("details.ask summary").click()
    _send(auditor, f"{case}/tell")
    member = _log_in(chromium, contexts, site, buyer, PHONE)
    member.goto(f"{site.base}/my{case}")
    expect(member.locator("main")).to_contain_text("常有正常的原因")
    member.fill("[name=reason]", ANSWER)
    _send(member, f"{case}/answer")
    expect(member.locator("main")).to_contain_text(ANSWER)

    _decide(auditor, case)
    # Whoever decided does not sign: nothing has happened yet.
    assert _statuses(site) == {"approved"}

    second = _log_in(chromium, contexts, site, people.administrator.phone)
    second.goto(site.base + case)
    expect(second.locator("main")).to_contain_text("Second signature")
    _send(second, f"{case}/signature", "[name=agrees][value=yes]")
    expect(second.locator("#history")).to_contain_text("was taken back")
    assert _statuses(site) == {"reversed"}

    member.reload()
    expect(member.locator("main")).to_contain_text("四次都没有人见过")
    member.fill("[name=reason]", APPEAL)
    _send(member, f"{case}/appeal")
    expect(member.locator("main")).to_contain_text(APPEAL)

    third = _log_in(chromium, contexts, site, people.neighbour.phone)
    _answer_appeal(third, site.base + case)
    member.reload()
    expect(member.locator("main")).to_contain_text("The signed list was found.")
    with site.database.reading() as session:
        assert session.scalars(select(Case.status)).all() == ["closed"]
        again = select(ServiceRecord.status).where(ServiceRecord.corrects_id.is_not(None))
        assert session.scalars(again).all() == ["approved"] * 4
