"""What happened, as values: the events that are posted many at a time. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from timebank.books.lapsing import USUAL_TIMEZONE


@dataclass(frozen=True, slots=True)
class Award:
    """Points for one approved service record.

    Attributes:
        points: above zero; a record that earns nothing is not posted.
        rule_number: version of the points rule, None only where a county has none.
        arithmetic: "2.5 h × 10 = 25, rule 3".
        at: when it takes effect; ``recorded_at`` is when it is written down.
        lapses_on: the county's day at whose beginning what is left of these points lapses; None never.
    """

    record_id: int
    member_id: int
    organisation_id: int
    points: Decimal
    rule_number: int | None
    arithmetic: str
    at: datetime
    recorded_at: datetime
    actor: str
    lapses_on: date | None = None
    timezone: ZoneInfo = USUAL_TIMEZONE


@dataclass(frozen=True, slots=True)
class TimeCredit:
    """Minutes for one approved service record, in a county where volunteers convert by themselves."""

    record_id: int
    member_id: int
    organisation_id: int
    minutes: int
    at: datetime
    recorded_at: datetime
    actor: str
