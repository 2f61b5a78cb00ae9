"""Grades by policy, and limits by the county's own days and weeks."""

from datetime import date, datetime, timedelta

import pytest

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, attended, published
from timebank.activities.rules import ShiftPlan
from timebank.db import Database
from timebank.policy import service as policy

EVENING = NOON + timedelta(hours=10)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("method", "written", "flags"),
    [
        ("rotating", {}, []),
        ("member", {}, []),
        ("static", {}, ["grade_held"]),
        ("static", {"grade_c": "pay"}, []),
        ("rotating", {"grade_a": "hold"}, ["grade_held"]),
        ("member", {"grade_b": "second"}, ["second_person"]),
    ],
)
def test_the_policy_of_a_grade_decides_whether_a_row_is_looked_at(
    database: Database, cast: Cast, method: str, written: dict[str, str], flags: list[str]
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        policy.change_settings(
            session, organisation_id=cast.county_id, written=written, by_name="陈立", at=NOON
        )
        assert attended(session, published(session, cast), cast.volunteer, method=method).flags == flags


@pytest.mark.parametrize(
    ("starts_at", "served_on"),
    [
        # 22:00 to 3:00 in Shanghai, across the leap day's midnight in either direction.
        (datetime(2028, 2, 28, 22, tzinfo=SHANGHAI), date(2028, 2, 28)),
        (datetime(2028, 2, 29, 22, tzinfo=SHANGHAI), date(2028, 2, 29)),
        # Three in the morning of 1 March is still February in UTC.
        (datetime(2028, 3, 1, 3, tzinfo=SHANGHAI), date(2028, 3, 1)),
    ],
)
def test_day_caps_go_by_the_countys_own_day_across_midnight_and_the_leap_day(
    database: Database, cast: Cast, starts_at: datetime, served_on: date
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        before = starts_at - timedelta(days=1)
        five, four = timedelta(hours=5), timedelta(hours=4)
        # Nine hours in 24, but on two days of the calendar: five the day before, five and four on the day.
        plans = [(before, five), (starts_at, five), (starts_at + five, four)]
        records = []
        for number, (begins, length) in enumerate(plans):
            shift = published(
                session, cast, ShiftPlan(begins, begins + length), at=NOON, title=f"值班{number}"
            )
            records.append(attended(session, shift, cast.neighbour))
        assert records[1].served_on == served_on
        assert records[0].flags == records[1].flags == []
        is_next_day = (starts_at + five).date() != served_on
        assert records[2].flags == ([] if is_next_day else ["over_day_cap"])


def test_a_week_ends_on_sunday_and_a_minor_comes_of_age_on_the_first_of_march(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        monday = datetime(2028, 2, 21, 8, tzinfo=SHANGHAI)
        found = []
        for day in range(8):
            begins = monday + timedelta(days=day)
            shift = published(
                session,
                cast,
                ShiftPlan(begins, begins + timedelta(hours=6)),
                at=NOON,
                title=f"值班{day}",
            )
            found.append(attended(session, shift, cast.neighbour).flags)
        # Twenty-four hours are full on Thursday; Monday begins anew.
        assert found == [[], [], [], [], ["over_week_cap"], ["over_week_cap"], ["over_week_cap"], []]
        row(session, cast.volunteer).born_on = date(2010, 2, 28)
        row(session, cast.attendant).born_on = date(2012, 2, 29)
        five = timedelta(hours=5)
        eves = [datetime(2030, month, day, 8, tzinfo=SHANGHAI) for month, day in ((2, 28), (3, 1))]
        for begins, flags in zip(eves, (["over_minor_cap"], []), strict=True):
            shift = published(
                session, cast, ShiftPlan(begins, begins + five), at=NOON, title=f"{begins:%m%d}"
            )
            assert attended(session, shift, cast.volunteer).flags == []
            # Born on 29 February 2012: eighteen on 1 March 2030.
            assert attended(session, shift, cast.attendant).flags == flags
