"""What coordinators do afterwards: confirm, look at the odd rows, enter by hand, take back; members convert."""

from datetime import date, datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Shift
from timebank.books import queries as books
from timebank.demo import words
from timebank.demo.afterwards import speak
from timebank.demo.life import occasions, organiser, staff
from timebank.demo.people import add_rule
from timebank.demo.plans import Occasion
from timebank.demo.town import Town
from timebank.demo.trail import audited
from timebank.hours import service as hours
from timebank.hours.errors import AlreadySpent
from timebank.hours.head_counts import head_count_of, peak_of
from timebank.hours.member_word import YES, wants_word
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.models import Member

CONFIRMS_SAME_EVENING, ENTERS_BY_HAND, REJECTS, TAKES_BACK = 0.7, 0.06, 0.15, 0.03
# The last days' odd rows still wait when the visitor comes.
DAYS_LEFT_WAITING = 3
CONVERSION_DAYS = (1, 15)


def decide(session: Session, town: Town) -> None:
    """Yesterday's and older shifts, one coordinator after the other."""
    for occasion in occasions(town):
        if not occasion.shift_id or occasion.fate != "held" or occasion.waits or occasion.ends_at > town.at:
            continue
        age = (town.today - occasion.starts_at.date()).days
        chance = town.chance(f"decided {occasion.number}")
        if age == 0 and town.chance(f"evening {occasion.number}").random() < CONFIRMS_SAME_EVENING:
            _confirm(session, town, occasion, hour=21)
        elif age == 1:
            _confirm(session, town, occasion, hour=9)
            if chance.random() < ENTERS_BY_HAND:
                _enter_by_hand(session, town, occasion)
        elif age == 2 and (town.last_day - town.today).days >= DAYS_LEFT_WAITING:
            _look_at_odd_rows(session, town, occasion)
        elif age == 4 and chance.random() < TAKES_BACK:
            _take_back(session, town, occasion)


def _confirm(session: Session, town: Town, occasion: Occasion, *, hour: int) -> None:
    at, by = town.moment(hour, 5), organiser(town, occasion)
    if at <= occasion.ends_at + timedelta(minutes=20):
        return
    shift = session.get_one(Shift, occasion.shift_id)
    counted = _head_count(session, town, occasion, at) if head_count_of(session, shift.id) is None else None
    note = "有几位居民来帮忙，没有扫码。" if counted is not None else ""
    done = hours.confirm_shift(session, shift=shift, by=by, at=at, head_count=counted, note=note)
    if done.records:
        audited(
            session,
            by,
            "hours.confirm_shift",
            f"shift:{occasion.shift_id}",
            organisation_id=occasion.team.id,
            at=at,
            records=[record.id for record in done.records],
            members=[f"{record.member.name} {record.member.number}" for record in done.records],
        )


def _head_count(session: Session, town: Town, occasion: Occasion, at: datetime) -> int:
    """What the organiser counted: the fullest moment, give or take one."""
    chance = town.chance(f"head count {occasion.number}")
    return max(0, peak_of(session, occasion.shift_id, at=at) + chance.choice((-1, 0, 0, 0, 0, 1)))


def _records(session: Session, occasion: Occasion, status: str) -> list[ServiceRecord]:
    query = (
        select(ServiceRecord)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .where(Attendance.shift_id == occasion.shift_id, ServiceRecord.status == status)
    )
    return list(session.scalars(query.order_by(ServiceRecord.id)))


def _look_at_odd_rows(session: Session, town: Town, occasion: Occasion) -> None:
    """The other coordinator asks around and decides each row that carries a reason."""
    chance = town.chance(f"odd rows {occasion.number}")
    by, at = organiser(town, occasion, 1), town.moment(16, 20)
    for record in _records(session, occasion, "pending"):
        if wants_word(record):
            speak(session, town, record)
        if chance.random() < REJECTS or (record.needs_word and record.said != YES):
            reason = chance.choice(words.REJECT_REASONS)
            hours.reject_record(session, record=record, by=by, reason=reason, at=at)
            audited(
                session, by, "hours.reject", f"record:{record.id}", organisation_id=occasion.team.id, at=at
            )
        else:
            reason = chance.choice(words.CONFIRM_REASONS)
            hours.confirm_record(session, record=record, by=by, at=at, reason=reason)
            audited(
                session,
                by,
                "hours.approve",
                f"record:{record.id}",
                organisation_id=occasion.team.id,
                at=at,
            )


def _enter_by_hand(session: Session, town: Town, occasion: Occasion) -> None:
    """Somebody who was there without a scan; the second coordinator decides about it the day after."""
    chance = town.chance(f"by hand {occasion.number}")
    seen = set(session.scalars(select(Attendance.member_id).where(Attendance.shift_id == occasion.shift_id)))
    holders = {actor.member_id for actor in staff(town)}
    busy = {
        member_id
        for other in occasions(town)
        if abs(other.starts_at - occasion.starts_at) < timedelta(hours=6)
        for member_id in other.coming
    }
    # Who had signed up and was not seen, else somebody of the same station.
    missed = [one for one in town.residents if one.member_id in set(occasion.coming) - seen]
    near = [
        one
        for one in town.residents
        if one.place.path.startswith(occasion.station.path) and one.member_id not in seen | holders | busy
    ]
    if not missed and not near:
        return
    by, at = organiser(town, occasion), town.moment(10, 30)
    record = hours.enter_manually(
        session,
        shift=session.get_one(Shift, occasion.shift_id),
        member_id=(missed or near)[0].member_id,
        came_at=occasion.starts_at,
        left_at=occasion.ends_at,
        reason=chance.choice(words.MANUAL_REASONS),
        evidence=_picture(occasion.number),
        by=by,
        at=at,
        timezone=town.timezone,
    )
    audited(session, by, "hours.enter", f"record:{record.id}", organisation_id=occasion.team.id, at=at)


def _picture(number: int) -> bytes:
    """A drawn stand-in for the photo of a paper list: nobody's picture is in the demo town."""
    image = Image.new("RGB", (640, 420), "#fffdf5")
    pen = ImageDraw.Draw(image)
    for line in range(9):
        pen.line((40, 70 + 36 * line, 600, 70 + 36 * line), fill="#9aa3ad", width=2)
        wave = [(60 + 12 * step, 60 + 36 * line - (step * (number + line)) % 17) for step in range(14)]
        pen.line(wave, fill="#2b3a55", width=3)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _take_back(session: Session, town: Town, occasion: Occasion) -> None:
    chance = town.chance(f"taken back {occasion.number}")
    records = [record for record in _records(session, occasion, "approved") if record.transaction_id]
    if not records:
        return
    record, by, at = chance.choice(records), organiser(town, occasion, 1), town.moment(17)
    try:
        # A page that is refused rolls everything back; here it is one act among many.
        with session.begin_nested():
            hours.take_back(
                session, record=record, by=by, at=at, reason=chance.choice(words.TAKE_BACK_REASONS)
            )
    except AlreadySpent:
        # The points have gone over the counter; in life somebody would now speak to the member.
        return
    audited(session, by, "hours.take_back", f"record:{record.id}", organisation_id=occasion.team.id, at=at)


def convert(session: Session, town: Town) -> None:
    """Twice a month, members of the station that keeps hours turn some of them into points."""
    if town.today.day not in CONVERSION_DAYS or len(town.stations) < 2:
        return
    station, chance = town.stations[-1], town.chance("conversions")
    for resident in town.residents:
        if not resident.place.path.startswith(station.path) or resident.actor is None:
            continue
        minutes = books.time_balance(session, resident.member_id) // 60 * 60
        if minutes and chance.random() < 0.6:
            hours.convert(
                session,
                key=f"demo:{town.today.isoformat()}",
                member=session.get_one(Member, resident.member_id),
                minutes=min(minutes, 180),
                by=resident.actor,
                at=town.moment(12, 15),
                timezone=town.timezone,
            )


def renew_rules(session: Session, town: Town) -> None:
    """After half a year the county pays more for the general rule: a second version, dated."""
    if town.today == _half_way(town):
        add_rule(session, town, rate="12", category=None, cap="72")


def _half_way(town: Town) -> date:
    return town.first_day + timedelta(days=town.size.days // 2)
