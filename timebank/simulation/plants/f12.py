"""F-12: a pile of cards is scanned by somebody alone."""

from datetime import timedelta

from timebank.simulation.plants.acting import (
    CAREFUL,
    CLUMSY,
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
    for scheme in schemes(world, "F-12", office(2, 6, "card_holder", "pensioner"), latest=0.75):
        organiser, colleague, *cards = scheme.people
        chance, occasion = scheme.chance(world), held(scheme, world)
        if occasion is not None:
            world.display(occasion, "in", occasion.starts_at)
            pile = sorted(cards, key=lambda one: one.number) if scheme.skill == CLUMSY else list(cards)
            evidence = []
            for act, start in ((come, occasion.starts_at), (leave, occasion.ends_at)):
                at = start
                for person in pile:
                    wait = chance.uniform(3.5, 6.0) if scheme.skill == CAREFUL else chance.uniform(0.9, 2.2)
                    at += timedelta(seconds=wait)
                    how = {"also": "sign_up"} if act is come else {}
                    seen = act(world, person, occasion, at, "member", tap_seconds=0, **how)
                    evidence.append(f"attendance:{seen.attendance_id}")
                    if not seen.is_ok:
                        pile = [one for one in pile if one is not person]
            scheme.tell(
                world, members=cards, users=[organiser], organisation_id=occasion.team.id, evidence=evidence
            )
        over = after(scheme, world)
        if over is not None:
            settle(world, over, by=colleague, at=world.moment(10))
        arrange_when_due(scheme, world, 20)


PLANT = Plant("F-12", "A pile of cards is scanned by somebody alone", _live)
