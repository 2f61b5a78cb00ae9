"""What a rule is, and the time bank's own, one per file, in the order of their codes.

The shop adds its rules through ``house.fraud_rules``. A rule reads evidence and yields findings with
the numbers that made it speak; its sentences are message ids, filled with the finding's facts where
they are shown. Source of the scenarios and of the defaults: attendance reference, section 8.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

HALF_YEAR_DAYS = 182
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Window:
    """What a screening looks at.

    Attributes:
        until: the moment of the screening; nothing later is looked at.
        timezone: the county's own, for days and weeks.
    """

    until: datetime
    timezone: ZoneInfo

    def since(self, days: int) -> datetime:
        """The moment ``days`` before the end."""
        return self.until - timedelta(days=days)

    def day(self, moment: datetime) -> date:
        """The local day of ``moment``."""
        return moment.astimezone(self.timezone).date()

    @property
    def today(self) -> date:
        """The local day of the screening."""
        return self.day(self.until)


@dataclass(frozen=True)
class Threshold:
    """A number that a county may set.

    Attributes:
        name: the word by which the rule asks for it.
        says: what it means, marked with ``N_``.
        default: the reference's value.
        least, most: sensible limits; anything else is refused.
    """

    name: str
    says: str
    default: int
    least: int = 0
    most: int = 10_000


@dataclass(frozen=True)
class Finding:
    """One matter that a rule noticed.

    Attributes:
        key: names the matter within the rule, so that tomorrow's screening knows it again.
        organisation_id: where it happened; decides whose scope it lies in.
        day: the last local day of what it is about.
        members: whom it is about, as members.
        users: who acted, as users (a coordinator, an attendant).
        facts: the numbers, as plain JSON values.
        evidence: ``scan:5``, ``record:7``, ``order:9``: what it rests on.
        points: what is at stake.
    """

    key: str
    organisation_id: int
    day: date
    members: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    points: Decimal = NOTHING


@dataclass(frozen=True)
class Rule:
    """One kind of suspicion.

    Attributes:
        code: ``F-03``, part of the public interface.
        version: raised by every change of what it finds; alerts carry it.
        name: who and how, marked with ``N_``.
        says: the sentence of a finding with ``%(name)s`` places for its facts, marked with ``N_``.
        honest: the usual honest explanation, marked with ``N_``.
        blind: what the rule cannot see, marked with ``N_``.
        prevented_by: what stands before it, marked with ``N_``.
        weight: how much a finding adds to a case, of 100.
        opens_alone: one finding opens a case, whatever the weight.
        find: the findings within the window, by the thresholds in force.
    """

    code: str
    version: int
    name: str
    says: str
    honest: str
    blind: str
    prevented_by: str
    weight: int
    thresholds: tuple[Threshold, ...]
    find: Callable[[Session, Window, Mapping[str, int]], Iterable[Finding]]
    opens_alone: bool = False

    @property
    def defaults(self) -> dict[str, int]:
        """The reference's thresholds."""
        return {threshold.name: threshold.default for threshold in self.thresholds}


def utc(moment: datetime) -> datetime:
    """``moment`` in UTC, where differences are differences of time."""
    return moment.astimezone(UTC)
