"""F-16: more hours than a person serves, with a coordinator who lets them stand."""

from datetime import timedelta

from timebank.simulation.plants.acting import CAREFUL, Scheme, arrange, come, leave, office, schemes, settle
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-16", office(2, 1, "worker", "student", "parent"), latest=0.7):
        _serve(scheme, world)
        if scheme.is_due(world, 28) and world.day_number + 8 <= world.last_day:
            # Long days in one week; the careful keep each below eight hours.
            long, days = (430, (2, 3, 4, 5)) if scheme.skill == CAREFUL else (600, (2, 4))
            scheme.drawer["week"] = [
                found
                for ahead in days
                if (
                    found := arrange(
                        world,
                        scheme.people[0],
                        f"F-16 {scheme.number} {ahead}",
                        hour=7,
                        minutes=long,
                        ahead=ahead,
                    )
                )
            ]
            scheme.acted(world)


def _serve(scheme: Scheme, world: World) -> None:
    _organiser, colleague, cheat = scheme.people
    chance = scheme.chance(world)
    for occasion in list(scheme.drawer.get("week", [])):
        if occasion.starts_at.date() == world.today:
            seen = come(
                world,
                cheat,
                occasion,
                occasion.starts_at + timedelta(minutes=chance.randint(0, 3)),
                also="sign_up",
            )
            leave(world, cheat, occasion, occasion.ends_at + timedelta(minutes=chance.randint(0, 5)))
            if seen.is_ok:
                scheme.tell(world, members=[cheat], evidence=[f"attendance:{seen.attendance_id}"])
        elif occasion.starts_at.date() < world.today:
            settle(world, occasion, by=colleague, at=world.moment(10))
            scheme.drawer["week"].remove(occasion)


PLANT = Plant("F-16", "More hours than a person serves", _live)
