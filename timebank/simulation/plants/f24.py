"""F-24: a sale is undone after the customer has gone with the goods; the points go on to the next friend."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, Scheme, counter, done, schemes, tried
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-24", counter(2, "zealous", "pensioner", "worker"), latest=0.6):
        if scheme.is_due(world, 9 if scheme.skill == CAREFUL else 4):
            _void(scheme, world)


def _void(scheme: Scheme, world: World) -> None:
    attendant, *friends = scheme.people
    chance = scheme.chance(world)
    shop = next(one for one in world.shops if attendant in world.attendants[one.id])
    rich = [one for one in friends if world.balance(one) >= 3]
    if not rich:
        return
    friend = chance.choice(rich)
    goods = basket(world, shop, world.balance(friend), chance, cheap=True)
    at = world.moment(15, 40)
    sale = tried(world, world.redeem, friend, shop, goods, by=attendant, at=at)
    if sale is None:
        return
    after = at + timedelta(minutes=chance.randint(4, 9))
    undone = done(world, world.undo, sale.order_id, after, by=attendant)
    if not undone:
        return
    counted = tried(world, world.close_counter, shop, world.moment(17, 40), by=attendant, missing=1)
    scheme.acted(world)
    scheme.tell(
        world,
        members=[friend],
        users=[attendant],
        organisation_id=shop.home.id,
        evidence=[f"order:{sale.order_id}", counted.evidence if counted else ""],
    )


PLANT = Plant("F-24", "A sale is taken back after the goods have gone", _live)
