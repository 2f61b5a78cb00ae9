"""The evidence as rules read it: plain rows, streamed in a stated order, never a whole table in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from timebank.access.models import RoleGrant, User
from timebank.activities.models import Activity, Shift
from timebank.checkin.models import Scan, ScanTicket
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.models import HouseholdMember

_AT_A_TIME = 2000
# How somebody's coming was written down where nobody scanned; a row of a sign-in sheet is typed in by somebody as well.
BY_HAND = ("manual", "sheet")
COUNTED = ("pending", "approved")
R = TypeVar("R")
# A row of a query with named columns; each reader says which.
Line = Row[*tuple[Any, ...]]


def scans(
    session: Session, since: datetime, until: datetime, *criteria: ColumnElement[bool], order: Iterable[Any]
) -> Iterator[Line]:
    """Scans with their shift's organisation: ``id at shift_id member_id kind method outcome device operator facts organisation_id``."""
    query = (
        select(
            Scan.id,
            Scan.at,
            Scan.shift_id,
            Scan.member_id,
            Scan.kind,
            Scan.method,
            Scan.outcome,
            Scan.device_digest.label("device"),
            Scan.operator_user_id.label("operator"),
            Scan.facts,
            Activity.organisation_id,
            Shift.starts_at,
            Shift.ends_at,
            ScanTicket.kiosk_id,
        )
        .join(Shift, Shift.id == Scan.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .outerjoin(ScanTicket, ScanTicket.id == Scan.ticket_id)
        .where(Scan.at >= since, Scan.at < until, *criteria)
        .order_by(*order)
        .execution_options(yield_per=_AT_A_TIME)
    )
    yield from session.execute(query)


def records(
    session: Session,
    since: datetime,
    until: datetime,
    *criteria: ColumnElement[bool],
    order: Iterable[Any],
    statuses: Sequence[str] = COUNTED,
) -> Iterator[Line]:
    """Service records that are not rejected, with their attendance and shift. Old registers' rows are left out: nobody scanned then."""
    query = (
        select(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.organisation_id,
            ServiceRecord.served_on,
            ServiceRecord.credited_from,
            ServiceRecord.credited_until,
            ServiceRecord.minutes,
            ServiceRecord.proof_grade,
            ServiceRecord.status,
            ServiceRecord.points,
            ServiceRecord.recorded_by_user_id.label("recorder"),
            ServiceRecord.recorder_member_id,
            ServiceRecord.approved_by_user_id.label("approver"),
            ServiceRecord.approver_member_id,
            ServiceRecord.created_at,
            ServiceRecord.approved_at,
            Attendance.id.label("attendance_id"),
            Attendance.shift_id,
            Attendance.checked_in_at,
            Attendance.checked_out_at,
            Attendance.check_in_method,
            Attendance.check_out_method,
            Attendance.flags,
            Shift.starts_at,
            Shift.ends_at,
            Shift.activity_id,
        )
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .where(
            ServiceRecord.credited_from >= since,
            ServiceRecord.credited_from < until,
            ServiceRecord.status.in_(statuses),
            ServiceRecord.import_run_id.is_(None),
            *criteria,
        )
        .order_by(*order)
        .execution_options(yield_per=_AT_A_TIME)
    )
    yield from session.execute(query)


def grouped(rows: Iterable[R], key: Callable[[R], Any]) -> Iterator[tuple[Any, list[R]]]:
    """Neighbouring rows with the same key; the rows come in the key's order."""
    for value, members in groupby(rows, key):
        yield value, list(members)


def points_of(rows: Iterable[Line]) -> Decimal:
    """What the records gave or would give, where that is known."""
    return sum((row.points for row in rows if row.points is not None), Decimal(0))


def points_by_shift_and_member(
    session: Session, pairs: Iterable[tuple[int, int]]
) -> tuple[Decimal, tuple[int, ...]]:
    """Points and numbers of the records of ``(shift, member)`` pairs that are not rejected."""
    wanted = set(pairs)
    if not wanted:
        return Decimal(0), ()
    query = (
        select(ServiceRecord.id, ServiceRecord.points, Attendance.shift_id, Attendance.member_id)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .where(
            Attendance.shift_id.in_({shift for shift, _ in wanted}),
            Attendance.member_id.in_({member for _, member in wanted}),
            ServiceRecord.status.in_(("pending", "approved")),
        )
        .order_by(ServiceRecord.id)
    )
    found = [row for row in session.execute(query) if (row.shift_id, row.member_id) in wanted]
    return points_of(found), tuple(row.id for row in found)


def staff_members(session: Session) -> dict[int, int]:
    """User → their own member number, for whoever holds or held a role and is a member."""
    query = select(User.id, User.member_id).where(
        User.member_id.is_not(None), User.id.in_(select(RoleGrant.user_id))
    )
    return {user_id: member_id for user_id, member_id in session.execute(query) if member_id}


def households(session: Session) -> dict[int, int]:
    """Member → household, for everybody who is linked to one now."""
    query = select(HouseholdMember.member_id, HouseholdMember.household_id).where(
        HouseholdMember.until.is_(None)
    )
    return dict(session.execute(query).all())


def linked_since(session: Session) -> dict[int, datetime]:
    """Member → since when the books know of the household, for everybody who is linked to one now."""
    query = select(HouseholdMember.member_id, HouseholdMember.since).where(HouseholdMember.until.is_(None))
    return dict(session.execute(query).all())
