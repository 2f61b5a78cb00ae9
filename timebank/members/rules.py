"""Decisions about members over plain values: numbers, sort names, ages."""

from datetime import date, datetime, timedelta

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


PIN_DIGITS = 6
_UP = "01234567890123456789"
_COMMON_PINS = frozenset(
    {"112233", "223344", "123321", "121314", "131420", "520131", "147258", "258369", "147852", "159753"}
)


def pin_is_acceptable(pin: str, *, born_on: date | None, phone: str, number: str) -> bool:
    """Six digits, and none of those that somebody who holds the card would try first."""
    if len(pin) != PIN_DIGITS or not pin.isascii() or not pin.isdecimal():
        return False
    if pin in _UP or pin[::-1] in _UP or pin in _COMMON_PINS or pin[:3] == pin[3:] or pin[:2] * 3 == pin:
        return False
    birthdays = (
        {born_on.strftime(form) for form in ("%y%m%d", "%d%m%y", "%m%d%y", "%Y%m", "%m%Y")}
        if born_on
        else set()
    )
    return len(set(pin)) > 2 and pin not in birthdays and not phone.endswith(pin) and pin not in number


def name_is_acceptable(name: str) -> bool:
    """Between one and sixty characters, printable, beginning with a letter: what begins otherwise is no name.

    A spreadsheet that opens an exported register would run ``=`` and ``+`` (CWE-1236).
    """
    return 1 <= len(name) <= 60 and name.isprintable() and name[0].isalpha() and not set(name) & set("<>=|")


def asks_for_pin(known_since: datetime, at: datetime, *, after_days: int, has_pin: bool) -> datetime | None:
    """Until when a browser that the account knows since ``known_since`` owes the PIN; None when it owes none.

    Args:
        after_days: how long a browser is new; 0 never asks. Who has no PIN cannot be asked for one.
    """
    until = known_since + timedelta(days=after_days)
    return until if has_pin and after_days and at < until else None
