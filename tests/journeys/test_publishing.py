"""Posts, conditions, waiting lists, series, templates, extensions, the budget and calendars, through HTTP as each person."""

import re
from datetime import datetime, timedelta
from io import BytesIO

from icalendar import Calendar
from PIL import Image
from sqlalchemy import select

from tests.cast import Cast, row
from tests.hours.stage import SHANGHAI, add_rule, published
from tests.journeys.hours_scene import (
    DAY,
    HOUR,
    ClientAs,
    a_category,
    actions,
    activity_id_of,
    open_shift,
    shift_fields,
    tomorrow_at,
)
from timebank.activities.models import Activity, ActivityTemplate, ShiftExtension, SignUp
from timebank.activities.plans import PostPlan
from timebank.activities.rules import Conditions, ShiftPlan
from timebank.clock import now
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance
from timebank.members import families
from timebank.notices.models import Notice
from timebank.policy import service as policy


def _picture() -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (1600, 900), "green").save(file, "PNG")
    file.seek(0)
    return file


def test_posts_conditions_private_details_and_a_photo_from_the_form_to_the_page(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    browser = client_as("coordinator")
    form = shift_fields(0, tomorrow_at(14), HOUR, "") | {
        "title": "名" * 60,
        "category_id": a_category(database, cast),
        "organisation_id": cast.team_id,
        "place": "东风社区",
        "posts-0-name": "理发",
        "posts-0-capacity": "1",
        "posts-0-skill": "理发",
        "posts-1-name": "引导",
        "posts-1-capacity": "2",
        "age_from": "18",
        "contact_name": "李文浩",
        "contact_phone": "13900000002",
        "private_details": "门禁2468#",
        "closes_hours": "1",
    }
    more = browser.post("/desk/activities/new", data=form | {"another_post": "1"}).text
    assert "posts-2-name" in more
    wrong = {"posts-1-name": "理发", "age_until": "10"}
    page = browser.post("/desk/activities/new", data=form | wrong).text
    assert "岗位名称重复" in page
    assert "最大年龄不能小于最小年龄" in page
    broken = {"photo": (BytesIO(b"no picture"), "a.png")}
    assert "不超过5 MB的图片" in browser.post("/desk/activities/new", data=form | broken).text
    answer = browser.post("/desk/activities/new", data=form | {"photo": (_picture(), "a.png")})
    assert answer.status_code == 302
    activity_id = int(answer.location.split("/")[-2])
    assert browser.post(f"/desk/activities/{activity_id}/publish").status_code == 302
    volunteer = client_as("volunteer")
    page = volunteer.get(f"/activities/{activity_id}").text
    for words in ("名" * 60, "18 岁以上", "李文浩", "需要技能：理发", "开始前1小时", "报名：引导"):
        assert words in page
    assert "2468" not in page
    photo = volunteer.get(f"/activities/{activity_id}/photo")
    assert photo.data.startswith(b"\xff\xd8\xff")
    assert client_as("stranger_volunteer").get(f"/activities/{activity_id}/photo").status_code == 404
    with database.reading() as session:
        activity = session.get_one(Activity, activity_id)
        shift, posts = activity.shifts[0], {post.name: post.id for post in activity.posts}
    data = {"post_id": posts["理发"]}
    refused = volunteer.post(f"/shifts/{shift.id}/sign-up", data=data, follow_redirects=True).text
    assert "需要“理发”技能" in refused
    data = {"post_id": posts["引导"]}
    page = volunteer.post(f"/shifts/{shift.id}/sign-up", data=data, follow_redirects=True).text
    # The door code is for those who have a place.
    assert "2468" in page
    assert "2468" not in client_as("neighbour").get(f"/activities/{activity_id}").text
    assert volunteer.post(f"/shifts/{shift.id}/give-up").status_code == 302
    assert "2468" not in volunteer.get(f"/activities/{activity_id}").text


def test_waiting_being_offered_and_taking_the_place(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast)
    activity_id = activity_id_of(database, shift_id)
    volunteer, neighbour = client_as("volunteer"), client_as("neighbour")
    assert "报名成功" in volunteer.post(f"/shifts/{shift_id}/sign-up", follow_redirects=True).text
    page = neighbour.get("/activities").text
    assert "1个名额已满" in page
    assert "加入候补" in page
    page = neighbour.post(f"/shifts/{shift_id}/wait", follow_redirects=True).text
    assert "您排在候补第1位" in page
    # Nobody takes what is not offered to them, nor what is another's.
    assert "不再为您保留" in neighbour.post(f"/shifts/{shift_id}/accept", follow_redirects=True).text
    assert (
        "不再为您保留"
        in client_as("attendant").post(f"/shifts/{shift_id}/accept", follow_redirects=True).text
    )
    page = volunteer.post(f"/shifts/{shift_id}/give-up", follow_redirects=True).text
    assert "不计“未到”" in page
    page = neighbour.get("/my/activities").text
    assert "已为您留出名额" in page
    assert "确认参加" in page
    # Whoever gave the place up stands in line again; the page says why and what to do.
    page = volunteer.get(f"/activities/{activity_id}").text
    assert "加入候补" in page
    for _tap in range(2):
        page = neighbour.post(f"/shifts/{shift_id}/accept", follow_redirects=True).text
        assert "名额归您了" in page
    with database.reading() as session:
        assert [place.status for place in session.scalars(select(SignUp).order_by(SignUp.id))] == [
            "cancelled",
            "signed_up",
        ]
    # The second tap changed nothing, so the trail does not say that it did.
    assert actions(database).count("activities.accept_offer") == 1


def test_the_list_says_why_not_and_finds_by_time_and_place(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, 5, conditions=Conditions(skills=("驾驶",), needs_insurance=True))
    with database.transaction() as session:
        start = tomorrow_at(14) + 9 * DAY
        published(session, cast, ShiftPlan(start, start + HOUR), at=now() - DAY, title="送考")
    browser = client_as("volunteer")
    page = browser.get("/activities").text
    assert "需要“驾驶”技能，您的登记资料里没有" in page
    assert re.search(r"<button[^>]*disabled", page)
    assert "送考" in page
    day = tomorrow_at(14).date().isoformat()
    assert "送考" not in browser.get(f"/activities?day={day}").text
    assert "义剪" in browser.get(f"/activities?day={day}&place={cast.team_id}").text
    assert "义剪" not in browser.get("/activities?when=today").text
    for odd in ("day=9999-12-31", "day=x", "when=never", "place=999999", "after=x~y"):
        assert browser.get(f"/activities?{odd}").status_code == 200
    with database.transaction() as session:
        row(session, cast.volunteer).skills = ["驾驶"]
    assert "没有已登记的保险" in browser.get("/activities").text
    note = {"insured_until": day, "evidence": "平安 12345"}
    address = f"/desk/members/{cast.volunteer.member_id}/insurance"
    assert browser.post(address, data=note).status_code == 403
    assert client_as("stranger").post(address, data=note).status_code == 404
    assert client_as("coordinator").post(address, data=note).status_code == 302
    assert "报名成功" in browser.post(f"/shifts/{shift_id}/sign-up", follow_redirects=True).text


def test_a_helper_signs_up_her_household_and_nobody_else(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, 5)
    with database.transaction() as session:
        link = families.propose_link(
            session,
            member=row(session, cast.volunteer),
            relative=row(session, cast.neighbour),
            means="consent",
            by=cast.volunteer.actor,
            at=now(),
        )
        families.agree(session, link=link, by=cast.neighbour.actor, at=now())
    browser, address = client_as("volunteer"), f"/shifts/{shift_id}/sign-up-family"
    assert "替家人报名" in browser.get(f"/activities/{activity_id_of(database, shift_id)}").text
    for other in (cast.attendant, cast.stranger_volunteer):
        page = browser.post(address, data={"member_id": other.member_id}, follow_redirects=True).text
        assert "同一家庭" in page
    data = {"member_id": cast.neighbour.member_id}
    assert "张建国" in browser.post(address, data=data, follow_redirects=True).text
    with database.reading() as session:
        place = session.scalars(select(SignUp)).one()
        assert (place.member_id, place.signed_up_by, place.signed_up_as) == (
            cast.neighbour.member_id,
            cast.volunteer.actor.label,
            "family",
        )
        told = session.scalars(select(Notice).where(Notice.kind == "activities.signed_up_for")).one()
        assert told.member_id == cast.neighbour.member_id
    page = client_as("coordinator").get(f"/desk/shifts/{shift_id}/places").text
    assert "家人王桂兰代报" in page
    table = client_as("coordinator").post(f"/desk/shifts/{shift_id}/places/table").get_data(as_text=True)
    assert f"{cast.neighbour.number},张建国,,已报名," in table
    assert table.rstrip().endswith("王桂兰,家人")
    stranger = client_as("attendant").post(f"/shifts/{shift_id}/give-up", data=data)
    assert stranger.status_code == 403
    # She sees her husband's place on the page and gives it up there; he is told by whom.
    assert "张建国来不了" in browser.get(f"/activities/{activity_id_of(database, shift_id)}").text
    page = browser.post(f"/shifts/{shift_id}/give-up", data=data, follow_redirects=True).text
    assert "已替张建国取消报名" in page
    assert "张建国来不了" not in page
    assert browser.post(address, data=data).status_code == 302
    gone = client_as("coordinator").post(f"/desk/shifts/{shift_id}/places/{cast.neighbour.member_id}/give-up")
    assert gone.status_code == 302
    with database.reading() as session:
        place = session.scalars(select(SignUp)).one()
        assert (place.status, place.cancelled_by) == ("cancelled", cast.coordinator.actor.label)
        told = session.scalars(
            select(Notice).where(Notice.kind == "activities.given_up_for").order_by(Notice.id)
        ).all()
        assert [(one.member_id, one.facts["by"]) for one in told] == [
            (cast.neighbour.member_id, cast.volunteer.name),
            (cast.neighbour.member_id, cast.coordinator.name),
        ]


def test_copying_repeating_with_a_preview_and_publishing_the_series(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, None, posts=(PostPlan("引导", 3),), private_details="门禁2468#")
    activity_id = activity_id_of(database, shift_id)
    browser, address = client_as("coordinator"), f"/desk/activities/{activity_id}"
    first = tomorrow_at(14).date()
    assert "2468" in browser.get(f"/desk/activities/new?from={activity_id}").text
    form = {
        "every": "weekly",
        "weekdays": [first.weekday()],
        "interval": "1",
        "until": (first + timedelta(days=15)).isoformat(),
    }
    page = browser.post(f"{address}/repeat", data=form).text
    assert "共2个日期" in page
    assert (first + timedelta(days=7)).isoformat() in page
    with database.reading() as session:
        assert len(session.scalars(select(Activity)).all()) == 1
    none = {"until": first.isoformat()}
    assert "没有符合的日期" in browser.post(f"{address}/repeat", data=form | none).text
    for _twice in range(2):
        assert browser.post(f"{address}/repeat", data=form | {"make": "1"}).status_code == 302
    assert "发布全部2份草稿" in browser.get(f"{address}/series").text
    page = browser.post(f"{address}/series/publish", follow_redirects=True).text
    assert "已发布2项活动" in page
    with database.reading() as session:
        rows = session.scalars(select(Activity).order_by(Activity.id)).all()
        assert [(found.status, found.series_id) for found in rows] == [
            ("published", None),
            *[("published", activity_id)] * 2,
        ]
        assert [post.name for post in rows[2].posts] == ["引导"]
        local = rows[2].shifts[0].starts_at.astimezone(SHANGHAI)
        assert local == datetime.combine(first + timedelta(days=14), local.time(), SHANGHAI)
        assert (local.hour, local.minute) == (14, 0)


def test_a_template_is_kept_and_new_activities_begin_from_it(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(
        database, cast, None, posts=(PostPlan("引导", 3),), conditions=Conditions(sex="female")
    )
    address = f"/desk/activities/{activity_id_of(database, shift_id)}/template"
    browser = client_as("coordinator")
    assert browser.post(address, data={"name": "义剪"}).status_code == 302
    assert "已有名为“义剪”的模板" in browser.post(address, data={"name": "义剪"}).text
    with database.reading() as session:
        template = session.scalars(select(ActivityTemplate)).one()
    page = browser.get(f"/desk/activities/new?template={template.id}").text
    assert 'value="引导"' in page
    assert "selected" in page
    assert client_as("stranger").get(f"/desk/activities/new?template={template.id}").status_code == 404
    assert client_as("stranger").post(f"/desk/templates/{template.id}/remove").status_code == 404
    assert browser.post(f"/desk/templates/{template.id}/remove").status_code == 302
    assert "还没有模板" in browser.get("/desk/templates").text


def test_extending_and_calling_off_a_running_shift(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    start = now().replace(second=0, microsecond=0) - HOUR / 2
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(start, start + HOUR, 5), at=now() - DAY)
        hours.open_attendance(
            session, shift=shift, member_id=cast.volunteer.member_id, at=start, method="rotating"
        )
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift.id}/extend"
    later = (start + 2 * HOUR).astimezone(SHANGHAI)
    assert "请写明理由" in browser.post(address, data={"until": f"{later:%H:%M}"}).text
    earlier = (start + HOUR * 3 / 4).astimezone(SHANGHAI)
    page = browser.post(address, data={"until": f"{earlier:%H:%M}", "reason": "早点走"}).text
    assert "只能在活动进行中把结束时间往后延" in page
    assert browser.post(address, data={"until": f"{later:%H:%M}", "reason": "还没做完"}).status_code == 302
    page = client_as("volunteer").get(f"/activities/{shift.activity_id}").text
    assert "已统一延长" in page
    assert "已经开始。请在现场找组织者。" in page
    # The form for a plan that no longer changes is not even shown.
    gone = browser.get(f"/desk/activities/{shift.activity_id}/edit")
    assert gone.location == f"/activities/{shift.activity_id}"
    assert "活动安排已不能修改" in browser.get(gone.location).text
    assert "还没做完" in page
    with database.reading() as session:
        log = session.scalars(select(ShiftExtension)).one()
        assert (log.ends_at, log.extended_by) == (start + 2 * HOUR, cast.coordinator.actor.label)
    address = f"/desk/activities/{shift.activity_id}/cancel"
    assert "现在有1人在场" in browser.get(address).text
    assert browser.post(address, data={"reason": "停电。"}).status_code == 302
    with database.reading() as session:
        attendance = session.scalars(select(Attendance)).one()
        assert attendance.checked_out_at is not None
        assert (attendance.reason, "called_off" in attendance.flags) == ("停电。", True)
    assert {"activities.extend", "activities.cancel"} <= set(actions(database))


def test_a_binding_budget_stands_on_the_page_and_refuses_page_and_interface(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"budget": "binding"},
            by_name="陈立",
            at=now() - DAY,
        )
    form = shift_fields(0, tomorrow_at(14), 2 * HOUR, "10") | {
        "title": "大活动",
        "category_id": a_category(database, cast),
        "organisation_id": cast.team_id,
        "place": "广场",
    }
    browser = client_as("coordinator")
    address = browser.post("/desk/activities/new", data=form).location
    page = browser.get(address).text
    assert "本活动最多发放" in page
    assert "超出县级预算" in page
    page = browser.post(address, follow_redirects=True).text
    assert "加上本活动，待兑付积分为200" in page
    with database.reading() as session:
        assert session.scalars(select(Activity.status)).one() == "draft"


def test_a_calendar_address_is_given_read_renewed_and_closed(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, 5)
    browser, visitor = client_as("volunteer"), client_as("stranger").application.test_client()
    browser.post(f"/shifts/{shift_id}/sign-up")

    def address() -> str:
        found = re.search(r"http://localhost(/calendar/\d+/\w+\.ics)", browser.get("/my/calendar").text)
        assert found is not None
        return found[1]

    assert "生成我的地址" in browser.get("/my/calendar").text
    browser.post("/my/calendar")
    first = address()
    answer = visitor.get(first)
    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(event["summary"]) == "义剪"
    browser.post("/my/calendar")
    assert visitor.get(first).status_code == 404
    assert visitor.get(address()).status_code == 200
    last = address()
    browser.post("/my/calendar", data={"close": "1"})
    assert visitor.get(last).status_code == 404
    activity_id = activity_id_of(database, shift_id)
    file = browser.get(f"/activities/{activity_id}/calendar.ics")
    assert len(Calendar.from_ical(file.data).walk("VEVENT")) == 1
    assert client_as("stranger").get(f"/activities/{activity_id}/calendar.ics").status_code == 404
    assert visitor.get(f"/activities/{activity_id}/calendar.ics").status_code == 302
