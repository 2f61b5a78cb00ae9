"""Attendance: coming, leaving, forgetting to leave. The room's other verbs are gathered here for its callers.

Lock order in this room: shift, records by id, members by id; the ledger last.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.hours import queries, tidings
from timebank.hours.conversion import convert, preview_conversion
from timebank.hours.decisions import (
    Confirmed,
    confirm_record,
    confirm_shift,
    reject_record,
    take_back,
)
from timebank.hours.errors import AlreadyInside, AlreadyOut, InsideElsewhere
from timebank.hours.manual import enter_manually, enter_sheet
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.old_services import OldService, record_old_services
from timebank.hours.records import add_record, credited_elsewhere, plan_of, policy_of
from timebank.hours.rules import (
    MISSING_CHECK_OUT,
    check_out_closes_at,
    credit,
    credit_without_check_out,
    united,
)
from timebank.prepared import PreparedRows

__all__ = [
    "Confirmed",
    "OldService",
    "begin_attendance",
    "close_attendance",
    "close_forgotten",
    "confirm_record",
    "confirm_shift",
    "convert",
    "enter_manually",
    "enter_sheet",
    "open_attendance",
    "preview_conversion",
    "record_old_services",
    "reject_record",
    "take_back",
]

SHORTEST_WAIT_FOR_CHECK_OUT = timedelta(minutes=15)


def open_attendance(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    at: datetime,
    method: str,
    flags: Iterable[str] = (),
    typist: Actor | None = None,
    operator: Actor | None = None,
) -> Attendance:
    """The member comes to the shift, after the check-in rules have said yes.

    Args:
        typist: who typed the member's number, which proves nobody's presence; does not confirm the hours.
        operator: whose hand held the scanner, where it was not the member's own.

    Raises:
        AlreadyInside, AlreadyOut: there is an attendance at this shift.
        InsideElsewhere: the member has not left another shift.
    """
    queries.lock_members(session, [member_id])
    standing = queries.attendance_of(session, shift.id, member_id)
    if standing is not None:
        raise AlreadyInside if standing.checked_out_at is None else AlreadyOut
    elsewhere = queries.open_attendance_of(session, member_id)
    if elsewhere is not None:
        raise InsideElsewhere(title=elsewhere.shift.activity.title)
    attendance_id = begin_attendance(
        session,
        shift_id=shift.id,
        member_id=member_id,
        at=at,
        method=method,
        flags=flags,
        typist=typist,
        operator=operator,
    )
    return session.get_one(Attendance, attendance_id)


_BEGUN = PreparedRows(
    Attendance,
    (
        "shift_id",
        "member_id",
        "checked_in_at",
        "check_in_method",
        "flags",
        "recorded_by_user_id",
        "recorder_name",
        "reason",
        "in_by_user_id",
        "created_at",
    ),
    returning=("id",),
)


def begin_attendance(
    session: Session,
    *,
    shift_id: int,
    member_id: int,
    at: datetime,
    method: str,
    flags: Iterable[str] = (),
    typist: Actor | None = None,
    operator: Actor | None = None,
) -> int:
    """As :func:`open_attendance`, for a caller who holds the member's lock and has seen that nothing stands against it.

    Returns:
        the id of the attendance, which is not made an object: with a hall full of phones that costs too much.
    """
    ((attendance_id,),) = _BEGUN.write(
        session,
        [
            {
                "shift_id": shift_id,
                "member_id": member_id,
                "checked_in_at": at,
                "check_in_method": method,
                "flags": united(flags),
                "recorded_by_user_id": typist.user_id if typist else None,
                "recorder_name": "",
                "reason": "",
                "in_by_user_id": operator.user_id if operator else None,
                "created_at": at,
            }
        ],
    )
    return int(attendance_id)


def close_attendance(
    session: Session,
    *,
    attendance: Attendance,
    at: datetime,
    method: str,
    timezone: ZoneInfo,
    flags: Iterable[str] = (),
    typist: Actor | None = None,
    operator: Actor | None = None,
) -> ServiceRecord:
    """The member leaves: credited minutes by the time rules, as a record that waits for confirmation.

    Closing a second time gives the first record again.

    Args:
        timezone: the county's, for the day of the service.
        typist, operator: as in :func:`open_attendance`; the first who typed stays on record.
    """
    queries.lock_members(session, [attendance.member_id])
    session.refresh(attendance)
    standing = queries.record_of_attendance(session, attendance.id)
    if standing is not None:
        return standing
    policy = policy_of(session, attendance.shift, at)
    credited = credit(
        plan_of(attendance.shift),
        scanned_in=attendance.checked_in_at,
        scanned_out=at,
        policy=policy,
        elsewhere=credited_elsewhere(session, attendance, at),
    )
    attendance.checked_out_at, attendance.check_out_method = max(at, attendance.checked_in_at), method
    attendance.flags = united(attendance.flags, flags)
    if typist is not None and attendance.recorded_by_user_id is None:
        attendance.recorded_by_user_id = typist.user_id
    attendance.out_by_user_id = operator.user_id if operator else None
    return add_record(
        session,
        attendance=attendance,
        credited=credited,
        policy=policy,
        timezone=timezone,
        at=at,
    )


def close_forgotten(session: Session, *, at: datetime, timezone: ZoneInfo) -> list[ServiceRecord]:
    """Close every attendance whose check-out time is over; the records wait for a person with that reason."""
    waiting = session.scalars(
        select(Attendance.id)
        .join(Attendance.shift)
        .where(
            Attendance.checked_out_at.is_(None),
            Shift.ends_at <= at - SHORTEST_WAIT_FOR_CHECK_OUT,
        )
        .order_by(Attendance.member_id)
    ).all()
    closed = (_close_one_forgotten(session, attendance_id, at, timezone) for attendance_id in waiting)
    return [record for record in closed if record is not None]


def _close_one_forgotten(
    session: Session, attendance_id: int, at: datetime, timezone: ZoneInfo
) -> ServiceRecord | None:
    attendance = session.get_one(Attendance, attendance_id)
    policy = policy_of(session, attendance.shift, at)
    closes_at = check_out_closes_at(plan_of(attendance.shift), policy)
    if at < closes_at:
        return None
    queries.lock_members(session, [attendance.member_id])
    session.refresh(attendance)
    if attendance.checked_out_at is not None:
        return None
    credited = credit_without_check_out(
        plan_of(attendance.shift),
        scanned_in=attendance.checked_in_at,
        policy=policy,
        elsewhere=credited_elsewhere(session, attendance, closes_at),
    )
    attendance.checked_out_at = max(closes_at, attendance.checked_in_at)
    attendance.flags = united(attendance.flags, [MISSING_CHECK_OUT])
    record = add_record(
        session,
        attendance=attendance,
        credited=credited,
        policy=policy,
        timezone=timezone,
        at=at,
    )
    tidings.word_wanted(session, record, at=at)
    return record
