"""When a running activity is called off, nobody is left inside: attendances close with what the rules give, on hold."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Shift
from timebank.hours.models import Attendance
from timebank.hours.rules import CALLED_OFF
from timebank.hours.service import close_attendance


def close_those_inside(
    session: Session, *, shifts: Iterable[Shift], reason: str, at: datetime, timezone: ZoneInfo
) -> list[int]:
    """Check everybody out at ``at`` who is inside one of ``shifts``; the ids of whose they were.

    Nobody scanned them out, so the end is the organiser's word; each record waits for a person and says why.
    """
    inside = session.scalars(
        select(Attendance)
        .where(Attendance.shift_id.in_([shift.id for shift in shifts]), Attendance.checked_out_at.is_(None))
        .order_by(Attendance.member_id)
    ).all()
    for attendance in inside:
        attendance.reason = reason
        close_attendance(
            session, attendance=attendance, at=at, method="manual", timezone=timezone, flags=[CALLED_OFF]
        )
    return [attendance.member_id for attendance in inside]
