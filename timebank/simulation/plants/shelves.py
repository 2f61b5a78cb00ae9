"""Goods that somebody can pay for."""

from decimal import Decimal
from random import Random

from timebank.simulation.ground import Stand
from timebank.simulation.world import World


def basket(
    world: World, shop: Stand, points: Decimal, chance: Random, *, cheap: bool = False
) -> tuple[tuple[int, int], ...]:
    """One product with one unit for no more than ``points``; the dearest such unless ``cheap``. Empty where there is none."""
    fits = sorted(
        (one for one in world.wares(shop) if one.units > 0 and one.points <= points),
        key=lambda one: (one.points, one.product_id),
    )
    if not fits:
        return ()
    found = chance.choice(fits[: max(1, len(fits) // 3)]) if cheap else fits[-1]
    return ((found.product_id, 1),)
