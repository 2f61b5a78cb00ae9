"""The honest days of coordinators and volunteers, and the night's jobs."""

from datetime import datetime, timedelta

from timebank.simulation import attending, mishaps, organising, villages, weeks
from timebank.simulation.agenda import Agenda
from timebank.simulation.world import World

# So long may things be done about an activity that is over.
KEPT_DAYS = 40


def live(world: World, agenda: Agenda) -> None:
    """Put on the agenda what honest people do today."""
    mishaps.befall(world, agenda)
    if world.today.weekday() == 0:
        weeks.plan_the_week(world, agenda)
    weeks.publish_what_is_late(world, agenda)
    for occasion in world.kept.get("week", ()):
        if occasion.starts_at.date() == world.today:
            hold = villages.hold if occasion.habit == "offline" else attending.hold
            hold(world, agenda, occasion)
    organising.look_after(world, agenda)
    # Who forgot to leave this morning must be out before the next day; the job runs every few minutes in life.
    for hour in (11, 13, 15, 17, 19):
        agenda.add(world.moment(hour, 55), lambda at: _close(world, at))


def _close(world: World, at: datetime) -> None:
    world.close_forgotten(at)


def night(world: World) -> None:
    """The night's jobs, and what is long over is forgotten."""
    world.close_forgotten(world.moment(23, 50))
    keep = world.today - timedelta(days=KEPT_DAYS)
    world.occasions[:] = [one for one in world.occasions if one.starts_at.date() >= keep]
