"""Mainland mobile numbers and resident identity numbers: what is one, and what it says. Pure, no cells, no tables."""

import re
import unicodedata
from datetime import date

# Mainland mobile numbers: eleven digits, the second from 3 to 9. Plan for numbering of telephone networks (MIIT, 2017).
_MOBILE = re.compile(r"^(?:\+?86|0086)?(1[3-9]\d{9})$")
_SEPARATORS = re.compile(r"[\s()'’‘`\-‐‑‒–—―−.·_/]+")

# GB 11643-1999: weights of the first seventeen places (ISO 7064, MOD 11-2) and the check characters.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_IDENTITY = re.compile(r"^\d{17}[\dX]$")
# GB/T 2260 provinces; 81-83 are the residence permits of Hong Kong, Macao and Taiwan, 9x of foreigners.
_PROVINCES = frozenset(
    place
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
        (90, 99),
    )
    for place in range(first, last + 1)
)
EARLIEST_BIRTH = date(1900, 1, 1)


def written_plainly(text: str) -> str:
    """``text`` with full-width characters made plain (NFKC) and separators such as spaces and dashes removed."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def mobile_number(text: str) -> str | None:
    """The eleven digits of a mobile number written with spaces, dashes or +86, or None where it is none."""
    digits = written_plainly(text)
    match = _MOBILE.match(digits) if digits.isascii() else None
    return match[1] if match else None


def identity_number(text: str, *, today: date) -> str | None:
    """The eighteen characters of a resident identity number, or None where it is none (see :func:`is_identity`)."""
    number = written_plainly(text).upper()
    return number if is_identity(number, today=today) else None


def is_identity(number: str, *, today: date) -> bool:
    """Whether ``number`` has a province, a real date of birth not after ``today``, and the right check character.

    The 15-digit numbers of before 1999 have not been valid since 1 January 2013 (Resident Identity Card Law).
    """
    if not number.isascii() or not _IDENTITY.match(number) or int(number[:2]) not in _PROVINCES:
        return False
    born = birth_date(number)
    return born is not None and EARLIEST_BIRTH <= born <= today and check_character(number) == number[17]


def check_character(number: str) -> str:
    """The eighteenth character that belongs to the first seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECK_CHARACTERS[total % 11]


def birth_date(number: str) -> date | None:
    """The date in places 7 to 14, or None where there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def identity_sex(number: str) -> str:
    """``male`` or ``female``, by the seventeenth digit."""
    return "male" if int(number[16]) % 2 else "female"
