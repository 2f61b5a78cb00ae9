"""F-14: a coordinator types absent friends in by the plan, week after week, never the same too often."""

from timebank.simulation.ground import Occasion
from timebank.simulation.plants.acting import CAREFUL, Scheme, office, schemes, today, tried, word
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(
        world, "F-14", office(2, 12, "worker", "parent", "student", "pensioner"), latest=0.05
    ):
        for occasion in today(world):
            if occasion.station == scheme.people[0].home:
                _copy(scheme, world, occasion)


def _copy(scheme: Scheme, world: World, occasion: Occasion) -> None:
    coordinator, colleague, *friends = scheme.people
    chance = scheme.chance(world)
    written: list[str] = []
    for friend in chance.sample(friends, 1 if scheme.skill == CAREFUL else 2):
        record = tried(world, world.enter_manually, friend, occasion, by=coordinator, at=world.moment(21))
        if record is not None:
            word(world, record, world.moment(21, 30), seen_by=colleague)
            tried(world, world.decide, record, by=colleague, at=world.moment(21, 40))
            written.append(f"record:{record}")
    if written:
        scheme.tell(world, users=[coordinator], organisation_id=occasion.team.id, evidence=written)


PLANT = Plant("F-14", "Hours are copies of the plan", _live)
