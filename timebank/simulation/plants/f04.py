"""F-04: a card is lent; its owner is elsewhere with her own phone."""

from datetime import timedelta
from itertools import permutations

from timebank.simulation.plants.acting import come, leave, schemes, today, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-04", volunteers(1, "pensioner"), latest=0.7):
        pairs = [
            (here, there)
            for here, there in permutations(today(world), 2)
            if abs(here.starts_at - there.starts_at) <= timedelta(minutes=20)
        ]
        if not pairs or not scheme.is_due(world, 12):
            continue
        (owner,), chance = scheme.people, scheme.chance(world)
        here, there = chance.choice(pairs)
        lent = come(
            world,
            owner,
            here,
            here.starts_at + timedelta(minutes=chance.randint(1, 6)),
            "member",
            also="sign_up",
        )
        own = come(
            world, owner, there, there.starts_at + timedelta(minutes=chance.randint(7, 12)), also="sign_up"
        )
        if lent.is_ok:
            leave(world, owner, here, here.ends_at + timedelta(minutes=chance.randint(0, 8)), "member")
        scheme.acted(world)
        evidence = [f"attendance:{seen.attendance_id}" for seen in (lent, own)]
        scheme.tell(world, members=[owner], evidence=evidence)


PLANT = Plant("F-04", "A card is lent while its owner is elsewhere", _live)
