"""Chinese numerals as offices write them in dates and durations: 二〇二三, 十二, 三十一, 一百二十."""

import re

_DIGITS = {**{digit: value for value, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_NUMERAL = re.compile(f"[{''.join(_DIGITS)}{''.join(_UNITS)}]+")


def with_arabic_digits(text: str) -> str:
    """``text`` with every Chinese numeral below one thousand, or spelled digit by digit, as digits."""
    return _NUMERAL.sub(lambda match: _arabic(match[0]), text)


def _arabic(numeral: str) -> str:
    if not any(char in _UNITS for char in numeral):
        return "".join(str(_DIGITS[char]) for char in numeral)
    total = pending = 0
    for char in numeral:
        if char in _UNITS:
            total += (pending or 1) * _UNITS[char]
            pending = 0
        else:
            pending = _DIGITS[char]
    return str(total + pending)
