"""F-17: a program signs several people in within seconds."""

from datetime import timedelta

from timebank.access.keys import digest
from timebank.simulation.plants.acting import CAREFUL, come, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-17", volunteers(4, "student", "worker"), latest=0.8):
        held = today(world)
        if not held or not scheme.is_due(world, 15):
            continue
        chance = scheme.chance(world)
        occasion, evidence = chance.choice(held), []
        at = occasion.starts_at + timedelta(seconds=chance.randint(-200, 200))
        for person in scheme.people:
            at += timedelta(
                seconds=chance.uniform(8, 14) if scheme.skill == CAREFUL else chance.uniform(0.8, 2.5)
            )
            browser = digest(f"program {world.seed} {scheme.number}")
            seen = come(world, person, occasion, at, device=browser, tap_seconds=0, also="sign_up")
            evidence.append(f"attendance:{seen.attendance_id}")
        scheme.acted(world)
        scheme.tell(world, members=scheme.people, evidence=evidence)


PLANT = Plant("F-17", "Several people within seconds from one browser", _live)
