"""Phone, identity number, sex."""

import re
from datetime import date

from timebank.imports.cells import Cell, squeezed
from timebank.imports.cleaning.words import is_nothing, refuse_formula
from timebank.imports.rejections import Code, Unacceptable
from timebank.members.identity_numbers import identity_number, mobile_number

_SCIENTIFIC = re.compile(r"^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$")
_MOBILE_DIGITS = 11
# A spreadsheet keeps fifteen digits of a number, so an identity number typed as one has lost its last three.
_LOST_DIGITS = 1000

_SEXES = {
    **dict.fromkeys(["男", "男性", "男士", "男生", "m", "male", "man", "1"], "male"),
    **dict.fromkeys(["女", "女性", "女士", "女生", "f", "female", "woman", "2"], "female"),
}


def clean_phone(cell: Cell) -> str:
    """Eleven digits of a mobile number. Landlines are sent back: members log in with it and get messages."""
    refuse_formula(cell)
    if is_nothing(cell):
        raise Unacceptable(Code.MISSING)
    phone = mobile_number(_written_out(squeezed(cell)))
    if phone is None:
        raise Unacceptable(Code.INVALID_PHONE)
    return phone


def _written_out(text: str) -> str:
    """``1.3912345678E10`` as digits; with fewer digits than the number has, some are lost, and it stays as it is."""
    match = _SCIENTIFIC.match(text)
    if not match or 1 + len(match[2] or "") < _MOBILE_DIGITS:
        # What a text file keeps of a cell such as 13912345678.0.
        return re.sub(r"^(\d{11,})\.0+$", r"\1", text)
    whole, exponent = match[1] + match[2], int(match[3])
    return whole if len(whole) == exponent + 1 else text


def clean_identity(cell: Cell, *, today: date) -> str:
    """An 18-place resident identity number (GB 11643-1999), its last character a digit or ``X``.

    The 15-digit numbers of before 1999 have not been valid since 1 January 2013 (Resident Identity Card
    Law) and are sent back, since the person's card shows the longer one.
    """
    refuse_formula(cell)
    if is_nothing(cell):
        raise Unacceptable(Code.MISSING)
    if not isinstance(cell, str) and (not isinstance(cell, int) or cell % _LOST_DIGITS == 0):
        raise Unacceptable(Code.INVALID_IDENTITY)
    number = identity_number(squeezed(cell), today=today)
    if number is None:
        raise Unacceptable(Code.INVALID_IDENTITY)
    return number


def clean_sex(cell: Cell) -> str | None:
    """``male`` or ``female``; None for a blank cell."""
    refuse_formula(cell)
    word = squeezed(cell).casefold()
    if is_nothing(cell) or word in ("未知", "不详", "unknown", "0"):
        return None
    if word not in _SEXES:
        raise Unacceptable(Code.INVALID_SEX)
    return _SEXES[word]
