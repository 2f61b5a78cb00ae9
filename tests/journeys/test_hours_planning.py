"""Planning, publishing, finding, signing up, and the county's rules, through HTTP as each person."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from tests.cast import Cast
from tests.hours.stage import SHANGHAI, add_rule, draft, published
from tests.journeys.hours_scene import (
    DAY,
    HOUR,
    ClientAs,
    a_category,
    actions,
    shift_fields,
    tomorrow_at,
)
from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.clock import now
from timebank.db import Database
from timebank.policy.models import Category, PointsRule


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
    # The large button stands on the home page on the day itself, not before.
    assert "扫码签到" not in volunteer.get("/").text
    page = neighbour.get(f"/activities/{shift.activity_id}").text
    # Why there is no place stands above what one can do instead.
    assert "1个名额已满" in page
    assert "加入候补" in page
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


def test_a_day_beyond_the_calendar_is_refused_beside_its_field(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    form = {
        "title": "守夜",
        "category_id": a_category(database, cast),
        "organisation_id": cast.team_id,
        "place": "柳河镇敬老院",
        "shifts-0-starts": "22:00",
        "shifts-0-ends": "02:00",
    }
    browser = client_as("coordinator")
    for day in ("9999-12-31", "0001-01-01"):
        answer = browser.post("/desk/activities/new", data=form | {"shifts-0-day": day})
        assert answer.status_code == 200
        assert "年份须在" in answer.text
    # The last of February of a leap year has a night after it like any other.
    assert browser.post("/desk/activities/new", data=form | {"shifts-0-day": "2028-02-29"}).status_code == 302
