"""Living a simulated town from its first day to its last. An edge: it opens the transactions."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from timebank.house import House
from timebank.simulation import founding, honest, shopping
from timebank.simulation.agenda import Agenda
from timebank.simulation.plants.plant import Plant
from timebank.simulation.truth import Labels
from timebank.simulation.world import World

Say = Callable[[str], None]


def live(
    house: House,
    *,
    seed: int,
    members: int,
    weeks: int,
    plants: Sequence[Plant],
    starts_on: date,
    say: Say = lambda _line: None,
) -> Labels:
    """Let a town live in an empty database; the same seed and plants give the same town.

    Every week is one transaction: a day of honest life, then the plants, then the night's jobs, seven times.

    Args:
        starts_on: the first day; a Monday, so that weeks are weeks.
        plants: lived in this order, after the honest day.
    """
    labels = Labels(seed, members, weeks, starts_on, tuple(plant.code for plant in plants))
    world = World(
        house=house,
        seed=seed,
        members=members,
        weeks=weeks,
        starts_on=starts_on,
        timezone=ZoneInfo(house.settings.timezone),
        today=starts_on,
        labels=labels,
    )
    with world.transaction() as session:
        founding.found(world, session)
        world.market.open_shops(world)
    for week in range(weeks):
        with world.transaction():
            for day in range(7):
                world.today = starts_on + timedelta(days=7 * week + day)
                live_a_day(world, plants)
                world.forget()
        say(f"simulated town: week {week + 1} of {weeks} lived through")
    return labels


def live_a_day(world: World, plants: Sequence[Plant]) -> None:
    """One day: honest people, cheats, the night."""
    agenda = Agenda()
    honest.live(world, agenda)
    shopping.live(world, agenda)
    for plant in plants:
        if plant.by_day is not None:
            plant.by_day(world, agenda)
    agenda.run()
    for plant in plants:
        plant.live(world)
    honest.night(world)
    shopping.night(world)
