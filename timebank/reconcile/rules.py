"""Ages and likeness of differences. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from timebank.errors import N_

# Days since a difference was first seen: from, label. Older ones are somebody's concern above the owner.
AGES: tuple[tuple[int, str], ...] = (
    (0, N_("0–1 days")),
    (2, N_("2–7 days")),
    (8, N_("8–30 days")),
    (31, N_("over 30 days")),
)
# The owner is told after a week, whoever reconciles there after a month.
TELL_OWNER_AFTER, TELL_ABOVE_AFTER = 7, 30


def age_days(opened_on: date, today: date) -> int:
    """Whole days since the county's day on which it was first seen; never below zero."""
    return max((today - opened_on).days, 0)


def age_band(days: int) -> int:
    """The band's first day, as listed in ``AGES``."""
    return max(first for first, _label in AGES if first <= days)


def last_day_of_band(first: int) -> int | None:
    """The band's last day; None for the oldest."""
    later = [other for other, _label in AGES if other > first]
    return min(later) - 1 if later else None


def fingerprint(said: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """What a check said about one subject, so that the same difference is known again and another is not."""
    content = sorted(json.dumps([says, dict(facts)], sort_keys=True, default=str) for says, facts in said)
    return hashlib.sha256("\n".join(content).encode()).hexdigest()
