"""Decisions about records: confirm a whole shift, one record, reject, take back.

Nobody decides alone: recorder, approver and beneficiary differ, here, on the page and in the database.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import InsufficientBalance
from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.books import postings
from timebank.books.lapsing import USUAL_TIMEZONE
from timebank.hours import queries, tidings
from timebank.hours.booking import book
from timebank.hours.errors import (
    AlreadyDecided,
    AlreadySpent,
    NothingToTakeBack,
    OwnEntry,
    OwnHousehold,
    OwnRecord,
    ReasonMissing,
    WordMissing,
)
from timebank.hours.head_counts import keep_head_count
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import APPROVED, REJECTED, REVERSED
from timebank.members import families

YES = "yes"


@dataclass(frozen=True)
class Confirmed:
    """What one act of confirming a shift did.

    Attributes:
        records: those approved now; empty when somebody had done it already.
        left_to_others: records of the confirming person and of whoever lives with them, or that they
            recorded: somebody else must confirm those.
    """

    records: Sequence[ServiceRecord]
    left_to_others: int


def kin_of(session: Session, by: Actor) -> frozenset[int]:
    """Members whose hours are as good as one's own: oneself, and whoever lives in the same household by the records."""
    return families.household_member_ids(session, by.member_id) if by.member_id is not None else frozenset()


def may_decide(record: ServiceRecord, by: Actor, kin: Collection[int]) -> bool:
    """Whether ``by`` is neither the recorder nor profits; the system's own jobs never decide.

    Args:
        kin: from :func:`kin_of`.
    """
    if by.user_id is None or record.member_id in kin:
        return False
    recorders = (record.recorded_by_user_id, record.second_recorder_user_id)
    return record.member_id != by.member_id and by.user_id not in recorders


def ensure_may_decide(session: Session, record: ServiceRecord, by: Actor) -> None:
    """Raise ``OwnRecord``, ``OwnHousehold`` or ``OwnEntry`` unless :func:`may_decide`."""
    if by.member_id is not None and record.member_id == by.member_id:
        raise OwnRecord
    kin = kin_of(session, by)
    if record.member_id in kin:
        raise OwnHousehold
    if not may_decide(record, by, kin):
        raise OwnEntry


def confirm_shift(
    session: Session,
    *,
    shift: Shift,
    by: Actor,
    at: datetime,
    head_count: int | None = None,
    note: str = "",
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Confirmed:
    """Approve every waiting record of the shift that carries no flag, and post them in one batch.

    Doing it twice, or two coordinators at once, approves each record once.

    Args:
        head_count: how many people the organiser counted; kept beside those who were checked in.
        note: what the organiser says about a difference; wanted where it is large.
        timezone: the county's own, for the day on which the points lapse.

    Raises:
        HeadCountInvalid: below zero or beyond any crowd.
        HeadCountUnexplained: far from those who were checked in, without a word why.
    """
    if head_count is not None:
        keep_head_count(session, shift=shift, counted=head_count, note=note, by=by, at=at)
    session.execute(select(Shift.id).where(Shift.id == shift.id).with_for_update(key_share=True)).all()
    of_shift = ServiceRecord.attendance_id.in_(select(Attendance.id).where(Attendance.shift_id == shift.id))
    ordinary = [record for record in queries.locked_pending(session, of_shift) if not record.flags]
    kin = kin_of(session, by)
    records = [record for record in ordinary if may_decide(record, by, kin)]
    _approve(session, records, by=by, at=at, timezone=timezone)
    if records:
        shift.confirmed_at, shift.confirmed_by = shift.confirmed_at or at, shift.confirmed_by or by.label
        session.flush()
    tidings.confirmed(session, records, activity=shift.activity.title, at=at)
    left = [record for record in ordinary if not may_decide(record, by, kin)]
    if left:
        tidings.second_person_wanted(session, shift, left, by=by, at=at)
    return Confirmed(records, len(left))


def confirm_record(
    session: Session,
    *,
    record: ServiceRecord,
    by: Actor,
    at: datetime,
    reason: str = "",
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> ServiceRecord:
    """Approve one record; a second approval changes nothing. The points lapse by the days of ``timezone``.

    Raises:
        OwnRecord, OwnHousehold, OwnEntry: ``by`` profits from it, or lives with whoever does, or typed it in.
        ReasonMissing: the record carries flags and no reason is given.
        WordMissing: the member herself has not said yet that it was so.
        AlreadyDecided: it was rejected or taken back.
    """
    ensure_may_decide(session, record, by)
    locked = queries.locked_pending(session, ServiceRecord.id == record.id)
    if not locked:
        session.refresh(record)
        if record.status == APPROVED:
            return record
        raise AlreadyDecided
    if locked[0].flags and not reason.strip():
        raise ReasonMissing(field="reason")
    if locked[0].needs_word and locked[0].said != YES:
        raise WordMissing(field="reason")
    locked[0].decision_reason = reason.strip()
    _approve(session, locked, by=by, at=at, timezone=timezone)
    tidings.confirmed(session, locked, activity=record.attendance.shift.activity.title, at=at)
    return locked[0]


def _approve(
    session: Session, records: Sequence[ServiceRecord], *, by: Actor, at: datetime, timezone: ZoneInfo
) -> None:
    if not records:
        return
    queries.lock_members(session, [record.member_id for record in records])
    for record in records:
        record.status, record.approved_at = APPROVED, at
        record.approved_by_user_id, record.approver_member_id = by.user_id, by.member_id
    book(session, records, actor=by.label, at=at, timezone=timezone)


def reject_record(
    session: Session, *, record: ServiceRecord, by: Actor, reason: str, at: datetime
) -> ServiceRecord:
    """Do not pay a record; a second rejection changes nothing. Whoever typed it in may withdraw it so.

    Raises:
        OwnRecord: it is the decider's own.
        ReasonMissing: no reason is given.
        AlreadyDecided: it was approved or taken back.
    """
    if by.member_id is not None and record.member_id == by.member_id:
        raise OwnRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    locked = queries.locked_pending(session, ServiceRecord.id == record.id)
    if not locked:
        session.refresh(record)
        if record.status == REJECTED:
            return record
        raise AlreadyDecided
    locked[0].status, locked[0].decision_reason = REJECTED, reason.strip()
    session.flush()
    tidings.not_accepted(session, locked[0], at=at)
    return locked[0]


def take_back(
    session: Session, *, record: ServiceRecord, by: Actor, at: datetime, reason: str
) -> ServiceRecord:
    """Undo an approved record by a reversal joined to its posting; a second time changes nothing.

    Raises:
        OwnRecord: it is the decider's own.
        ReasonMissing: no reason is given.
        NothingToTakeBack: it is not approved.
        AlreadySpent: the account no longer holds what the record gave.
    """
    if by.member_id is not None and record.member_id == by.member_id:
        raise OwnRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    record = queries.locked(session, record.id)
    if record.status == REVERSED:
        return record
    if record.status != APPROVED:
        raise NothingToTakeBack
    queries.lock_members(session, [record.member_id])
    record.status, record.decision_reason = REVERSED, reason.strip()
    record.taken_back_at, record.taken_back_by_user_id = at, by.user_id
    session.flush()
    if record.transaction_id is not None:
        reverse(session, record.transaction_id, reason=reason.strip(), by=by, at=at)
    tidings.taken_back(session, record, at=at)
    return record


def reverse(session: Session, transaction_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """The posting in the other direction, joined to the first; raises ``AlreadySpent``."""
    try:
        postings.take_back(session, transaction_id=transaction_id, reason=reason, at=at, actor=by.label)
    except InsufficientBalance as refusal:
        raise AlreadySpent(**refusal.facts) from refusal
