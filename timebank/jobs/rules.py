"""When nightly work is due, how long a lease lasts, when a failed job is tried again. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Longer than any pause of a healthy runner (it renews every third of it), shorter than a night.
LEASE = timedelta(minutes=5)
RENEW_EVERY = LEASE / 3
_WAITS_MINUTES = (1, 10, 60)


def retry_at(attempts: int, at: datetime) -> datetime:
    """When a job that has failed ``attempts`` times is tried again: after 1, 10, then 60 minutes."""
    return at + timedelta(minutes=_WAITS_MINUTES[min(attempts, len(_WAITS_MINUTES)) - 1])


def daily_moment(every: str, day: date, timezone: ZoneInfo) -> datetime:
    """The moment of ``"HH:MM"`` on a local day, as UTC. An hour skipped in spring comes out an hour later."""
    hour, minute = every.split(":")
    return datetime.combine(day, time(int(hour), int(minute)), timezone).astimezone(UTC)


def latest_due_day(every: str, at: datetime, timezone: ZoneInfo) -> date:
    """The last local day on which ``"HH:MM"`` has already come at ``at``."""
    today = at.astimezone(timezone).date()
    return today if daily_moment(every, today, timezone) <= at else today - timedelta(days=1)
