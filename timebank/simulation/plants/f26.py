"""F-26: somebody hangs another print over the posted code; people scan it until somebody looks."""

from timebank.access.keys import digest
from timebank.simulation.plants.acting import CAREFUL, office, schemes, today, tried
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-26", office(1, 6), latest=0.8):
        organiser, *people = scheme.people
        held = today(world, of=organiser)
        if not held or scheme.drawer.get("done"):
            continue
        occasion, chance = held[0], scheme.chance(world)
        if not occasion.printed_code_id and not tried(
            world, world.print_code, occasion, occasion.starts_at.replace(hour=7)
        ):
            continue
        for number, person in enumerate(people[: 2 if scheme.skill == CAREFUL else chance.randint(3, 6)]):
            browser = person.device or digest(f"borrowed {person.member_id}")
            at = occasion.starts_at.replace(minute=10 + number)
            world.scan_withdrawn_print(at, browser, occasion.printed_code_id)
        scheme.drawer["done"] = True
        scheme.tell(world, organisation_id=occasion.team.id)


PLANT = Plant("F-26", "Another code hangs over the printed one", _live)
