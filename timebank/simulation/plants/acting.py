"""What cheats have in common: how skilled they are, when they begin, and acts that may be refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, ParamSpec, TypeVar

from timebank.checkin.reasons import Reason
from timebank.demo.town import Place
from timebank.errors import Refusal
from timebank.hours.models import ServiceRecord
from timebank.simulation.doors import Seen
from timebank.simulation.ground import HONEST, Occasion, Person
from timebank.simulation.world import World

P = ParamSpec("P")
T = TypeVar("T")
CLUMSY, USUAL, CAREFUL = "clumsy", "usual", "careful"
# Most cheats are ordinary; one in ten has read the rules and stays just below them.
SKILLS = (CLUMSY,) * 4 + (USUAL,) * 5 + (CAREFUL,)
# From this size on a town may hold the same cheat twice.
TWICE_FROM_MEMBERS = 300


@dataclass
class Scheme:
    """One cheat with accomplices.

    Attributes:
        begins: the day's number. drawer: what the scheme needs again on a later day.
    """

    code: str
    number: int
    skill: str
    begins: int
    people: list[Person]
    drawer: dict[str, Any] = field(default_factory=dict)

    def chance(self, world: World) -> Random:
        """Chance of this scheme's day."""
        return world.chance(f"{self.code} {self.number}")

    def is_due(self, world: World, every: int) -> bool:
        """Whether ``every`` days or more have gone since the scheme last acted; the first time at its beginning."""
        last: int | None = self.drawer.get("acted")
        wait = every + self.chance(world).randint(-every // 5, every // 5)
        return world.day_number >= self.begins if last is None else world.day_number >= last + wait

    def acted(self, world: World) -> None:
        """Today counts as the newest act."""
        self.drawer["acted"] = world.day_number

    def tell(
        self,
        world: World,
        *,
        members: Sequence[Person] = (),
        users: Sequence[Person] = (),
        organisation_id: int | None = None,
        evidence: Sequence[str] = (),
    ) -> None:
        """Write the act down among the labels."""
        place = organisation_id or (members or users)[0].team.id
        world.label(
            self.code,
            members=[one.member_id for one in members],
            users=[one.user_id for one in users if one.user_id],
            organisation_id=place,
            day=world.today,
            evidence=[word for word in evidence if word and not word.endswith(":None")],
        )


def schemes(
    world: World, code: str, people: Callable[[World, str], list[Person]], *, latest: float = 0.6
) -> list[Scheme]:
    """The town's schemes of a kind; drawn on the first day.

    Args:
        people: draws the people of one scheme under a name; fewer than it needs mean no scheme.
        latest: share of the town's life after which nobody begins any more.
    """
    found: list[Scheme] | None = world.kept.get(f"plant {code}")
    if found is None:
        fate = world.fate(f"schemes {code}")
        count = 1 + (world.members >= TWICE_FROM_MEMBERS and fate.random() < 0.5)
        found = []
        for number in range(count):
            chosen = people(world, f"{code} {number}")
            begins = fate.randint(7, max(8, int(latest * world.last_day)))
            skill = fate.choice(SKILLS)
            if chosen:
                for one in chosen:
                    one.honesty = code
                found.append(Scheme(code, number, skill, begins, chosen))
        world.kept[f"plant {code}"] = found
    return [one for one in found if world.day_number >= one.begins]


def volunteers(count: int, *personas: str) -> Callable[[World, str], list[Person]]:
    """People of these ways to live, all of one station; none where there are too few."""

    def draw(world: World, name: str) -> list[Person]:
        first = world.choose(name, 1, where=lambda one: bool(one.phones) and _lives(one, personas))
        if not first:
            return []
        home = first[0].home
        others = world.choose(
            f"{name} friends",
            count - 1,
            where=lambda one: one is not first[0] and one.home == home and _lives(one, personas),
        )
        return first + others if len(others) == count - 1 else []

    return draw


def _lives(one: Person, personas: Sequence[str]) -> bool:
    """Whether somebody lives like that, and has an account or a card: who waits for the registration day takes no part."""
    if one.actor is None and not one.has_card:
        return False
    return one.persona in personas if personas else one.persona != "dormant"


def _neighbours(
    world: World, name: str, count: int, home: Place, personas: Sequence[str], *, own_card: bool = False
) -> list[Person]:
    """People of a station; fewer where there are fewer."""
    return world.choose(
        name,
        count,
        where=lambda one: one.home == home and _lives(one, personas) and (one.has_card or not own_card),
    )


def office(count: int, friends: int = 0, *personas: str) -> Callable[[World, str], list[Person]]:
    """Coordinators of one station, the cheat first, and volunteers of the station."""

    def draw(world: World, name: str) -> list[Person]:
        fate = world.fate(f"office {name}")
        stations = list(world.stations)
        fate.shuffle(stations)
        stations.sort(key=lambda home: -sum(one.honesty == HONEST for one in world.coordinators_of(home)))
        for home in stations:
            team = world.coordinators_of(home)
            fate.shuffle(team)
            team.sort(key=lambda one: one.honesty != HONEST)
            near = _neighbours(world, name, friends, home, personas)
            if len(team) >= count and len(near) == friends:
                return team[:count] + near
        return []

    return draw


def counter(friends: int, *personas: str, own_card: bool = False) -> Callable[[World, str], list[Person]]:
    """An attendant, and members near the shop."""

    def draw(world: World, name: str) -> list[Person]:
        staff = [one for some in world.attendants.values() for one in some]
        world.fate(f"counter {name}").shuffle(staff)
        staff.sort(key=lambda one: one.honesty != HONEST)
        for attendant in staff:
            near = _neighbours(world, name, friends, attendant.home, personas, own_card=own_card)
            if len(near) == friends:
                return [attendant, *near]
        return []

    return draw


def tried(world: World, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """What the act gives; nothing where it is refused, and then nothing of it remains."""
    try:
        with world.attempt():
            return act(*args, **kwargs)
    except Refusal:
        return None


def done(world: World, act: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether the act was let be."""
    try:
        with world.attempt():
            act(*args, **kwargs)
    except Refusal:
        return False
    return True


def come(world: World, *args: Any, **kwargs: Any) -> Seen:
    """As ``world.come``, where a refusal in words is a refusal like any other."""
    return tried(world, world.come, *args, **kwargs) or Seen(Reason.OVERLAP)


def leave(world: World, *args: Any, **kwargs: Any) -> Seen:
    """As ``world.leave``, likewise."""
    return tried(world, world.leave, *args, **kwargs) or Seen(Reason.NOT_INSIDE)


def word(world: World, record_id: int, at: datetime, *, seen_by: Person) -> None:
    """The member says that it was so: on her phone, or with her card in a coordinator's hand."""
    with world.transaction() as session:
        member_id = session.get_one(ServiceRecord, record_id).member_id
    by = None if world.person(member_id).actor else seen_by
    tried(world, world.say, record_id, at, with_card_by=by)


def today(world: World, *, of: Person | None = None) -> list[Occasion]:
    """What is held today and is not called off; ``of``: by this organiser."""
    return [
        one
        for one in world.occasions
        if one.starts_at.date() == world.today and one.shift_id and (of is None or one.organiser is of)
    ]


def arrange(
    world: World,
    organiser: Person,
    name: str,
    *,
    hour: int = 14,
    minute: int = 0,
    minutes: int = 120,
    ahead: int = 2,
    habit: str = "screen",
) -> Occasion | None:
    """An activity of the cheat's own in some days; the honest part of the town does not know of it."""
    starts = world.moment(hour, minute) + timedelta(days=ahead)
    occasion = Occasion(
        key=f"{name} {world.today}",
        station=organiser.home,
        team=next(one for one in world.teams if one.path.startswith(organiser.home.path)),
        organiser=organiser,
        category=world.chance(name).choice(sorted(world.categories)),
        title="便民志愿服务",
        place=organiser.home.name,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=minutes),
        publish_at=world.moment(8, 20),
        habit=habit,
    )

    published = tried(world, world.publish, occasion, world.moment(8, 20))
    if occasion in world.occasions:
        world.occasions.remove(occasion)
    return published


def held(scheme: Scheme, world: World) -> Occasion | None:
    """The arranged activity, on its day."""
    found: Occasion | None = scheme.drawer.get("occasion")
    return found if found is not None and found.starts_at.date() == world.today else None


def after(scheme: Scheme, world: World, days: int = 1) -> Occasion | None:
    """The arranged activity, once, ``days`` or more after its day."""
    found: Occasion | None = scheme.drawer.get("occasion")
    if found is None or world.today < found.starts_at.date() + timedelta(days=days):
        return None
    scheme.drawer["occasion"] = None
    return found


def arrange_when_due(scheme: Scheme, world: World, every: int, **how: Any) -> None:
    """Arrange the scheme's next activity when it is time, unless one is under way or the town ends before."""
    if scheme.drawer.get("occasion") is None and scheme.is_due(world, every):
        if world.day_number + 5 <= world.last_day:
            scheme.drawer["occasion"] = arrange(
                world, scheme.people[0], f"{scheme.code} {scheme.number}", **how
            )
        scheme.acted(world)


def settle(world: World, occasion: Occasion, *, by: Person, at: datetime) -> list[int]:
    """Everything of the shift is confirmed: the ordinary at once by its organiser, the rest by ``by``; the records' ids."""
    waiting = world.waiting(occasion)
    tried(world, world.confirm, occasion, at)
    for number in world.waiting(occasion):
        word(world, number, at, seen_by=by)
        tried(world, world.decide, number, by=by, at=at)
    return waiting
