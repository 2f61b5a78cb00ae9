"""F-25: a stolen phone spends everything within a day, in small pieces."""

from timebank.simulation.plants.acting import CAREFUL, schemes, tried, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-25", volunteers(1, "zealous", "pensioner", "worker"), latest=0.8):
        (victim,), chance = scheme.people, scheme.chance(world)
        if scheme.drawer.get("done") or world.balance(victim) < 30:
            continue
        sold: list[str] = []
        for number in range(4 if scheme.skill == CAREFUL else 6):
            shop = chance.choice(world.shops)
            goods = basket(world, shop, world.balance(victim), chance, cheap=True)
            sale = tried(
                world,
                world.redeem,
                victim,
                shop,
                goods,
                by=world.attendants[shop.id][0],
                at=world.moment(10 + number, 12),
            )
            sold += [f"order:{sale.order_id}"] if sale else []
        scheme.drawer["done"] = True
        if len(sold) >= 3:
            scheme.tell(world, members=[victim], evidence=sold)


PLANT = Plant("F-25", "Points are spent in a hurry", _live)
