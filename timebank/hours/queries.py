"""Reading attendances and service records, within what the actor may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.access.models import User
from timebank.activities.models import Activity, Shift, SignUp
from timebank.hours.errors import RecordAbsent
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import APPROVED, MANUAL, PENDING, Span, week_of
from timebank.members.models import Member
from timebank.orgs.models import Organisation


def _records() -> Select[ServiceRecord]:
    return (
        select(ServiceRecord)
        .join(ServiceRecord.attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .join(ServiceRecord.member)
        .options(
            contains_eager(ServiceRecord.attendance)
            .contains_eager(Attendance.shift)
            .contains_eager(Shift.activity)
            .contains_eager(Activity.organisation),
            contains_eager(ServiceRecord.member),
            joinedload(ServiceRecord.rule),
        )
    )


def record(session: Session, actor: Actor, record_id: int) -> ServiceRecord:
    """One record within scope, or the actor's own; raises ``RecordAbsent``."""
    found = session.scalar(
        _records().where(
            ServiceRecord.id == record_id,
            scope.within_or_own(actor, Organisation.path, ServiceRecord.member_id),
        )
    )
    if found is None:
        raise RecordAbsent
    return found


def records_of_shift(session: Session, shift_id: int) -> Sequence[ServiceRecord]:
    """All records of a shift, in the members' pinyin order."""
    return session.scalars(
        _records().where(Attendance.shift_id == shift_id).order_by(Member.sort_name, ServiceRecord.id)
    ).all()


def records_of_member(
    session: Session,
    member_id: int,
    *,
    status: str = "",
    before: tuple[date, int] | None = None,
    limit: int = 30,
) -> Sequence[ServiceRecord]:
    """A member's records, newest service first.

    Args:
        before: ``(served_on, id)`` of the last row of the page before.
    """
    query = _records().where(ServiceRecord.member_id == member_id)
    if status:
        query = query.where(ServiceRecord.status == status)
    if before is not None:
        query = query.where(tuple_(ServiceRecord.served_on, ServiceRecord.id) < before)
    return session.scalars(
        query.order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc()).limit(limit)
    ).all()


def records_by_id(session: Session, ids: Iterable[int]) -> dict[int, ServiceRecord]:
    """Records with their activities, for statement lines that are about them."""
    return {row.id: row for row in session.scalars(_records().where(ServiceRecord.id.in_(set(ids))))}


def counts_of_member(session: Session, member_id: int) -> dict[str, int]:
    """How many records the member has, by status."""
    rows = session.execute(
        select(ServiceRecord.status, func.count())
        .where(ServiceRecord.member_id == member_id)
        .group_by(ServiceRecord.status)
    )
    return {row[0]: row[1] for row in rows}


def approved_minutes(session: Session, member_id: int) -> int:
    """All minutes that were ever confirmed for the member and not taken back."""
    total = session.scalar(
        select(func.coalesce(func.sum(ServiceRecord.minutes), 0)).where(
            ServiceRecord.member_id == member_id, ServiceRecord.status == APPROVED
        )
    )
    return int(total or 0)


def counted_minutes(
    session: Session, member_id: int, day: date, *, besides: int | None = None
) -> tuple[int, int]:
    """Minutes of the member on ``day`` and in its week, confirmed or still waiting.

    Args:
        besides: the record that is judged, which does not count against itself.
    """
    monday, sunday = week_of(day)
    rows = session.execute(
        select(ServiceRecord.served_on, ServiceRecord.minutes).where(
            ServiceRecord.member_id == member_id,
            ServiceRecord.served_on.between(monday, sunday),
            ServiceRecord.status.in_((PENDING, APPROVED)),
            ServiceRecord.id != (besides or 0),
        )
    ).all()
    return sum(row[1] for row in rows if row[0] == day), sum(row[1] for row in rows)


def credited_spans(
    session: Session, member_id: int, *, since: datetime, before: datetime, besides: int | None = None
) -> list[Span]:
    """From when to when the member is credited elsewhere, of what reaches between ``since`` and ``before``."""
    rows = session.execute(
        select(ServiceRecord.credited_from, ServiceRecord.credited_until).where(
            ServiceRecord.member_id == member_id,
            ServiceRecord.status.in_((PENDING, APPROVED)),
            ServiceRecord.credited_until > since,
            ServiceRecord.credited_from < before,
            # A record of no minutes takes nothing from another.
            ServiceRecord.credited_until > ServiceRecord.credited_from,
            ServiceRecord.id != (besides or 0),
        )
    )
    return [(row[0], row[1]) for row in rows]


def overlapping_attendance(
    session: Session, member_id: int, *, starts_at: datetime, ends_at: datetime
) -> Attendance | None:
    """Where the member was, or is credited, at some moment of that time."""
    present = and_(
        Attendance.checked_in_at < ends_at,
        or_(Attendance.checked_out_at.is_(None), Attendance.checked_out_at > starts_at),
    )
    credited = and_(
        ServiceRecord.status.in_((PENDING, APPROVED)),
        ServiceRecord.credited_from < ends_at,
        ServiceRecord.credited_until > starts_at,
    )
    return session.scalar(
        select(Attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .outerjoin(ServiceRecord, ServiceRecord.attendance_id == Attendance.id)
        .options(contains_eager(Attendance.shift).contains_eager(Shift.activity))
        .where(Attendance.member_id == member_id, or_(present, credited))
        .limit(1)
    )


def attendance_of(session: Session, shift_id: int, member_id: int) -> Attendance | None:
    """The member's attendance at the shift."""
    return session.scalar(
        select(Attendance).where(Attendance.shift_id == shift_id, Attendance.member_id == member_id)
    )


def open_attendance_of(session: Session, member_id: int) -> Attendance | None:
    """Where the member is inside now."""
    return session.scalar(
        select(Attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .options(contains_eager(Attendance.shift).contains_eager(Shift.activity))
        .where(Attendance.member_id == member_id, Attendance.checked_out_at.is_(None))
    )


def attendance_elsewhere(
    session: Session, member_id: int, *, shift_id: int, since: datetime, until: datetime
) -> Attendance | None:
    """Another attendance of the member that shares a moment with that time; of one moment where both are the same."""
    return session.scalar(
        select(Attendance)
        .where(
            Attendance.member_id == member_id,
            Attendance.shift_id != shift_id,
            Attendance.checked_in_at <= until,
            or_(Attendance.checked_out_at.is_(None), Attendance.checked_out_at > since),
        )
        .order_by(Attendance.checked_in_at)
        .limit(1)
    )


def attendances_at_hand(session: Session, shift_id: int, member_id: int) -> Sequence[Attendance]:
    """What a scan has to know in one reading: the member's attendance at the shift, and where else they are inside."""
    return session.scalars(
        select(Attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .options(contains_eager(Attendance.shift).contains_eager(Shift.activity))
        .where(
            Attendance.member_id == member_id,
            or_(Attendance.shift_id == shift_id, Attendance.checked_out_at.is_(None)),
        )
        .execution_options(populate_existing=True)
    ).all()


def attendances_of_shift(session: Session, shift_id: int) -> Sequence[Attendance]:
    """Everybody who came, with their member rows, in pinyin order."""
    return session.scalars(
        select(Attendance)
        .join(Attendance.member)
        .options(contains_eager(Attendance.member))
        .where(Attendance.shift_id == shift_id)
        .order_by(Member.sort_name, Attendance.id)
    ).all()


@dataclass(frozen=True)
class RosterRow:
    """Somebody who signed up for a shift, or came without.

    Attributes:
        signed_up_by_other: somebody else signed them up.
        state: the record's status, ``inside``, ``signed_up``, or ``absent`` once the shift is over.
    """

    member: Member
    sign_up: SignUp | None
    attendance: Attendance | None
    record: ServiceRecord | None
    state: str
    signed_up_by_other: bool


def roster(session: Session, shift: Shift, *, at: datetime) -> list[RosterRow]:
    """Everybody expected or present at the shift, in pinyin order."""
    places = {
        row.member_id: row
        for row in session.scalars(
            select(SignUp).where(SignUp.shift_id == shift.id, SignUp.status == "signed_up")
        )
    }
    present = {row.member_id: row for row in attendances_of_shift(session, shift.id)}
    records = {row.member_id: row for row in records_of_shift(session, shift.id)}
    members = session.scalars(
        select(Member).where(Member.id.in_(set(places) | set(present))).order_by(Member.sort_name, Member.id)
    )
    labels = {
        row[0]: f"user:{row[1]}"
        for row in session.execute(select(User.member_id, User.id).where(User.member_id.in_(set(places))))
    }
    return [
        RosterRow(
            member,
            places.get(member.id),
            present.get(member.id),
            records.get(member.id),
            _state(shift, present.get(member.id), records.get(member.id), at),
            member.id in places and places[member.id].signed_up_by != labels.get(member.id),
        )
        for member in members
    ]


def _state(shift: Shift, attendance: Attendance | None, record: ServiceRecord | None, at: datetime) -> str:
    if record is not None:
        return record.status
    if attendance is not None:
        return "inside"
    return "absent" if at >= shift.ends_at else "signed_up"


def record_of_attendance(session: Session, attendance_id: int) -> ServiceRecord | None:
    """The record of an attendance that waits or counts, else the newest; None while somebody is inside."""
    stands = case((ServiceRecord.status.in_((PENDING, APPROVED)), 1), else_=0)
    return session.scalar(
        select(ServiceRecord)
        .where(ServiceRecord.attendance_id == attendance_id)
        .order_by(stands.desc(), ServiceRecord.id.desc())
        .limit(1)
    )


def manual_entries(session: Session, activity_id: int) -> int:
    """Entries by hand at an activity, whatever was decided about them."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Attendance)
            .join(Attendance.shift)
            .where(
                Shift.activity_id == activity_id,
                Attendance.check_in_method == "manual",
                Attendance.recorded_by_user_id.is_not(None),
            )
        )
        or 0
    )


def shifts_to_confirm(
    session: Session, actor: Actor, permission: Permission, *, limit: int = 100
) -> Sequence[tuple[Shift, int, int]]:
    """Shifts with waiting records where the actor holds ``permission``: shift, waiting, of them with a reason."""
    # An empty list is stored as these two characters on both engines.
    flagged = func.sum(case((cast(ServiceRecord.flags, String) != "[]", 1), else_=0))
    counts = (
        select(Attendance.shift_id.label("shift_id"), func.count().label("waiting"), flagged.label("flagged"))
        .join(ServiceRecord, ServiceRecord.attendance_id == Attendance.id)
        .where(ServiceRecord.status == PENDING)
        .group_by(Attendance.shift_id)
        .subquery()
    )
    rows = session.execute(
        select(Shift, counts.c.waiting, counts.c.flagged)
        .join(counts, counts.c.shift_id == Shift.id)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organisation))
        .where(scope.within(actor, Organisation.path, permission))
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit)
    ).all()
    return [(row[0], row[1], int(row[2])) for row in rows]


def manual_waiting(
    session: Session, actor: Actor, permission: Permission, *, limit: int = 100
) -> Sequence[ServiceRecord]:
    """Entries by hand that wait for a second person where the actor holds ``permission``."""
    return session.scalars(
        _records()
        .where(
            ServiceRecord.status == PENDING,
            ServiceRecord.recorded_by_user_id.is_not(None),
            scope.within(actor, Organisation.path, permission),
        )
        .order_by(ServiceRecord.created_at, ServiceRecord.id)
        .limit(limit)
    ).all()


def lock_members(session: Session, member_ids: Iterable[int]) -> None:
    """Lock member rows in order of their ids: whoever changes somebody's hours waits here for the other."""
    session.execute(
        select(Member.id)
        .where(Member.id.in_(set(member_ids)))
        .order_by(Member.id)
        .with_for_update(key_share=True)
    ).all()


def locked_pending(session: Session, condition: ColumnElement[bool]) -> Sequence[ServiceRecord]:
    """Waiting records that meet ``condition``, read anew and locked by id."""
    return session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.status == PENDING, condition)
        .order_by(ServiceRecord.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def locked(session: Session, record_id: int) -> ServiceRecord:
    """The record in whatever state, read anew and locked.

    A query of its own: PostgreSQL locks no row of an outer join, which a refresh would repeat from the first read.
    """
    return session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.id == record_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def is_manual(row: ServiceRecord) -> bool:
    """Whether somebody typed the record in."""
    return MANUAL in row.flags
