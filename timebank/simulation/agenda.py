"""What happens today, in the order of the clock: two places at once are lived as they would be."""

import heapq
from collections.abc import Callable
from datetime import datetime

Step = Callable[[datetime], None]


class Agenda:
    """Steps by their moment; a step may add later ones."""

    def __init__(self) -> None:
        self._steps: list[tuple[datetime, int, Step]] = []
        self._count = 0

    def add(self, at: datetime, step: Step) -> None:
        """``step`` happens at ``at``; of two at the same moment the one that was added first comes first."""
        self._count += 1
        heapq.heappush(self._steps, (at, self._count, step))

    def run(self) -> None:
        """Live through everything."""
        while self._steps:
            at, _number, step = heapq.heappop(self._steps)
            step(at)
