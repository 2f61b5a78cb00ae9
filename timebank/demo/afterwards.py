"""What volunteers say afterwards: whether it was so, that a record is wrong, that they need a certificate."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.certificates import queries as certificate_queries
from timebank.certificates import service as certificates
from timebank.demo.life import staff
from timebank.demo.town import Town
from timebank.demo.trail import audited
from timebank.hours.corrections import grant_correction, may_answer, refuse_correction, request_correction
from timebank.hours.lists import corrections_of_record
from timebank.hours.member_word import NO, YES, say, say_in_person
from timebank.hours.models import CorrectionRequest, ServiceRecord
from timebank.hours.rules import MISSING_CHECK_OUT
from timebank.members.codes import Identified
from timebank.members.models import Member
from timebank.orgs.models import Organisation

DENIES, STATES_TIME, GRANTS = 0.06, 0.6, 0.7
CORRECTION_DAYS = (5, 20)
# Days before the visit on which people ask for certificates.
CERTIFICATE_DAYS = (20, 6, 0)


def speak(session: Session, town: Town, record: ServiceRecord) -> None:
    """The member says how it was: on her phone, or with her card in the second coordinator's hand."""
    chance = town.chance(f"word {record.id}")
    found = next((one for one in town.residents if one.member_id == record.member_id), None)
    at = town.moment(12, 40)
    if found is not None and found.actor is not None:
        left_at = record.attendance.shift.ends_at if MISSING_CHECK_OUT in record.flags else None
        said = YES if chance.random() > DENIES else NO
        say(
            session,
            record=record,
            said=said,
            by=found.actor,
            at=at,
            left_at=left_at if chance.random() < STATES_TIME else None,
        )
        audited(
            session,
            found.actor,
            "hours.word",
            f"record:{record.id}",
            organisation_id=record.organisation_id,
            at=at,
            said=said,
        )
        return
    by = next(
        actor
        for actor in staff(town)
        if actor.user_id not in (record.recorded_by_user_id, record.second_recorder_user_id)
        and actor.member_id != record.member_id
    )
    shown = Identified(session.get_one(Member, record.member_id), "card")
    say_in_person(session, record=record, shown=shown, by=by, at=at)


def correct(session: Session, town: Town) -> None:
    """Now and then a volunteer says that a record is wrong; the other coordinator answers two days later."""
    for asked in session.scalars(select(CorrectionRequest).where(CorrectionRequest.status == "open")).all():
        if town.moment(10) - asked.asked_at >= timedelta(days=2) and town.last_day > town.today:
            _answer(session, town, asked)
    if town.today.day in CORRECTION_DAYS or (town.last_day - town.today).days == 1:
        _ask(session, town)


def _ask(session: Session, town: Town) -> None:
    residents = {one.member_id: one for one in town.residents if one.actor is not None}
    since = town.today - timedelta(days=6)
    records = session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.status == "approved",
            ServiceRecord.served_on >= since,
            ServiceRecord.member_id.in_(residents),
            ServiceRecord.corrects_id.is_(None),
            ServiceRecord.minutes >= 60,
        )
        .order_by(ServiceRecord.id.desc())
        .limit(12)
    ).all()
    short = [
        record
        for record in records
        if record.credited_until + timedelta(minutes=6) < record.attendance.shift.ends_at
        and not corrections_of_record(session, record.id)
    ]
    if not short:
        return
    record, at = short[0], town.moment(20, 10)
    actor = residents[record.member_id].actor
    assert actor is not None
    shift = record.attendance.shift
    request_correction(
        session,
        record=record,
        came_at=min(record.attendance.checked_in_at, shift.starts_at),
        left_at=shift.ends_at,
        reason="我一直做到结束，签退时手机信号不好，提前点了。",
        by=actor,
        at=at,
    )
    audited(
        session,
        actor,
        "hours.correction_asked",
        f"record:{record.id}",
        organisation_id=record.organisation_id,
        at=at,
    )


def _answer(session: Session, town: Town, asked: CorrectionRequest) -> None:
    by = next((actor for actor in staff(town) if may_answer(asked, actor)), None)
    if by is None:
        return
    at = town.moment(10, 15)
    grants = town.chance(f"correction {asked.id}").random() < GRANTS
    if grants:
        grant_correction(session, asked=asked, answer="已向同组志愿者核实，属实。", by=by, at=at)
    else:
        refuse_correction(session, asked=asked, answer="签退记录和照片都显示提前离开。", by=by, at=at)
    audited(
        session,
        by,
        "hours.correction_granted" if grants else "hours.correction_refused",
        f"record:{asked.record_id}",
        organisation_id=asked.record.organisation_id,
        at=at,
    )


def certify(session: Session, town: Town) -> None:
    """In the last weeks some volunteers ask for a certificate; most are issued, one request still waits."""
    days_left = (town.last_day - town.today).days
    if days_left not in CERTIFICATE_DAYS:
        return
    people = [one for one in town.residents if one.actor is not None]
    asked = 0
    for resident in people:
        places = certificate_queries.recorders_of(session, resident.member_id)
        if not places or certificate_queries.certificates_of(session, resident.member_id):
            continue
        asked += 1
        _certify(session, town, resident.member_id, places[0][0], waits=days_left == 0)
        if asked >= (1 if days_left == 0 else 3):
            return


def _certify(session: Session, town: Town, member_id: int, place: Organisation, *, waits: bool) -> None:
    at = min(town.moment(11), town.at)
    request = certificates.ask(
        session,
        member=session.get_one(Member, member_id),
        organisation=place,
        period_from=town.first_day,
        period_until=town.today,
        today=town.today,
        at=at,
        purpose="学校评优",
    )
    by = next((actor for actor in staff(town) if actor.member_id != member_id), None)
    if waits or by is None:
        return
    made = certificates.issue(session, request=request, by=by, at=at, keyring=town.house.keyring)
    audited(
        session,
        by,
        "certificate.issued",
        f"certificate:{made.id}",
        organisation_id=place.id,
        at=at,
    )
