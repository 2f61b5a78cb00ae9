"""F-02: a friend on the spot relays the code live; nobody relays the one for leaving."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, come, leave, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-02", volunteers(1, "worker", "parent", "student"), latest=0.25):
        held = [one for one in today(world) if one.habit == "screen"]
        if not held or not scheme.is_due(world, 8):
            continue
        (cheat,), chance = scheme.people, scheme.chance(world)
        occasion = chance.choice(held)
        seen = come(
            world,
            cheat,
            occasion,
            occasion.starts_at + timedelta(seconds=chance.randint(-300, 400)),
            also="sign_up",
        )
        if not seen.is_ok:
            continue
        if scheme.skill == CAREFUL and chance.random() < 0.6:
            leave(world, cheat, occasion, occasion.ends_at + timedelta(seconds=chance.randint(0, 400)))
        scheme.acted(world)
        scheme.tell(world, members=[cheat], evidence=[f"attendance:{seen.attendance_id}"])


PLANT = Plant("F-02", "A code is relayed live to somebody far away", _live)
