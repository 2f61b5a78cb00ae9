"""Decisions about stock over plain values."""

import re
import unicodedata

MOST_UNITS = 100_000
_WHOLE = re.compile(r"[0-9]{1,7}", re.ASCII)


def whole_number(written: str) -> int | None:
    """The whole number that was typed, full-width digits included, or None."""
    text = unicodedata.normalize("NFKC", written).strip()
    return int(text) if _WHOLE.fullmatch(text) else None


def is_low(units: int, low_stock_units: int) -> bool:
    """Whether a shelf with ``units`` belongs on the list of what runs low."""
    return units <= low_stock_units
