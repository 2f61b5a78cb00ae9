"""From a closed attendance to the service record that waits for confirmation."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.activities.models import Shift
from timebank.hours import queries
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import PENDING, Credit, Plan, is_minor_on, limit_flags, proof_grade, united
from timebank.members.models import Member
from timebank.policy import queries as policy_queries
from timebank.policy.rules import Policy


def plan_of(shift: Shift) -> Plan:
    """The shift's times as the rules take them."""
    return Plan(shift.starts_at, shift.ends_at)


def policy_of(session: Session, shift: Shift) -> Policy:
    """The settings that hold for the shift's organisation."""
    return policy_queries.policy_for(session, shift.activity.organisation.path)


def typist_of(session: Session, attendance: Attendance) -> Actor | None:
    """Who typed the member's number instead of scanning a code, so that somebody else has to confirm it."""
    if attendance.recorded_by_user_id is None:
        return None
    user = session.get_one(User, attendance.recorded_by_user_id)
    return Actor(f"user:{user.id}", user.name, user_id=user.id, member_id=user.member_id)


def credited_elsewhere(session: Session, attendance: Attendance, until: datetime) -> datetime | None:
    """Until when the member is credited at another shift that reaches into this one."""
    since = min(attendance.shift.starts_at, attendance.checked_in_at)
    return queries.credited_until(
        session, attendance.member_id, since=since, before=max(until, attendance.checked_in_at)
    )


def add_record(
    session: Session,
    *,
    attendance: Attendance,
    credited: Credit,
    policy: Policy,
    timezone: ZoneInfo,
    at: datetime,
    recorder: Actor | None = None,
) -> ServiceRecord:
    """The waiting record of a closed attendance, with the limits that it breaks among its flags.

    The day of the service is the county's own day on which the shift began, also across midnight.
    """
    shift = attendance.shift
    served_on = shift.starts_at.astimezone(timezone).date()
    that_day, that_week = queries.counted_minutes(session, attendance.member_id, served_on)
    limits = limit_flags(
        credited.minutes,
        minutes_that_day=that_day,
        minutes_that_week=that_week,
        is_minor=is_minor_on(session.get_one(Member, attendance.member_id).born_on, served_on),
        policy=policy,
    )
    record = ServiceRecord(
        attendance_id=attendance.id,
        attendance=attendance,
        member_id=attendance.member_id,
        organisation_id=shift.activity.organisation_id,
        category_id=shift.activity.category_id,
        served_on=served_on,
        credited_from=credited.credited_from,
        credited_until=credited.credited_until,
        minutes=credited.minutes,
        proof_grade=proof_grade(attendance.check_in_method, attendance.check_out_method),
        status=PENDING,
        flags=united(attendance.flags, limits),
        recorded_by_user_id=recorder.user_id if recorder else None,
        recorder_member_id=recorder.member_id if recorder else None,
        created_at=at,
    )
    session.add(record)
    session.flush()
    return record
