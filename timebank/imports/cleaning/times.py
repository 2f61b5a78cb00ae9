"""Dates, moments and durations."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from timebank.imports.cells import Cell, half_width
from timebank.imports.cleaning.numerals import with_arabic_digits
from timebank.imports.cleaning.words import is_nothing, refuse_formula
from timebank.imports.rejections import Code, Unacceptable

_DASHES = re.compile("[‐‑‒–—―−]")
# 2023、7、12 and 2023·7·12 are typed where the dot is not at hand.
_DOTS = str.maketrans("、·", "..")
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?")
_AROUND_SEPARATORS = re.compile(r"\s*([-/.:年月日号时点分])\s*")
_DATE = re.compile(
    r"^(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?|(\d{2})(\d{2}))"
    r"(?:$|[T\s]+|(?<=[日号]))(.*)$"
)
_CLOCK = re.compile(
    r"^(上午|早上|早晨|凌晨|中午|下午|晚上|傍晚|am|pm)?\s*(\d{1,2})[:时点](半|\d{1,2})?分?(?::?[0-5]\d(?:\.\d+)?秒?)?\s*(am|pm)?$",
    re.IGNORECASE,
)
_AFTERNOON = frozenset(("下午", "晚上", "傍晚", "pm"))
_MORNING = frozenset(("上午", "早上", "早晨", "凌晨", "am"))

# Excel's day 60 is 29 February 1900, which never was; every later serial counts from here.
_SERIAL_ZERO = date(1899, 12, 30)
# Serials of 1927 to 2099. Smaller numbers are more likely to be a year or a count.
_SERIALS = range(10_000, 73_051)
_YEARS = range(1900, 2101)

MINUTES_OF_A_DAY = 24 * 60
_HOURS = r"(?:个?(?:小时|小時|钟头|时)|hours?|hrs?|h)"
_MINUTES = r"(?:分钟?|分鐘|minutes?|mins?|min|m)"
_NUMBER = r"\d{1,4}(?:\.\d{1,6})?"
_BARE = re.compile(rf"^({_NUMBER})$")
_CLOCK_SPAN = re.compile(r"^(\d{1,3}):([0-5]\d)(?::00)?$")
_HOURS_ONLY = re.compile(rf"^({_NUMBER}){_HOURS}$")
_HOURS_AND_MINUTES = re.compile(rf"^(\d{{1,3}}){_HOURS}(?:零|又)?(\d{{1,3}}){_MINUTES}?$")
_MINUTES_ONLY = re.compile(rf"^({_NUMBER}){_MINUTES}$")
_AND_A_HALF = re.compile(r"^(?:(\d{1,3})(?:个?(?:小时|钟头)半|个半(?:小时|钟头|钟)?)|半个?(?:小时|钟头|钟))$")


@dataclass(frozen=True)
class Moment:
    """A day, a time of day, or both, in the county's own time; ``days`` is 1 where the time was given as 24:00."""

    day: date | None
    clock: time | None
    days: int = 0


def clean_date(cell: Cell) -> date:
    """A calendar day between 1900 and 2100; a time of day after it is dropped.

    Read are 2023-07-12, 2023/7/12, 2023.7.12, 20230712, 2023年7月12日, 二〇二三年七月十二日, date cells and their serial
    numbers. Two-digit years and 7/12/2023 could mean several days and are sent back.
    """
    day = clean_moment(cell).day
    if day is None:
        raise Unacceptable(Code.INVALID_DATE)
    return day


def clean_optional_date(cell: Cell) -> date | None:
    """As :func:`clean_date`; None for a blank cell."""
    refuse_formula(cell)
    return None if is_nothing(cell) else clean_date(cell)


def clean_moment(cell: Cell) -> Moment:
    """A day with or without a time, or a time alone."""
    refuse_formula(cell)
    if is_nothing(cell):
        raise Unacceptable(Code.MISSING)
    if isinstance(cell, datetime):
        return _within_years(Moment(cell.date(), cell.time().replace(tzinfo=None)))
    if isinstance(cell, date):
        return _within_years(Moment(cell, None))
    if isinstance(cell, time):
        return Moment(None, cell.replace(tzinfo=None))
    moment = _moment_of_number(cell) or _moment_of_text(half_width(cell))
    if moment is None:
        raise Unacceptable(Code.INVALID_DATE)
    return _within_years(moment)


def _within_years(moment: Moment) -> Moment:
    if moment.day is not None and moment.day.year not in _YEARS:
        raise Unacceptable(Code.INVALID_DATE)
    return moment


def _moment_of_number(cell: Cell) -> Moment | None:
    """A serial number: whole days since 1899-12-30, and the time as a fraction."""
    text = half_width(cell)
    if isinstance(cell, bool | timedelta) or not re.fullmatch(r"\d{5}(\.\d+)?", text):
        return None
    number = Decimal(text)
    days, fraction = int(number), number % 1
    if days not in _SERIALS:
        return None
    day = _SERIAL_ZERO + timedelta(days=days)
    minutes = int((fraction * MINUTES_OF_A_DAY).to_integral_value(ROUND_HALF_UP))
    if minutes == MINUTES_OF_A_DAY:
        return Moment(day + timedelta(days=1), time(0))
    return Moment(day, time(minutes // 60, minutes % 60) if fraction else None)


def _moment_of_text(text: str) -> Moment | None:
    plain = _WEEKDAY.sub(" ", _DASHES.sub("-", text))
    if re.search("[一二三四五六七八九十]", plain):
        plain = with_arabic_digits(plain)
    plain = _AROUND_SEPARATORS.sub(r"\1", plain.strip().translate(_DOTS).rstrip(".。"))
    match = _DATE.match(plain)
    if not match:
        return _clock_moment(None, plain)
    year, month, day = (int(part) for part in match.groups()[:11] if part is not None)
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    rest = match[12].strip()
    return _clock_moment(found, rest) if rest else Moment(found, None)


def _clock_moment(day: date | None, text: str) -> Moment | None:
    match = _CLOCK.match(text.strip())
    if not match:
        return None
    half_day = (match[1] or match[4] or "").lower()
    hour = int(match[2])
    minute = 30 if match[3] == "半" else int(match[3] or 0)
    if half_day in _AFTERNOON and hour < 12:
        hour += 12
    elif half_day in _MORNING and hour == 12:
        hour = 0
    if (hour, minute) == (24, 0):
        return Moment(day, time(0), days=1)
    if hour > 23 or minute > 59:
        return None
    return Moment(day, time(hour, minute))


def clean_duration(cell: Cell, *, in_minutes: bool = False) -> int:
    """Whole minutes, from 1 to 1,440 (a day).

    A bare number is hours, or minutes where the header says so. Fractions of a minute, as in 1.33 h, round
    half up. “About two hours”, ranges, negative, zero and longer than a day are sent back.
    """
    refuse_formula(cell)
    if is_nothing(cell):
        raise Unacceptable(Code.MISSING)
    minutes = _minutes_of_cell(cell, in_minutes)
    if minutes is None:
        raise Unacceptable(Code.INVALID_DURATION)
    whole = int(minutes.to_integral_value(ROUND_HALF_UP))
    if not 1 <= whole <= MINUTES_OF_A_DAY:
        raise Unacceptable(Code.INVALID_DURATION)
    return whole


def _minutes_of_cell(cell: Cell, in_minutes: bool) -> Decimal | None:
    if isinstance(cell, timedelta):
        return Decimal(cell // timedelta(seconds=1)) / 60
    if isinstance(cell, time):
        return Decimal(cell.hour * 60 + cell.minute)
    if isinstance(cell, bool | date):
        return None
    text = half_width(cell).replace(" ", "").casefold().removesuffix("整")
    return _minutes_of_text(with_arabic_digits(text), in_minutes)


def _minutes_of_text(text: str, in_minutes: bool) -> Decimal | None:
    if match := _BARE.match(text):
        return Decimal(match[1]) * (1 if in_minutes else 60)
    if match := _CLOCK_SPAN.match(text):
        return Decimal(int(match[1]) * 60 + int(match[2]))
    if match := _HOURS_ONLY.match(text):
        return Decimal(match[1]) * 60
    if match := _HOURS_AND_MINUTES.match(text):
        return Decimal(int(match[1]) * 60 + int(match[2]))
    if match := _MINUTES_ONLY.match(text):
        return Decimal(match[1])
    if match := _AND_A_HALF.match(text):
        return Decimal(int(match[1] or 0) * 60 + 30)
    return None
