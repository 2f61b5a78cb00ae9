"""Periods of the county's calendar: the day, week, month, quarter and year that a day lies in. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_DAY = "1234567"
PERIODS: tuple[str, ...] = ("day", "week", "month", "quarter", "year")


def first_day(period: str, day: date) -> date:
    """The first day of the period that ``day`` lies in; weeks begin on Monday."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if period == "year":
        return day.replace(month=1, day=1)
    return day


def next_first_day(period: str, day: date) -> date:
    """The first day after the period that ``day`` lies in: when a limit begins anew."""
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[period]
    return first_day(period, first_day(period, day) + timedelta(days=longest))


def midnight(day: date, timezone: ZoneInfo) -> datetime:
    """The moment at which ``day`` begins in the county."""
    return datetime.combine(day, time(), timezone)


def next_open_day(open_days: str, day: date) -> date:
    """``day``, or the first day after it on which a shop opens.

    Args:
        open_days: of the week, 1 for Monday to 7 for Sunday; none at all count as every day.
    """
    opens = set(open_days) & set(EVERY_DAY) or set(EVERY_DAY)
    return next(
        one for one in (day + timedelta(days=step) for step in range(7)) if str(one.isoweekday()) in opens
    )


def local_day(at: datetime, timezone: ZoneInfo) -> date:
    """The county's own day at a moment."""
    return at.astimezone(timezone).date()
