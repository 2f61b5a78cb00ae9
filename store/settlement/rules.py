"""Decisions about settling over plain values: what points come to in money, what a statement's lines digest to. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MOST_RATE_FEN = Decimal(100_000)
_WHOLE_FEN = Decimal(1)


def amount_fen(points: Decimal, rate_fen: Decimal) -> int:
    """Points times fen per point, rounded half up to a whole fen, once, on the total."""
    return int((points * rate_fen).quantize(_WHOLE_FEN, rounding=ROUND_HALF_UP))


def yuan(fen: int) -> str:
    """``1,234.50``."""
    sign, whole = ("−" if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"


def owed_points(kind: str, account_sum: Decimal) -> Decimal:
    """What the sum of an account's entries means: redeemed points stand above zero, owed subsidies below."""
    return account_sum if kind == "merchant" else -account_sum


def lines_digest(lines: Iterable[tuple[int, Decimal]]) -> str:
    """SHA-256 over transaction ids and points, in order: what both sides say yes to."""
    written = "\n".join(f"{transaction_id} {points:.2f}" for transaction_id, points in sorted(lines))
    return hashlib.sha256(written.encode()).hexdigest()


def rate_is_acceptable(rate_fen: Decimal) -> bool:
    """Above nothing, at most 1,000 yuan, no finer than a hundredth of a fen."""
    return 0 < rate_fen <= MOST_RATE_FEN and rate_fen == rate_fen.quantize(Decimal("0.01"))


def periods_overlap(first: date, last: date, other_first: date, other_last: date) -> bool:
    """Whether two periods, both ends included, share a day."""
    return first <= other_last and other_first <= last


def masked_name(name: str) -> str:
    """A name as the public sees it: the surname and stars, as many as characters are hidden, at most three."""
    return name[:1] + "*" * min(max(1, len(name) - 1), 3)
