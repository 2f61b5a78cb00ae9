"""Monday: what is planned for the week, and who means to go where."""

import random
from datetime import datetime, timedelta
from functools import partial

from timebank.demo import words
from timebank.demo.town import Place
from timebank.errors import Refusal
from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import Occasion, Person
from timebank.simulation.personas import BY_NAME
from timebank.simulation.traits import happens, rate
from timebank.simulation.world import World

# Days after Monday and local starts; the weekend has more, because most people work.
SLOTS = ((1, 9, 0), (2, 14, 0), (3, 9, 30), (5, 8, 30), (5, 14, 0), (6, 9, 0))
OCCASIONS_A_WEEK = (3, 4)
LENGTHS_MINUTES = (90, 120, 120, 150, 180)
CAPACITIES = (None, None, None, 20, 14)
BETWEEN = timedelta(minutes=50)
FESTIVAL_AT, FESTIVAL_TIMES = 0.85, 2.6
DORMANT_SERVES_WEEKS = 5


def festival_week(world: World) -> int:
    """The number of the week of the festival."""
    return int(world.weeks * FESTIVAL_AT)


def plan_the_week(world: World, agenda: Agenda) -> None:
    """Every Monday morning: the week's activities are published, and people sign up."""
    fresh = [occasion for station in world.stations for occasion in _of_station(world, station)]
    for occasion in fresh:
        agenda.add(occasion.publish_at, partial(_publish, world, occasion))
    early = [one for one in fresh if one.publish_at.date() == world.today]
    world.kept["week"] = fresh
    _choose(world, agenda, early)


def publish_what_is_late(world: World, agenda: Agenda) -> None:
    """On other days: what a coordinator publishes only an hour before it begins. Whoever comes signs up there."""
    for occasion in world.kept.get("week", ()):
        if occasion.publish_at.date() == world.today and not occasion.activity_id:
            agenda.add(occasion.publish_at, partial(_publish_late, world, occasion))


def _publish(world: World, occasion: Occasion, at: datetime) -> None:
    if at.date() == world.today:
        world.publish(occasion, at)


def _publish_late(world: World, occasion: Occasion, at: datetime) -> None:
    world.publish(occasion, at)
    chance = world.chance(f"late {occasion.key}")
    near = [one for one in world.people if one.home == occasion.station and may_come(world, one, occasion)]
    for person in chance.sample(near, min(len(near), chance.randint(4, 8))):
        _sign_up(world, person, occasion, at + timedelta(minutes=chance.randint(1, 30)))


def _of_station(world: World, station: Place) -> list[Occasion]:
    chance, week = world.chance(f"plan {station.name}"), world.day_number // 7
    wanted = chance.randint(*OCCASIONS_A_WEEK) + (2 if week == festival_week(world) else 0)
    slots = sorted(chance.sample(SLOTS, min(wanted, len(SLOTS))))
    return [_occasion(world, station, slot, chance) for slot in slots]


def _occasion(world: World, station: Place, slot: tuple[int, int, int], chance: random.Random) -> Occasion:
    day, hour, minute = slot
    category = chance.choice(sorted(world.categories))
    title, place = chance.choice(words.CATEGORIES[category][2])
    starts = world.moment(hour, minute) + timedelta(days=day)
    ends = starts + timedelta(minutes=chance.choice(LENGTHS_MINUTES))
    organiser = chance.choice(world.coordinators_of(station))
    is_late = _late_week(world, organiser) == world.day_number // 7 and not world.kept.get(
        f"late {organiser.number}"
    )
    if is_late:
        world.kept[f"late {organiser.number}"] = True
    publish_at = starts - timedelta(hours=1) if is_late else world.moment(8, chance.randint(0, 59))
    occasion = Occasion(
        key=f"{station.name} {starts:%Y-%m-%d %H:%M}",
        station=station,
        team=chance.choice([one for one in world.teams if one.path.startswith(station.path)]),
        organiser=organiser,
        category=category,
        title=title,
        place=place,
        starts_at=starts,
        ends_at=ends,
        publish_at=publish_at,
        capacity=chance.choice(CAPACITIES),
        habit=_habit(chance),
    )
    for name in ("dark_hall", "cards_in_a_row", "walk_in", "starts_late", "rain", "called_off", "bus"):
        if happens(chance, name):
            occasion.happenings.add(name)
    if ends - starts >= timedelta(hours=2) and happens(chance, "spot_check"):
        occasion.happenings.add("spot_check")
    if occasion.habit == "paper" and happens(chance, "old_poster"):
        occasion.happenings.add("old_poster")
    if occasion.habit == "screen" and happens(chance, "power_cut"):
        occasion.happenings.add("power_cut")
    if occasion.habit == "screen" and happens(world.fate(f"screen {occasion.key}"), "dark_in_the_evening"):
        occasion.happenings.add("dark_in_the_evening")
    return occasion


def _late_week(world: World, organiser: Person) -> int:
    """Every coordinator publishes late once in a half-year."""
    return world.fate(f"late {organiser.number}").randrange(max(26, world.weeks))


def _habit(chance: random.Random) -> str:
    drawn = chance.random()
    if drawn < rate("no_network"):
        return "offline"
    drawn -= rate("no_network")
    if drawn < rate("paper_post"):
        return "paper"
    return "scanner" if drawn < rate("paper_post") + rate("scanner_only") else "screen"


def _choose(world: World, agenda: Agenda, fresh: list[Occasion]) -> None:
    """Each person draws how often to serve this week and where; couples mostly go together."""
    pairs: dict[int, Person] = world.kept.get("pairs", {})
    gone: set[int] = set()
    for person in world.people:
        if person.member_id in gone:
            continue
        chance = world.chance(f"week {person.number}")
        chosen = _chosen(world, person, fresh, chance)
        other = pairs.get(person.member_id)
        for occasion in chosen:
            _mean_to_go(world, agenda, person, occasion, chance)
            with_other = (
                "together" if other and other.household == person.household else "neighbours_together"
            )
            if other is not None and happens(chance, with_other) and may_come(world, other, occasion):
                gone.add(other.member_id)
                _mean_to_go(world, agenda, other, occasion, chance)


def _chosen(world: World, person: Person, fresh: list[Occasion], chance: random.Random) -> list[Occasion]:
    wanted = _times(world, person, chance)
    possible = [one for one in fresh if may_come(world, person, one)] if wanted else []
    chance.shuffle(possible)
    # Neighbours first: one in eight goes to another station.
    possible.sort(key=lambda one: one.station != person.home and chance.random() < 0.9)
    found: list[Occasion] = []
    for occasion in possible:
        if len(found) < wanted and all(_fits(person, occasion, one) for one in found):
            found.append(occasion)
    return found


def _times(world: World, person: Person, chance: random.Random) -> int:
    """How often this week; the festival's week two to three times as often."""
    week, persona = world.day_number // 7, BY_NAME[person.persona]
    weekly = persona.weekly
    if person.persona == "dormant":
        returned = person.member_id in world.kept.get("returned", ())
        weekly = 0.5 if week < DORMANT_SERVES_WEEKS or returned else 0.0
    if week == festival_week(world):
        weekly *= FESTIVAL_TIMES
    whole = int(weekly)
    return whole + (chance.random() < weekly - whole)


def may_come(world: World, person: Person, occasion: Occasion) -> bool:
    """Whether the person could come there as a volunteer: not the organiser, and on a day that suits."""
    if person is occasion.organiser or person.member_id in world.kept.get("not_yet", ()):
        return False
    if any(one is person for one in occasion.coming) or is_asleep(world, person):
        return False
    is_weekend = occasion.starts_at.weekday() >= 5
    return is_weekend or BY_NAME[person.persona].weekdays


def is_asleep(world: World, person: Person) -> bool:
    """Whether nothing has been heard of somebody dormant for weeks, and nothing will be before they come back."""
    has_returned = person.member_id in world.kept.get("returned", ())
    return person.persona == "dormant" and not has_returned and world.day_number >= 7 * DORMANT_SERVES_WEEKS


def _fits(person: Person, one: Occasion, other: Occasion) -> bool:
    if one.starts_at.date() == other.starts_at.date() and person.persona != "zealous":
        return False
    return one.ends_at + BETWEEN <= other.starts_at or other.ends_at + BETWEEN <= one.starts_at


def _mean_to_go(
    world: World, agenda: Agenda, person: Person, occasion: Occasion, chance: random.Random
) -> None:
    earliest, latest = occasion.publish_at, world.moment(21, 30)
    at = earliest + (latest - earliest) * chance.random()
    agenda.add(at, lambda moment: _sign_up(world, person, occasion, moment))
    if happens(chance, "gives_up"):
        agenda.add(latest + timedelta(minutes=5), lambda moment: _give_up(world, person, occasion, moment))


def _sign_up(world: World, person: Person, occasion: Occasion, at: datetime) -> None:
    if not occasion.activity_id:
        return
    try:
        world.sign_up(person, occasion, at)
    except Refusal:
        # Full, or something else at that time: so be it.
        return


def _give_up(world: World, person: Person, occasion: Occasion, at: datetime) -> None:
    if any(one is person for one in occasion.coming):
        world.give_up(person, occasion, at)
