"""Every day: activities are published, people sign up, come, leave, forget to; coordinators look at it later."""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.checkin import displays
from timebank.checkin import log as scans
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.demo import words
from timebank.demo.plans import Occasion, draw_up
from timebank.demo.town import Resident, Town
from timebank.demo.trail import audited
from timebank.hours import service as hours
from timebank.hours.models import Attendance
from timebank.orgs.models import Organisation

NO_SHOW, FORGETS_TO_LEAVE, TYPES_DIGITS, WALKS_IN = 0.05, 0.04, 0.03, 0.15
AGE_OF_CARDS = 68
# The screen is on from before the first comes until after the last has come or left.
SHOWN_BEFORE = timedelta(minutes=30)
# Longer than a check-out may take, and everybody eats in between.
BETWEEN_SHIFTS = timedelta(hours=2)


def plan_and_publish(session: Session, town: Town) -> None:
    """The year's plan on the first day; then, each day, what is due to be published, and first sign-ups."""
    if town.is_first_day:
        town.kept["occasions"] = draw_up(town)
    for occasion in occasions(town):
        if occasion.publish_on == town.today:
            _publish(session, town, occasion)
        elif occasion.publish_on < town.today < occasion.starts_at.date() and occasion.fate == "held":
            _more_sign_ups(session, town, occasion)


def occasions(town: Town) -> list[Occasion]:
    """The town's plan."""
    found: list[Occasion] = town.kept["occasions"]
    return found


def organiser(town: Town, occasion: Occasion, which: int = 0) -> Actor:
    """One of the two coordinators of the occasion's station; they take turns."""
    return town.coordinators[occasion.station.id][(occasion.number + which) % 2]


def _publish(session: Session, town: Town, occasion: Occasion) -> None:
    # On the first day a shift may begin the same morning, so its notice is up by seven.
    at, by = town.moment(7) if town.is_first_day else town.moment(8, 10), organiser(town, occasion)
    at = min(at, occasion.starts_at - timedelta(hours=1))
    activity = activities.create(
        session,
        organisation=session.get_one(Organisation, occasion.team.id),
        category_id=town.kept["categories"][occasion.category],
        title=occasion.title,
        place=occasion.place,
        description=f"{occasion.title}。请提前十分钟到场，到达和离开时各扫一次码。",
        shifts=[ShiftPlan(occasion.starts_at, occasion.ends_at, occasion.capacity)],
        by=by,
        at=at,
    )
    occasion.activity_id, occasion.shift_id = activity.id, activity.shifts[0].id
    if occasion.fate == "draft":
        return
    activities.publish(session, activity=activity, at=at, timezone=town.timezone)
    audited(
        session, by, "activities.publish", f"activity:{activity.id}", organisation_id=occasion.team.id, at=at
    )
    _sign_up_some(session, town, occasion, share=0.6, hour=10)


def _more_sign_ups(session: Session, town: Town, occasion: Occasion) -> None:
    days_left = (occasion.starts_at.date() - town.today).days
    chance = town.chance(f"second thoughts {occasion.number}")
    if days_left == 1:
        _sign_up_some(session, town, occasion, share=0.4, hour=19)
        if chance.random() < 0.3:
            _give_up_a_place(session, town, occasion, chance)


def _sign_up_some(session: Session, town: Town, occasion: Occasion, *, share: float, hour: int) -> None:
    chance = town.chance(f"sign-ups {occasion.number} {hour}")
    shift = session.get_one(Shift, occasion.shift_id)
    wanted = round(min(occasion.capacity or 12, chance.randint(4, 10)) * share)
    at = min(town.moment(hour, chance.randint(0, 50)), occasion.starts_at - timedelta(minutes=20))
    for resident in _willing(town, occasion, chance, wanted):
        by = resident.actor or organiser(town, occasion)
        activities.sign_up(session, shift=shift, member_id=resident.member_id, by=by, at=at)
        occasion.coming.append(resident.member_id)


def _willing(town: Town, occasion: Occasion, chance: random.Random, wanted: int) -> Iterable[Resident]:
    """Residents who are free at that time: from the team first, then from the station."""
    busy = {
        member_id
        for other in occasions(town)
        if other.starts_at < occasion.ends_at + BETWEEN_SHIFTS
        and occasion.starts_at < other.ends_at + BETWEEN_SHIFTS
        for member_id in other.coming
    }
    holders = {actor.member_id for actor in staff(town)}
    free = [one for one in town.residents if one.member_id not in busy and one.member_id not in holders]
    near = [one for one in free if one.place.path.startswith(occasion.station.path)]
    far = [one for one in free if not one.place.path.startswith(occasion.station.path)]
    room = wanted if occasion.capacity is None else min(wanted, occasion.capacity - len(occasion.coming))
    neighbours = chance.sample(near, min(len(near), room))
    return neighbours + chance.sample(far, min(len(far), room - len(neighbours)))


def staff(town: Town) -> list[Actor]:
    """Everybody with a role."""
    pairs = [*town.coordinators.values(), *town.attendants.values()]
    single = [actor for actor in (town.auditor, town.administrator) if actor is not None]
    return [actor for pair in pairs for actor in pair] + single


def _give_up_a_place(session: Session, town: Town, occasion: Occasion, chance: random.Random) -> None:
    if len(occasion.coming) < 3:
        return
    leaving = occasion.coming.pop(chance.randrange(len(occasion.coming)))
    place = session.scalars(
        select(SignUp).where(SignUp.shift_id == occasion.shift_id, SignUp.member_id == leaving)
    ).one()
    activities.cancel_sign_up(
        session, sign_up=place, at=min(town.moment(20, 30), occasion.starts_at - timedelta(minutes=5))
    )


def serve(session: Session, town: Town) -> None:
    """Today's shifts, as far as they have come by the time of the visit."""
    for occasion in sorted(occasions(town), key=lambda one: one.starts_at):
        if occasion.starts_at.date() != town.today or not occasion.shift_id:
            continue
        # Who forgot to leave a shift this morning must be out before coming to the next.
        morning = min(occasion.starts_at - timedelta(minutes=30), town.at)
        hours.close_forgotten(session, at=morning, timezone=town.timezone)
        if occasion.fate == "cancelled":
            _call_off(session, town, occasion)
        elif occasion.fate == "held" and occasion.starts_at <= town.at:
            _hold(session, town, occasion)
    hours.close_forgotten(session, at=town.moment(23, 50), timezone=town.timezone)


def _call_off(session: Session, town: Town, occasion: Occasion) -> None:
    chance = town.chance(f"called off {occasion.number}")
    at, by = min(town.at, occasion.starts_at - timedelta(hours=1)), organiser(town, occasion)
    activities.cancel(
        session,
        activity=session.get_one(Activity, occasion.activity_id),
        reason=chance.choice(words.CANCEL_REASONS),
        at=at,
    )
    audited(
        session,
        by,
        "activities.cancel",
        f"activity:{occasion.activity_id}",
        organisation_id=occasion.team.id,
        at=at,
    )


@dataclass(frozen=True)
class _Scene:
    """One shift while it is held."""

    session: Session
    town: Town
    occasion: Occasion
    shift: Shift
    chance: random.Random


def _hold(session: Session, town: Town, occasion: Occasion) -> None:
    chance = town.chance(f"held {occasion.number}")
    scene = _Scene(session, town, occasion, session.get_one(Shift, occasion.shift_id), chance)
    residents = {one.member_id: one for one in town.residents}
    _show(scene, Kind.IN, since=occasion.starts_at - SHOWN_BEFORE, until=occasion.starts_at + SHOWN_BEFORE)
    arrivals = [
        (
            occasion.starts_at + timedelta(minutes=chance.randint(-20, 9), seconds=chance.randint(0, 59)),
            member_id,
        )
        for member_id in occasion.coming
        if chance.random() >= NO_SHOW
    ]
    inside = [
        (_come(scene, residents[member_id], at), residents[member_id])
        for at, member_id in sorted(arrivals)
        if at <= town.at
    ]
    if chance.random() < WALKS_IN:
        inside += _walk_in(scene)
    _show(scene, Kind.OUT, since=occasion.ends_at - SHOWN_BEFORE / 2, until=occasion.ends_at + SHOWN_BEFORE)
    for attendance, resident in inside:
        if chance.random() >= FORGETS_TO_LEAVE:
            _leave(scene, attendance, resident)


def _show(scene: _Scene, kind: Kind, *, since: datetime, until: datetime) -> None:
    """The organiser's screen, from when to when it stood there."""
    town, occasion, by = scene.town, scene.occasion, organiser(scene.town, scene.occasion)
    if since > town.at:
        return
    screen = displays.keep_showing(
        scene.session, shift=scene.shift, kind=kind, display_id=None, by=by, at=since
    )
    screen.last_seen_at = min(until, town.at)
    audited(
        scene.session,
        by,
        "checkin.screen_opened",
        f"shift:{occasion.shift_id}",
        organisation_id=occasion.team.id,
        at=since,
        kind=kind,
    )


def _method(scene: _Scene, resident: Resident) -> tuple[str, tuple[str, ...]]:
    """How this resident is seen: the old by their card, the others by the screen, now and then by the digits."""
    born = resident.born_on
    is_old = born is not None and (scene.town.today - born).days // 365 >= AGE_OF_CARDS
    if resident.actor is None or is_old:
        return "member", ()
    return ("short", ("short_code",)) if scene.chance.random() < TYPES_DIGITS else ("rotating", ())


def _come(scene: _Scene, resident: Resident, at: datetime) -> Attendance:
    method, flags = _method(scene, resident)
    _scan(scene, resident, kind="in", method=method, at=at)
    return hours.open_attendance(
        scene.session, shift=scene.shift, member_id=resident.member_id, at=at, method=method, flags=flags
    )


def _walk_in(scene: _Scene) -> list[tuple[Attendance, Resident]]:
    """Somebody comes along unannounced and signs up on the spot."""
    town, occasion = scene.town, scene.occasion
    at = occasion.starts_at + timedelta(minutes=scene.chance.randint(1, 20))
    newcomers = list(_willing(town, occasion, scene.chance, 1))
    if at > town.at or not newcomers or newcomers[0].actor is None:
        return []
    newcomer = newcomers[0]
    activities.sign_up(
        scene.session,
        shift=scene.shift,
        member_id=newcomer.member_id,
        by=organiser(town, occasion),
        at=at,
        on_arrival=True,
    )
    occasion.coming.append(newcomer.member_id)
    return [(_come(scene, newcomer, at), newcomer)]


def _leave(scene: _Scene, attendance: Attendance, resident: Resident) -> None:
    chance = scene.chance
    at = scene.occasion.ends_at + timedelta(minutes=chance.randint(-8, 14), seconds=chance.randint(0, 59))
    if at > scene.town.at:
        return
    method, flags = _method(scene, resident)
    _scan(scene, resident, kind="out", method=method, at=at)
    hours.close_attendance(
        scene.session,
        attendance=attendance,
        at=at,
        method=method,
        timezone=scene.town.timezone,
        flags=flags,
    )


def _scan(scene: _Scene, resident: Resident, *, kind: str, method: str, at: datetime) -> None:
    """The line in the log of scans that the phone, or the organiser's scanner, would have left."""
    by = organiser(scene.town, scene.occasion)
    device = f"demo:{by.user_id if method == 'member' else resident.member_id}"
    scans.keep(
        scene.session,
        at=at,
        kind=kind,
        method=method,
        outcome=Reason.OK,
        device_digest=hashlib.sha256(device.encode()).hexdigest(),
        shift_id=scene.occasion.shift_id,
        member_id=resident.member_id,
        operator_user_id=by.user_id if method == "member" else None,
    )
