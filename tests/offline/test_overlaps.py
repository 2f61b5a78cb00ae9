"""Where somebody was is judged by the moment of the scan, not by where they are when the device comes home."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.cast import Cast
from tests.hours.stage import SHANGHAI, published
from tests.offline.device import BACK, CAME, ENDS, STARTS, WENT, Device, count, served
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.offline import service
from timebank.offline.models import OfflineConflict

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def _other(session: Any, cast: Cast, starts: datetime, ends: datetime) -> Shift:
    return published(session, cast, ShiftPlan(starts, ends, 10), title="义诊")


def _there(session: Any, cast: Cast, shift: Shift, came: datetime, went: datetime | None) -> Attendance:
    attendance = hours.open_attendance(
        session, shift=shift, member_id=cast.volunteer.member_id, at=came, method="rotating"
    )
    if went is not None:
        hours.close_attendance(session, attendance=attendance, at=went, method="rotating", timezone=SHANGHAI)
    return attendance


def test_who_was_at_another_shift_at_that_moment_is_a_conflict_though_she_has_left_it_since(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        shift = _other(session, cast, STARTS - HOUR, STARTS + HOUR)
        _there(session, cast, shift, STARTS - HOUR, STARTS + HOUR)
    with database.transaction() as session:
        came, went = device.upload(session, at=BACK)
        assert (came.outcome, came.oddities) == ("offline_conflict", ["overlap"])
        assert went.outcome == "offline_conflict", "nobody came, so nobody leaves"
        assert count(session, Attendance) == 1
        # Somebody else decides with both in view; no minute counts twice.
        for conflict in session.scalars(select(OfflineConflict).order_by(OfflineConflict.id)).all():
            if conflict.status == "open":
                service.decide(
                    session,
                    conflict,
                    accept=True,
                    reason="她中途过来的。",
                    by=cast.second_coordinator.actor,
                    at=BACK,
                    timezone=SHANGHAI,
                )
        spans = sorted(
            (row.credited_from, row.credited_until) for row in session.scalars(select(ServiceRecord))
        )
        assert len(spans) == 2
        assert spans[0][1] <= spans[1][0]


def test_where_she_went_afterwards_does_not_stand_against_the_scan(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        later = _other(session, cast, ENDS + HOUR, ENDS + 3 * HOUR)
        _there(session, cast, later, ENDS + HOUR, None)
    with database.transaction() as session:
        # The device comes home while she is at the next shift.
        rows = device.upload(session, at=ENDS + 2 * HOUR)
        assert [row.outcome for row in rows] == ["ok", "ok"]
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, record.proof_grade, record.needs_word) == (150, "C", False)
        attendance = record.attendance
        assert (attendance.checked_in_at, attendance.checked_out_at) == (CAME, WENT)
        assert "missing_check_out" not in record.flags
        stays = session.scalars(select(Attendance).where(Attendance.checked_out_at.is_(None))).all()
        assert [row.shift_id for row in stays] == [later.id]


def test_without_a_leaving_the_next_shift_ends_what_the_scan_began(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    moved_on = STARTS + 30 * MINUTE
    with database.transaction() as session:
        later = _other(session, cast, moved_on, moved_on + 2 * HOUR)
        _there(session, cast, later, moved_on, None)
    with database.transaction() as session:
        (came,) = device.upload(session, at=BACK, scans=device.scans[:1])
        assert came.outcome == "ok"
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, record.credited_until) == (30, moved_on)
        assert {"missing_check_out"} <= set(record.flags)
        assert record.needs_word
    with database.transaction() as session:
        # A leaving after she was seen elsewhere is no ordinary leaving.
        _came, went = device.upload(session, at=BACK)
        assert (went.outcome, went.oddities) == ("offline_conflict", ["overlap"])
