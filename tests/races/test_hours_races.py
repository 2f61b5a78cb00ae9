"""Many people at once, with threads, on both engines: paid once, within caps, quotas and places."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

from sqlalchemy import func, select

from ledger import audit
from ledger.models import Transaction
from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, attended, photo, published
from timebank.activities import service as activities
from timebank.activities.models import Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.books import queries as books
from timebank.db import Database
from timebank.errors import Refusal
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.policy import service as policy

AT_ONCE = 8
EVENING = NOON + timedelta(hours=12)


def _at_once(act: Callable[[int], object], times: int = AT_ONCE) -> Counter[str]:
    """Run ``act(0)`` … at the same moment, each in a thread; how often each result came out."""
    ready = Barrier(times)

    def one(turn: int) -> str:
        ready.wait()
        try:
            return str(act(turn))
        except Refusal as refusal:
            return type(refusal).__name__

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(one, range(times)))


def _served_shift(database: Database, cast: Cast, **rule: object) -> tuple[int, int]:
    """Ids of two shifts of one day at which the volunteer and the neighbour served."""
    with database.transaction() as session:
        add_rule(session, cast, **rule)
        first = published(session, cast)
        start = first.ends_at + timedelta(hours=1)
        second = published(session, cast, ShiftPlan(start, start + timedelta(hours=2)), title="第二场")
        for shift in (first, second):
            attended(session, shift, cast.volunteer)
            attended(session, shift, cast.neighbour)
        return first.id, second.id


def test_many_who_confirm_one_shift_at_once_pay_it_once(database: Database, cast: Cast) -> None:
    shift_id, _ = _served_shift(database, cast)
    by = (cast.coordinator.actor, cast.second_coordinator.actor)

    def confirm(turn: int) -> int:
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            return len(hours.confirm_shift(session, shift=shift, by=by[turn % 2], at=EVENING).records)

    assert _at_once(confirm) == {"2": 1, "0": AT_ONCE - 1}
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 25
        assert session.scalar(select(func.count()).select_from(Transaction)) == 2


def test_two_coordinators_at_once_cannot_both_use_what_a_cap_leaves(database: Database, cast: Cast) -> None:
    shifts = _served_shift(database, cast, cap_points_per_day=Decimal(30))
    by = (cast.coordinator.actor, cast.second_coordinator.actor)

    def confirm(turn: int) -> int:
        with database.transaction() as session:
            shift = session.get_one(Shift, shifts[turn])
            return len(hours.confirm_shift(session, shift=shift, by=by[turn], at=EVENING).records)

    assert _at_once(confirm, 2) == {"2": 2}
    with database.reading() as session:
        for person in (cast.volunteer, cast.neighbour):
            assert books.points_balance(session, person.member_id) == 30
        assert session.scalar(select(func.count()).where(ServiceRecord.status == "approved")) == 4
        assert not audit.balances_equal_entries(session)


def test_a_record_confirmed_and_rejected_at_once_has_one_fate(database: Database, cast: Cast) -> None:
    shift_id, _ = _served_shift(database, cast)
    with database.reading() as session:
        record_id = session.scalar(
            select(ServiceRecord.id).join(ServiceRecord.attendance).where(Attendance.shift_id == shift_id)
        )

    def decide(turn: int) -> str:
        with database.transaction() as session:
            record = session.get_one(ServiceRecord, record_id)
            if turn % 2:
                hours.reject_record(session, record=record, by=cast.coordinator.actor, reason="no", at=NOON)
            else:
                hours.confirm_record(session, record=record, by=cast.second_coordinator.actor, at=EVENING)
            return record.status

    outcomes = _at_once(decide)
    assert outcomes["AlreadyDecided"] == AT_ONCE // 2
    with database.reading() as session:
        record = session.get_one(ServiceRecord, record_id)
        paid = books.points_balance(session, record.member_id)
        assert (record.status, paid) in (("approved", Decimal(25)), ("rejected", Decimal(0)))


def test_taking_back_at_once_reverses_once(database: Database, cast: Cast) -> None:
    shift_id, _ = _served_shift(database, cast)
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        done = hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        record_id = done.records[0].id

    def take_back(_turn: int) -> str:
        with database.transaction() as session:
            record = session.get_one(ServiceRecord, record_id)
            return hours.take_back(
                session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Wrong."
            ).status

    assert _at_once(take_back) == {"reversed": AT_ONCE}
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Transaction.kind == "reversal")) == 1


def test_the_last_place_goes_to_one(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = NOON + timedelta(days=1)
        shift_id = published(session, cast, ShiftPlan(start, start + timedelta(hours=1), 3)).id
    people = list(cast.people.values())[:AT_ONCE]

    def sign_up(turn: int) -> str:
        with database.transaction() as session:
            shift, who = session.get_one(Shift, shift_id), people[turn]
            return activities.sign_up(
                session, shift=shift, member_id=who.member_id, by=who.actor, at=NOON
            ).status

    assert _at_once(sign_up) == {"signed_up": 3, "ShiftFull": AT_ONCE - 3}


def test_one_person_at_two_screens_has_one_place_and_none_that_overlaps(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = NOON + timedelta(days=1)
        shifts = [
            published(session, cast, ShiftPlan(start, start + timedelta(hours=1)), title=title).id
            for title in ("一", "二")
        ]

    def sign_up(turn: int) -> str:
        with database.transaction() as session:
            shift, who = session.get_one(Shift, shifts[turn % 2]), cast.volunteer
            return activities.sign_up(
                session, shift=shift, member_id=who.member_id, by=who.actor, at=NOON
            ).status

    assert _at_once(sign_up) == {"signed_up": AT_ONCE // 2, "ShiftOverlaps": AT_ONCE // 2}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignUp)) == 1


def test_the_quota_of_entries_by_hand_holds(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift_id = published(session, cast).id
    people = [person for person in cast.people.values() if person is not cast.coordinator][:AT_ONCE]

    def enter(turn: int) -> str:
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            return hours.enter_manually(
                session,
                shift=shift,
                member_id=people[turn].member_id,
                came_at=shift.starts_at,
                left_at=shift.ends_at,
                reason="Phone was empty.",
                evidence=photo(),
                by=cast.coordinator.actor,
                at=EVENING,
                timezone=SHANGHAI,
            ).status

    assert _at_once(enter) == {"pending": 3, "QuotaUsed": AT_ONCE - 3}


def test_a_conversion_pressed_many_times_happens_once(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"points_booked": "on_conversion"},
            by_name="陈立",
            at=NOON,
        )
    shift_id, _ = _served_shift(database, cast)
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)

    def press(_turn: int) -> Decimal:
        with database.transaction() as session:
            return hours.convert(
                session,
                key="once",
                member=row(session, cast.volunteer),
                minutes=90,
                by=cast.volunteer.actor,
                at=EVENING,
                timezone=SHANGHAI,
            ).points

    assert sum(_at_once(press).values()) == AT_ONCE
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 15
        assert books.time_balance(session, cast.volunteer.member_id) == 60


def test_versions_made_at_once_have_numbers_of_their_own(database: Database, cast: Cast) -> None:
    def add(_turn: int) -> int:
        with database.transaction() as session:
            return add_rule(session, cast).number

    assert _at_once(add) == {str(number): 1 for number in range(1, AT_ONCE + 1)}


def test_check_outs_and_the_nightly_closing_make_one_record(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        attendance = hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=shift.starts_at,
            method="rotating",
        )
        attendance_id, late = attendance.id, shift.ends_at + timedelta(hours=1)

    def leave(turn: int) -> str:
        with database.transaction() as session:
            if turn % 2:
                hours.close_forgotten(session, at=late, timezone=SHANGHAI)
            else:
                hours.close_attendance(
                    session,
                    attendance=session.get_one(Attendance, attendance_id),
                    at=late,
                    method="rotating",
                    timezone=SHANGHAI,
                )
            return "done"

    assert _at_once(leave) == {"done": AT_ONCE}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceRecord)) == 1
