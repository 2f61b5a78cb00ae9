"""Periods of the county's calendar: the day, week, month, quarter and year that a day lies in. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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


def local_day(at: datetime, timezone: ZoneInfo) -> date:
    """The county's own day at a moment."""
    return at.astimezone(timezone).date()
