"""One shift of several is called off: its people hear why, its places are free, the other dates take place."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from tests.cast import NOON, Cast, Person, row
from tests.hours.stage import SHANGHAI, add_rule, published
from timebank.activities import calendars, errors, holdings, queries, service
from timebank.activities.models import Activity, Shift
from timebank.activities.rules import ShiftPlan
from timebank.activities.standings import standing_of
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.called_off import close_those_inside
from timebank.hours.models import ServiceRecord
from timebank.hours.no_shows import no_shows_of
from timebank.notices.models import Notice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RAIN = "大雨，公园封闭。"
WORDS = {"offered": "名额待确认", "contact": "联系人："}


def _activity(session: Any, cast: Cast, shifts: int = 2) -> Activity:
    """Published; a shift with one place on each of the days to come."""
    add_rule(session, cast)
    starts = [NOON + DAY * (number + 1) for number in range(shifts)]
    return published(session, cast, *(ShiftPlan(start, start + 2 * HOUR, 1) for start in starts)).activity


def _sign_up(session: Any, shift: Shift, person: Person, *, wait: bool = False) -> Any:
    take = service.wait if wait else service.sign_up
    return take(session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON)


def _off(session: Any, cast: Cast, shift: Shift, reason: str = RAIN, at: Any = NOON + HOUR) -> int:
    return service.cancel_shift(
        session,
        shift=shift,
        reason=reason,
        by=cast.coordinator.actor,
        at=at,
        timezone=SHANGHAI,
        calling_off=(close_those_inside,),
    )


def _events(session: Any, cast: Cast, person: Person) -> list[Any]:
    entries = calendars.entries_of(session, person.member_id, at=NOON)
    written = calendars.calendar(
        entries, name="我的", keyring=cast.keyring, address="https://example.org", words=WORDS
    )
    return Calendar.from_ical(written).walk("VEVENT")


def test_one_shift_is_called_off_and_the_others_take_place(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        activity = _activity(session, cast)
        first, second = activity.shifts
        _sign_up(session, first, cast.volunteer)
        _sign_up(session, first, cast.neighbour, wait=True)
        _sign_up(session, second, cast.volunteer)
        before = {str(row["uid"]): row["sequence"] for row in _events(session, cast, cast.volunteer)}
        assert _off(session, cast, first) == 2
        assert _off(session, cast, first) == 0, "a second click tells nobody again"
        told = session.scalars(select(Notice).where(Notice.kind == "activities.cancelled")).all()
        assert {row.member_id for row in told} == {cast.volunteer.member_id, cast.neighbour.member_id}
        assert {row.facts["reason"] for row in told} == {RAIN}
        # The places are free and nobody waits; the job offers nothing.
        assert holdings.concerned(session, [first.id]) == []
        assert service.move_queues_on(session, at=NOON + HOUR, timezone=SHANGHAI) == []
        assert (activity.status, first.status, second.status) == ("published", "cancelled", "published")
        # Her calendar learns of it, and only of this date.
        shown = {str(row["uid"]): row for row in _events(session, cast, cast.volunteer)}
        off = shown[calendars.uid_of(cast.keyring, first.id)]
        assert (str(off["status"]), RAIN in str(off["description"])) == ("CANCELLED", True)
        assert off["sequence"] > before[str(off["uid"])]
        assert str(shown[calendars.uid_of(cast.keyring, second.id)]["status"]) == "CONFIRMED"
        # Her own list still shows it, as cancelled; the list of what one can sign up for does not.
        rows = holdings.places_of_member(session, cast.volunteer.member_id, at=NOON + HOUR)
        assert [row.shift.status for row in rows] == ["cancelled", "published"]
        found = queries.upcoming(session, cast.volunteer.actor, at=NOON + HOUR)
        assert [shift.id for shift in found] == [second.id]
        with pytest.raises(errors.ShiftCancelled) as refused:
            _sign_up(session, first, cast.attendant)
        assert refused.value.facts["reason"] == RAIN
        assert standing_of(session, shift=first, member_id=cast.attendant.member_id).status == "cancelled"


def test_a_place_that_was_released_is_no_shift_missed(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        activity = _activity(session, cast)
        _sign_up(session, activity.shifts[0], cast.volunteer)
        _off(session, cast, activity.shifts[0])
        at = activity.shifts[0].ends_at + DAY
        place = activity.shifts[0].sign_ups[0]
        assert (place.status, place.cancelled_by) == ("cancelled", cast.coordinator.actor.label)
        assert no_shows_of(session, row(session, cast.volunteer), at=at).counted == 0


def test_who_is_inside_is_checked_out_with_the_reason_and_keeps_the_place(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        activity = _activity(session, cast)
        shift = activity.shifts[0]
        _sign_up(session, shift, cast.volunteer)
        hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=shift.starts_at,
            method="rotating",
        )
        _off(session, cast, shift, at=shift.starts_at + HOUR)
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, "called_off" in record.flags) == (60, True)
        assert record.attendance.reason == RAIN
        assert [row.status for row in holdings.concerned(session, [shift.id])] == ["signed_up"]
        (notice,) = session.scalars(select(Notice).where(Notice.kind == "activities.cancelled"))
        assert "while you were there" in notice.sentence


def test_with_the_last_shift_the_whole_activity_is_off(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        activity = _activity(session, cast)
        _off(session, cast, activity.shifts[0])
        _off(session, cast, activity.shifts[1], reason="还在下雨。")
        assert (activity.status, activity.cancel_reason) == ("cancelled", "还在下雨。")


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("no reason", errors.CancelReasonMissing),
        ("draft", errors.NotPublished),
        ("over", errors.ActivityOver),
        ("confirmed", errors.ShiftConfirmed),
    ],
)
def test_what_cannot_be_called_off(
    database: Database, cast: Cast, case: str, refusal: type[Exception]
) -> None:
    with database.transaction() as session:
        activity = _activity(session, cast)
        shift = activity.shifts[0]
        if case == "draft":
            activity.status = "draft"
        if case == "confirmed":
            shift.confirmed_at, shift.confirmed_by = NOON, "user:1"
        session.flush()
        with pytest.raises(refusal):
            _off(
                session,
                cast,
                shift,
                reason="  " if case == "no reason" else RAIN,
                at=shift.ends_at if case == "over" else NOON,
            )


def test_a_change_of_the_plan_leaves_what_was_called_off_as_it_is(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        activity = _activity(session, cast, shifts=3)
        first, second, _third = activity.shifts
        _off(session, cast, first)
        later = ShiftPlan(second.starts_at + HOUR, second.ends_at + HOUR, 2)
        service.update(
            session,
            activity=activity,
            category_id=activity.category_id,
            title=activity.title,
            place=activity.place,
            description="",
            shifts=[(second.id, later)],
            at=NOON + HOUR,
            timezone=SHANGHAI,
        )
        assert [(shift.id, shift.status) for shift in activity.shifts] == [
            (first.id, "cancelled"),
            (second.id, "published"),
        ]
        with pytest.raises(errors.ShiftCancelled):
            service.extend(
                session,
                shift=first,
                until=first.ends_at + HOUR,
                reason="加时",
                by=cast.coordinator.actor,
                at=first.ends_at,
            )
