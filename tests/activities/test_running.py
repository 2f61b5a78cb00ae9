"""What happens to a shift that runs: extended for everybody, called off without stranding anybody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from tests.cast import NOON, Cast, Person
from tests.hours.stage import SHANGHAI, add_rule, published
from timebank.activities import errors, service
from timebank.activities.models import Shift, ShiftExtension
from timebank.activities.plans import terms_of
from timebank.activities.rules import ShiftPlan
from timebank.checkin.rules import windows
from timebank.db import Database
from timebank.hours import queries as hours_queries
from timebank.hours import service as hours
from timebank.hours.called_off import close_those_inside
from timebank.hours.models import ServiceRecord
from timebank.notices.models import Notice
from timebank.policy.rules import Policy

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def _shift(session: Any, cast: Cast) -> Shift:
    add_rule(session, cast)
    return published(session, cast, ShiftPlan(NOON, NOON + 2 * HOUR, 10))


def _extend(session: Any, cast: Cast, shift: Shift, until: Any, at: Any) -> ShiftExtension:
    return service.extend(
        session, shift=shift, until=until, reason="人多，还没理完。", by=cast.coordinator.actor, at=at
    )


def _sign_up(session: Any, shift: Shift, *people: Person) -> None:
    for person in people:
        service.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON - HOUR)


def _kinds(session: Any, person: Person) -> list[str]:
    return list(session.scalars(select(Notice.kind).where(Notice.member_id == person.member_id)))


def test_an_extension_is_for_everybody_is_logged_and_reaches_the_time_rules(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift = _shift(session, cast)
        _sign_up(session, shift, cast.volunteer, cast.neighbour)
        for person in (cast.volunteer, cast.attendant):
            hours.open_attendance(
                session, shift=shift, member_id=person.member_id, at=NOON, method="rotating"
            )
        until = NOON + 3 * HOUR
        log = _extend(session, cast, shift, until, NOON + 2 * HOUR)
        assert _extend(session, cast, shift, until, NOON + 2 * HOUR).id == log.id
        assert (log.ended_at, log.ends_at, log.extended_by) == (
            NOON + 2 * HOUR,
            until,
            cast.coordinator.actor.label,
        )
        assert service.planned_end(shift) == until
        # Who signed up and who is inside without having signed up both hear of it, once.
        for person in (cast.volunteer, cast.neighbour, cast.attendant):
            assert _kinds(session, person).count("activities.extended") == 1
        # The doors and the credit go by the new end.
        assert windows(Policy(), shift.starts_at, shift.ends_at).out_closes == until + HOUR
        attendance = hours_queries.attendance_of(session, shift.id, cast.volunteer.member_id)
        record = hours.close_attendance(
            session, attendance=attendance, at=until, method="rotating", timezone=SHANGHAI
        )
        assert record.minutes == 180


def test_the_plan_never_shrinks_nor_changes_before_or_long_after(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        shift = _shift(session, cast)
        refused = [
            (NOON + 3 * HOUR, NOON - MINUTE),
            (NOON + 3 * HOUR, NOON + 2 * HOUR + 16 * MINUTE),
            (NOON + 2 * HOUR, NOON + HOUR),
            (NOON + HOUR, NOON + HOUR),
            (NOON + 17 * HOUR, NOON + HOUR),
        ]
        for until, at in refused:
            with pytest.raises(errors.CannotExtend):
                _extend(session, cast, shift, until, at)
        _extend(session, cast, shift, NOON + 3 * HOUR, NOON + 2 * HOUR + 15 * MINUTE)
        shift.confirmed_at = NOON + 2 * HOUR
        session.flush()
        with pytest.raises(errors.ShiftConfirmed):
            _extend(session, cast, shift, NOON + 4 * HOUR, NOON + 2 * HOUR)


@pytest.mark.parametrize("change", [delete(ShiftExtension), update(ShiftExtension).values(reason="别的")])
def test_the_log_of_extensions_cannot_be_rewritten(database: Database, cast: Cast, change: Any) -> None:
    with database.transaction() as session:
        shift = _shift(session, cast)
        _extend(session, cast, shift, NOON + 3 * HOUR, NOON + HOUR)
    with pytest.raises(DatabaseError), database.transaction() as session:
        session.execute(change)


def test_calling_a_running_activity_off_strands_nobody(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        shift = _shift(session, cast)
        _sign_up(session, shift, cast.volunteer, cast.neighbour)
        hours.open_attendance(
            session, shift=shift, member_id=cast.volunteer.member_id, at=NOON, method="rotating"
        )
        told = service.cancel(
            session,
            activity=shift.activity,
            reason="停电。",
            at=NOON + HOUR,
            timezone=SHANGHAI,
            calling_off=(close_those_inside,),
        )
        assert told == 2
    with database.reading() as session:
        record = session.scalars(select(ServiceRecord)).one()
        # Paid by the rules for the hour that was served, and only after somebody looked at it.
        assert (record.minutes, record.status, record.proof_grade) == (60, "pending", "D")
        assert "called_off" in record.flags
        assert record.attendance.reason == "停电。"
        assert record.attendance.checked_out_at == NOON + HOUR
        sentences = session.execute(select(Notice.member_id, Notice.kind, Notice.sentence)).all()
        inside = next(row.sentence for row in sentences if row.member_id == cast.volunteer.member_id)
        waiting = next(row.sentence for row in sentences if row.member_id == cast.neighbour.member_id)
        assert "while you were there" in inside
        assert "while you were there" not in waiting


def test_a_change_is_told_to_everybody_concerned_and_small_corrections_to_nobody(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = NOON + 48 * HOUR
        shift = published(session, cast, ShiftPlan(start, start + HOUR, 1))
        _sign_up(session, shift, cast.volunteer)
        service.wait(
            session,
            shift=shift,
            member_id=cast.neighbour.member_id,
            by=cast.neighbour.actor,
            at=NOON,
        )
        activity = shift.activity
        revision = activity.revision

        def change(place: str, description: str, **terms: Any) -> int:
            return service.update(
                session,
                activity=activity,
                category_id=activity.category_id,
                title=activity.title,
                place=place,
                description=description,
                shifts=[(shift.id, ShiftPlan(start, start + HOUR, 1))],
                at=NOON,
                terms=replace(terms_of(activity), **terms) if terms else None,
            )

        assert change(activity.place, "带手套。") == 0
        assert change("南山社区", "带手套。") == 2
        assert activity.revision == revision + 2
        assert _kinds(session, cast.neighbour) == ["activities.changed"]
        # Another door code, another number to call: nobody should stand before a closed door.
        assert change("南山社区", "带手套。", private_details="门禁 2580") == 2
        assert change("南山社区", "带手套。", contact_phone="13900000000") == 2
        assert change("南山社区", "带手套。", contact_phone="13900000000") == 0
