"""What a planted cheat is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from timebank.simulation.agenda import Agenda
    from timebank.simulation.world import World


@dataclass(frozen=True)
class Plant:
    """A cheat that lives in the town.

    Attributes:
        code: the scenario, such as ``F-07``.
        live: called every day after the honest day, inside the day's transaction; acts through the world and
            writes the truth with ``world.label``.
        by_day: called every morning, where what the cheat does has to happen among the honest, in the order of
            the clock: a code that is on the screen now, a plan that is made longer before it is over.
    """

    code: str
    name: str
    live: "Callable[[World], None]"
    by_day: "Callable[[World, Agenda], None] | None" = None
