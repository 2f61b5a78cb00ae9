"""What a planted cheat is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from timebank.simulation.world import World


@dataclass(frozen=True)
class Plant:
    """A cheat that lives in the town.

    Attributes:
        code: the scenario, such as ``F-07``.
        live: called every day after the honest day, inside the day's transaction; acts through the world and
            writes the truth with ``world.label``.
    """

    code: str
    name: str
    live: "Callable[[World], None]"
