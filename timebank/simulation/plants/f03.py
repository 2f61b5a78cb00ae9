"""F-03: one phone signs in friends who are not there."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, CLUMSY, come, leave, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-03", volunteers(3, "worker", "student"), latest=0.75):
        held = [one for one in today(world) if one.habit == "screen"]
        every = {CLUMSY: 8, CAREFUL: 20}.get(scheme.skill, 12)
        if not held or not scheme.is_due(world, every):
            continue
        cheat, *friends = scheme.people
        chance = scheme.chance(world)
        occasion, evidence = chance.choice(held), []
        at = occasion.starts_at + timedelta(seconds=chance.randint(-400, 300))
        for person in [cheat, *(friends if scheme.skill == CLUMSY else friends[:1])]:
            at += timedelta(seconds=chance.randint(40, 110))
            seen = come(world, person, occasion, at, device=cheat.device, also="sign_up")
            evidence.append(f"attendance:{seen.attendance_id}")
            if seen.is_ok:
                gone = occasion.ends_at + timedelta(seconds=chance.randint(0, 500))
                leave(world, person, occasion, gone, device=cheat.device)
        scheme.acted(world)
        scheme.tell(world, members=[cheat, *friends], evidence=evidence)


PLANT = Plant("F-03", "One phone signs in several people", _live)
