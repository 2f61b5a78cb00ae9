"""Entries by hand: who may, how many, how long, and who confirms."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.cast import NOON, Cast, Person
from tests.hours.stage import SHANGHAI, add_rule, attended, photo, published, says_yes
from timebank.activities import service as activities
from timebank.activities.errors import ActivityCancelled
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.books import queries as books
from timebank.db import Database
from timebank.hours import queries
from timebank.hours import service as hours
from timebank.hours.errors import (
    AlreadyRecorded,
    EntryClosed,
    NotOverYet,
    OverlapsOther,
    OwnEntry,
    OwnRecord,
    QuotaUsed,
    ReasonMissing,
    TimesImplausible,
    WordMissing,
)
from timebank.hours.manual import entries_left
from timebank.hours.models import ServiceRecord

Enter = Callable[..., ServiceRecord]


def entering(session: object, cast: Cast, shift: Shift) -> Enter:
    """Enter somebody for the whole shift, an hour after it ended."""

    def enter(person: Person, **changes: object) -> ServiceRecord:
        values: dict[str, object] = {
            "came_at": shift.starts_at,
            "left_at": shift.ends_at,
            "reason": "Phone was empty.",
            "evidence": photo(),
            "by": cast.coordinator.actor,
            "at": shift.ends_at + timedelta(hours=1),
            "shift": shift,
            "timezone": SHANGHAI,
        }
        return hours.enter_manually(session, member_id=person.member_id, **(values | changes))

    return enter


def test_an_entry_is_grade_d_and_pays_after_a_second_person(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = entering(session, cast, shift)(cast.volunteer)
        assert (record.proof_grade, record.flags, record.minutes) == ("D", ["manual"], 150)
        assert record.recorded_by_user_id == cast.coordinator.user_id
        evening = shift.ends_at + timedelta(hours=2)
        assert not hours.confirm_shift(
            session, shift=shift, by=cast.second_coordinator.actor, at=evening
        ).records
        with pytest.raises(OwnEntry):
            hours.confirm_record(session, record=record, by=cast.coordinator.actor, at=evening, reason="x")
        with pytest.raises(WordMissing):
            hours.confirm_record(
                session, record=record, by=cast.second_coordinator.actor, at=evening, reason="x"
            )
        says_yes(session, record, cast.volunteer, evening)
        waiting = queries.manual_waiting(session, cast.second_coordinator.actor, _confirm())
        assert [entry.id for entry in waiting] == [record.id]
        hours.confirm_record(
            session, record=record, by=cast.second_coordinator.actor, at=evening, reason="I was there."
        )
        assert books.points_balance(session, cast.volunteer.member_id) == 25


def _confirm() -> object:
    from timebank.access.permissions import HOURS_CONFIRM

    return HOURS_CONFIRM


def test_nobody_enters_their_own_hours(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        enter = entering(session, cast, published(session, cast))
        with pytest.raises(OwnRecord):
            enter(cast.coordinator)


def test_the_beneficiary_does_not_confirm_an_entry_made_by_somebody_else(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = entering(session, cast, shift)(cast.second_coordinator)
        with pytest.raises(OwnRecord):
            hours.confirm_record(
                session, record=record, by=cast.second_coordinator.actor, at=shift.ends_at, reason="x"
            )


def test_whoever_entered_may_withdraw(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        record = entering(session, cast, published(session, cast))(cast.volunteer)
        hours.reject_record(session, record=record, by=cast.coordinator.actor, reason="Mistake.", at=NOON)
        assert record.status == "rejected"


def test_an_activity_has_three_entries_also_over_several_shifts(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        first = published(session, cast)
        plans = [
            ShiftPlan(first.starts_at, first.ends_at),
            ShiftPlan(first.ends_at, first.ends_at + timedelta(hours=1)),
        ]
        one, two = published(session, cast, *plans, title="两场").activity.shifts
        later = {"at": two.ends_at + timedelta(hours=1)}
        entering(session, cast, one)(cast.volunteer, **later)
        entering(session, cast, one)(cast.neighbour, **later)
        assert entries_left(session, two, NOON) == 1
        record = entering(session, cast, two)(cast.attendant, **later)
        # Withdrawing gives no place back: it is the entering that is counted.
        hours.reject_record(session, record=record, by=cast.coordinator.actor, reason="Mistake.", at=NOON)
        with pytest.raises(QuotaUsed) as refused:
            entering(session, cast, two)(cast.auditor, **later)
        assert refused.value.facts == {"quota": 3}
        entering(session, cast, first)(cast.auditor)


@pytest.mark.parametrize(
    ("after", "refusal"),
    [
        (timedelta(seconds=-1), NotOverYet),
        (timedelta(days=7), None),
        (timedelta(days=7, seconds=1), EntryClosed),
    ],
)
def test_entries_are_possible_from_the_end_for_seven_days(
    database: Database, cast: Cast, after: timedelta, refusal: type[Exception] | None
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        enter = entering(session, cast, shift)
        if refusal is None:
            assert enter(cast.volunteer, at=shift.ends_at + after).status == "pending"
            return
        with pytest.raises(refusal):
            enter(cast.volunteer, at=shift.ends_at + after)


def test_an_entry_needs_words_and_times_around_the_shift(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        enter, minute = entering(session, cast, shift), timedelta(minutes=1)
        with pytest.raises(ReasonMissing):
            enter(cast.volunteer, reason="  ")
        for came, left in _implausible(shift, minute):
            with pytest.raises(TimesImplausible):
                enter(cast.volunteer, came_at=came, left_at=left)


def _implausible(shift: Shift, minute: timedelta) -> list[tuple[datetime, datetime]]:
    return [
        (shift.ends_at, shift.starts_at),
        (shift.starts_at, shift.starts_at),
        (shift.starts_at - 31 * minute, shift.ends_at),
        (shift.starts_at, shift.ends_at + 61 * minute),
    ]


def test_nobody_is_entered_twice_or_at_two_places(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift, other = published(session, cast), published(session, cast, title="另一场")
        attended(session, shift, cast.volunteer)
        with pytest.raises(AlreadyRecorded):
            entering(session, cast, shift)(cast.volunteer)
        with pytest.raises(OverlapsOther) as refused:
            entering(session, cast, other)(cast.volunteer)
        assert refused.value.facts == {"title": "敬老院打扫"}


def test_a_cancelled_activity_takes_no_entries(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        activities.cancel(session, activity=shift.activity, reason="Rain.", at=shift.starts_at)
        with pytest.raises(ActivityCancelled):
            entering(session, cast, shift)(cast.volunteer)
