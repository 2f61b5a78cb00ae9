"""F-09: the end of the plan is moved later once people are inside."""

from datetime import datetime, timedelta
from functools import partial

from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import Occasion
from timebank.simulation.plants.acting import CAREFUL, Scheme, done, office, schemes, today
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _by_day(world: World, agenda: Agenda) -> None:
    for scheme in schemes(world, "F-09", office(1), latest=0.15):
        (cheat,), chance = scheme.people, scheme.chance(world)
        for occasion in today(world, of=cheat):
            if "called_off" in occasion.happenings:
                continue
            if chance.random() > (0.3 if scheme.skill == CAREFUL else 0.6):
                continue
            # While people are inside; in the evening the shift is confirmed and nothing moves any more.
            at = occasion.ends_at - timedelta(minutes=chance.randint(5, 60))
            more = timedelta(minutes=chance.choice((30, 45, 60)))
            agenda.add(at, partial(_move, world, scheme, occasion, more))


def _move(world: World, scheme: Scheme, occasion: Occasion, more: timedelta, at: datetime) -> None:
    if done(world, world.extend, occasion, occasion.ends_at + more, at, reason="活动尚未结束"):
        scheme.tell(world, users=scheme.people, organisation_id=occasion.team.id)


def _live(_world: World) -> None:
    """Everything is done by day."""


PLANT = Plant("F-09", "The end is moved later once people are inside", _live, by_day=_by_day)
