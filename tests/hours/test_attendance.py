"""Coming, leaving, forgetting to leave: what stands in the tables afterwards."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, attended, published
from timebank.activities.rules import ShiftPlan
from timebank.db import Database
from timebank.hours import queries, runner
from timebank.hours import service as hours
from timebank.hours.errors import AlreadyInside, AlreadyOut, InsideElsewhere
from timebank.hours.models import Attendance, ServiceRecord
from timebank.policy import service as policy
from timebank.reconcile.checks import Range, minutes_recompute
from timebank.web.frame import house_of


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_scanning_in_and_out_makes_a_waiting_record(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer, came=shift.starts_at - timedelta(minutes=9))
        assert (record.status, record.minutes, record.proof_grade) == ("pending", 150, "A")
        assert (record.flags, record.served_on) == ([], date(2026, 3, 2))
        assert record.organisation_id == cast.team_id
        assert record.credited_from == shift.starts_at


def test_leaving_twice_gives_the_first_record(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer)
        again = hours.close_attendance(
            session,
            attendance=record.attendance,
            at=shift.ends_at + timedelta(minutes=10),
            method="short",
            timezone=SHANGHAI,
        )
        assert again.id == record.id
        assert record.attendance.checked_out_at == shift.ends_at


def test_a_member_is_inside_one_shift_at_a_time_and_at_each_once(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift, other = published(session, cast), published(session, cast, title="另一场")

        def come(to: object) -> Attendance:
            return hours.open_attendance(
                session,
                shift=to,
                member_id=cast.volunteer.member_id,
                at=shift.starts_at,
                method="rotating",
            )

        attendance = come(shift)
        with pytest.raises(AlreadyInside):
            come(shift)
        with pytest.raises(InsideElsewhere) as refused:
            come(other)
        assert refused.value.facts == {"title": "敬老院打扫"}
        hours.close_attendance(
            session, attendance=attendance, at=shift.ends_at, method="rotating", timezone=SHANGHAI
        )
        with pytest.raises(AlreadyOut):
            come(shift)


def test_two_shifts_in_a_row_never_credit_a_minute_twice(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        first = published(session, cast)
        second = published(
            session,
            cast,
            ShiftPlan(first.ends_at, first.ends_at + timedelta(hours=2)),
            title="下一场",
        )
        one = attended(session, first, cast.volunteer, left=first.ends_at + timedelta(minutes=3))
        two = attended(session, second, cast.volunteer, came=first.ends_at + timedelta(minutes=4))
        assert two.credited_from == one.credited_until
        assert two.minutes == 114


def test_the_first_of_two_services_that_arrives_late_loses_only_the_shared_minutes(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        first = published(session, cast)
        second = published(
            session, cast, ShiftPlan(first.ends_at, first.ends_at + timedelta(hours=2)), title="下一场"
        )
        two = attended(session, second, cast.volunteer)
        one = attended(session, first, cast.volunteer, left=first.ends_at + timedelta(minutes=5))
        assert (one.credited_from, one.credited_until) == (first.starts_at, two.credited_from)
        assert one.minutes == (first.ends_at - first.starts_at) // timedelta(minutes=1)
        assert list(minutes_recompute.CHECK.find(session, Range(NOON, SHANGHAI))) == []


def test_a_night_shift_belongs_to_the_day_on_which_it_began(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        night = ShiftPlan(local("2024-02-29 22:00"), local("2024-03-01 02:00"))
        shift = published(session, cast, night, at=local("2024-02-01 08:00"))
        record = attended(session, shift, cast.volunteer, came=local("2024-03-01 00:30"))
        assert record.served_on == date(2024, 2, 29)
        assert (record.credited_from, record.minutes) == (local("2024-03-01 00:30"), 90)


def test_a_forgotten_check_out_is_closed_an_hour_after_the_end_and_waits_for_a_person(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=shift.starts_at,
            method="rotating",
        )
        early = shift.ends_at + timedelta(minutes=59, seconds=59)
        assert hours.close_forgotten(session, at=early, timezone=SHANGHAI) == []
        late = shift.ends_at + timedelta(hours=3)
        (record,) = hours.close_forgotten(session, at=late, timezone=SHANGHAI)
        assert (record.minutes, record.proof_grade, record.flags) == (60, "C", ["missing_check_out"])
        assert record.attendance.checked_out_at == shift.ends_at + timedelta(hours=1)
        assert record.attendance.check_out_method is None
        assert hours.close_forgotten(session, at=late, timezone=SHANGHAI) == []
        assert not hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=late).records


def test_the_county_says_when_a_check_out_is_forgotten(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"latest_check_out_minutes": "15", "forgotten_percent": "10"},
            by_name="陈立",
            at=NOON,
        )
        shift = published(session, cast)
        hours.open_attendance(
            session, shift=shift, member_id=cast.volunteer.member_id, at=shift.starts_at, method="member"
        )
        (record,) = hours.close_forgotten(
            session, at=shift.ends_at + timedelta(minutes=15), timezone=SHANGHAI
        )
        assert record.minutes == 12


def test_more_than_the_day_allows_waits_for_a_person(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = local("2026-03-03 08:00")
        long = published(session, cast, ShiftPlan(start, start + timedelta(hours=7)))
        more = published(
            session, cast, ShiftPlan(start + timedelta(hours=8), start + timedelta(hours=10)), title="晚间"
        )
        assert attended(session, long, cast.volunteer).flags == []
        assert attended(session, more, cast.volunteer).flags == ["over_day_cap"]


def test_a_week_has_its_limit_and_a_new_week_begins_on_monday(database: Database, cast: Cast) -> None:
    flags = []
    with database.transaction() as session:
        add_rule(session, cast)
        for day in range(9, 17):  # Monday the 9th to Monday the 16th of March 2026.
            start = local(f"2026-03-{day:02d} 08:00")
            shift = published(session, cast, ShiftPlan(start, start + timedelta(hours=5)), title=f"{day}")
            flags.append(attended(session, shift, cast.volunteer).flags)
    assert flags == [[], [], [], [], *[["over_week_cap"]] * 3, []]


def test_a_minor_may_serve_four_hours_a_day(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = local("2026-03-03 08:00")
        shift = published(session, cast, ShiftPlan(start, start + timedelta(hours=5)))
        row(session, cast.volunteer).born_on = date(2008, 3, 4)  # Eighteen tomorrow.
        row(session, cast.neighbour).born_on = date(2008, 3, 3)  # Eighteen today.
        assert attended(session, shift, cast.volunteer).flags == ["over_minor_cap"]
        assert attended(session, shift, cast.neighbour).flags == []


def test_the_roster_shows_who_came_who_is_inside_and_who_did_not_come(database: Database, cast: Cast) -> None:
    from timebank.activities import service as activities

    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        for person in (cast.volunteer, cast.attendant):
            activities.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON)
        activities.sign_up(
            session, shift=shift, member_id=cast.auditor.member_id, by=cast.coordinator.actor, at=NOON
        )
        attended(session, shift, cast.volunteer)
        hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.neighbour.member_id,
            at=shift.starts_at,
            method="member",
        )
        rows = queries.roster(session, shift, at=shift.ends_at)
        states = {entry.member.name: (entry.state, entry.signed_up_by_other) for entry in rows}
        assert states == {
            "王桂兰": ("pending", False),
            "张建国": ("inside", False),
            "赵敏": ("absent", False),
            "周正": ("absent", True),
        }


def test_moments_come_back_in_utc(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        attended(session, published(session, cast), cast.volunteer)
    with database.reading() as session:
        record = session.scalars(select(ServiceRecord)).one()
        assert record.credited_from.tzinfo is UTC


def test_the_job_closes_what_was_forgotten_however_often_it_runs(
    app: Flask, database: Database, cast: Cast
) -> None:
    house = house_of(app)
    assert runner.JOB_NAME in [kind.name for kind in house.jobs if kind.every]
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        hours.open_attendance(
            session, shift=shift, member_id=cast.volunteer.member_id, at=shift.starts_at, method="rotating"
        )
    for _ in range(2):
        runner.close_forgotten(house, {})
    with database.reading() as session:
        assert session.scalars(select(ServiceRecord)).one().flags == ["missing_check_out"]
