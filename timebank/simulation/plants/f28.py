"""F-28: the list on a device without network is edited before it is uploaded."""

from datetime import timedelta

from timebank.simulation.doors import OfflineRow
from timebank.simulation.plants.acting import (
    CLUMSY,
    after,
    arrange_when_due,
    held,
    office,
    schemes,
    settle,
    tried,
)
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-28", office(2, 5, "card_holder", "pensioner", "worker"), latest=0.75):
        organiser, colleague, *people = scheme.people
        occasion = held(scheme, world)
        if occasion is not None:
            for person in people:
                tried(world, world.sign_up, person, occasion, world.moment(6, 30), by=organiser)
            roster = world.take_list(occasion, world.moment(7), by=organiser, assigned_by=colleague)
            rows = [
                OfflineRow(
                    person,
                    kind,
                    at + timedelta(minutes=3 * number),
                    card=False,
                    edited_at=at - timedelta(minutes=50) if number == 0 and scheme.skill == CLUMSY else None,
                )
                for kind, at in (("in", occasion.starts_at), ("out", occasion.ends_at))
                for number, person in enumerate(people)
            ]
            left_out = () if scheme.skill == CLUMSY else (1,)
            found = world.upload_offline(
                occasion,
                roster,
                rows,
                by=organiser,
                at=occasion.ends_at + timedelta(hours=2),
                left_out=left_out,
            )
            scheme.tell(
                world,
                members=people,
                users=[organiser],
                organisation_id=occasion.team.id,
                evidence=[f"offline_scan:{row.id}" for row in found],
            )
        over = after(scheme, world)
        if over is not None:
            settle(world, over, by=colleague, at=world.moment(10))
        arrange_when_due(scheme, world, 30)


PLANT = Plant("F-28", "The list on a device was edited", _live)
