"""Entries by hand (补录): the way by which hours are sold, and therefore the narrowest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.errors import ActivityCancelled, NotPublished, ShiftCancelled
from timebank.activities.models import Activity, Shift
from timebank.errors import Refusal
from timebank.hours import queries, tidings
from timebank.hours.errors import (
    AlreadyRecorded,
    EntryClosed,
    NotOverYet,
    OverlapsOther,
    OwnRecord,
    QuotaUsed,
    ReasonMissing,
    SheetEmpty,
    SheetRefused,
)
from timebank.hours.evidence import keep_evidence
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.records import add_record, credited_elsewhere, ensure_stated_plausible, plan_of, policy_of
from timebank.hours.rules import MANUAL, SHEET, credit
from timebank.policy.rules import Policy


def entries_left(session: Session, shift: Shift, at: datetime) -> int:
    """How many entries by hand the shift's activity still has."""
    quota = policy_of(session, shift, at).manual_quota
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
    evidence: bytes,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> ServiceRecord:
    """Record an attendance that no scan saw, of grade D; it waits for the member's yes and a second person.

    Args:
        evidence: a photo or a PDF.

    Raises:
        OwnRecord: nobody enters their own hours.
        ReasonMissing, TimesImplausible: what was typed in.
        EvidenceMissing, EvidenceTooLarge, EvidenceInvalid: what was brought.
        NotPublished, ActivityCancelled, NotOverYet, EntryClosed, QuotaUsed: the shift's state.
        AlreadyRecorded, OverlapsOther: the member's other attendances.
    """
    if by.user_id is None or by.member_id == member_id:
        raise OwnRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    policy = policy_of(session, shift, at)
    ensure_entries_open(shift, policy, at)
    ensure_stated_plausible(shift, policy, came_at, left_at)
    _ensure_quota(session, shift, policy)
    queries.lock_members(session, [member_id])
    _ensure_nowhere_else(session, shift, member_id, came_at, left_at)
    kept = keep_evidence(session, shift=shift, content=evidence, policy=policy, by=by, at=at)
    record = write_row(
        session,
        shift=shift,
        row=Row(member_id, came_at, left_at),
        method=MANUAL,
        reason=reason.strip(),
        evidence_id=kept.id,
        by=by,
        at=at,
        timezone=timezone,
    )
    tidings.word_wanted(session, record, at=at)
    return record


@dataclass(frozen=True)
class Row:
    """Who was there from when to when, as somebody writes it down."""

    member_id: int
    came_at: datetime
    left_at: datetime


def enter_sheet(
    session: Session,
    *,
    shift: Shift,
    rows: Sequence[Row],
    photo: bytes,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> list[ServiceRecord]:
    """The rows of a sign-in sheet with one photo of it: grade C, all or none; a second person decides about each.

    Raises:
        SheetEmpty: no row.
        SheetRefused: what is wrong with single rows, by member.
        EvidenceMissing, EvidenceTooLarge, EvidenceInvalid: the photo.
        NotPublished, ActivityCancelled, NotOverYet, EntryClosed: the shift's state.
    """
    policy = policy_of(session, shift, at)
    ensure_entries_open(shift, policy, at)
    if not rows:
        raise SheetEmpty
    kept = keep_evidence(session, shift=shift, content=photo, policy=policy, by=by, at=at)
    queries.lock_members(session, [row.member_id for row in rows])
    wrong: dict[int, Refusal] = {}
    for row in rows:
        try:
            if by.member_id == row.member_id:
                raise OwnRecord
            ensure_stated_plausible(shift, policy, row.came_at, row.left_at)
            _ensure_nowhere_else(session, shift, row.member_id, row.came_at, row.left_at)
        except Refusal as refusal:
            wrong[row.member_id] = refusal
    if wrong:
        raise SheetRefused(wrong)
    records = [
        write_row(
            session,
            shift=shift,
            row=row,
            method=SHEET,
            reason="",
            evidence_id=kept.id,
            by=by,
            at=at,
            timezone=timezone,
        )
        for row in rows
    ]
    for record in records:
        tidings.on_a_sheet(session, record, at=at)
    return records


def write_row(
    session: Session,
    *,
    shift: Shift,
    row: Row,
    method: str,
    reason: str,
    evidence_id: int,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> ServiceRecord:
    """The attendance and the waiting record of a row that somebody wrote, after all tests of it."""
    policy = policy_of(session, shift, at)
    attendance = Attendance(
        shift=shift,
        member_id=row.member_id,
        checked_in_at=row.came_at,
        check_in_method=method,
        checked_out_at=row.left_at,
        check_out_method=method,
        flags=[method],
        recorded_by_user_id=by.user_id,
        reason=reason,
        evidence_id=evidence_id,
        created_at=at,
    )
    session.add(attendance)
    session.flush()
    credited = credit(
        plan_of(shift),
        scanned_in=row.came_at,
        scanned_out=row.left_at,
        policy=policy,
        elsewhere=credited_elsewhere(session, attendance, row.left_at),
    )
    return add_record(
        session, attendance=attendance, credited=credited, policy=policy, timezone=timezone, at=at
    )


def _ensure_quota(session: Session, shift: Shift, policy: Policy) -> None:
    # The quota is the activity's, so two coordinators wait for each other here.
    session.execute(
        select(Activity.id).where(Activity.id == shift.activity_id).with_for_update(key_share=True)
    ).all()
    if queries.manual_entries(session, shift.activity_id) >= policy.manual_quota:
        raise QuotaUsed(quota=policy.manual_quota)


def ensure_entries_open(shift: Shift, policy: Policy, at: datetime) -> None:
    """Entries afterwards are possible from the end of the shift until the county's limit."""
    if shift.activity.status == "cancelled":
        raise ActivityCancelled
    if shift.cancelled_at is not None:
        raise ShiftCancelled(reason=shift.cancel_reason)
    if shift.activity.status != "published":
        raise NotPublished
    if at < shift.ends_at:
        raise NotOverYet
    if at > entry_closes_at(shift, policy):
        raise EntryClosed(days=policy.manual_days)


def _ensure_nowhere_else(
    session: Session, shift: Shift, member_id: int, came_at: datetime, left_at: datetime
) -> None:
    if queries.attendance_of(session, shift.id, member_id) is not None:
        raise AlreadyRecorded
    elsewhere = queries.overlapping_attendance(session, member_id, starts_at=came_at, ends_at=left_at)
    if elsewhere is not None:
        raise OverlapsOther(title=elsewhere.shift.activity.title)
