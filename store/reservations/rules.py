"""Decisions about reservations over plain values: the pick-up code, and what a reservation's key stands for."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from store.catalogue.calendar import EVERY_DAY, local_day, midnight, next_open_day
from timebank.access.keys import Keyring

# 13 random digits are 43 bits; digits are read aloud in any dialect without a mistake, unlike letters.
CODE_PREFIX, RANDOM_DIGITS = "87", 13
CODE_DIGITS = len(CODE_PREFIX) + RANDOM_DIGITS
_PURPOSE = "pickup-code"


def pickup_code(keyring: Keyring, key: str, turn: int) -> str:
    """The reservation's code, derived from the house's secret: nothing in the database betrays it.

    Args:
        key: the reservation's own key, which is random.
        turn: 1 for the first code, one more each time it is made anew.
    """
    word = keyring.mac(_PURPOSE, f"code|{key}|{turn}".encode())
    return f"{CODE_PREFIX}{int.from_bytes(word, 'big') % 10**RANDOM_DIGITS:0{RANDOM_DIGITS}d}"


def code_digest(keyring: Keyring, code: str) -> str:
    """What is stored to find a reservation by its code: useless without the house's secret."""
    return keyring.mac(_PURPOSE, f"digest|{code}".encode()).hex()


def short_of_good(kept: Iterable[tuple[datetime, int]], good: Mapping[datetime, int]) -> int:
    """How many units too few stay good for everything that is kept until its deadlines; 0 when all do.

    Args:
        kept: deadline and units of every reservation of one product.
        good: units that are within their date, by those deadlines.
    """
    kept = list(kept)
    return max(
        (sum(units for until, units in kept if until >= deadline) - good[deadline] for deadline, _ in kept),
        default=0,
    )


def grouped(code: str) -> str:
    """The code as it is read aloud: three groups of five."""
    return " ".join(code[start : start + 5] for start in range(0, len(code), 5))


def deadline(at: datetime, *, hours: int, open_days: str, timezone: ZoneInfo) -> datetime:
    """Until when goods are kept: so many hours, but never so short that the shop is not open a whole day meanwhile.

    A deadline on a day when it is shut moves to the last minute of the next day on which it opens.
    """
    until = at + timedelta(hours=hours)
    if set(open_days) >= set(EVERY_DAY):
        return until
    whole = _last_minute(next_open_day(open_days, local_day(at, timezone) + timedelta(days=1)), timezone)
    last = local_day(until, timezone)
    moved = next_open_day(open_days, last)
    return max(whole, until if moved == last else _last_minute(moved, timezone))


def _last_minute(day: date, timezone: ZoneInfo) -> datetime:
    return midnight(day + timedelta(days=1), timezone) - timedelta(minutes=1)


def content_digest(
    *, shop_id: int, member_id: int, goods: Iterable[tuple[int, int]], agreed_points: Decimal | None
) -> str:
    """What a reservation's key stands for; today's prices are not in it, so that a retry finds the first."""
    lines = ",".join(f"{product_id}x{quantity}" for product_id, quantity in sorted(goods))
    agreed = "" if agreed_points is None else f"{agreed_points:.2f}"
    return hashlib.sha256(f"reserve {shop_id}|{member_id}|{lines}|{agreed}".encode()).hexdigest()
