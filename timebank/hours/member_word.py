"""The member's own word: where no scan saw her leave, or none saw her at all, she herself says how it was.

She says it on her phone; who has none hands her card or phone code to somebody other than the recorder.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.errors import N_
from timebank.hours import queries
from timebank.hours.errors import (
    AlreadyDecided,
    AlreadySaid,
    NotYourRecord,
    OwnEntry,
    WordNotWanted,
    WordOfAnother,
)
from timebank.hours.models import ServiceRecord
from timebank.hours.records import credit_stated, ensure_stated_plausible, policy_of, set_credit
from timebank.hours.rules import MISSING_CHECK_OUT, PENDING, REJECTED, STATED, proof_grade, united
from timebank.members.codes import Identified

YES, NO = "yes", "no"
DENIED_BY_MEMBER = N_("The member says that it was not so.")


def wants_word(record: ServiceRecord) -> bool:
    """Whether the record waits for the member's word."""
    return record.needs_word and record.status == PENDING and not record.said


def say(
    session: Session,
    *,
    record: ServiceRecord,
    said: str,
    by: Actor,
    at: datetime,
    left_at: datetime | None = None,
) -> ServiceRecord:
    """The member says that it was so (``yes``) or not (``no``, which ends the matter); repeating changes nothing.

    Args:
        left_at: when she left, where the check-out is missing; None accepts what was credited automatically.

    Raises:
        NotYourRecord: somebody else's record.
        WordNotWanted, AlreadyDecided, AlreadySaid: the record's state.
        TimesImplausible: she cannot have left then.
    """
    if by.member_id != record.member_id or by.user_id is None:
        raise NotYourRecord
    locked = _awaiting(session, record, said)
    if locked is None:
        return record
    _write(locked, said, how="self", by=by, at=at)
    if said == NO:
        locked.status, locked.decision_reason = REJECTED, DENIED_BY_MEMBER
    elif left_at is not None and MISSING_CHECK_OUT in locked.flags:
        _take_her_time(session, locked, left_at)
    session.flush()
    return locked


def say_in_person(
    session: Session, *, record: ServiceRecord, shown: Identified, by: Actor, at: datetime
) -> ServiceRecord:
    """She is here and hands over her card or her phone's code: that is her yes.

    Raises:
        OwnEntry: whoever entered the record does not also bring her word.
        WordOfAnother: it is another member's card, or only a number that anybody may know.
    """
    if by.user_id is None or by.user_id in (record.recorded_by_user_id, record.second_recorder_user_id):
        raise OwnEntry
    if (
        shown.how not in ("card", "code")
        or shown.member.id != record.member_id
        or by.member_id == record.member_id
    ):
        raise WordOfAnother(field="code")
    locked = _awaiting(session, record, YES)
    if locked is None:
        return record
    _write(locked, YES, how=shown.how, by=by, at=at)
    session.flush()
    return locked


def _awaiting(session: Session, record: ServiceRecord, said: str) -> ServiceRecord | None:
    """The record, locked, when it waits for the word; None when the same was said before."""
    if not record.needs_word:
        raise WordNotWanted
    locked = queries.locked(session, record.id)
    if locked.said:
        if locked.said == said:
            return None
        raise AlreadySaid
    if locked.status != PENDING:
        raise AlreadyDecided
    return locked


def _write(record: ServiceRecord, said: str, *, how: str, by: Actor, at: datetime) -> None:
    assert said in (YES, NO)
    record.said, record.said_how, record.said_by_user_id, record.said_at = said, how, by.user_id, at


def _take_her_time(session: Session, record: ServiceRecord, left_at: datetime) -> None:
    queries.lock_members(session, [record.member_id])
    attendance = record.attendance
    policy = policy_of(session, attendance.shift, record.created_at)
    ensure_stated_plausible(attendance.shift, policy, attendance.checked_in_at, left_at)
    record.stated_from, record.stated_until = attendance.checked_in_at, left_at
    record.proof_grade = proof_grade(attendance.check_in_method, "manual")
    set_credit(
        session,
        record,
        credit_stated(session, record, policy),
        policy,
        standing=united(attendance.flags, [STATED]),
    )
