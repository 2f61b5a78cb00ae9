"""F-18: one person takes up several accounts on one phone."""

from timebank.simulation.plants.acting import CAREFUL, schemes, tried, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-18", volunteers(4, "dormant"), latest=0.85):
        taken: int = scheme.drawer.get("taken", 0)
        people = [one for one in scheme.people if one.actor is not None]
        if taken >= len(people) or not scheme.is_due(world, 4 if scheme.skill == CAREFUL else 1):
            continue
        phone = f"one phone for all {world.seed} {scheme.number}"
        person = people[taken]
        tried(world, world.log_in, person, world.moment(20, taken), phone=phone, how="invitation")
        scheme.drawer["taken"] = taken + 1
        scheme.acted(world)
        # Two accounts on a phone are a couple; from the third on it is a cheat.
        if taken >= 2:
            scheme.tell(world, members=people[: taken + 1])


PLANT = Plant("F-18", "One person with several accounts", _live)
