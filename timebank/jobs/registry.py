"""What a kind of job is. Rooms list theirs in ``house.jobs``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from timebank.house import House

DEFAULT_ATTEMPTS = 3


@dataclass(frozen=True)
class JobKind:
    """A kind of work.

    Attributes:
        name: stable word such as ``imports.run``; jobs in the queue name it.
        run: does the work. It is an edge: it opens its own transactions and may read the clock. It may
            be run again after a crash, so it must be safe to repeat.
        every: ``"HH:MM"`` in the county's time zone for what happens once a day, ``"15m"`` for every
            fifteen minutes; None for work that is only enqueued.
        attempts: how often it is begun before it is given up as failed.
    """

    name: str
    run: Callable[["House", Mapping[str, Any]], None]
    every: str | None = None
    attempts: int = DEFAULT_ATTEMPTS
