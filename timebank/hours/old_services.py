"""Services from old registers: confirmed hours of proof grade D, booked like everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.hours import queries
from timebank.hours.booking import book
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import APPROVED


@dataclass(frozen=True)
class OldService:
    """A row of an old register, cleaned; shift, member and category are known to exist.

    Attributes:
        served_on: the day by the register, in the county's own calendar.
        minutes: as the register says, 1 to 1440; not rounded, because nobody scanned.
        recorder_name: who kept the register, as it is written there.
    """

    member_id: int
    shift_id: int
    organisation_id: int
    category_id: int
    served_on: date
    minutes: int
    recorder_name: str = ""


def record_old_services(
    session: Session,
    rows: Sequence[OldService],
    *,
    import_run_id: int,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> list[ServiceRecord]:
    """Approved records for ``rows``, in their order, with their points by rule in one batch of postings.

    A member has one attendance per shift; the database refuses a second. A service is taken to begin with
    its shift, or, on another day than the shift's, at the same time of that day.
    """
    if not rows:
        return []
    queries.lock_members(session, [row.member_id for row in rows])
    starts = _starts(session, rows, timezone)
    attendance_ids = session.scalars(
        insert(Attendance).returning(Attendance.id, sort_by_parameter_order=True),
        [_attendance(row, start, at) for row, start in zip(rows, starts, strict=True)],
    ).all()
    records = [
        _record(row, start, attendance_id, import_run_id, at)
        for row, start, attendance_id in zip(rows, starts, attendance_ids, strict=True)
    ]
    session.add_all(records)
    session.flush()
    # Oldest first, so that passbooks read in order and caps fall on the later service.
    in_order = sorted(records, key=lambda record: (record.credited_from, record.id))
    book(session, in_order, actor=by.label, at=at, timezone=timezone, dated_by_service=True)
    return records


def _starts(session: Session, rows: Sequence[OldService], timezone: ZoneInfo) -> list[datetime]:
    shift_ids = sorted({row.shift_id for row in rows})
    starts_at = {
        row[0]: row[1]
        for row in session.execute(select(Shift.id, Shift.starts_at).where(Shift.id.in_(shift_ids)))
    }
    starts = []
    for row in rows:
        planned = starts_at[row.shift_id].astimezone(timezone)
        starts.append(datetime.combine(row.served_on, planned.time(), timezone))
    return starts


def _attendance(row: OldService, start: datetime, at: datetime) -> dict[str, object]:
    return {
        "shift_id": row.shift_id,
        "member_id": row.member_id,
        "checked_in_at": start,
        "check_in_method": "manual",
        "checked_out_at": start + timedelta(minutes=row.minutes),
        "check_out_method": "manual",
        "flags": [],
        "recorder_name": row.recorder_name,
        "reason": "",
        "created_at": at,
    }


def _record(
    row: OldService, start: datetime, attendance_id: int, import_run_id: int, at: datetime
) -> ServiceRecord:
    return ServiceRecord(
        attendance_id=attendance_id,
        member_id=row.member_id,
        organisation_id=row.organisation_id,
        category_id=row.category_id,
        served_on=row.served_on,
        credited_from=start,
        credited_until=start + timedelta(minutes=row.minutes),
        minutes=row.minutes,
        proof_grade="D",
        status=APPROVED,
        flags=[],
        approved_at=at,
        import_run_id=import_run_id,
        created_at=at,
    )
