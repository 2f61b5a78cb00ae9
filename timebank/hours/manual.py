"""Entries by hand (补录): the way by which hours are sold, and therefore the narrowest."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.errors import ActivityCancelled, NotPublished
from timebank.activities.models import Activity, Shift
from timebank.hours import queries
from timebank.hours.errors import (
    AlreadyRecorded,
    EntryClosed,
    NotOverYet,
    OverlapsOther,
    OwnRecord,
    QuotaUsed,
    ReasonMissing,
    TimesImplausible,
)
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.records import add_record, credited_elsewhere, plan_of, policy_of
from timebank.hours.rules import MANUAL, check_out_closes_at, credit
from timebank.policy.rules import Policy


def entries_left(session: Session, shift: Shift) -> int:
    """How many entries by hand the shift's activity still has."""
    quota = policy_of(session, shift).manual_quota
    return max(0, quota - queries.manual_entries(session, shift.activity_id))


def entry_closes_at(shift: Shift, policy: Policy) -> datetime:
    """Until when entries by hand are possible."""
    return shift.ends_at + timedelta(days=policy.manual_days)


def enter_manually(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    came_at: datetime,
    left_at: datetime,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> ServiceRecord:
    """Record an attendance that no scan saw, of grade D; it waits for a second person.

    Raises:
        OwnRecord: nobody enters their own hours.
        ReasonMissing, TimesImplausible: what was typed in.
        NotPublished, ActivityCancelled, NotOverYet, EntryClosed, QuotaUsed: the shift's state.
        AlreadyRecorded, OverlapsOther: the member's other attendances.
    """
    if by.user_id is None or by.member_id == member_id:
        raise OwnRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    policy = policy_of(session, shift)
    _ensure_open(shift, policy, at)
    _ensure_plausible(shift, policy, came_at, left_at)
    _ensure_quota(session, shift, policy)
    queries.lock_members(session, [member_id])
    _ensure_nowhere_else(session, shift, member_id, came_at, left_at)
    attendance = Attendance(
        shift=shift,
        member_id=member_id,
        checked_in_at=came_at,
        check_in_method=MANUAL,
        checked_out_at=left_at,
        check_out_method=MANUAL,
        flags=[MANUAL],
        recorded_by_user_id=by.user_id,
        reason=reason.strip(),
        created_at=at,
    )
    session.add(attendance)
    session.flush()
    elsewhere = credited_elsewhere(session, attendance, left_at)
    credited = credit(
        plan_of(shift), scanned_in=came_at, scanned_out=left_at, policy=policy, not_before=elsewhere
    )
    return add_record(
        session,
        attendance=attendance,
        credited=credited,
        policy=policy,
        timezone=timezone,
        at=at,
        recorder=by,
    )


def _ensure_quota(session: Session, shift: Shift, policy: Policy) -> None:
    # The quota is the activity's, so two coordinators wait for each other here.
    session.execute(
        select(Activity.id).where(Activity.id == shift.activity_id).with_for_update(key_share=True)
    ).all()
    if queries.manual_entries(session, shift.activity_id) >= policy.manual_quota:
        raise QuotaUsed(quota=policy.manual_quota)


def _ensure_open(shift: Shift, policy: Policy, at: datetime) -> None:
    if shift.activity.status == "cancelled":
        raise ActivityCancelled
    if shift.activity.status != "published":
        raise NotPublished
    if at < shift.ends_at:
        raise NotOverYet
    if at > entry_closes_at(shift, policy):
        raise EntryClosed(days=policy.manual_days)


def _ensure_plausible(shift: Shift, policy: Policy, came_at: datetime, left_at: datetime) -> None:
    earliest = shift.starts_at - timedelta(minutes=policy.opens_before_minutes)
    latest = check_out_closes_at(plan_of(shift), policy)
    if not earliest <= came_at < left_at <= latest:
        raise TimesImplausible(field="came_at")


def _ensure_nowhere_else(
    session: Session, shift: Shift, member_id: int, came_at: datetime, left_at: datetime
) -> None:
    if queries.attendance_of(session, shift.id, member_id) is not None:
        raise AlreadyRecorded
    elsewhere = queries.overlapping_attendance(session, member_id, starts_at=came_at, ends_at=left_at)
    if elsewhere is not None:
        raise OverlapsOther(title=elsewhere.shift.activity.title)
