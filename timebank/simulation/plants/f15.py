"""F-15: one name at two places at once: a friend's phone here, the own card there. The second is refused, and remains to be seen."""

from datetime import timedelta
from itertools import permutations

from timebank.access.keys import digest
from timebank.simulation.plants.acting import come, leave, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-15", volunteers(1, "worker", "parent", "student"), latest=0.7):
        pairs = [
            (here, there)
            for here, there in permutations(today(world), 2)
            if here.station != there.station
            and timedelta(minutes=-15) < there.starts_at - here.starts_at < timedelta(minutes=70)
            and there.starts_at + timedelta(minutes=60) < here.ends_at
        ]
        if not pairs or not scheme.is_due(world, 12):
            continue
        (cheat,), chance = scheme.people, scheme.chance(world)
        here, there = chance.choice(pairs)
        first = come(
            world, cheat, here, here.starts_at + timedelta(minutes=chance.randint(-5, 4)), also="sign_up"
        )
        # While the other place still lets people in.
        at = max(here.starts_at, there.starts_at) + timedelta(minutes=chance.randint(6, 13))
        second = come(world, cheat, there, at, device=digest(f"friend of {cheat.number}"))
        if first.is_ok:
            leave(world, cheat, here, here.ends_at + timedelta(minutes=chance.randint(0, 9)))
        scheme.acted(world)
        if first.is_ok:
            evidence = [f"attendance:{seen.attendance_id}" for seen in (first, second)]
            scheme.tell(world, members=[cheat], evidence=evidence)


PLANT = Plant("F-15", "One person in two places at once", _live)
