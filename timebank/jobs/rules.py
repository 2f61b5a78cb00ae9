"""When repeated work is due, how long a lease lasts, when a failed job is tried again. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Longer than any pause of a healthy runner (it renews every third of it), shorter than a night.
LEASE = timedelta(minutes=5)
RENEW_EVERY = LEASE / 3
# Work that was done is kept this long for whoever looks; failures are kept until somebody does.
KEEP_DONE = timedelta(days=30)
_WAITS_MINUTES = (1, 10, 60)
_DAILY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_REPEATED = re.compile(r"([1-9][0-9]{0,2})m", re.ASCII)


def retry_at(attempts: int, at: datetime) -> datetime:
    """When a job that has failed ``attempts`` times is tried again: after 1, 10, then 60 minutes."""
    return at + timedelta(minutes=_WAITS_MINUTES[min(attempts, len(_WAITS_MINUTES)) - 1])


def latest_slot(every: str, at: datetime, timezone: ZoneInfo) -> tuple[str, datetime]:
    """The last moment at or before ``at`` when repeated work was due, and the word that names it in a key.

    Args:
        every: ``"HH:MM"`` once a local day, or ``"15m"``: every so many minutes.

    Raises:
        ValueError: ``every`` is neither.
    """
    if daily := _DAILY.fullmatch(every):
        today = at.astimezone(timezone).date()
        clock = time(int(daily[1]), int(daily[2]))
        # Today's moment, or yesterday's where today's is still to come. A moment that a change of clocks
        # skips comes out an hour later; the key names the day, so nothing happens twice.
        days = (today, today - timedelta(days=1))
        moments = [(day, datetime.combine(day, clock, timezone).astimezone(UTC)) for day in days]
        day, due_at = next((day, moment) for day, moment in moments if moment <= at)
        return day.isoformat(), due_at
    if repeated := _REPEATED.fullmatch(every):
        step = int(repeated[1]) * 60
        due_at = datetime.fromtimestamp(int(at.timestamp()) // step * step, UTC)
        return due_at.strftime("%Y-%m-%dT%H:%MZ"), due_at
    raise ValueError(f"every={every!r} is neither a time of day like '02:30' nor minutes like '15m'")
