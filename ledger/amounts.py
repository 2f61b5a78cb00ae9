"""Assets and exact amounts: Decimal outside, scaled integers in storage, never a float."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from functools import lru_cache

from ledger.errors import AmountInvalid, AmountTypeInvalid, TextInvalid

# Far above any community's books and far below 2**63, so that sums of many amounts still fit.
LARGEST_SCALED = 10**15

_LARGEST_ORDER = 40
_LONGEST_SHOWN = 60

# The caller's context may round to four digits, or trap what is harmless here. Nothing is ever rounded in this one: sums
# of the largest numbers that a database counts in fit twice over, and what would not fit is an error.
_EXACT = Context(
    prec=60, Emin=MIN_EMIN, Emax=MAX_EMAX, capitals=1, clamp=0, flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow, Inexact],
)  # fmt: skip

_POWERS: list[int] = [10**scale for scale in range(10)]

_ASSET_CODE = re.compile(r"[A-Z][A-Za-z0-9_.:-]{0,79}", re.ASCII)
_AMOUNT_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asset:
    """What an account counts: a code and the number of decimals it is kept in."""

    code: str
    scale: int

    def __post_init__(self) -> None:
        if not _ASSET_CODE.fullmatch(self.code):
            raise TextInvalid(field="asset", reason="letters, digits and _.:- after a capital letter")
        if not 0 <= self.scale <= 9:
            raise TextInvalid(field="asset", reason="between 0 and 9 decimals")


TIME = Asset("TIME", 0)
"""Whole minutes of service."""

POINTS = Asset("POINTS", 2)
"""Points with two decimals."""


@lru_cache(maxsize=4096)
def asset_of(code: str, scale: int) -> Asset:
    """The asset with this code and scale, checked once; always the same object, so that comparing it is quick."""
    asset = Asset(code, scale)
    return next((known for known in (TIME, POINTS) if known == asset), asset)


@lru_cache(maxsize=4096)
def units_asset(sku: str | int) -> Asset:
    """The asset that counts whole pieces of one kind of goods."""
    return asset_of(f"SKU:{sku}", 0)


def _refused(amount: object, asset: Asset, reason: str) -> AmountInvalid:
    return AmountInvalid(amount=_shown(amount), asset=asset.code, reason=reason)


def _shown(amount: object) -> str:
    """The amount as it goes into a refusal: short, and whatever it is."""
    try:
        text = str(amount)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def to_scaled(amount: Decimal | int, asset: Asset) -> int:
    """The stored integer of an exact amount. Refuses floats, NaN, infinities, exponents and lost decimals."""
    scaled: int
    if isinstance(amount, int) and not isinstance(amount, bool):
        scaled = amount * _POWERS[asset.scale]
    elif isinstance(amount, Decimal):
        scaled = _scaled_decimal(amount, asset)
    else:
        kind = type(amount).__name__
        raise AmountTypeInvalid(amount=_shown(amount), asset=asset.code, reason=f"{kind} instead of Decimal")
    if not -LARGEST_SCALED < scaled < LARGEST_SCALED:
        raise _refused(amount, asset, "too large")
    return scaled


def _scaled_decimal(amount: Decimal, asset: Asset) -> int:
    if not amount.is_finite():
        raise _refused(amount, asset, "not a finite number")
    # Looked at before the number is spelled out, which for 1E+999999999 would take all memory there is.
    if not -_LARGEST_ORDER <= amount.adjusted() <= _LARGEST_ORDER:
        large = amount.adjusted() > 0
        raise _refused(amount, asset, "too large" if large else f"more than {asset.scale} decimals")
    numerator, denominator = amount.as_integer_ratio()
    scaled, lost = divmod(numerator * _POWERS[asset.scale], denominator)
    if lost:
        raise _refused(amount, asset, f"more than {asset.scale} decimals")
    if denominator == 1 and numerator % 10 == 0 and _exponent(amount) > 0:
        raise _refused(amount, asset, "written with an exponent")
    return scaled


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "only called for finite numbers"
    return exponent


def from_scaled(scaled: int, asset: Asset) -> Decimal:
    """The Decimal of a stored integer, with as many decimals as the asset has; exact in whatever context it is called."""
    return Decimal(scaled).scaleb(-asset.scale, _EXACT) if asset.scale else Decimal(scaled)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, to the last digit whatever the caller's context would round to."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def parse_amount(text: object, asset: Asset) -> Decimal:
    """An amount from plain ASCII text such as `-12.50`; anything else is refused, not guessed."""
    if not isinstance(text, str):
        kind = type(text).__name__
        raise AmountTypeInvalid(amount=_shown(text), asset=asset.code, reason=f"{kind} instead of text")
    if not _AMOUNT_TEXT.fullmatch(text):
        raise _refused(text, asset, "not written in plain digits")
    amount = Decimal(text)
    to_scaled(amount, asset)
    return amount or amount.copy_abs()  # `-0` is nothing, without a sign.
