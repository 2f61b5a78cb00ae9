"""F-20: somebody photographs a payment code and uses it elsewhere, or a stolen phone shops at night."""

from timebank.simulation.plants.acting import CLUMSY, schemes, tried, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-20", volunteers(1, "zealous", "pensioner", "worker"), latest=0.8):
        (victim,), chance = scheme.people, scheme.chance(world)
        if scheme.drawer.get("done") or len(world.shops) < 2 or world.balance(victim) < 16:
            continue
        own, other = chance.sample(world.shops, 2)
        late = scheme.skill == CLUMSY
        visits = [(other, 21, 40)] if late else [(own, 10, 5), (other, 10, 8)]
        sold: list[str] = []
        for shop, hour, minute in visits:
            goods = basket(world, shop, world.balance(victim), chance, cheap=True)
            sale = tried(
                world,
                world.redeem,
                victim,
                shop,
                goods,
                by=world.attendants[shop.id][0],
                at=world.moment(hour, minute),
            )
            sold += [f"order:{sale.order_id}"] if sale else []
        if len(sold) == len(visits):
            scheme.drawer["done"] = True
            scheme.tell(world, members=[victim], evidence=sold)


PLANT = Plant("F-20", "A payment code is used by somebody else", _live)
