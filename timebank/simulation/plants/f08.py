"""F-08: an activity that nobody held."""

from datetime import timedelta

from timebank.simulation.ground import Occasion
from timebank.simulation.plants.acting import (
    CAREFUL,
    Scheme,
    after,
    arrange_when_due,
    come,
    held,
    leave,
    office,
    schemes,
    settle,
    tried,
    word,
)
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-08", office(2, 5, "card_holder", "pensioner"), latest=0.7):
        occasion = held(scheme, world)
        # By typed rows, or with a handful of cards in the office.
        if occasion is not None and scheme.number % 2 == 0 and scheme.skill != CAREFUL:
            _by_hand(scheme, world, occasion)
        elif occasion is not None:
            _by_cards(scheme, world, occasion)
        over = after(scheme, world)
        if over is not None:
            numbers = settle(world, over, by=scheme.people[1], at=world.moment(10))
            if numbers:
                scheme.tell(
                    world,
                    members=scheme.people[2:],
                    users=scheme.people[:1],
                    organisation_id=over.team.id,
                    evidence=[f"record:{number}" for number in numbers],
                )
        arrange_when_due(scheme, world, 25)


def _by_hand(scheme: Scheme, world: World, occasion: Occasion) -> None:
    for person in scheme.people[2:5]:
        at = occasion.ends_at + timedelta(minutes=scheme.chance(world).randint(20, 200))
        record = tried(world, world.enter_manually, person, occasion, by=scheme.people[0], at=at)
        if record is not None:
            word(world, record, at + timedelta(minutes=5), seen_by=scheme.people[1])


def _by_cards(scheme: Scheme, world: World, occasion: Occasion) -> None:
    chance = scheme.chance(world)
    pause = (6, 14) if scheme.skill == CAREFUL else (2, 5)
    pile = scheme.people[2:]
    for act, start in ((come, occasion.starts_at), (leave, occasion.ends_at)):
        at = start
        for person in pile:
            at += timedelta(seconds=chance.randint(*pause))
            how = {"also": "sign_up"} if act is come else {}
            if not act(world, person, occasion, at, "member", tap_seconds=1, **how).is_ok:
                pile = [one for one in pile if one is not person]


PLANT = Plant("F-08", "An activity that nobody held", _live)
