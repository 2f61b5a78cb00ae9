"""F-23: three go over the counter, one is scanned; the count at the end of the shift is short."""

from timebank.simulation import shopping
from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import Stand
from timebank.simulation.plants.acting import CAREFUL, CLUMSY, Scheme, counter, schemes
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _shop_of(scheme: Scheme, world: World) -> Stand:
    return next(one for one in world.shops if scheme.people[0] in world.attendants[one.id])


def _by_day(world: World, _agenda: Agenda) -> None:
    """On a day of her own at the counter the attendant gives friends more than she scans."""
    for scheme in schemes(world, "F-23", counter(0), latest=0.7):
        shop, chance = _shop_of(scheme, world), scheme.chance(world)
        every = {CLUMSY: 7, CAREFUL: 20}.get(scheme.skill, 10)
        is_there = world.today.weekday() in shopping.OPENING_DAYS
        if is_there and shopping.on_duty(world, shop) is scheme.people[0] and scheme.is_due(world, every):
            more = 2 if scheme.skill == CAREFUL else chance.randint(4, 8)
            shopping.give_away(world, shop, scheme.people[0], more)
            scheme.acted(world)


def _live(world: World) -> None:
    """In the evening the count has shown it, where anything was sold."""
    for scheme in schemes(world, "F-23", counter(0), latest=0.7):
        shop = _shop_of(scheme, world)
        counted = shopping.given_away(world, shop, scheme.people[0])
        if counted is not None and counted.units:
            scheme.tell(world, users=scheme.people, organisation_id=shop.home.id, evidence=[counted.evidence])


PLANT = Plant("F-23", "Three go over the counter, one is scanned", _live, by_day=_by_day)
