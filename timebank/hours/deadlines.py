"""The last day of a request for correction: who may answer hears of it in time, and the office above when it has passed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from timebank.access.models import User
from timebank.access.permissions import HOURS_CONFIRM
from timebank.errors import N_
from timebank.hours.models import CorrectionRequest
from timebank.notices import service as notices
from timebank.notices.holders import holders_by_level

TOLD_BEFORE = timedelta(days=2)
# Every further week without an answer, one more office above hears of it.
RISES_AFTER = timedelta(days=7)

DUE_SOON = N_(
    "%(name)s waits for your answer about the hours at “%(activity)s” until %(day)s. Please look at it now."
)
OVERDUE = N_(
    "%(name)s should have had an answer about the hours at “%(activity)s” by %(day)s. Nobody has answered yet."
)
LATE = N_(
    "The answer about your hours at “%(activity)s” is late. The next higher office has been told, and you do not need to ask again."
)


def tell_of_deadlines(session: Session, *, at: datetime) -> int:
    """Tell of every open request that is due within two days, or was due; how many notices are new.

    Before the last day the nearest who may answer are told; afterwards the next higher office too, and one more
    with every week; and the member, that her request is not forgotten. Each hears of it once.
    """
    waiting = session.scalars(
        select(CorrectionRequest)
        .options(joinedload(CorrectionRequest.record))
        .where(CorrectionRequest.status == "open", CorrectionRequest.answer_due_at <= at + TOLD_BEFORE)
        .order_by(CorrectionRequest.answer_due_at, CorrectionRequest.id)
    ).all()
    return sum(_told(session, asked, at) for asked in waiting)


def answerers(session: Session, asked: CorrectionRequest) -> list[tuple[int, ...]]:
    """Users who may answer, the nearest office first: neither the member nor whoever recorded the hours."""
    path = asked.record.attendance.shift.activity.organisation.path
    own = set(session.scalars(select(User.id).where(User.member_id == asked.member_id)))
    barred = own | {asked.recorder_user_id, asked.second_recorder_user_id}
    levels = (
        tuple(user_id for user_id in level if user_id not in barred)
        for level in holders_by_level(session, HOURS_CONFIRM, path)
    )
    return [level for level in levels if level]


def _told(session: Session, asked: CorrectionRequest, at: datetime) -> int:
    levels, late = answerers(session, asked), at - asked.answer_due_at
    if late < timedelta():
        return _tell(session, asked, levels[:1], kind="hours.correction_due", sentence=DUE_SOON, at=at)
    offices = 2 + late // RISES_AFTER
    told = _tell(session, asked, levels[:offices], kind="hours.correction_overdue", sentence=OVERDUE, at=at)
    return told + _tell_member(session, asked, at)


def _tell(
    session: Session,
    asked: CorrectionRequest,
    levels: Sequence[Iterable[int]],
    *,
    kind: str,
    sentence: str,
    at: datetime,
) -> int:
    facts = {
        "name": asked.record.member.name,
        "activity": asked.record.attendance.shift.activity.title,
        "day": asked.answer_due_at,
    }
    told = [
        notices.tell_user(
            session,
            user_id=user_id,
            kind=kind,
            sentence=sentence,
            facts=facts,
            href=f"/desk/corrections/{asked.id}",
            at=at,
            key=f"{kind}:{asked.id}:{user_id}",
        )
        for level in levels
        for user_id in level
    ]
    return len([notice for notice in told if notice is not None])


def _tell_member(session: Session, asked: CorrectionRequest, at: datetime) -> int:
    notice = notices.tell(
        session,
        member_id=asked.member_id,
        kind="hours.correction_late",
        sentence=LATE,
        facts={"activity": asked.record.attendance.shift.activity.title},
        href=f"/records/{asked.record_id}",
        at=at,
        key=f"hours.correction_late:{asked.id}",
    )
    return 1 if notice is not None else 0
