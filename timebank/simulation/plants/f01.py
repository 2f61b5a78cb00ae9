"""F-01: a photographed code is scanned later, from home."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, CLUMSY, come, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(
        world, "F-01", volunteers(1, "worker", "parent", "student", "pensioner"), latest=0.75
    ):
        held = today(world)
        if not held or not scheme.is_due(world, 7):
            continue
        (cheat,), chance = scheme.people, scheme.chance(world)
        occasion = chance.choice(held)
        tries = {CLUMSY: 3, CAREFUL: 1}.get(scheme.skill, 2)
        for number in range(tries):
            at = occasion.starts_at + timedelta(minutes=chance.randint(12, 20) + number)
            come(
                world,
                cheat,
                occasion,
                at,
                shown_at=occasion.starts_at + timedelta(seconds=chance.randint(0, 240)),
            )
        scheme.acted(world)
        scheme.tell(world, members=[cheat])


PLANT = Plant("F-01", "A photographed code is scanned later", _live)
