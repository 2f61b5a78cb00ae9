"""What a step of the demo town is given: the day it is, chance that repeats, and who lives there.

A step is ``step(session, town)``. Every step is called once for every day of the town's year, in
order, inside a transaction; so goods are bought with points earned on earlier days. On the first day
``town.is_first_day`` is true: that is when a step puts up what it needs (shelves, products). On the
last day, ``town.is_last_day``, comes what should be under way when somebody opens the pages.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from timebank.access.actors import Actor

if TYPE_CHECKING:
    from timebank.house import House


@dataclass(frozen=True)
class TownSize:
    """How much of everything.

    Attributes:
        members: registered volunteers.
        activities: in the year that has passed.
        days: length of the year.
    """

    name: str
    members: int
    activities: int
    days: int = 365


SIZES: dict[str, TownSize] = {
    size.name: size
    for size in (
        TownSize("tiny", members=24, activities=16, days=45),
        TownSize("small", members=60, activities=48),
        TownSize("medium", members=400, activities=600),
        TownSize("large", members=2000, activities=3000),
    )
}


@dataclass(frozen=True)
class Place:
    """An organisation of the town."""

    id: int
    name: str
    kind: str
    path: str


@dataclass(frozen=True)
class Resident:
    """A member of the town; ``actor`` for those who can log in, as a volunteer."""

    member_id: int
    name: str
    number: str
    phone: str
    place: Place
    born_on: date | None = None
    actor: Actor | None = None


@dataclass
class Town:
    """The town on one of its days.

    Attributes:
        house: settings, keyring and the lists of the running installation.
        seed: everything by chance follows from it.
        at: the moment at which the town's year ends and the visitor comes: nothing has happened later.
        today: the local day that is being lived.
        centre, stations, teams: where people belong; the shops stand at the stations.
        residents: every member, in order of registration.
        coordinators: by station id, two each, so that nobody confirms alone.
        attendants: by station id, two each; where there are attendants there is a shop.
        kept: a drawer for what a step needs again on a later day, under the step's own name.
    """

    house: "House"
    seed: int
    size: TownSize
    at: datetime
    today: date
    timezone: ZoneInfo
    centre: Place | None = None
    stations: list[Place] = field(default_factory=list)
    teams: list[Place] = field(default_factory=list)
    residents: list[Resident] = field(default_factory=list)
    coordinators: dict[int, list[Actor]] = field(default_factory=dict)
    attendants: dict[int, list[Actor]] = field(default_factory=dict)
    auditor: Actor | None = None
    administrator: Actor | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def first_day(self) -> date:
        """The first day of the town's year."""
        return self.last_day - timedelta(days=self.size.days - 1)

    @property
    def last_day(self) -> date:
        """The local day of the visit, which is still going on."""
        return self.at.astimezone(self.timezone).date()

    @property
    def is_first_day(self) -> bool:
        """Whether the town is being founded."""
        return self.today == self.first_day

    @property
    def is_last_day(self) -> bool:
        """Whether today is the day of the visit."""
        return self.today == self.last_day

    def moment(self, hour: int, minute: int = 0) -> datetime:
        """Today at a local hour. On the last day, never later than the visit."""
        wanted = datetime.combine(self.today, time(hour, minute), self.timezone)
        return min(wanted, self.at) if self.is_last_day else wanted

    def chance(self, step: str) -> random.Random:
        """Chance for one step on one day: the same for the same seed, whatever other steps do."""
        return random.Random(f"{self.seed}:{step}:{self.today.isoformat()}")  # noqa: S311 - a town, not a key.
