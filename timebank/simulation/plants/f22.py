"""F-22: a friend always comes when the attendant is there, and takes home more than is scanned."""

from timebank.simulation.plants.acting import CAREFUL, Scheme, counter, schemes, tried
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.world import World


def _live(world: World) -> None:
    # A friend who serves every week: who has no points takes nothing home.
    for scheme in schemes(world, "F-22", counter(1, "zealous", "pensioner"), latest=0.2):
        if scheme.is_due(world, 12 if scheme.skill == CAREFUL else 8):
            _shop(scheme, world)


def _shop(scheme: Scheme, world: World) -> None:
    attendant, friend = scheme.people
    chance = scheme.chance(world)
    shop = next(one for one in world.shops if attendant in world.attendants[one.id])
    if world.balance(friend) < 3:
        return
    goods = basket(world, shop, world.balance(friend), chance, cheap=True)
    sale = tried(world, world.redeem, friend, shop, goods, by=attendant, at=world.moment(16, 10))
    if sale is None:
        return
    missing = chance.randint(1, 2) if scheme.skill == CAREFUL else chance.randint(2, 4)
    counted = tried(world, world.close_counter, shop, world.moment(17, 50), by=attendant, missing=missing)
    scheme.acted(world)
    scheme.tell(
        world,
        members=[friend],
        users=[attendant],
        organisation_id=shop.home.id,
        evidence=[f"order:{sale.order_id}", counted.evidence if counted else ""],
    )


PLANT = Plant("F-22", "An attendant and a member work together", _live)
