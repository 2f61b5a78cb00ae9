"""One shift among several: called off alone, its way in hidden again, somebody signed up for a post of it."""

from datetime import timedelta

from sqlalchemy import select

from tests.cast import Cast
from tests.journeys.hours_scene import DAY, HOUR, ClientAs, actions, activity_id_of, open_shift, tomorrow_at
from timebank.activities import service
from timebank.activities.api import own_sign_ups
from timebank.activities.models import Post, Shift, SignUp
from timebank.activities.plans import PostPlan
from timebank.activities.rules import ShiftPlan
from timebank.clock import now
from timebank.db import Database
from timebank.policy import service as policy


def test_calling_one_shift_off(database: Database, cast: Cast, client_as: ClientAs) -> None:
    shift_id, start = open_shift(database, cast, 5), tomorrow_at(14) + DAY
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        service.add_past_shifts(session, [(shift.activity_id, ShiftPlan(start, start + HOUR, 5))])
    client_as("volunteer").post(f"/shifts/{shift_id}/sign-up")
    address = f"/desk/shifts/{shift_id}/cancel"
    assert client_as("stranger").get(address).status_code == 404
    assert client_as("volunteer").get(address).status_code == 403
    browser = client_as("coordinator")
    assert "有1人有名额或在候补" in browser.get(address).text
    assert "请写明原因" in browser.post(address, data={"reason": " "}).text
    for _twice in range(2):
        assert browser.post(address, data={"reason": "停电。"}).status_code == 302
    assert actions(database).count("activities.cancel_shift") == 1
    assert "这一场次已取消" in browser.get(address).text
    page = client_as("volunteer").get(f"/activities/{activity_id_of(database, shift_id)}").text
    assert "停电。" in page
    assert page.count("/sign-up") == 1, "the other shift alone can be signed up for"
    assert "停电。" in client_as("volunteer").get("/my/activities").text
    assert "1个场次已取消" in browser.get("/desk/activities").text
    roster = browser.get(f"/desk/shifts/{shift_id}").text
    assert "停电。" in roster
    assert f"/desk/shifts/{shift_id}/screen" not in roster


def test_the_way_in_is_hidden_some_hours_after_the_shift_and_is_in_no_copy_of_ones_data(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, 5, private_details="门禁2468#")
    address = f"/activities/{activity_id_of(database, shift_id)}"
    volunteer = client_as("volunteer")
    volunteer.post(f"/shifts/{shift_id}/sign-up")

    def ended(ago: timedelta) -> None:
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            shift.starts_at, shift.ends_at = now() - ago - HOUR, now() - ago

    ended(23 * HOUR)
    page = volunteer.get(address).text
    assert "门禁2468#" in page
    assert "之后自动隐藏" in page
    ended(25 * HOUR)
    page = volunteer.get(address).text
    assert "2468" not in page
    assert "现在已隐藏" in page
    assert "2468" in client_as("coordinator").get(address).text
    with database.transaction() as session:
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"private_details_hours": "48"},
            by_name="陈立",
            at=now() - DAY,
        )
    assert "2468" in volunteer.get(address).text
    exported = client_as("coordinator").post(f"/desk/shifts/{shift_id}/places/table").text
    assert "2468" not in exported
    with database.reading() as session:
        assert "2468" not in str(own_sign_ups(session, cast.volunteer.member_id))


def test_the_organiser_signs_somebody_up_for_the_post_that_suits_them(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = open_shift(database, cast, None, posts=(PostPlan("引导", 1), PostPlan("登记", 1)))
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift_id}"
    assert "引导：还剩1个名额" in browser.get(address).text
    with database.reading() as session:
        wanted = session.scalars(select(Post.id).where(Post.name == "登记")).one()
    assert browser.post(address, data={"member": cast.volunteer.number, "post_id": wanted}).status_code == 302
    page = browser.post(address, data={"member": cast.neighbour.number, "post_id": wanted}).text
    assert "名额已满" in page
    assert browser.post(address, data={"member": cast.neighbour.number, "post_id": 0}).status_code == 302
    with database.reading() as session:
        rows = session.scalars(select(SignUp).order_by(SignUp.id)).all()
        assert [row.post.name for row in rows if row.post] == ["登记", "引导"]
