"""From a closed attendance to the service record that waits for confirmation."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.models import User
from timebank.activities.models import Shift
from timebank.hours import queries
from timebank.hours.errors import TimesImplausible
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import (
    MANUAL,
    MISSING_CHECK_OUT,
    PENDING,
    SECOND_PERSON,
    Credit,
    Plan,
    Span,
    check_out_closes_at,
    credit,
    grade_flags,
    is_minor_on,
    limit_flags,
    needs_second_person,
    proof_grade,
    united,
)
from timebank.members.models import Member
from timebank.policy import queries as policy_queries
from timebank.policy.rules import Policy


def plan_of(shift: Shift) -> Plan:
    """The shift's times as the rules take them."""
    return Plan(shift.starts_at, shift.ends_at)


def policy_of(session: Session, shift: Shift, at: datetime) -> Policy:
    """The settings that hold for the shift's organisation at ``at``: of a record, when it is made."""
    return policy_queries.policy_for(session, shift.activity.organisation.path, at)


def hands_of(attendance: Attendance, grade: str, policy: Policy) -> list[int]:
    """Users who may not decide about the record: who typed it in and, by policy, who held the scanner."""
    users = [attendance.recorded_by_user_id]
    if needs_second_person(grade, policy) or SECOND_PERSON in attendance.flags:
        users += [attendance.in_by_user_id, attendance.out_by_user_id]
    return list(dict.fromkeys(user_id for user_id in users if user_id is not None))


def note_hands(session: Session, record: ServiceRecord, hands: list[int]) -> None:
    """Write into the record who may not decide about it."""
    first, second = (*hands, None, None)[:2]
    record.recorded_by_user_id, record.second_recorder_user_id = first, second
    record.recorder_member_id = session.get_one(User, first).member_id if first is not None else None


def credited_elsewhere(session: Session, attendance: Attendance, until: datetime) -> list[Span]:
    """From when to when the member is credited at other shifts that reach into this one."""
    since = min(attendance.shift.starts_at, attendance.checked_in_at)
    return queries.credited_spans(
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
) -> ServiceRecord:
    """The waiting record of a closed attendance, with the reasons to look at it among its flags.

    The day of the service is the county's own day on which the shift began, also across midnight.
    """
    shift = attendance.shift
    grade = proof_grade(attendance.check_in_method, attendance.check_out_method)
    record = ServiceRecord(
        attendance_id=attendance.id,
        attendance=attendance,
        member_id=attendance.member_id,
        organisation_id=shift.activity.organisation_id,
        category_id=shift.activity.category_id,
        served_on=shift.starts_at.astimezone(timezone).date(),
        proof_grade=grade,
        status=PENDING,
        needs_word=bool({MANUAL, MISSING_CHECK_OUT} & set(attendance.flags)),
        said="",
        said_how="",
        decision_reason="",
        statement="",
        created_at=at,
    )
    note_hands(session, record, hands_of(attendance, grade, policy))
    set_credit(session, record, credited, policy, standing=attendance.flags)
    session.add(record)
    session.flush()
    return record


def set_credit(
    session: Session, record: ServiceRecord, credited: Credit, policy: Policy, *, standing: Iterable[str]
) -> None:
    """Write the credited time into a record that is not decided, with the limits that it breaks.

    Args:
        standing: flags that stay whatever the minutes are.
    """
    that_day, that_week = queries.counted_minutes(
        session, record.member_id, record.served_on, besides=record.id
    )
    limits = limit_flags(
        credited.minutes,
        minutes_that_day=that_day,
        minutes_that_week=that_week,
        is_minor=is_minor_on(session.get_one(Member, record.member_id).born_on, record.served_on),
        policy=policy,
    )
    flags = united(standing, limits)
    record.credited_from, record.credited_until = credited.credited_from, credited.credited_until
    record.minutes = credited.minutes
    record.flags = united(flags, grade_flags(record.proof_grade, policy, standing=flags))


def credit_stated(session: Session, record: ServiceRecord, policy: Policy) -> Credit:
    """The credited time by the times that the member stated in place of her scans."""
    assert record.stated_from is not None
    assert record.stated_until is not None
    since = min(record.attendance.shift.starts_at, record.stated_from)
    elsewhere = queries.credited_spans(
        session, record.member_id, since=since, before=record.stated_until, besides=record.id
    )
    return credit(
        plan_of(record.attendance.shift),
        scanned_in=record.stated_from,
        scanned_out=record.stated_until,
        policy=policy,
        elsewhere=elsewhere,
    )


def ensure_stated_plausible(shift: Shift, policy: Policy, came_at: datetime, left_at: datetime) -> None:
    """Stated times lie in order, around the shift; raises ``TimesImplausible``."""
    earliest = shift.starts_at - timedelta(minutes=policy.opens_before_minutes)
    latest = check_out_closes_at(plan_of(shift), policy)
    if not earliest <= came_at < left_at <= latest:
        raise TimesImplausible(field="came_at")
