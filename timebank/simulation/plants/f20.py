"""F-20: somebody photographs a payment code and uses it elsewhere, or a stolen phone shops at night."""

from timebank.simulation import shopping
from timebank.simulation.ground import Person, Stand
from timebank.simulation.plants.acting import CLUMSY, Scheme, schemes, tried, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-20", volunteers(1, "zealous", "pensioner", "worker"), latest=0.8):
        (victim,) = scheme.people
        if not scheme.drawer.get("done") and len(world.shops) > 1 and world.balance(victim) >= 16:
            _use(scheme, world, victim)


def _use(scheme: Scheme, world: World, victim: Person) -> None:
    chance, own = scheme.chance(world), shopping.usual_shop(world, victim)
    other = chance.choice([one for one in world.shops if one is not own])
    visits = [(other, 21, 40)] if scheme.skill == CLUMSY else [(own, 10, 5), (other, 10, 8)]
    sold = [number for shop, hour, minute in visits if (number := _sold(scheme, world, shop, hour, minute))]
    if sold:
        scheme.drawer["done"] = True
    # A single redemption at the victim's own shop by day would leave nothing to be seen.
    if len(sold) == len(visits):
        scheme.tell(world, members=[victim], evidence=[f"order:{number}" for number in sold])


def _sold(scheme: Scheme, world: World, shop: Stand, hour: int, minute: int) -> int | None:
    (victim,), at = scheme.people, world.moment(hour, minute)
    goods = basket(world, shop, world.balance(victim) / 2, scheme.chance(world), cheap=True)
    sale = tried(world, world.redeem, victim, shop, goods, by=world.attendants[shop.id][0], at=at)
    return sale.order_id if sale else None


PLANT = Plant("F-20", "A payment code is used by somebody else", _live)
