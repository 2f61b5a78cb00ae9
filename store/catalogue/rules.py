"""Decisions about products over plain values: barcodes, prices, categories, what a member can afford."""

import re
import unicodedata
from decimal import Decimal

from pypinyin import Style, lazy_pinyin

CATEGORIES: tuple[str, ...] = ("日化", "厨卫", "文化用品", "粮油", "服务", "其他")
"""The words that the county's own lists use; an import may bring others, which are kept as they are."""

SERVICE_CATEGORY = "服务"
KINDS: tuple[str, ...] = ("goods", "service")
BARCODE_LENGTHS = frozenset({8, 12, 13, 14})
DEAREST_PRICE_POINTS = Decimal(1_000_000)
_PRICE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?", re.ASCII)


def plain_digits(written: str) -> str:
    """What was scanned or typed, with full-width signs made narrow and spaces and dashes left out."""
    return "".join(unicodedata.normalize("NFKC", written).split()).replace("-", "")


def check_digit(body: str) -> str:
    """The GS1 check digit for the digits before it (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_barcode(digits: str) -> bool:
    """Whether ``digits`` is a GTIN-8, -12, -13 or -14 with the right check digit."""
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in BARCODE_LENGTHS:
        return False
    return check_digit(digits[:-1]) == digits[-1]


def same_barcodes(digits: str) -> tuple[str, ...]:
    """The ways in which scanners write one barcode: a UPC of 12 digits is an EAN-13 that begins with 0."""
    if len(digits) == 12:
        return digits, f"0{digits}"
    if len(digits) == 13 and digits.startswith("0"):
        return digits, digits[1:]
    return (digits,)


def price(written: str) -> Decimal | None:
    """The price in points that was typed, or None when it is not one: ``60``, ``7.50``, ``６０``."""
    text = unicodedata.normalize("NFKC", written).strip()
    if not _PRICE.fullmatch(text):
        return None
    amount = Decimal(text)
    return amount if price_is_acceptable(amount) else None


def price_is_acceptable(amount: Decimal) -> bool:
    """Above zero, not absurd, at most two decimals."""
    return 0 < amount <= DEAREST_PRICE_POINTS and amount == amount.quantize(Decimal("0.01"))


def short_by(cost: Decimal, balance: Decimal) -> Decimal:
    """How many points are missing for ``cost``; zero when the balance suffices."""
    return max(cost - balance, Decimal(0))


def plain(amount: Decimal) -> str:
    """Points in a sentence, without idle decimals: ``12`` or ``12.50``."""
    return f"{int(amount)}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def sort_name(name: str) -> str:
    """Pinyin of ``name`` in lower case with spaces: ``洗衣液2kg`` gives ``xi yi ye 2kg``."""
    return " ".join(lazy_pinyin(name)).lower()[:200]


def initials(name: str) -> str:
    """First letters of the pinyin, as people type them: ``洗衣液2kg`` gives ``xyy2kg``."""
    return "".join("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().split())[:200]
