"""F-05: the six digits are read over the telephone to friends, while they are on the screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import Occasion, Person
from timebank.simulation.plants.acting import CAREFUL, Scheme, come, leave, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _by_day(world: World, agenda: Agenda) -> None:
    for scheme in schemes(world, "F-05", volunteers(6, "worker", "parent", "student"), latest=0.8):
        held = [one for one in today(world) if one.habit == "screen" and "called_off" not in one.happenings]
        if not held or not scheme.is_due(world, 16):
            continue
        chance = scheme.chance(world)
        occasion = chance.choice(held)
        count = 3 if scheme.skill == CAREFUL else chance.randint(4, 6)
        first = timedelta(minutes=9 if "starts_late" in occasion.happenings else 0)
        evidence: list[str] = []
        for person in scheme.people[:count]:
            at = occasion.starts_at + first + timedelta(seconds=chance.randint(-300, 600))
            agenda.add(at, partial(_type, world, agenda, (scheme, occasion, person), evidence))
        scheme.drawer["typed"] = (scheme.people[:count], evidence)
        scheme.acted(world)


def _type(
    world: World,
    agenda: Agenda,
    who: tuple[Scheme, Occasion, Person],
    evidence: list[str],
    at: datetime,
) -> None:
    scheme, occasion, person = who
    seen = come(world, person, occasion, at, "short", also="sign_up")
    if not seen.is_ok:
        return
    evidence.append(f"attendance:{seen.attendance_id}")
    seconds = world.chance(f"{scheme.code} {person.number}").randint(0, 600)
    agenda.add(
        occasion.ends_at + timedelta(seconds=seconds),
        lambda moment: _leave(world, person, occasion, moment),
    )


def _leave(world: World, person: Person, occasion: Occasion, at: datetime) -> None:
    leave(world, person, occasion, at, "short")


def _live(world: World) -> None:
    """In the evening the truth is written down, where anybody got in."""
    for scheme in schemes(world, "F-05", volunteers(6, "worker", "parent", "student"), latest=0.8):
        typed: tuple[Sequence[Person], list[str]] | None = scheme.drawer.pop("typed", None)
        if typed is not None and typed[1]:
            scheme.tell(world, members=typed[0], evidence=typed[1])


PLANT = Plant("F-05", "The six digits are read to people who are not there", _live, by_day=_by_day)
