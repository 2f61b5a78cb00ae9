"""What members and organisers are told about hours, in the transaction of the event."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.permissions import HOURS_CONFIRM
from timebank.activities.models import Shift
from timebank.errors import N_
from timebank.hours.models import CorrectionRequest, ServiceRecord
from timebank.notices import service as notices
from timebank.notices.holders import holders_by_level
from timebank.notices.many import News, tell_each


def _tell(
    session: Session,
    record: ServiceRecord,
    kind: str,
    sentence: str,
    *,
    at: datetime,
    **facts: str | datetime | timedelta,
) -> None:
    notices.tell(
        session,
        member_id=record.member_id,
        kind=kind,
        sentence=sentence,
        facts={"activity": record.attendance.shift.activity.title, **facts},
        href=f"/records/{record.id}",
        at=at,
        key=f"{kind}:{record.id}",
    )


def confirmed(session: Session, records: Sequence[ServiceRecord], *, activity: str, at: datetime) -> None:
    """The hours of each of them are confirmed.

    Args:
        activity: its title, the same for all.
    """
    news = [
        News(
            record.member_id,
            {"activity": activity, "hours": timedelta(minutes=record.minutes)},
            f"/records/{record.id}",
            f"hours.confirmed:{record.id}",
        )
        for record in records
    ]
    sentence = N_("Your hours at “%(activity)s” are confirmed: %(hours)s.")
    tell_each(session, news, kind="hours.confirmed", sentence=sentence, at=at)


def not_accepted(session: Session, record: ServiceRecord, *, at: datetime) -> None:
    """Her hours were not accepted."""
    sentence = N_("Your hours at “%(activity)s” were not accepted: %(reason)s")
    _tell(session, record, "hours.refused", sentence, at=at, reason=record.decision_reason)


def taken_back(session: Session, record: ServiceRecord, *, at: datetime) -> None:
    """Confirmed hours were taken back."""
    sentence = N_("Your confirmed hours at “%(activity)s” were taken back: %(reason)s")
    _tell(session, record, "hours.taken_back", sentence, at=at, reason=record.decision_reason)


def word_wanted(session: Session, record: ServiceRecord, *, at: datetime) -> None:
    """A row waits for her own yes."""
    sentence = N_("Please say whether it was so: your hours at “%(activity)s” wait for your yes.")
    _tell(session, record, "hours.word_wanted", sentence, at=at)


def on_a_sheet(session: Session, record: ServiceRecord, *, at: datetime) -> None:
    """Somebody entered her from a sign-in sheet; whoever was not there can say so."""
    sentence = N_(
        "You were entered from the sign-in sheet of “%(activity)s”. If you were not there, ask for a correction."
    )
    _tell(session, record, "hours.sheet", sentence, at=at)


def second_person_wanted(
    session: Session, shift: Shift, records: Sequence[ServiceRecord], *, by: Actor, at: datetime
) -> int:
    """The nearest who may confirm what ``by`` scanned, or served, hear that it waits for them; how many they are."""
    barred = {by.user_id} | {
        user_id for row in records for user_id in (row.recorded_by_user_id, row.second_recorder_user_id)
    }
    levels = holders_by_level(session, HOURS_CONFIRM, shift.activity.organisation.path)
    free = (tuple(user for user in level if user not in barred) for level in levels)
    for user_id in next((level for level in free if level), ()):
        notices.tell_user(
            session,
            user_id=user_id,
            kind="hours.second_person_wanted",
            sentence=N_(
                "%(name)s has looked at “%(activity)s”. Rows that wait for a second person: %(count)s. Please confirm them."
            ),
            facts={"name": by.name, "activity": shift.activity.title, "count": len(records)},
            href=f"/desk/shifts/{shift.id}/confirm",
            at=at,
            key=f"hours.second_person_wanted:{shift.id}:{user_id}",
        )
    return len(records)


def correction_asked(session: Session, asked: CorrectionRequest, *, at: datetime) -> None:
    """Whoever may answer hears of a request."""
    shift = asked.record.attendance.shift
    notices.tell_holders(
        session,
        permission=HOURS_CONFIRM,
        organisation_path=shift.activity.organisation.path,
        kind="hours.correction_asked",
        sentence=N_("%(name)s says that the hours at “%(activity)s” are wrong. Answer until %(day)s."),
        facts={
            "name": asked.record.member.name,
            "activity": shift.activity.title,
            "day": asked.answer_due_at,
        },
        href=f"/desk/corrections/{asked.id}",
        at=at,
        key=f"hours.correction_asked:{asked.id}",
        besides_user_id=asked.recorder_user_id,
    )


def correction_granted(session: Session, asked: CorrectionRequest, *, at: datetime) -> None:
    """She was right."""
    assert asked.new_record is not None
    sentence = N_("Your hours at “%(activity)s” are corrected: %(hours)s.")
    _tell(
        session,
        asked.new_record,
        "hours.corrected",
        sentence,
        at=at,
        hours=timedelta(minutes=asked.new_record.minutes),
    )


def correction_refused(session: Session, asked: CorrectionRequest, *, at: datetime) -> None:
    """It stays as it is."""
    sentence = N_("Your hours at “%(activity)s” stay as they are: %(reason)s")
    notices.tell(
        session,
        member_id=asked.member_id,
        kind="hours.correction_refused",
        sentence=sentence,
        facts={"activity": asked.record.attendance.shift.activity.title, "reason": asked.answer},
        href=f"/records/{asked.record_id}",
        at=at,
        key=f"hours.correction_refused:{asked.id}",
    )
