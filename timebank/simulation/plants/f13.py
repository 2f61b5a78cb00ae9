"""F-13: people leave early, and the organiser checks all of them out at the planned end."""

from datetime import timedelta

from timebank.simulation.plants.acting import (
    CAREFUL,
    after,
    arrange_when_due,
    come,
    held,
    leave,
    office,
    schemes,
    settle,
)
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-13", office(2, 7, "card_holder", "pensioner", "worker"), latest=0.75):
        organiser, colleague, *people = scheme.people
        chance, occasion = scheme.chance(world), held(scheme, world)
        if occasion is not None:
            evidence, inside = [], []
            for person in people:
                at = occasion.starts_at + timedelta(seconds=chance.randint(-900, 300))
                how = "rotating" if person.phones else "member"
                seen = come(world, person, occasion, at, how, also="sign_up")
                if seen.is_ok:
                    inside.append(person)
                    evidence.append(f"attendance:{seen.attendance_id}")
            at = occasion.ends_at
            for person in inside:
                at += timedelta(
                    seconds=chance.randint(25, 60) if scheme.skill == CAREFUL else chance.randint(4, 8)
                )
                by = "card" if person.has_card else "number"
                leave(world, person, occasion, at, "member", identified_by=by, tap_seconds=1)
            scheme.tell(
                world, members=inside, users=[organiser], organisation_id=occasion.team.id, evidence=evidence
            )
        over = after(scheme, world)
        if over is not None:
            settle(world, over, by=colleague, at=world.moment(10))
        arrange_when_due(scheme, world, 20)


PLANT = Plant("F-13", "Everybody is checked out at once by staff", _live)
