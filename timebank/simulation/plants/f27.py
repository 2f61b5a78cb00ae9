"""F-27: the office grants a friend a large correction."""

from datetime import timedelta

from timebank.simulation.plants.acting import (
    after,
    arrange_when_due,
    come,
    done,
    held,
    office,
    schemes,
    settle,
    tried,
)
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-27", office(2, 1, "worker", "parent"), latest=0.75):
        _organiser, colleague, friend = scheme.people
        occasion, chance = held(scheme, world), scheme.chance(world)
        if occasion is not None:
            # Gone after half an hour; the job closes what stays open, with an hour at most.
            come(
                world,
                friend,
                occasion,
                occasion.starts_at + timedelta(minutes=chance.randint(-5, 3)),
                also="sign_up",
            )
        over = after(scheme, world)
        if over is not None:
            for number in settle(world, over, by=colleague, at=world.moment(10)):
                asked = tried(
                    world,
                    world.correct,
                    number,
                    came_at=over.starts_at,
                    left_at=over.ends_at,
                    asked_at=world.moment(12),
                )
                if asked is None:
                    continue
                granted = done(world, world.answer_correction, asked, by=colleague, at=world.moment(13))
                if granted:
                    scheme.tell(
                        world,
                        members=[friend],
                        users=[colleague],
                        evidence=[f"correction:{asked}", f"record:{number}"],
                    )
                break
        arrange_when_due(scheme, world, 40, hour=8, minutes=480)


PLANT = Plant("F-27", "The office adjusts what a member has", _live)
