"""Decisions about notices over plain values: when to try again, what an address may look like, facts at rest. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from timebank.errors import N_

Translate = Callable[[str], str]
_MINUTES_PER_HOUR = 60
_HOURS, _MINUTES = N_("%(count)s h"), N_("%(count)s minutes")

# After each failed try; when the list is used up the delivery is given up and an administrator sees it.
WAITS = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
MOST_ATTEMPTS = len(WAITS) + 1
# Longer than a mail server may take with one message, shorter than anybody would wait for the next try.
LEASE = timedelta(minutes=5)
# What could not leave for so long (no mail server is set up, say) is no news any more.
STALE_AFTER = timedelta(days=7)
# So that nobody fills a stranger's mailbox with questions.
MOST_QUESTIONS = 5
QUESTIONS_WITHIN = timedelta(days=1)
LINK_VALID_FOR = timedelta(days=7)
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+",
    re.ASCII,
)
LONGEST_ADDRESS = 190


def next_try(attempts: int, at: datetime) -> datetime | None:
    """When a delivery that has failed ``attempts`` times is tried again; None when it is given up."""
    return at + WAITS[attempts - 1] if attempts <= len(WAITS) else None


def address_is_acceptable(address: str) -> bool:
    """Whether it can be an e-mail address (the form that HTML's e-mail field accepts, with a dot in the domain)."""
    return len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) is not None


def own_path(href: str | None) -> bool:
    """Whether ``href`` is nothing, or a path of this house and of no other."""
    return href is None or (
        href.startswith("/") and not href.startswith(("//", "/\\")) and href.isprintable()
    )


def kept_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """``facts`` as they are stored: moments, days, lengths of time and amounts keep what they are, so that each reader sees their own."""
    return {name: _kept(value) for name, value in facts.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, timedelta):
        return {"minutes": value // timedelta(minutes=1)}
    if isinstance(value, Decimal):
        return {"amount": str(value)}
    return value if isinstance(value, int | str) else str(value)


def shown_facts(facts: Mapping[str, Any], timezone: ZoneInfo, translate: Translate) -> dict[str, str]:
    """Stored facts as words of a sentence: ``2026-03-04 14:05`` in the county's zone, ``1,250``, ``12.50``, ``2.5 h``."""
    return {name: _shown(value, timezone, translate) for name, value in facts.items()}


def _shown(value: Any, timezone: ZoneInfo, translate: Translate) -> str:
    match value:
        case {"moment": str(written)}:
            return datetime.fromisoformat(written).astimezone(timezone).strftime("%Y-%m-%d %H:%M")
        case {"day": str(written)}:
            return written
        case {"minutes": int(minutes)}:
            # Hours where tenths are exact, as everywhere in the house.
            if minutes % 6:
                return translate(_MINUTES) % {"count": minutes}
            return translate(_HOURS) % {"count": f"{(Decimal(minutes) / _MINUTES_PER_HOUR).normalize():f}"}
        case {"amount": str(written)}:
            amount = Decimal(written)
            return f"{amount:,.2f}" if amount != amount.to_integral_value() else f"{int(amount):,}"
    return str(value)
