"""F-19: an account that slept is emptied from a new phone."""

from timebank.simulation.plants.acting import schemes, tried, volunteers
from timebank.simulation.plants.plant import Plant
from timebank.simulation.plants.shelves import basket
from timebank.simulation.weeks import DORMANT_SERVES_WEEKS
from timebank.simulation.world import World

QUIET_DAYS = 96
# Dormant people serve now and then in their first weeks.
SERVES_UNTIL = 7 * DORMANT_SERVES_WEEKS


def _live(world: World) -> None:
    for scheme in schemes(world, "F-19", volunteers(1, "worker", "parent", "pensioner"), latest=0.25):
        (victim,), chance = scheme.people, scheme.chance(world)
        slept: int | None = scheme.drawer.get("slept")
        if slept is None and world.balance(victim) >= 15:
            # Ill, or away: neither serves nor shops any more.
            victim.persona = "dormant"
            for occasion in world.occasions:
                if victim in occasion.coming:
                    occasion.coming.remove(victim)
            scheme.drawer["slept"] = world.day_number
        elif (
            slept is not None
            and world.day_number > max(slept, SERVES_UNTIL) + QUIET_DAYS
            and not scheme.drawer.get("done")
        ):
            world.log_in(victim, world.moment(9), phone=f"thief {world.seed} {scheme.number}")
            shop = chance.choice(world.shops)
            by = chance.choice(world.attendants[shop.id])
            sold: list[str] = []
            for minute in (40, 52):
                goods = basket(world, shop, world.balance(victim), chance)
                sale = tried(world, world.redeem, victim, shop, goods, by=by, at=world.moment(9, minute))
                sold += [f"order:{sale.order_id}"] if sale else []
            scheme.drawer["done"] = True
            if sold:
                scheme.tell(world, members=[victim], evidence=sold)


PLANT = Plant("F-19", "A sleeping account is emptied from a new phone", _live)
