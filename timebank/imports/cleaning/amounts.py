"""Points, quantities, barcodes."""

import re
from decimal import Decimal

from timebank.imports.cells import Cell, squeezed
from timebank.imports.cleaning.numerals import with_arabic_digits
from timebank.imports.cleaning.words import is_nothing, refuse_formula
from timebank.imports.rejections import Code, Unacceptable

_POINTS = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,15}))?(?:个?积分|福分|分|points?|pts?)?$")
_MONEY = re.compile(r"^[¥￥]?((?:\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.\d{1,15})?)元?$")
_POINTS_DECIMALS = 2
MOST_POINTS = Decimal(1_000_000)
_QUANTITY = re.compile(
    r"^(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.0+)?"
    r"(?:个人|人次|人|名|位|个|件|份|袋|瓶|盒|箱|包|桶|条|只|支|块|把|套|张|本|台|卷|双|次|people|persons?|pcs?)?$"
)
_UNLIMITED = frozenset(("不限", "不限人数", "无限", "无限制", "不限制", "不限名额", "unlimited", "nolimit"))
MOST_UNITS = 1_000_000
# GTIN-8, GTIN-12 (UPC-A) and GTIN-13 (EAN-13) are what goods at a counter carry. GS1 General Specifications §7.9.
_BARCODE_LENGTHS = (8, 12, 13)
_CARTON_DIGITS = 14
# A shorter number is a typing error rather than a code that began with many zeros.
_FEWEST_DIGITS_OF_NUMBER = 6
_BARCODE_SEPARATORS = re.compile(r"[\s'’‘`\-‐‑–]+")


def clean_points(cell: Cell) -> Decimal:
    """More than zero and at most a million points, with at most two decimals; always given with two."""
    refuse_formula(cell)
    if is_nothing(cell):
        raise Unacceptable(Code.MISSING)
    match = _POINTS.match(squeezed(cell).casefold())
    if not match or isinstance(cell, bool):
        raise Unacceptable(Code.INVALID_POINTS)
    decimals = (match[2] or "").rstrip("0")
    points = Decimal(f"{match[1].replace(',', '')}.{decimals or '0'}")
    if len(decimals) > _POINTS_DECIMALS or not 0 < points <= MOST_POINTS:
        raise Unacceptable(Code.INVALID_POINTS)
    return points.quantize(Decimal("0.01"))


def clean_money(cell: Cell) -> Decimal | None:
    """An amount of money from 0 to a million with at most two decimals: 12.5, ￥3 or 3元; None for a blank cell."""
    refuse_formula(cell)
    if is_nothing(cell):
        return None
    match = _MONEY.match(squeezed(cell).casefold())
    if not match or isinstance(cell, bool):
        raise Unacceptable(Code.INVALID_POINTS)
    amount = Decimal(match[1].replace(",", ""))
    if amount > MOST_POINTS or amount != amount.quantize(Decimal("0.01")):
        raise Unacceptable(Code.INVALID_POINTS)
    return amount.quantize(Decimal("0.01"))


def clean_quantity(cell: Cell) -> int | None:
    """A whole number from 0 to a million, such as 100人, ５０ or 三十人; None for a blank cell or 不限."""
    refuse_formula(cell)
    text = squeezed(cell).casefold()
    if is_nothing(cell) or text in _UNLIMITED:
        return None
    match = _QUANTITY.match(with_arabic_digits(text))
    if not match or isinstance(cell, bool):
        raise Unacceptable(Code.INVALID_QUANTITY)
    quantity = int(match[1].replace(",", ""))
    if quantity > MOST_UNITS:
        raise Unacceptable(Code.INVALID_QUANTITY)
    return quantity


def clean_barcode(cell: Cell) -> str | None:
    """An EAN-13, EAN-8 or UPC-A with its right check digit; None for a blank cell (services have none).

    A number cell has lost its leading zeros, which are put back; in text nothing is added.
    """
    refuse_formula(cell)
    if is_nothing(cell):
        return None
    digits = _BARCODE_SEPARATORS.sub("", squeezed(cell))
    if not isinstance(cell, str):
        digits = _with_leading_zeros(digits)
    if not is_barcode(digits):
        raise Unacceptable(Code.INVALID_BARCODE)
    return digits


def clean_carton(cell: Cell) -> str | None:
    """A carton's ITF-14, or a code as on a single piece; None for a blank cell."""
    refuse_formula(cell)
    if is_nothing(cell):
        return None
    digits = _BARCODE_SEPARATORS.sub("", squeezed(cell))
    if len(digits) == _CARTON_DIGITS and digits.isascii() and digits.isdecimal():
        # The weights run from the right, so that a code and the same code behind a zero are checked alike.
        weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
        if weighted % 10 == 0:
            return digits
    return clean_barcode(cell)


def _with_leading_zeros(digits: str) -> str:
    if len(digits) < _FEWEST_DIGITS_OF_NUMBER:
        return digits
    return digits.zfill(next((length for length in _BARCODE_LENGTHS if length >= len(digits)), 0))


def is_barcode(digits: str) -> bool:
    """Whether length and check digit are right: weights 3 and 1 in turn from the right, sum divisible by ten."""
    if len(digits) not in _BARCODE_LENGTHS or not (digits.isascii() and digits.isdigit()) or not int(digits):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0
