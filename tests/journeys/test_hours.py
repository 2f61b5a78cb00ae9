"""From a plan to a passbook, through HTTP, as each person: activities, rosters, confirming, converting."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, attended, category, draft, published
from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.audit.models import AuditEntry
from timebank.books import queries as books
from timebank.clock import now
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import ServiceRecord
from timebank.policy import service as policy
from timebank.policy.models import Category, PointsRule

ClientAs = Callable[[str], FlaskClient]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def shift_fields(number: int, start: datetime, length: timedelta, capacity: str = "10") -> dict[str, str]:
    local, end = start.astimezone(SHANGHAI), (start + length).astimezone(SHANGHAI)
    return {
        f"shifts-{number}-day": f"{local:%Y-%m-%d}",
        f"shifts-{number}-starts": f"{local:%H:%M}",
        f"shifts-{number}-ends": f"{end:%H:%M}",
        f"shifts-{number}-capacity": capacity,
    }


def tomorrow_at(hour: int) -> datetime:
    return (now() + DAY).astimezone(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0)


def actions(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def a_category(database: Database, cast: Cast, rule: bool = True) -> int:
    with database.transaction() as session:
        if rule:
            add_rule(session, cast)
        return category(session).id


def yesterdays_shift(
    database: Database, cast: Cast, flags: tuple[str, ...] = (), conversion: bool = False
) -> int:
    """The id of a shift at which the volunteer and the coordinator herself served."""
    start = now() - DAY
    with database.transaction() as session:
        add_rule(session, cast)
        if conversion:
            policy.change_settings(
                session,
                organisation_id=cast.county_id,
                written={"points_booked": "on_conversion"},
                by_name="陈立",
                at=NOON,
            )
        plan = ShiftPlan(start, start + timedelta(minutes=150), 10)
        shift = published(session, cast, plan, at=start - DAY)
        attended(session, shift, cast.volunteer, flags=flags)
        attended(session, shift, cast.coordinator)
        return shift.id


def test_a_coordinator_plans_sees_the_rule_and_publishes(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    category_id = a_category(database, cast)
    browser = client_as("coordinator")
    form = {
        "title": "敬老院包饺子",
        "category_id": category_id,
        "organisation_id": cast.team_id,
        "place": "柳河镇敬老院",
        "description": "带围裙。",
    }
    answer = browser.post(
        "/desk/activities/new",
        data=form
        | shift_fields(0, tomorrow_at(14), timedelta(minutes=150))
        | shift_fields(1, tomorrow_at(22), 4 * HOUR, ""),
    )
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    # The rule and its arithmetic stand on the page before anything is public.
    assert "规则1" in page
    assert "2.5 小时 × 10 = 25" in page
    assert client_as("volunteer").get("/activities").text.count("敬老院包饺子") == 0
    with database.reading() as session:
        activity = session.scalars(select(Activity)).one()
        assert activity.status == "draft"
        night = session.scalars(select(Shift).order_by(Shift.starts_at)).all()[1]
        assert (night.ends_at - night.starts_at, night.capacity) == (4 * HOUR, None)
    assert browser.post(f"/desk/activities/{activity.id}/publish").status_code == 302
    assert client_as("volunteer").get("/activities").text.count("敬老院包饺子") == 2
    assert actions(database)[-2:] == ["activities.create", "activities.publish"]


def test_what_is_wrong_with_a_plan_stands_beside_its_field(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    category_id = a_category(database, cast)
    browser = client_as("coordinator")
    good = {"category_id": category_id, "organisation_id": cast.team_id, "place": "柳河镇"}
    page = browser.post("/desk/activities/new", data=good | {"title": "", "shifts-0-day": ""}).text
    assert "请填写活动名称。" in page
    assert "请至少填写一场。" in page
    page = browser.post(
        "/desk/activities/new",
        data=good | {"title": "好", "shifts-0-day": "2030-02-30", "shifts-0-starts": "9:00"},
    ).text
    assert "第1场" in page
    long = shift_fields(0, tomorrow_at(0), timedelta(minutes=5))
    assert "15分钟到16小时" in browser.post("/desk/activities/new", data=good | {"title": "好"} | long).text
    # Another row is offered, and nothing is stored by asking for it.
    more = browser.post("/desk/activities/new", data=good | {"title": "好", "another_shift": "1"} | long).text
    assert "shifts-1-day" in more
    with database.reading() as session:
        assert session.scalars(select(Activity)).all() == []


def test_without_a_rule_the_page_says_what_to_do_and_publishes_nothing(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        start = now() + DAY
        activity_id = draft(session, cast, ShiftPlan(start, start + HOUR)).id
    browser = client_as("coordinator")
    assert "没有可用的积分规则" in browser.get(f"/desk/activities/{activity_id}/publish").text
    answer = browser.post(f"/desk/activities/{activity_id}/publish", follow_redirects=True)
    assert "没有适用于这个类别的积分规则" in answer.text
    with database.reading() as session:
        assert session.get_one(Activity, activity_id).status == "draft"
    assert "还没有积分规则" in client_as("administrator").get("/rules").text


def test_a_coordinator_changes_and_cancels(database: Database, cast: Cast, client_as: ClientAs) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = now() + DAY
        shift = published(session, cast, ShiftPlan(start, start + HOUR, 5), at=now())
        activities.sign_up(
            session, shift=shift, member_id=cast.volunteer.member_id, by=cast.volunteer.actor, at=now()
        )
        category_id = shift.activity.category_id
    browser, address = client_as("coordinator"), f"/desk/activities/{shift.activity_id}"
    assert "敬老院打扫" in browser.get(f"{address}/edit").text
    form = {
        "title": "敬老院大扫除",
        "category_id": category_id,
        "organisation_id": cast.team_id,
        "place": "东风社区",
    }
    moved = shift_fields(0, tomorrow_at(20), 2 * HOUR) | {"shifts-0-shift_id": str(shift.id)}
    assert browser.post(f"{address}/edit", data=form | moved).status_code == 302
    # Somebody is signed up: the shift may not vanish by being left out.
    other = shift_fields(0, tomorrow_at(21), HOUR)
    page = browser.post(f"{address}/edit", data=form | other | {"title": "不行"})
    assert "已有1人报名" in page.text
    with database.reading() as session:
        activity = session.get_one(Activity, shift.activity_id)
        assert (activity.title, len(activity.shifts)) == ("敬老院大扫除", 1)
    assert "请写明理由。" in browser.post(f"{address}/cancel", data={}).text
    assert browser.post(f"{address}/cancel", data={"reason": "下雨。"}).status_code == 302
    seen = client_as("volunteer").get(f"/activities/{shift.activity_id}").text
    assert "下雨。" in seen
    assert "这项活动已取消。" not in client_as("volunteer").get("/activities").text


def test_a_volunteer_signs_up_and_cannot_come_after_all(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = now() + DAY
        shift = published(session, cast, ShiftPlan(start, start + HOUR, 1), at=now())
    volunteer, neighbour = client_as("volunteer"), client_as("neighbour")
    page = volunteer.post(f"/shifts/{shift.id}/sign-up", follow_redirects=True).text
    assert "报名成功" in page
    assert "敬老院打扫" in volunteer.get("/my/activities").text
    page = neighbour.get(f"/activities/{shift.activity_id}").text
    # The button is there, and why it does nothing stands above it.
    assert "1个名额已满" in page
    assert re.search(r"<button[^>]*disabled[^>]*>.*?报名", page, re.DOTALL)
    assert "1个名额已满" in neighbour.post(f"/shifts/{shift.id}/sign-up", follow_redirects=True).text
    assert "您的名额已让给别人" in volunteer.post(f"/shifts/{shift.id}/give-up", follow_redirects=True).text
    assert "报名成功" in neighbour.post(f"/shifts/{shift.id}/sign-up", follow_redirects=True).text
    assert actions(database).count("activities.sign_up") == 2


def test_the_organiser_signs_somebody_up_and_it_says_so(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = now() + DAY
        shift = published(session, cast, ShiftPlan(start, start + HOUR, 5), at=now())
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift.id}"
    assert "没有这个编号或手机号" in browser.post(address, data={"member": "00000000"}).text
    assert (
        "没有这个编号或手机号" in browser.post(address, data={"member": cast.stranger_volunteer.number}).text
    )
    page = browser.post(address, data={"member": cast.volunteer.number}, follow_redirects=True).text
    assert "由组织者代为报名" in page
    with database.reading() as session:
        place = session.scalars(select(SignUp)).one()
        assert place.signed_up_by == cast.coordinator.actor.label
    assert "activities.sign_up_other" in actions(database)


def test_one_green_button_confirms_everybody_else(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    browser = client_as("coordinator")
    assert "敬老院打扫" in browser.get("/desk/hours").text
    page = browser.get(f"/desk/shifts/{shift_id}/confirm").text
    assert "2.5 小时 × 10 = 25，规则1" in page
    assert "您自己的记录要等另一位组织者确认" in page
    for said in ("已确认1条记录。", "没有待确认的了。"):
        answer = browser.post(f"/desk/shifts/{shift_id}/confirm", follow_redirects=True)
        assert said in answer.text
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 25
        assert books.points_balance(session, cast.coordinator.member_id) == 0
    volunteer = client_as("volunteer")
    passbook = volunteer.get("/my/points").text
    assert "2.5 小时 × 10 = 25，规则1" in passbook
    assert "敬老院打扫" in volunteer.get("/my/records").text
    assert actions(database).count("hours.confirm_shift") == 1


def test_an_exception_is_decided_with_a_reason(database: Database, cast: Cast, client_as: ClientAs) -> None:
    shift_id = yesterdays_shift(database, cast, flags=("short_code",))
    browser = client_as("coordinator")
    assert "没有扫码，输入了短码" in browser.get(f"/desk/shifts/{shift_id}/confirm").text
    with database.reading() as session:
        record = session.scalar(
            select(ServiceRecord).where(ServiceRecord.member_id == cast.volunteer.member_id)
        )
        assert record is not None
        own = session.scalar(
            select(ServiceRecord.id).where(ServiceRecord.member_id == cast.coordinator.member_id)
        )
    address = f"/desk/records/{record.id}/decide"
    assert "请写明理由" in browser.post(address, data={"decision": "approve"}, follow_redirects=True).text
    page = browser.post(
        f"/desk/records/{own}/decide", data={"decision": "approve", "reason": "x"}, follow_redirects=True
    )
    assert "须由别人决定" in page.text
    page = browser.post(
        address, data={"decision": "approve", "reason": "我看见她了。"}, follow_redirects=True
    )
    assert "记录已确认。" in page.text
    assert "我看见她了。" in client_as("volunteer").get(f"/records/{record.id}").text
    assert (
        browser.post(f"/desk/records/{record.id}/take-back", data={"reason": "弄错人了。"}).status_code == 302
    )
    seen = client_as("volunteer").get("/my/points").text
    assert "弄错人了。" in seen
    assert "后来已冲正" in seen
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 0


def test_an_entry_by_hand_waits_for_a_second_person(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift_id}/entries/new"
    assert "还可补录3次" in browser.get(address).text
    with database.reading() as session:
        shift = session.get_one(Shift, shift_id)
        came, left = (moment.astimezone(SHANGHAI) for moment in (shift.starts_at, shift.ends_at))
    form = {"member": cast.neighbour.number, "came": f"{came:%H:%M}", "left": f"{left:%H:%M}"}
    assert "请写明理由。" in browser.post(address, data=form).text
    assert (
        "您自己的时长"
        in browser.post(address, data=form | {"member": cast.coordinator.number, "reason": "x"}).text
    )
    # The plan began at some second of its minute; a minute earlier is inside the half hour before it.
    assert browser.post(address, data=form | {"reason": "手机没电。"}).status_code == 302
    assert "须由第二个人确认" in browser.get("/desk/hours").text
    second = client_as("second_coordinator")
    assert "手机没电。" in second.get("/desk/hours").text
    with database.reading() as session:
        record_id = session.scalar(
            select(ServiceRecord.id).where(ServiceRecord.member_id == cast.neighbour.member_id)
        )
    decision = {"decision": "approve", "reason": "我在场。", "back": "waiting"}
    refused = browser.post(f"/desk/records/{record_id}/decide", data=decision, follow_redirects=True).text
    assert "须由第二个人确认" in refused
    assert second.post(f"/desk/records/{record_id}/decide", data=decision).location == "/desk/hours"
    with database.reading() as session:
        record = session.get_one(ServiceRecord, record_id)
        assert (record.status, record.proof_grade) == ("approved", "D")
    seen = client_as("neighbour").get(f"/records/{record_id}").text
    assert cast.coordinator.name in seen
    assert cast.second_coordinator.name in seen


def test_a_volunteer_converts_a_part_once(database: Database, cast: Cast, client_as: ClientAs) -> None:
    shift_id = yesterdays_shift(database, cast, conversion=True)
    client_as("coordinator").post(f"/desk/shifts/{shift_id}/confirm")
    browser = client_as("volunteer")
    assert "时长兑换积分" in browser.get("/my/time").text
    page = browser.get("/my/time/convert?hours=1.5").text
    assert "1.5 小时 × 10 = 15，规则1" in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    for _ in range(2):
        done = browser.post("/my/time/convert", data={"hours": "1.5", "key": key[1]}, follow_redirects=True)
        assert "15分已入账" in done.text
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == Decimal(15)
        assert books.time_balance(session, cast.volunteer.member_id) == 60
    for nonsense in ("", "abc", "１", "1e1", "-1", "99999999", "0.001"):
        assert browser.get("/my/time/convert", query_string={"hours": nonsense}).status_code == 200
    assert "超过了时间账户的余额" in browser.get("/my/time/convert?hours=2").text


def test_an_administrator_publishes_a_version_and_the_old_one_stays(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    a_category(database, cast)
    browser, today = client_as("administrator"), now().astimezone(SHANGHAI).date()
    form = {
        "organisation_id": cast.county_id,
        "category_id": 0,
        "points_per_hour": "12.5",
        "rounding": "half_up",
        "rounding_step": "0.5",
        "cap_points_per_day": "60",
        "valid_from": today.isoformat(),
    }
    late = {"valid_from": (today - DAY).isoformat()}
    assert "过去的不能改写" in browser.post("/rules/new", data=form | late).text
    assert "请填写数字" in browser.post("/rules/new", data=form | {"points_per_hour": "１２"}).text
    assert browser.post("/rules/new", data=form).status_code == 302
    with database.reading() as session:
        first, second = session.scalars(select(PointsRule).order_by(PointsRule.number))
        assert (first.points_per_hour, first.valid_until) == (10, None)
        assert (second.points_per_hour, second.cap_points_per_day) == (Decimal("12.5"), 60)
    page = client_as("volunteer").get("/rules").text
    assert "2.5 小时 × 12.5 = 31.25 → 31.5，规则2" in page
    assert "policy.add_rule" in actions(database)


def test_categories_and_settings_are_the_administrators(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    browser = client_as("administrator")
    assert browser.post("/categories", data={"name": "敬老爱老", "english_name": "Care"}).status_code == 302
    assert "已有名为敬老爱老的类别" in browser.post("/categories", data={"name": "敬老爱老"}).text
    with database.reading() as session:
        category_id = session.scalars(select(Category.id)).one()
    assert browser.post(f"/categories/{category_id}", data={"name": "敬老助老"}).status_code == 302
    assert "敬老助老" in browser.get("/categories").text
    address = f"/settings/{cast.county_id}"
    assert "允许范围：0到50" in browser.post(address, data={"manual_quota": "51"}).text
    assert browser.post(address, data={"manual_quota": "2"}).status_code == 302
    assert "陈立" in browser.get(address).text
    assert {"policy.add_category", "policy.rename_category", "policy.change_settings"} <= set(
        actions(database)
    )


def _addresses(database: Database, cast: Cast) -> dict[str, str]:
    """Every address about something of the team's."""
    shift_id = yesterdays_shift(database, cast)
    with database.transaction() as session:
        start = now() + DAY
        hidden = draft(session, cast, ShiftPlan(start, start + HOUR), title="草稿")
        activity_id = session.get_one(Shift, shift_id).activity_id
        record_id = session.scalar(select(ServiceRecord.id).order_by(ServiceRecord.id))
    return {
        "activity": f"/activities/{activity_id}",
        "draft": f"/activities/{hidden.id}",
        "sign_up": f"POST /shifts/{shift_id}/sign-up",
        "give_up": f"POST /shifts/{shift_id}/give-up",
        "edit": f"/desk/activities/{hidden.id}/edit",
        "publish": f"/desk/activities/{hidden.id}/publish",
        "publish now": f"POST /desk/activities/{hidden.id}/publish",
        "cancel": f"/desk/activities/{activity_id}/cancel",
        "cancel now": f"POST /desk/activities/{activity_id}/cancel",
        "roster": f"/desk/shifts/{shift_id}",
        "sign up other": f"POST /desk/shifts/{shift_id}",
        "confirm": f"/desk/shifts/{shift_id}/confirm",
        "confirm now": f"POST /desk/shifts/{shift_id}/confirm",
        "enter": f"/desk/shifts/{shift_id}/entries/new",
        "record": f"/records/{record_id}",
        "decide": f"POST /desk/records/{record_id}/decide",
        "take back": f"/desk/records/{record_id}/take-back",
        "take back now": f"POST /desk/records/{record_id}/take-back",
        "settings": f"/settings/{cast.county_id}",
        "settings now": f"POST /settings/{cast.county_id}",
    }


def _ask(browser: FlaskClient, address: str) -> int:
    method, _space, path = address.rpartition(" ")
    return browser.open(path, method=method or "GET", data={"reason": "x"} if method else None).status_code


@pytest.mark.parametrize("who", ["stranger", "stranger_administrator", "stranger_attendant"])
def test_for_a_stranger_nothing_of_ours_exists(
    database: Database, cast: Cast, client_as: ClientAs, who: str
) -> None:
    browser = client_as(who)
    found = {name: _ask(browser, address) for name, address in _addresses(database, cast).items()}
    assert {name: status for name, status in found.items() if status != 404} == {}


def test_a_colleague_without_the_permission_is_told_so(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    addresses = _addresses(database, cast)
    seen = {"activity", "draft", "record", "sign_up", "give_up", "settings", "settings now"}
    browser = client_as("attendant")
    found = {name: _ask(browser, address) for name, address in addresses.items() if name not in seen}
    assert {name: status for name, status in found.items() if status != 403} == {}
    assert _ask(browser, "/rules/new") == _ask(browser, "/categories") == _ask(browser, "/settings") == 403
    # An auditor reads and decides nothing.
    auditor = client_as("auditor")
    assert _ask(auditor, addresses["roster"]) == 200
    for name in ("confirm now", "decide", "take back now", "publish now", "settings now", "enter"):
        assert _ask(auditor, addresses[name]) == 403, name


def test_a_volunteer_sees_what_is_public_and_their_own(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    addresses = _addresses(database, cast)
    volunteer, neighbour = client_as("volunteer"), client_as("neighbour")
    assert _ask(volunteer, addresses["activity"]) == _ask(volunteer, addresses["record"]) == 200
    assert _ask(neighbour, addresses["record"]) == _ask(neighbour, addresses["draft"]) == 404
    for name in ("roster", "confirm", "confirm now", "enter", "cancel now"):
        assert _ask(volunteer, addresses[name]) == 403, name


def test_visitors_are_asked_to_log_in(database: Database, cast: Cast, client: FlaskClient) -> None:
    pages = (
        "/activities",
        "/my/activities",
        "/my/records",
        "/my/points",
        "/my/time",
        "/my/time/convert",
        "/rules",
    )
    pages += (
        "/desk/activities",
        "/desk/hours",
        "/categories",
        "/settings",
        "/rules/new",
        "/desk/activities/new",
    )
    for address in (*pages, *_addresses(database, cast).values()):
        assert _ask(client, address) in (302, 401), address


def test_empty_pages_say_what_will_be_there(cast: Cast, client_as: ClientAs) -> None:
    volunteer = client_as("volunteer")
    for address in (
        "/activities",
        "/my/activities",
        "/my/activities?past=1",
        "/my/records",
        "/my/points",
        "/my/time",
    ):
        assert volunteer.get(address).status_code == 200
    for address in ("/desk/activities", "/desk/activities/new", "/desk/hours", "/categories"):
        assert client_as("coordinator").get(address).status_code == 200


def test_nonsense_in_an_address_changes_nothing(cast: Cast, client_as: ClientAs) -> None:
    volunteer = client_as("volunteer")
    for query in (
        "after=x",
        "after=2026-01-01T00:00:00~1",
        "category=abc",
        "after=2026-01-01T00:00:00%2B00:00~1",
    ):
        assert volunteer.get(f"/activities?{query}").status_code == 200
    assert volunteer.get("/my/records?before=x~y&status=nothing").status_code == 200
    assert volunteer.get("/my/points?before=x").status_code == 200
    assert client_as("coordinator").get("/desk/activities?before=x&state=nothing").status_code == 200


def test_forgotten_check_outs_stand_above_with_their_reason(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = now() - DAY
        shift = published(session, cast, ShiftPlan(start, start + 2 * HOUR), at=start - DAY)
        hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=start,
            method="rotating",
        )
    browser = client_as("coordinator")
    assert "还有1人没有签退" in browser.get(f"/desk/shifts/{shift.id}/confirm").text
    with database.transaction() as session:
        hours.close_forgotten(session, at=now(), timezone=SHANGHAI)
    page = browser.get(f"/desk/shifts/{shift.id}/confirm").text
    assert "没有签退，自动结束" in page
    assert "1 小时 × 10 = 10" in page
