"""What the home page shows of many rooms, in a handful of reads."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import HOURS_CONFIRM
from timebank.activities.models import Activity, Shift, SignUp
from timebank.books import queries as books
from timebank.hours.models import Attendance, ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.models import ReconciliationRun


@dataclass(frozen=True)
class VolunteerDesk:
    """A member's own figures: ``minutes`` approved in all, ``points`` to spend, the next shift, where they are inside."""

    points: Decimal
    minutes: int
    pending_minutes: int
    next_shift: Shift | None
    inside: Attendance | None


@dataclass(frozen=True)
class CoordinatorDesk:
    """What waits for the coordinator: shifts of today, and finished shifts with unconfirmed records."""

    shifts_today: list[Shift]
    shifts_to_confirm: list[Shift]


def volunteer_desk(session: Session, member_id: int, *, at: datetime) -> VolunteerDesk:
    """The figures of one member."""
    sums = session.execute(
        select(ServiceRecord.status, func.sum(ServiceRecord.minutes))
        .where(ServiceRecord.member_id == member_id)
        .group_by(ServiceRecord.status)
    )
    minutes = {status: total for status, total in sums}  # noqa: C416 - dict() would take the result for a mapping.
    return VolunteerDesk(
        points=books.points_balance(session, member_id),
        minutes=int(minutes.get("approved", 0)),
        pending_minutes=int(minutes.get("pending", 0)),
        next_shift=_next_shift(session, member_id, at),
        inside=session.scalar(
            select(Attendance)
            .where(Attendance.member_id == member_id, Attendance.checked_out_at.is_(None))
            .options(joinedload(Attendance.shift).joinedload(Shift.activity))
        ),
    )


def _next_shift(session: Session, member_id: int, at: datetime) -> Shift | None:
    return session.scalar(
        select(Shift)
        .join(SignUp, SignUp.shift_id == Shift.id)
        .join(Shift.activity)
        .where(
            SignUp.member_id == member_id,
            SignUp.status == "signed_up",
            Shift.ends_at > at,
            Activity.status == "published",
            Shift.cancelled_at.is_(None),
        )
        .order_by(Shift.starts_at)
        .options(joinedload(Shift.activity))
        .limit(1)
    )


def coordinator_desk(
    session: Session, actor: Actor, *, day: tuple[datetime, datetime], at: datetime
) -> CoordinatorDesk:
    """What waits for this coordinator; ``day`` is from midnight to midnight in the county's zone."""
    shifts = (
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .where(Activity.status == "published", scope.within(actor, Organisation.path, HOURS_CONFIRM))
        .options(joinedload(Shift.activity))
        .order_by(Shift.starts_at)
    )
    today = shifts.where(Shift.starts_at < day[1], Shift.ends_at >= day[0], Shift.cancelled_at.is_(None))
    waiting = (
        select(Attendance.shift_id)
        .join(ServiceRecord, ServiceRecord.attendance_id == Attendance.id)
        .where(ServiceRecord.status == "pending")
    )
    to_confirm = shifts.where(Shift.ends_at < at, Shift.id.in_(waiting)).limit(5)
    return CoordinatorDesk(list(session.scalars(today.limit(5))), list(session.scalars(to_confirm)))


def newest_reconciliation(session: Session) -> ReconciliationRun | None:
    """The newest run over everything, for the auditor's desk."""
    return session.scalar(
        select(ReconciliationRun)
        .where(ReconciliationRun.organisation_id.is_(None))
        .order_by(ReconciliationRun.id.desc())
        .limit(1)
    )
