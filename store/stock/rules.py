"""Decisions about stock over plain values: numbers that were typed, days until which goods are good, which batch goes first."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

MOST_UNITS = 100_000
MOST_UNIT_COST = Decimal(1_000_000)
SOON_DAYS = 30
"""So many days before its last day a batch is on the list of what expires soon."""

_NEVER = datetime.max.replace(tzinfo=UTC)

Usable = Literal["valid", "any", "expired"]
_WHOLE = re.compile(r"[0-9]{1,7}", re.ASCII)
_COST = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True)
class OpenBatch:
    """A batch with something left: its id, the moment from which it is expired (None: never), and the units."""

    id: int
    expires_at: datetime | None
    left: int

    def is_expired(self, at: datetime) -> bool:
        """Whether nothing of it is handed out any more."""
        return self.expires_at is not None and self.expires_at <= at


def whole_number(written: str) -> int | None:
    """The whole number that was typed, full-width digits included, or None."""
    text = unicodedata.normalize("NFKC", written).strip()
    return int(text) if _WHOLE.fullmatch(text) else None


def unit_cost(written: str) -> Decimal | None:
    """What a unit costs in money, as typed: ``3``, ``12.50``; None when it is no such number."""
    text = unicodedata.normalize("NFKC", written).strip()
    return Decimal(text) if _COST.fullmatch(text) and Decimal(text) <= MOST_UNIT_COST else None


def is_low(units: int, low_stock_units: int) -> bool:
    """Whether a shelf with ``units`` belongs on the list of what runs low."""
    return units <= low_stock_units


def expires_at(best_before: date, timezone: ZoneInfo) -> datetime:
    """The moment from which goods with this last day are expired: the county's midnight after it."""
    return datetime.combine(best_before + timedelta(days=1), time(), timezone)


def in_order(batches: Iterable[OpenBatch]) -> list[OpenBatch]:
    """First expired, first out; what never expires goes last; of equals the older batch."""
    return sorted(batches, key=lambda one: (one.expires_at or _NEVER, one.id))


def allocated(
    batches: Iterable[OpenBatch], units: int, at: datetime, usable: Usable
) -> tuple[list[tuple[int, int]], int]:
    """Which batches give how many units (ids with units above zero), and how many units are missing.

    Args:
        usable: ``valid`` leaves expired batches alone, ``expired`` takes nothing else, ``any`` takes expired ones first.
    """
    taken: list[tuple[int, int]] = []
    for batch in in_order(batches):
        if units == 0:
            break
        if usable != "any" and batch.is_expired(at) != (usable == "expired"):
            continue
        part = min(batch.left, units)
        if part > 0:
            taken.append((batch.id, part))
            units -= part
    return taken, units


def given_back(out: Sequence[tuple[int, int]], units: int) -> list[tuple[int, int]]:
    """Into which batches returned units go: those they came from, the one that was taken last first.

    Args:
        out: batch ids with units that are still out, in the order in which they were taken.
    """
    parts: list[tuple[int, int]] = []
    for batch_id, still in reversed(out):
        part = min(still, units)
        if part > 0:
            parts.append((batch_id, part))
            units -= part
    return parts


def differs(counted: int | None, expected: int | None) -> int:
    """How many units more (+) or fewer (−) were counted than the book said; 0 for what nobody counted."""
    return counted - expected if counted is not None and expected is not None else 0
