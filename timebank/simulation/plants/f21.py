"""F-21: an attendant redeems with cards that lie in the drawer."""

from timebank.simulation.plants.acting import CAREFUL, CLUMSY, Scheme, counter, schemes, tried
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.world import World


def _live(world: World) -> None:
    draw = counter(3, "card_holder", "pensioner", "zealous", own_card=True)
    for scheme in schemes(world, "F-21", draw, latest=0.5):
        if scheme.is_due(world, 10 if scheme.skill == CAREFUL else 6):
            _take(scheme, world)


def _take(scheme: Scheme, world: World) -> None:
    attendant, *owners = scheme.people
    chance = scheme.chance(world)
    shop = next(one for one in world.shops if attendant in world.attendants[one.id])
    rich = [one for one in owners if world.balance(one) >= 4]
    if not rich:
        return
    victim = rich[0] if scheme.skill != CAREFUL else chance.choice(rich)
    at = world.moment(21, 30) if scheme.skill == CLUMSY and chance.random() < 0.5 else world.moment(15, 20)
    goods = basket(world, shop, world.balance(victim), chance, cheap=True)
    sale = tried(
        world, world.redeem, victim, shop, goods, by=attendant, at=at, identified_by="card", agreed_by="shown"
    )
    if sale is not None:
        scheme.acted(world)
        scheme.tell(
            world,
            members=[victim],
            users=[attendant],
            organisation_id=shop.home.id,
            evidence=[f"order:{sale.order_id}"],
        )


PLANT = Plant("F-21", "An attendant redeems for members who are not there", _live)
