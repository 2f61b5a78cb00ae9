"""An activity while it is held: who comes when and how, what goes wrong with the scan, how people leave."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from timebank.access.keys import digest
from timebank.checkin.errors import SpotCheckImpossible
from timebank.checkin.reasons import Reason
from timebank.demo import words
from timebank.errors import Refusal
from timebank.simulation.agenda import Agenda
from timebank.simulation.doors import AT_PLACE, FAR_AWAY
from timebank.simulation.ground import Occasion, Person
from timebank.simulation.personas import BY_NAME
from timebank.simulation.traits import happens
from timebank.simulation.weeks import may_come
from timebank.simulation.world import World

EARLIEST, LATEST = timedelta(minutes=-28), timedelta(minutes=28)
BORROWS = 0.25
EARLY_BY = (20, 40)
ALSO_LEAVE_OTHER, ALSO_SIGN_UP = "leave_other", "sign_up"


@dataclass(frozen=True)
class Scene:
    """One activity on its day."""

    world: World
    agenda: Agenda
    occasion: Occasion
    chance: random.Random


def hold(world: World, agenda: Agenda, occasion: Occasion) -> None:
    """Put the day of an activity on the agenda; those without network are held by ``villages``."""
    scene = Scene(world, agenda, occasion, world.chance(f"hold {occasion.key}"))
    if "called_off" in occasion.happenings:
        reason = scene.chance.choice(words.CANCEL_REASONS)
        agenda.add(
            occasion.starts_at - timedelta(minutes=45), lambda at: world.call_off(occasion, at, reason)
        )
        return
    opens = occasion.starts_at + timedelta(minutes=8 if _is_late(occasion) else -25)
    agenda.add(opens, lambda at: _open(scene, at))
    agenda.add(occasion.starts_at - timedelta(minutes=30), lambda at: _expect(scene, at))
    if "rain" in occasion.happenings:
        when = occasion.starts_at + (occasion.ends_at - occasion.starts_at) * 0.7
        agenda.add(when, lambda at: _extend(scene, at))
    if "spot_check" in occasion.happenings and "power_cut" not in occasion.happenings:
        share = 0.4 + 0.4 * scene.chance.random()
        when = occasion.starts_at + (occasion.ends_at - occasion.starts_at) * share
        agenda.add(when, lambda at: _spot_check(scene, at))
    agenda.add(occasion.ends_at + timedelta(minutes=18), lambda at: _close(scene, at))


def _is_late(occasion: Occasion) -> bool:
    return "starts_late" in occasion.happenings


def _open(scene: Scene, at: datetime) -> None:
    if scene.occasion.habit == "paper":
        before = at - timedelta(hours=3)
        scene.world.ask_place(scene.occasion, before)
        scene.world.print_code(scene.occasion, before)
        return
    if scene.occasion.habit == "scanner" or "power_cut" in scene.occasion.happenings:
        return
    scene.world.display(scene.occasion, "in", at)


def _close(scene: Scene, _at: datetime) -> None:
    """The screens are put away: their last sign of life."""
    occasion = scene.occasion
    if "in" in occasion.displays:
        scene.world.display(occasion, "in", occasion.starts_at + timedelta(minutes=32))
    if "out" in occasion.displays:
        scene.world.display(occasion, "out", occasion.ends_at + timedelta(minutes=16))


def _expect(scene: Scene, _at: datetime) -> None:
    """Everybody who has a place, as far as they come; cards that wait are scanned one after the other."""
    occasion, chance = scene.occasion, scene.chance
    arrivals = [
        (_arrival(scene), person)
        for person in occasion.coming
        if chance.random() >= BY_NAME[person.persona].no_show
    ]
    arrivals.sort(key=lambda pair: (pair[0], pair[1].member_id))
    if "walk_in" in occasion.happenings:
        arrivals += _walk_ins(scene)
    cards = [pair for pair in arrivals if not _own_phone(scene, pair[1])]
    in_a_row = "cards_in_a_row" in occasion.happenings and len(cards) > 2
    moment = max((at for at, _person in cards), default=occasion.starts_at)
    row = [person for _at, person in cards] if in_a_row else []
    if in_a_row:
        # Whoever stands nearest is next.
        chance.shuffle(row)
        moment = min(moment, occasion.starts_at + timedelta(minutes=10))
    if "power_cut" in occasion.happenings:
        occasion.unseen += [person for _at, person in arrivals]
        return
    for at, person in arrivals:
        if not any(one is person for one in row):
            scene.agenda.add(at, partial(_arrive, scene, person))
    for person in row:
        moment += timedelta(seconds=chance.randint(4, 8))
        scene.agenda.add(moment, partial(_by_card, scene, person, tap_seconds=2))


def _arrival(scene: Scene) -> datetime:
    """Some minutes before the start, a few late; nobody before the code is shown."""
    chance = scene.chance
    minutes = chance.gauss(-8, 6) if not happens(chance, "comes_late") else chance.uniform(2, 28)
    offset = min(max(timedelta(minutes=minutes), EARLIEST), LATEST)
    if _is_late(scene.occasion):
        offset = max(offset, timedelta(minutes=8 + 6 * chance.random()))
    return scene.occasion.starts_at + timedelta(seconds=round(offset.total_seconds()))


def _walk_ins(scene: Scene) -> list[tuple[datetime, Person]]:
    world, occasion, chance = scene.world, scene.occasion, scene.chance
    busy = {
        person.member_id
        for one in world.occasions
        if one.starts_at.date() == world.today
        for person in one.coming
    }
    free = [
        one
        for one in world.people
        if one.home == occasion.station
        and one.member_id not in busy
        and one.persona != "dormant"
        and may_come(world, one, occasion)
    ]
    return [(_arrival(scene), one) for one in chance.sample(free, min(len(free), chance.randint(1, 2)))]


def _own_phone(scene: Scene, person: Person) -> bool:
    """Old couples now and then show the card instead of the one phone; where there is no screen, everybody is scanned."""
    if not person.phones or person.actor is None or scene.occasion.habit == "scanner":
        return False
    return not person.has_card or scene.chance.random() < (BORROWS if person.borrows else 0.7)


def _arrive(scene: Scene, person: Person, at: datetime) -> None:
    chance, occasion = scene.chance, scene.occasion
    if happens(chance, "dead_phone"):
        occasion.unseen.append(person)
        return
    if not _own_phone(scene, person) or happens(chance, "own_code"):
        _by_card(scene, person, at)
        return
    if _is_misled(scene, person, at):
        asks = scene.world.chance(f"asks {occasion.key} {person.number}")
        if happens(asks, "asks_instead"):
            _by_card(scene, person, at + timedelta(seconds=90))
            return
        at += timedelta(seconds=30)
    at = _try_in_vain(scene, person, at)
    method = _method(scene)
    seen = scene.world.come(
        person,
        occasion,
        at,
        method,
        device=_borrowed(scene, person),
        where=_where(scene),
        tap_seconds=chance.randint(3, 25),
    )
    if seen.reason is Reason.OVERLAP:
        seen = scene.world.come(
            person, occasion, at + timedelta(seconds=20), method, where=_where(scene), also=ALSO_LEAVE_OTHER
        )
    elif seen.reason is Reason.NOT_SIGNED_UP and method != "static":
        try:
            with scene.world.attempt():
                seen = scene.world.come(person, occasion, at + timedelta(seconds=15), also=ALSO_SIGN_UP)
        except Refusal:
            return
    if not seen.is_ok:
        _by_card(scene, person, at + timedelta(seconds=60))
        return
    _plan_to_leave(scene, person)


def _borrowed(scene: Scene, person: Person) -> str | None:
    """The phone of somebody else who comes, where the own one is flat; the own one where None."""
    if not happens(scene.chance, "borrowed_phone"):
        return None
    lenders = [one for one in scene.occasion.coming if one is not person and one.phones and one.actor]
    return scene.chance.choice(lenders).device if lenders else None


def _method(scene: Scene) -> str:
    if scene.occasion.habit == "paper":
        return "static"
    if "dark_hall" in scene.occasion.happenings and scene.chance.random() < 0.33:
        return "short"
    return "short" if happens(scene.chance, "camera_fails") else "rotating"


def _where(scene: Scene) -> str:
    """What the phone says where the activity asks: mostly the place, now and then nothing or something vague."""
    drawn = scene.chance.random()
    if drawn < 0.08:
        return ""
    return FAR_AWAY if drawn < 0.09 else AT_PLACE


def _is_misled(scene: Scene, person: Person, at: datetime) -> bool:
    """Whether somebody scans the old print that still hangs at the post."""
    occasion = scene.occasion
    if occasion.habit != "paper" or "old_poster" not in occasion.happenings:
        return False
    if scene.chance.random() >= 0.2 or not person.device:
        return False
    scene.world.scan_withdrawn_print(at, person.device, occasion.printed_code_id)
    return True


def _try_in_vain(scene: Scene, person: Person, at: datetime) -> datetime:
    """What a phone scans before it scans the right thing; the moment at which it does."""
    world, occasion, chance = scene.world, scene.occasion, scene.chance
    if occasion.habit == "paper":
        return at
    is_weak = world.fate(f"weak {person.number}").random() < 0.015 and chance.random() < 1 / 8
    if happens(chance, "slow_phone") or is_weak:
        world.come(person, occasion, at, shown_at=at - timedelta(seconds=chance.randint(31, 50)))
        at += timedelta(seconds=chance.randint(10, 25))
    if happens(chance, "wrong_code"):
        world.scan_wrong_code(at, person.device or digest(person.number))
        at += timedelta(seconds=chance.randint(8, 20))
    return at


def _by_card(scene: Scene, person: Person, at: datetime, *, tap_seconds: int = 4) -> None:
    """The organiser scans the card, or the phone's own code, and looks at the face; the last resort is the number."""
    world, occasion = scene.world, scene.occasion
    how = _proof(scene, person)
    seen = world.come(person, occasion, at, "member", identified_by=how, tap_seconds=tap_seconds)
    if seen.reason is Reason.CARD_REVOKED:
        how, at = "number", at + timedelta(seconds=40)
        seen = world.come(person, occasion, at, "member", identified_by=how)
    if seen.reason is Reason.OVERLAP:
        seen = world.come(
            person, occasion, at + timedelta(seconds=20), "member", identified_by=how, also=ALSO_LEAVE_OTHER
        )
    elif seen.reason is Reason.NOT_SIGNED_UP:
        try:
            with world.attempt():
                seen = world.come(
                    person,
                    occasion,
                    at + timedelta(seconds=15),
                    "member",
                    identified_by=how,
                    also=ALSO_SIGN_UP,
                )
        except Refusal:
            return
    if seen.is_ok:
        _plan_to_leave(scene, person)


def _proof(scene: Scene, person: Person) -> str:
    if person.has_card:
        return "number" if happens(scene.chance, "by_number") else "card"
    return "code" if person.phones else "number"


def _plan_to_leave(scene: Scene, person: Person) -> None:
    chance, occasion, persona = scene.chance, scene.occasion, BY_NAME[person.persona]
    if chance.random() < persona.forgets_out:
        return
    drawn = chance.random()
    if "bus" in occasion.happenings:
        # Out by one door, as they happen to stand there: half a minute, and cards four seconds apart at least.
        waiting: dict[str, list[int]] = scene.world.kept.setdefault("bus queue", {})
        if not waiting.get(occasion.key):
            steps = range(-20, 6 * len(occasion.coming) + 10, 5)
            waiting[occasion.key] = scene.chance.sample(steps, len(steps))
        minutes = waiting[occasion.key].pop() / 60
    elif drawn < persona.late_out:
        minutes = chance.uniform(20, 55)
    elif happens(chance, "checks_out_early"):
        minutes = -chance.uniform(*EARLY_BY)
        scene.world.kept.setdefault("left early", []).append((occasion, person))
    else:
        minutes = min(max(chance.gauss(2, 5), -9), 15)
    scene.agenda.add(
        occasion.ends_at + timedelta(seconds=round(minutes * 60)),
        lambda at: _leave(scene, person, at),
    )


def _leave(scene: Scene, person: Person, at: datetime) -> None:
    chance, occasion, world = scene.chance, scene.occasion, scene.world
    if occasion.habit == "paper":
        if _own_phone(scene, person):
            world.leave(person, occasion, at, "static", where=_where(scene))
        else:
            world.leave(person, occasion, at, "member", identified_by=_proof(scene, person))
        return
    if "dark_in_the_evening" in occasion.happenings or not _own_phone(scene, person):
        world.leave(person, occasion, at, "member", identified_by=_proof(scene, person), tap_seconds=3)
        return
    at = _try_in_vain(scene, person, at)
    seen = world.leave(person, occasion, at, _method(scene), tap_seconds=chance.randint(3, 20))
    if not seen.is_ok:
        world.leave(
            person, occasion, at + timedelta(seconds=40), "member", identified_by=_proof(scene, person)
        )


def _extend(scene: Scene, at: datetime) -> None:
    until = scene.occasion.ends_at + timedelta(minutes=scene.chance.choice((30, 45, 60)))
    scene.world.extend(scene.occasion, until, at, reason="下雨耽误，全体延长")


def _spot_check(scene: Scene, at: datetime) -> None:
    occasion, chance = scene.occasion, scene.chance
    answers = [
        (scene.world.person(member_id), chance.randint(20, 480))
        for member_id in occasion.inside
        if not happens(chance, "sits_elsewhere")
    ]
    # Whoever has no phone is asked by name, and the organiser scans the card.
    with_phone = [pair for pair in answers if pair[0].phones and pair[0].actor]
    with_card = [pair for pair in answers if not (pair[0].phones and pair[0].actor)]
    try:
        scene.world.spot_check(
            occasion,
            at,
            sorted(with_phone, key=lambda pair: pair[1]),
            cards=sorted(with_card, key=lambda pair: pair[1]),
        )
    except SpotCheckImpossible:
        # The plan was shorter than the county's least.
        return
