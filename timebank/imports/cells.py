"""A spreadsheet's cell as a plain value, and its text as the spreadsheet program shows it."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal

# No floats: the sheet reader turns them into decimals with the fifteen digits that spreadsheets keep.
Cell = str | int | Decimal | bool | datetime | date | time | timedelta | None

# Unicode's format and control characters that are not space: direction marks, joiners, byte order marks.
_INVISIBLE = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_INVISIBLE_CHARACTERS = re.compile(f"[{_INVISIBLE}]")
_SPACES = re.compile(r"\s+")
# Nearly every cell has nothing of the kind, and is not copied.
_UNTIDY = re.compile(f"[{_INVISIBLE}]|[^\\S ]|  ")


def shown(cell: Cell) -> str:
    """The cell's text on one line, without invisible characters and surrounding space; empty for ``None``.

    Phone books and messaging apps wrap numbers in invisible direction marks, so these are dropped.
    Private-use characters stay: rare family names are written with them.
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f")
    text = cell if isinstance(cell, str) else str(cell)
    if _UNTIDY.search(text):
        text = _SPACES.sub(" ", _INVISIBLE_CHARACTERS.sub("", text))
    return text.strip()


def half_width(cell: Cell) -> str:
    """:func:`shown` with full-width digits, letters and punctuation made ordinary (Unicode NFKC)."""
    text = shown(cell)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def squeezed(cell: Cell) -> str:
    """:func:`half_width` without any space."""
    return half_width(cell).replace(" ", "")


def matching_key(cell: Cell) -> str:
    """What two spellings of one name have in common: width, case and spaces do not matter."""
    return squeezed(cell).casefold()


def is_blank(cell: Cell) -> bool:
    """Whether the cell shows nothing."""
    return not shown(cell)
