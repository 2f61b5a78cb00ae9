"""Whoever has points that lapse soon hears of it in time, and once for each day."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tests.books.test_postings import award
from tests.cast import NOON, SECRET_KEY, Cast
from timebank.access.keys import Keyring
from timebank.books import runner
from timebank.books.lapse_notices import Lapsing, lapsing_soon, tell
from timebank.books.lapsing import lapse_moment
from timebank.clock import now
from timebank.db import Database
from timebank.house import House
from timebank.notices.models import Notice
from timebank.policy.rules import Policy
from timebank.policy.service import change_settings
from timebank.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOLD_BEFORE = timedelta(days=Policy().lapse_notice_days)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def test_a_member_is_told_once_of_each_day_on_which_points_lapse(database: Database, cast: Cast) -> None:
    member = cast.volunteer.member_id
    with database.transaction() as session:
        for number, (some, day) in enumerate([("5", APRIL), ("2.50", APRIL), ("7", MAY), ("9", None)]):
            award(session, record_id=number + 1, member_id=member, points=some, lapses_on=day)
    for day, points in ((APRIL, Decimal("7.50")), (MAY, Decimal(7))):
        gone = lapse_moment(day, SHANGHAI)
        assert gone is not None
        first = gone - TOLD_BEFORE
        with database.transaction() as session:
            before = lapsing_soon(session, at=first - timedelta(seconds=1), timezone=SHANGHAI)
            assert day not in {one.day for one in before}
            found = lapsing_soon(session, at=first, timezone=SHANGHAI)
            assert found[-1] == Lapsing(member, day, points)
            assert [tell(session, found[-1:], at=first), tell(session, found[-1:], at=first)] == [1, 0]
            after = lapsing_soon(session, at=gone, timezone=SHANGHAI)
            assert day not in {one.day for one in after}
    with database.reading() as session:
        told = session.scalars(select(Notice).order_by(Notice.id)).all()
        assert [(one.member_id, one.kind) for one in told] == [(member, "points.lapse_soon")] * 2
        assert told[0].facts == {"points": {"amount": "7.50"}, "day": {"day": "2026-04-01"}}


def test_the_job_tells_everybody_in_small_steps_and_nobody_twice(database: Database, cast: Cast) -> None:
    soon = now().astimezone(SHANGHAI).date() + timedelta(days=9)
    people = [cast.volunteer.member_id, cast.neighbour.member_id]
    with database.transaction() as session:
        for number, member in enumerate(people):
            award(session, record_id=number + 1, member_id=member, points="5", at=NOON, lapses_on=soon)
    house = House(Settings(secret_key=SECRET_KEY), database, Keyring(SECRET_KEY))
    for _twice in range(2):
        runner.tell_of_lapsing(house, {})
    with database.reading() as session:
        assert session.scalars(select(Notice.member_id).order_by(Notice.member_id)).all() == sorted(people)


def test_how_early_members_are_told_is_the_countys_decision(database: Database, cast: Cast) -> None:
    member = cast.volunteer.member_id
    gone = lapse_moment(MAY, SHANGHAI)
    assert gone is not None
    with database.transaction() as session:
        award(session, record_id=1, member_id=member, points="7", lapses_on=MAY)
        change_settings(
            session,
            organisation_id=cast.county_id,
            written={"lapse_notice_days": "60"},
            by_name="陈立",
            at=NOON - timedelta(days=1),
        )
    with database.reading() as session:
        for days, told in ((61, 0), (60, 1), (31, 1)):
            found = lapsing_soon(session, at=gone - timedelta(days=days), timezone=SHANGHAI)
            assert len(found) == told
