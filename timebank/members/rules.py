"""Decisions about members over plain values: numbers, sort names, ages."""

from datetime import date

from pypinyin import lazy_pinyin

NUMBER_DIGITS = 8
# As surnames these two are read otherwise than in common words.
_SURNAMES = {"曾": "zeng", "单": "shan"}


def sort_name(name: str) -> str:
    """Pinyin of ``name`` in lower case, so that lists sort as people look things up; at most 200 characters."""
    if not name:
        return ""
    first = _SURNAMES.get(name[0])
    rest = lazy_pinyin(name[1:] if first else name)
    return " ".join(([first] if first else []) + rest).lower()[:200]


def age_on(born_on: date, day: date) -> int:
    """Whole years of age on ``day``; somebody born on 29 February grows older on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def check_digit(number: str) -> str:
    """The Luhn check digit (ISO/IEC 7812-1 annex B) for a string of digits: catches every single mistyped digit."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def volunteer_number(serial: int) -> str:
    """Eight digits: seven that count up from 1000001 and a check digit."""
    body = str(1_000_000 + serial)
    return body + check_digit(body)
