"""Comings and goings that were scanned in time and become known only later.

A device without network delivers them in the evening; by then the nightly closing may have written down half the
plan, or the member is at another shift.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.hours import queries
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.records import (
    add_record,
    credited_elsewhere,
    hands_of,
    note_hands,
    plan_of,
    policy_of,
    set_credit,
)
from timebank.hours.rules import (
    MANUAL,
    MISSING_CHECK_OUT,
    PENDING,
    credit,
    credit_without_check_out,
    proof_grade,
    united,
)


def awaits_check_out(session: Session, attendance: Attendance) -> bool:
    """Whether nobody was seen leaving, and nobody has decided or said anything about it since."""
    if attendance.checked_out_at is None or attendance.check_out_method is not None:
        return False
    record = queries.record_of_attendance(session, attendance.id)
    return record is not None and record.status == PENDING and not record.said


def arrive_afterwards(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    at: datetime,
    until: datetime,
    method: str,
    timezone: ZoneInfo,
    flags: Iterable[str] = (),
    typist: Actor,
) -> Attendance:
    """The member came at ``at`` and has been at another shift since ``until``: nobody saw when she left this one.

    It is closed like any forgotten check-out, never beyond ``until``; :func:`check_out_afterwards` takes her true one.

    Args:
        typist: whose list it stands on; does not confirm the hours. The caller holds the member's lock.
    """
    attendance = Attendance(
        shift_id=shift.id,
        shift=shift,
        member_id=member_id,
        checked_in_at=at,
        check_in_method=method,
        checked_out_at=until,
        flags=united(flags, [MISSING_CHECK_OUT]),
        recorded_by_user_id=typist.user_id,
        in_by_user_id=typist.user_id,
        created_at=at,
    )
    session.add(attendance)
    session.flush()
    policy = policy_of(session, shift, at)
    plan = plan_of(shift)
    # What she does elsewhere ends this; how long it lasts is not known yet.
    away = (until, max(until, plan.ends_at))
    credited = credit_without_check_out(
        plan,
        scanned_in=at,
        policy=policy,
        elsewhere=[*credited_elsewhere(session, attendance, until), away],
    )
    add_record(session, attendance=attendance, credited=credited, policy=policy, timezone=timezone, at=until)
    return attendance


def check_out_afterwards(
    session: Session,
    *,
    attendance: Attendance,
    at: datetime,
    method: str,
    flags: Iterable[str] = (),
    typist: Actor,
) -> ServiceRecord:
    """Put the true check-out in the place of the automatic one; the record is worked out anew and goes on waiting.

    Args:
        at: when the member left; :func:`awaits_check_out` was true, and the caller holds the member's lock.
        typist: whose list it stands on; does not confirm the hours.
    """
    waiting = queries.record_of_attendance(session, attendance.id)
    assert waiting is not None, "awaits_check_out has seen the record"
    record = queries.locked(session, waiting.id)
    policy = policy_of(session, attendance.shift, record.created_at)
    attendance.checked_out_at, attendance.check_out_method = max(at, attendance.checked_in_at), method
    attendance.recorded_by_user_id = attendance.recorded_by_user_id or typist.user_id
    attendance.out_by_user_id = typist.user_id
    attendance.flags = united([flag for flag in attendance.flags if flag != MISSING_CHECK_OUT], flags)
    record.proof_grade = proof_grade(attendance.check_in_method, method)
    record.needs_word = MANUAL in attendance.flags
    note_hands(session, record, hands_of(attendance, record.proof_grade, policy))
    credited = credit(
        plan_of(attendance.shift),
        scanned_in=attendance.checked_in_at,
        scanned_out=at,
        policy=policy,
        elsewhere=queries.credited_spans(
            session,
            attendance.member_id,
            since=min(attendance.shift.starts_at, attendance.checked_in_at),
            before=max(at, attendance.checked_in_at),
            besides=record.id,
        ),
    )
    set_credit(session, record, credited, policy, standing=attendance.flags)
    session.flush()
    return record
