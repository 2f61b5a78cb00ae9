"""F-23: three go over the counter, one is scanned; the count at the end of the shift is short."""

from timebank.simulation.plants.acting import CAREFUL, CLUMSY, counter, schemes, tried
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-23", counter(0), latest=0.7):
        (attendant,), chance = scheme.people, scheme.chance(world)
        every = {CLUMSY: 7, CAREFUL: 20}.get(scheme.skill, 10)
        if not scheme.is_due(world, every):
            continue
        shop = next(one for one in world.shops if attendant in world.attendants[one.id])
        world.open_counter(shop, world.moment(9), by=attendant)
        missing = 2 if scheme.skill == CAREFUL else chance.randint(4, 8)
        differs = tried(world, world.close_counter, shop, world.moment(17, 45), by=attendant, missing=missing)
        scheme.acted(world)
        if differs:
            scheme.tell(world, users=[attendant], organisation_id=shop.home.id)


PLANT = Plant("F-23", "Three go over the counter, one is scanned", _live)
