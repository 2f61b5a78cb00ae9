"""F-09: the end of the plan is moved later once people are inside."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, done, office, schemes, today
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-09", office(1), latest=0.15):
        (cheat,), chance = scheme.people, scheme.chance(world)
        for occasion in today(world, of=cheat):
            if chance.random() > (0.3 if scheme.skill == CAREFUL else 0.6):
                continue
            until = occasion.ends_at + timedelta(minutes=chance.choice((30, 45, 60)))
            at = occasion.ends_at - timedelta(minutes=chance.randint(5, 60))
            moved = done(world, world.extend, occasion, until, at, reason="活动尚未结束")
            if moved:
                scheme.tell(world, users=[cheat], organisation_id=occasion.team.id)


PLANT = Plant("F-09", "The end is moved later once people are inside", _live)
