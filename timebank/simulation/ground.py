"""What the simulated town stands on: its days, its chance, its people and places, its one transaction at a time."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import event
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import digest
from timebank.access.models import User
from timebank.activities.models import Activity, Shift
from timebank.demo.town import Place
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.policy.models import Category, PointsRule
from timebank.simulation.truth import Label, Labels

if TYPE_CHECKING:
    from timebank.house import House

HONEST = "honest"
# In the drawer: open shifts at the counters, by shop and attendant.
COUNTERS = "counters"
_REMEMBERED = (Organisation, Activity, Shift, Member, Category, PointsRule, User)


@dataclass
class Person:
    """A member of the simulated town.

    Attributes:
        actor: for who can log in; with the grants of coordinators and attendants.
        persona: a way to live, see ``personas``.
        household: number of the household in truth; ``is_linked`` once the books know it too.
        phones: words of the browsers used so far, the present one last; a shared phone is the same word.
        borrows: now and then the neighbour's phone, else the card.
        has_card: carries a paper card; ``card``: generation of the card in the pocket.
        home: the station.
        honesty: ``honest``, or the code of the plant that uses this person.
    """

    member_id: int
    name: str
    number: str
    home: Place
    team: Place
    persona: str
    household: int
    born_on: date
    actor: Actor | None = None
    phones: list[str] = field(default_factory=list)
    has_card: bool = False
    card: int = 1
    is_linked: bool = False
    borrows: bool = False
    honesty: str = HONEST

    @property
    def device(self) -> str | None:
        """The digest of the present phone's browser, as scans and log-ins carry it."""
        return digest(self.phones[-1]) if self.phones else None

    @property
    def user_id(self) -> int | None:
        """The log-in, where there is one."""
        return self.actor.user_id if self.actor else None

    @property
    def staff(self) -> Actor:
        """The actor of somebody with a role."""
        assert self.actor is not None, f"{self.name} cannot log in"
        return self.actor

    def age(self, day: date) -> int:
        """Completed years on ``day``."""
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))


@dataclass
class Stand:
    """A shop of the town as the simulation sees it; its id is the shop's own."""

    id: int
    name: str
    home: Place


@dataclass
class Occasion:
    """One activity with its one shift.

    Attributes:
        key: what chance is drawn by; never a number of the database, which plants would shift.
        organiser: who publishes it, shows the code and confirms.
        habit: how presence is seen there, see ``occasions``.
        happenings: names of traits that befall it, such as ``rain``.
        unseen: who was there and was not scanned.
        coming: who has signed up. inside: attendance ids of who came, by member id.
        displays: display session ids by kind (``in``, ``out``, ``spot``).
    """

    key: str
    station: Place
    team: Place
    organiser: Person
    category: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    publish_at: datetime
    capacity: int | None = None
    habit: str = "screen"
    activity_id: int = 0
    shift_id: int = 0
    asks_place: bool = False
    happenings: set[str] = field(default_factory=set)
    unseen: list[Person] = field(default_factory=list)
    coming: list[Person] = field(default_factory=list)
    inside: dict[int, int] = field(default_factory=dict)
    displays: dict[str, int] = field(default_factory=dict)
    printed_code_id: int = 0
    confirmed: bool = False


@dataclass
class Ground:
    """The town on one of its days.

    Attributes:
        house: settings, keyring and the lists of the running installation.
        today: the local day that is being lived.
        coordinators: all of them; ``home`` is their station. attendants: by shop id.
        occasions: everything published or planned, by time; past ones go after some weeks.
        categories: points category ids by Chinese name.
        labels: the truth, apart from the database.
        kept: a drawer for what a habit or plant needs again on a later day, under its own name.
    """

    house: "House"
    seed: int
    members: int
    weeks: int
    starts_on: date
    timezone: ZoneInfo
    today: date
    labels: Labels
    centre: Place | None = None
    stations: list[Place] = field(default_factory=list)
    teams: list[Place] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    coordinators: list[Person] = field(default_factory=list)
    attendants: dict[int, list[Person]] = field(default_factory=dict)
    shops: list[Stand] = field(default_factory=list)
    auditor: Person | None = None
    administrator: Person | None = None
    occasions: list[Occasion] = field(default_factory=list)
    categories: dict[str, int] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    _session: Session | None = None
    _remembered: list[object] = field(default_factory=list)
    _by_member: dict[int, Person] = field(default_factory=dict)

    @property
    def day_number(self) -> int:
        """Days since the town began, the first being 0."""
        return (self.today - self.starts_on).days

    @property
    def last_day(self) -> int:
        """The number of the last day."""
        return self.weeks * 7 - 1

    def moment(self, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """Today at a local time."""
        return datetime.combine(self.today, time(hour, minute, second), self.timezone)

    def chance(self, name: str) -> random.Random:
        """Chance for one thing on one day: the same for the same seed, whatever else happens in the town."""
        return random.Random(f"{self.seed}:{name}:{self.today.isoformat()}")  # noqa: S311 - a town, not a key.

    def fate(self, name: str) -> random.Random:
        """As :meth:`chance`, for what is drawn once and for all days."""
        return random.Random(f"{self.seed}:{name}")  # noqa: S311 - as above.

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes; within another one of the town's it is the same, and the outermost commits."""
        if self._session is not None:
            yield self._session
            return
        with self.house.database.transaction() as session:
            self._session = session
            event.listen(session, "loaded_as_persistent", self._remember)
            event.listen(session, "pending_to_persistent", self._remember)
            try:
                yield session
            finally:
                self._session = None
                self._remembered.clear()

    def forget(self) -> None:
        """The day is over: what it has touched is read anew when it is needed, and memory stays flat."""
        with self.transaction() as session:
            session.flush()
            session.expunge_all()
            self._remembered.clear()

    def _remember(self, _session: Session, row: object) -> None:
        """What hardly changes within a day is not read again by every act of it, as it would be by every request."""
        if isinstance(row, _REMEMBERED):
            self._remembered.append(row)

    @contextmanager
    def attempt(self) -> Iterator[Session]:
        """A step that may be refused: what it began is rolled back, as a page does, and the refusal goes on."""
        counters = dict(self.kept.get(COUNTERS, {}))
        try:
            with self.transaction() as session, session.begin_nested():
                yield session
        except Exception:
            # A shift at the counter that the step had begun is not there any more.
            self.kept[COUNTERS] = counters
            raise

    def person(self, member_id: int) -> Person:
        """The person behind a member."""
        if len(self._by_member) != len(self.people):
            self._by_member = {one.member_id: one for one in self.people}
        return self._by_member[member_id]

    def choose(
        self, name: str, count: int, *, where: Callable[[Person], bool] = lambda _one: True
    ) -> list[Person]:
        """Honest people without a role, drawn by chance once for the whole town; fewer where there are fewer.

        For plants: who was labelled before is not drawn again.
        """
        holders = {one.member_id for one in self.staff()}
        free = [
            one
            for one in self.people
            if one.honesty == HONEST and one.member_id not in holders and where(one)
        ]
        return self.fate(f"choose {name}").sample(free, min(count, len(free)))

    def staff(self) -> list[Person]:
        """Everybody with a role."""
        pairs = [one for some in self.attendants.values() for one in some]
        single = [one for one in (self.auditor, self.administrator) if one is not None]
        return [*self.coordinators, *pairs, *single]

    def coordinators_of(self, station: Place) -> list[Person]:
        """The coordinators of a station."""
        return [one for one in self.coordinators if one.home.id == station.id]

    def label(
        self,
        rule_code: str,
        *,
        members: Sequence[int] = (),
        users: Sequence[int] = (),
        organisation_id: int,
        day: date,
        evidence: Sequence[str] = (),
        points: Decimal = Decimal(0),
    ) -> None:
        """Write down the truth about a cheat, apart from the town's database."""
        for member_id in members:
            self.person(member_id).honesty = rule_code
        self.labels.entries.append(
            Label(rule_code, organisation_id, day, tuple(members), tuple(users), tuple(evidence), points)
        )
