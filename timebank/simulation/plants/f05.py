"""F-05: the six digits are read over the telephone to friends."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, come, leave, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-05", volunteers(6, "worker", "parent", "student"), latest=0.8):
        held = today(world)
        if not held or not scheme.is_due(world, 16):
            continue
        chance = scheme.chance(world)
        occasion, evidence, count = (
            chance.choice(held),
            [],
            3 if scheme.skill == CAREFUL else chance.randint(4, 6),
        )
        for person in scheme.people[:count]:
            at = occasion.starts_at + timedelta(seconds=chance.randint(-300, 600))
            seen = come(world, person, occasion, at, "short", also="sign_up")
            if seen.is_ok:
                evidence.append(f"attendance:{seen.attendance_id}")
                leave(
                    world,
                    person,
                    occasion,
                    occasion.ends_at + timedelta(seconds=chance.randint(0, 600)),
                    "short",
                )
        scheme.acted(world)
        scheme.tell(world, members=scheme.people[:count], evidence=evidence)


PLANT = Plant("F-05", "The six digits are read to people who are not there", _live)
