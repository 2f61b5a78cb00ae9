"""What befalls people between two services: new phones, lost cards, a day of registrations, coming back after long."""

from datetime import datetime, timedelta
from functools import partial

from timebank.simulation import founding
from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import HONEST, Person
from timebank.simulation.traits import happens, rate
from timebank.simulation.weeks import festival_week, is_asleep
from timebank.simulation.world import World

REGISTRATION_WEEKS = (3, 15)


def befall(world: World, agenda: Agenda) -> None:
    """Today's mishaps; weekly rates are drawn on one day of the week for each person."""
    for serial, person in enumerate(world.people):
        if serial % 7 == world.day_number % 7:
            _phones_and_cards(world, agenda, person)
    if world.today.weekday() == 2:
        _register(world, agenda)
        _link(world)
    if world.day_number // 7 == festival_week(world) - 1 and world.today.weekday() == 0:
        _return(world, agenda)


def _phones_and_cards(world: World, agenda: Agenda, person: Person) -> None:
    chance = world.chance(f"mishap {person.number}")
    at = world.moment(7, chance.randint(0, 59))
    # Who sleeps may change phones as well; nobody hears of it before they come back.
    awake = person.persona != "dormant" or person.member_id in world.kept.get("returned", ())
    changes = happens(chance, "new_phone") or happens(chance, "cleared_cookies")
    if person.actor is not None and awake and changes:
        agenda.add(at, lambda moment: change_phone(world, person, moment))
    if person.has_card and happens(chance, "lost_card"):
        by = chance.choice(world.coordinators_of(person.home))
        if by is not person:
            agenda.add(world.moment(15), lambda moment: world.report_lost_card(person, moment, by=by))


def change_phone(world: World, person: Person, at: datetime) -> None:
    """Another browser from now on, for whoever shares the phone too."""
    word = f"phone {world.seed} {person.number} {len(person.phones)}"
    other: Person | None = world.kept.get("pairs", {}).get(person.member_id)
    world.log_in(person, at, phone=word)
    if other is not None and other.actor is not None and not is_asleep(world, other):
        world.log_in(other, at + timedelta(hours=3), phone=word)


def _register(world: World, agenda: Agenda) -> None:
    """A registration day at a station: several take up their accounts on its tablet, minutes apart."""
    week = world.day_number // 7
    if week not in REGISTRATION_WEEKS:
        return
    at = world.moment(14)
    waiting: list[Person] = world.kept.get("registering", [])
    half = waiting[: (len(waiting) + 1) // 2] if week == REGISTRATION_WEEKS[0] else list(waiting)
    for person in half:
        waiting.remove(person)
        at += timedelta(minutes=4)
        agenda.add(at, partial(_take_up, world, person))


def _take_up(world: World, person: Person, at: datetime) -> None:
    with world.transaction() as session:
        founding.open_account(world, session, person, at=at, device=f"tablet {person.home.id}")
        world.kept["not_yet"].discard(person.member_id)
    # Most look at it on their own phone the same evening; some not before they come to serve.
    if not happens(world.chance(f"tablet {person.number}"), "leaves_it"):
        world.log_in(person, at + timedelta(hours=5))


def _link(world: World) -> None:
    """Somebody has asked about two on one phone: families are linked, neighbours stay what they are."""
    pairs: dict[int, Person] = world.kept.get("pairs", {})
    chance = world.chance("links")
    for person in world.people:
        other = pairs.get(person.member_id)
        if other is None or person.is_linked or person.member_id > other.member_id:
            continue
        if other.household == person.household and happens(chance, "linked_after_asking"):
            with world.transaction() as session:
                founding.link(world, session, person, other)


def _return(world: World, agenda: Agenda) -> None:
    """Dormant members log in again before the festival, some on a new phone."""
    returned: list[int] = world.kept.setdefault("returned", [])
    for person in world.people:
        chance = world.fate(f"return {person.number}")
        # Whose account a thief waits for does not come back before the thief.
        if person.honesty != HONEST:
            continue
        if person.persona != "dormant" or person.actor is None or not happens(chance, "dormant_returns"):
            continue
        returned.append(person.member_id)
        at = world.moment(18, chance.randint(0, 59))
        if chance.random() < rate("dormant_new_phone"):
            agenda.add(at, partial(change_phone, world, person))
        else:
            agenda.add(at, partial(world.log_in, person))
