"""F-07: a coordinator sells hours by typing them in; a colleague confirms without looking."""

from timebank.simulation.ground import Occasion
from timebank.simulation.plants.acting import CAREFUL, Scheme, office, schemes, tried, word
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-07", office(2, 3, "worker", "student", "parent"), latest=0.15):
        if scheme.is_due(world, 9):
            _sell(scheme, world)


def _sell(scheme: Scheme, world: World) -> None:
    seller, colleague, *buyers = scheme.people
    chance = scheme.chance(world)
    past = [
        one
        for one in world.occasions
        if one.station == seller.home and 1 <= (world.today - one.starts_at.date()).days <= 4 and one.shift_id
    ]
    if not past:
        return
    # One regular customer, sometimes another; the careful spread it.
    buyer = chance.choice(buyers if scheme.skill == CAREFUL else (*buyers[:1] * 3, buyers[1]))
    occasion = chance.choice(past)
    record = tried(world, _typed, scheme, world, occasion, buyer)
    if record is None:
        return
    word(world, record, world.moment(20), seen_by=colleague)
    tried(world, world.decide, record, by=colleague, at=world.moment(20, 30))
    scheme.acted(world)
    scheme.tell(world, members=[buyer], users=[seller], evidence=[f"record:{record}"])


def _typed(scheme: Scheme, world: World, occasion: Occasion, buyer: object) -> int:
    person = next(one for one in scheme.people if one is buyer)
    return world.enter_manually(person, occasion, by=scheme.people[0], at=world.moment(19, 30))


PLANT = Plant("F-07", "A coordinator sells hours by typing them in", _live)
