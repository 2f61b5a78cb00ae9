"""F-06: leaves after the check-in, returns for the check-out, misses the spot checks between."""

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
    tried,
)
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-06", office(2, 5, "worker", "parent", "pensioner"), latest=0.5):
        _organiser, colleague, cheat, *honest = scheme.people
        chance, occasion = scheme.chance(world), held(scheme, world)
        if occasion is not None:
            seen: dict[int, int | None] = {one.member_id: None for one in (cheat, *honest)}
            for person in (cheat, *honest):
                at = occasion.starts_at + timedelta(seconds=chance.randint(-600, 200))
                seen[person.member_id] = come(world, person, occasion, at, also="sign_up").attendance_id
            back_in_time = scheme.skill == CAREFUL and chance.random() < 0.5
            for minutes in (45, 90):
                there = [one for one in honest if seen[one.member_id]]
                answers = [(one, chance.randint(20, 300)) for one in there if chance.random() < 0.93]
                answers += [(cheat, 200)] if back_in_time else []
                asked = occasion.starts_at + timedelta(minutes=minutes)
                tried(world, world.spot_check, occasion, asked, answers)
            for person in [one for one in (cheat, *honest) if seen[one.member_id]]:
                leave(world, person, occasion, occasion.ends_at + timedelta(seconds=chance.randint(0, 500)))
            if seen[cheat.member_id] and not back_in_time:
                scheme.tell(world, members=[cheat], evidence=[f"attendance:{seen[cheat.member_id]}"])
        over = after(scheme, world)
        if over is not None:
            settle(world, over, by=colleague, at=world.moment(10))
        arrange_when_due(scheme, world, 18, minutes=150)


PLANT = Plant("F-06", "Leaves in between and returns", _live)
