"""The honest days at the counters."""

from timebank.simulation.world import World


def live(world: World) -> None:
    """Opening days: people come with their points."""


def night(world: World) -> None:
    """Counters are counted and closed."""
    for shop in world.shops:
        for attendant in world.attendants[shop.id]:
            world.close_counter(shop, world.moment(18), by=attendant)
