"""“This is wrong”: a volunteer asks, somebody who neither recorded nor profits answers.

A correction never edits: the old record is taken back and a new one stands for it, joined to it, with the two
postings of both in one transaction. What was only rejected is recorded anew in the same way.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.books.lapsing import USUAL_TIMEZONE
from timebank.hours import queries, tidings
from timebank.hours.booking import book
from timebank.hours.decisions import ensure_may_decide, reverse
from timebank.hours.errors import (
    AlreadyAnswered,
    AlreadyAsked,
    CorrectionClosed,
    NothingToCorrect,
    NotYourRecord,
    OwnEntry,
    OwnRecord,
    ReasonMissing,
)
from timebank.hours.models import CorrectionRequest, ServiceRecord
from timebank.hours.records import credit_stated, ensure_stated_plausible, policy_of, set_credit
from timebank.hours.rules import APPROVED, MANUAL, PENDING, REVERSED, STATED
from timebank.policy.rules import Policy

OPEN, GRANTED, REFUSED = "open", "granted", "refused"


def correction_closes_at(record: ServiceRecord, policy: Policy) -> datetime:
    """Until when the member may say that the record is wrong."""
    decided_at = record.taken_back_at or record.approved_at or record.created_at
    return decided_at + timedelta(days=policy.correction_days)


def request_correction(
    session: Session,
    *,
    record: ServiceRecord,
    came_at: datetime,
    left_at: datetime,
    reason: str,
    by: Actor,
    at: datetime,
) -> CorrectionRequest:
    """The member says what would be right.

    Raises:
        NotYourRecord, ReasonMissing, TimesImplausible: who asks, and for what.
        NothingToCorrect: it still waits for its decision, or another record stands for it already.
        CorrectionClosed: too late.
        AlreadyAsked: her request is open.
    """
    if by.user_id is None or by.member_id != record.member_id:
        raise NotYourRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    record = queries.locked(session, record.id)
    policy = policy_of(session, record.attendance.shift, at)
    standing = queries.record_of_attendance(session, record.attendance_id)
    if record.status == PENDING or standing is None or standing.id != record.id or record.import_run_id:
        raise NothingToCorrect
    if at > correction_closes_at(record, policy):
        raise CorrectionClosed(days=policy.correction_days)
    if open_request(session, record.id) is not None:
        raise AlreadyAsked
    ensure_stated_plausible(record.attendance.shift, policy, came_at, left_at)
    asked = CorrectionRequest(
        record_id=record.id,
        member_id=record.member_id,
        asked_by_user_id=by.user_id,
        asked_at=at,
        answer_due_at=at + timedelta(days=policy.answer_days),
        came_at=came_at,
        left_at=left_at,
        reason=reason.strip(),
        status=OPEN,
        recorder_user_id=record.recorded_by_user_id,
        second_recorder_user_id=record.second_recorder_user_id,
    )
    session.add(asked)
    session.flush()
    tidings.correction_asked(session, asked, at=at)
    return asked


def open_request(session: Session, record_id: int) -> CorrectionRequest | None:
    """The member's request about the record that waits for its answer."""
    return session.scalar(
        select(CorrectionRequest).where(
            CorrectionRequest.record_id == record_id, CorrectionRequest.status == OPEN
        )
    )


def may_answer(asked: CorrectionRequest, by: Actor) -> bool:
    """Whether ``by`` neither profits from the record nor recorded it."""
    if by.user_id is None or by.member_id == asked.member_id:
        return False
    return by.user_id not in (asked.recorder_user_id, asked.second_recorder_user_id)


def refuse_correction(
    session: Session, *, asked: CorrectionRequest, answer: str, by: Actor, at: datetime
) -> CorrectionRequest:
    """It stays as it is, and the member reads why. Raises as :func:`grant_correction`."""
    asked = _locked(session, asked, by)
    if asked.status == REFUSED:
        return asked
    if not answer.strip():
        raise ReasonMissing(field="reason")
    _answer(asked, REFUSED, answer.strip(), by, at)
    session.flush()
    tidings.correction_refused(session, asked, at=at)
    return asked


def grant_correction(
    session: Session,
    *,
    asked: CorrectionRequest,
    answer: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> CorrectionRequest:
    """The member is right: the record that she asked for stands, the old one is taken back; a repeat changes nothing.

    Raises:
        OwnRecord, OwnEntry: ``by`` profits from the record, or recorded it.
        AlreadyAnswered: it was refused.
        ReasonMissing: no word why.
        NothingToCorrect: meanwhile another record stands for the attendance.
        AlreadySpent: the correction takes away more than the account still holds.
    """
    asked = _locked(session, asked, by)
    if asked.status == GRANTED:
        return asked
    if not answer.strip():
        raise ReasonMissing(field="reason")
    old = queries.locked(session, asked.record_id)
    new = stand_in_for(
        session, old, came_at=asked.came_at, left_at=asked.left_at, reason=answer.strip(), by=by, at=at,
        timezone=timezone,
    )  # fmt: skip
    asked.new_record_id = new.id
    _answer(asked, GRANTED, answer.strip(), by, at)
    session.flush()
    session.refresh(asked, ["new_record"])
    tidings.correction_granted(session, asked, at=at)
    return asked


def _locked(session: Session, asked: CorrectionRequest, by: Actor) -> CorrectionRequest:
    if by.member_id is not None and by.member_id == asked.member_id:
        raise OwnRecord
    if not may_answer(asked, by):
        raise OwnEntry
    found = session.scalars(
        select(CorrectionRequest)
        .where(CorrectionRequest.id == asked.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if found.status != OPEN and found.answered_by_user_id != by.user_id:
        raise AlreadyAnswered
    return found


def _answer(asked: CorrectionRequest, status: str, answer: str, by: Actor, at: datetime) -> None:
    if asked.status != OPEN:
        raise AlreadyAnswered
    asked.status, asked.answer = status, answer
    asked.answered_by_user_id, asked.answered_at = by.user_id, at


def stand_in_for(
    session: Session,
    old: ServiceRecord,
    *,
    came_at: datetime,
    left_at: datetime,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> ServiceRecord:
    """A new, approved record in the place of ``old``, by the times that were stated."""
    ensure_may_decide(session, old, by)
    standing = queries.record_of_attendance(session, old.attendance_id)
    if old.status == PENDING or standing is None or standing.id != old.id:
        raise NothingToCorrect
    queries.lock_members(session, [old.member_id])
    was_booked = old.status == APPROVED
    if was_booked:
        old.status, old.decision_reason = REVERSED, reason
        old.taken_back_at, old.taken_back_by_user_id = at, by.user_id
        session.flush()
    new = _stated_record(session, old, came_at=came_at, left_at=left_at, reason=reason, by=by, at=at)
    # The new hours first: what the correction leaves of the points may have been spent already.
    book(session, [new], actor=by.label, at=at, timezone=timezone)
    if was_booked and old.transaction_id is not None:
        reverse(session, old.transaction_id, reason=reason, by=by, at=at)
    return new


def _stated_record(
    session: Session,
    old: ServiceRecord,
    *,
    came_at: datetime,
    left_at: datetime,
    reason: str,
    by: Actor,
    at: datetime,
) -> ServiceRecord:
    policy = policy_of(session, old.attendance.shift, at)
    new = _in_the_place_of(old, came_at, left_at, at)
    new.status, new.decision_reason = APPROVED, reason
    new.approved_by_user_id, new.approver_member_id, new.approved_at = by.user_id, by.member_id, at
    new.recorded_by_user_id = old.recorded_by_user_id
    new.recorder_member_id = old.recorder_member_id
    new.second_recorder_user_id = old.second_recorder_user_id
    set_credit(session, new, credit_stated(session, new, policy), policy, standing=[STATED])
    session.add(new)
    session.flush()
    return new


def _in_the_place_of(old: ServiceRecord, came_at: datetime, left_at: datetime, at: datetime) -> ServiceRecord:
    """A record of the same service by stated times, as weak a proof as an entry by hand."""
    return ServiceRecord(
        attendance_id=old.attendance_id,
        attendance=old.attendance,
        member_id=old.member_id,
        organisation_id=old.organisation_id,
        category_id=old.category_id,
        served_on=old.served_on,
        proof_grade="D",
        stated_from=came_at,
        stated_until=left_at,
        corrects_id=old.id,
        needs_word=False,
        said="",
        said_how="",
        statement="",
        decision_reason="",
        created_at=at,
    )


def record_anew(
    session: Session,
    *,
    record: ServiceRecord,
    came_at: datetime,
    left_at: datetime,
    reason: str,
    by: Actor,
    at: datetime,
) -> ServiceRecord:
    """A waiting record beside one that was rejected or taken back: a second person and the member decide about it.

    Raises:
        OwnRecord, ReasonMissing, TimesImplausible: who writes what.
        NothingToCorrect: a record of this attendance waits or counts.
    """
    if by.user_id is None or by.member_id == record.member_id:
        raise OwnRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    old = queries.locked(session, record.id)
    standing = queries.record_of_attendance(session, old.attendance_id)
    if old.status in (PENDING, APPROVED) or standing is None or standing.id != old.id:
        raise NothingToCorrect
    policy = policy_of(session, old.attendance.shift, at)
    ensure_stated_plausible(old.attendance.shift, policy, came_at, left_at)
    queries.lock_members(session, [old.member_id])
    new = _in_the_place_of(old, came_at, left_at, at)
    new.status, new.needs_word, new.statement = PENDING, True, reason.strip()
    new.recorded_by_user_id, new.recorder_member_id = by.user_id, by.member_id
    set_credit(session, new, credit_stated(session, new, policy), policy, standing=[MANUAL])
    session.add(new)
    session.flush()
    tidings.word_wanted(session, new, at=at)
    return new


def stand_again(
    session: Session,
    *,
    record: ServiceRecord,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> ServiceRecord:
    """A record that was taken back counts again: a new one with the same credit and proof, booked by the same rules.

    Raises:
        OwnRecord, OwnHousehold, OwnEntry: ``by`` profits from it, or lives with whoever does, or recorded it.
        ReasonMissing: no word why.
        NothingToCorrect: it was not taken back, or another record stands for the attendance.
    """
    ensure_may_decide(session, record, by)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    old = queries.locked(session, record.id)
    standing = queries.record_of_attendance(session, old.attendance_id)
    if old.status != REVERSED or standing is None or standing.id != old.id:
        raise NothingToCorrect
    queries.lock_members(session, [old.member_id])
    new = ServiceRecord(
        **{name: getattr(old, name) for name in _SAME_AGAIN},
        attendance=old.attendance,
        corrects_id=old.id,
        status=APPROVED,
        decision_reason=reason.strip(),
        approved_by_user_id=by.user_id,
        approver_member_id=by.member_id,
        approved_at=at,
        created_at=at,
    )
    session.add(new)
    session.flush()
    book(session, [new], actor=by.label, at=at, timezone=timezone)
    return new


# What a record that counts again has in common with the one that was taken back.
_SAME_AGAIN = (
    "attendance_id",
    "member_id",
    "organisation_id",
    "category_id",
    "served_on",
    "credited_from",
    "credited_until",
    "minutes",
    "proof_grade",
    "flags",
    "recorded_by_user_id",
    "recorder_member_id",
    "second_recorder_user_id",
    "stated_from",
    "stated_until",
    "needs_word",
    "statement",
    "said",
    "said_how",
    "said_by_user_id",
    "said_at",
)
