"""The dates on which an activity is repeated, and the same clock times on another day. Pure.

Dates are the county's own and times its clocks': an activity at 14:00 stays at 14:00 when the clocks change.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from timebank.activities.rules import ShiftPlan

WEEKLY, MONTHLY = "weekly", "monthly"
DAYS_PER_WEEK = 7
MONTHS_PER_YEAR = 12
MOST_REPEATS = 60
LONGEST_SERIES = timedelta(days=400)


@dataclass(frozen=True)
class Repeat:
    """How an activity is repeated.

    Attributes:
        every: ``weekly`` or ``monthly`` (on the first date's day of the month).
        weekdays: for ``weekly``: 0 for Monday to 6 for Sunday.
        interval: every so many weeks or months.
        until: the last day that may be one of the dates.
    """

    every: str
    until: date
    weekdays: frozenset[int] = frozenset()
    interval: int = 1


@dataclass(frozen=True)
class Occurrence:
    """A date of the series; ``is_moved`` when its month has no such day and its last day stands in."""

    day: date
    is_moved: bool = False


def occurrences(first: date, repeat: Repeat) -> list[Occurrence]:
    """The dates after ``first``, soonest first; at most ``MOST_REPEATS``."""
    last = min(repeat.until, first + LONGEST_SERIES)
    found = _monthly(first, repeat, last) if repeat.every == MONTHLY else _weekly(first, repeat, last)
    return [occurrence for occurrence, _number in zip(found, range(MOST_REPEATS), strict=False)]


def _weekly(first: date, repeat: Repeat, last: date) -> Iterator[Occurrence]:
    monday = first - timedelta(days=first.weekday())
    for number in range(1, (last - first).days + 1):
        day = first + timedelta(days=number)
        weeks = (day - monday).days // DAYS_PER_WEEK
        if day.weekday() in repeat.weekdays and weeks % repeat.interval == 0:
            yield Occurrence(day)


def _monthly(first: date, repeat: Repeat, last: date) -> Iterator[Occurrence]:
    months = first.year * MONTHS_PER_YEAR + first.month - 1
    while True:
        months += repeat.interval
        year, month = divmod(months, MONTHS_PER_YEAR)
        longest = calendar.monthrange(year, month + 1)[1]
        day = date(year, month + 1, min(first.day, longest))
        if day > last:
            return
        yield Occurrence(day, is_moved=first.day > longest)


def moved(plan: ShiftPlan, days: timedelta, timezone: ZoneInfo) -> ShiftPlan:
    """The plan ``days`` later by the clocks of ``timezone``.

    A time that the clocks skip (a change to summer time) is the moment after the gap; the shift keeps its end.
    """
    return ShiftPlan(
        _later(plan.starts_at, days, timezone), _later(plan.ends_at, days, timezone), plan.capacity
    )


def _later(moment: datetime, days: timedelta, timezone: ZoneInfo) -> datetime:
    local = moment.astimezone(timezone)
    wall = datetime.combine(local.date() + days, local.time(), timezone)
    return wall.astimezone(UTC)
