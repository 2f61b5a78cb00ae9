"""Decisions about orders and returns over plain values."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

UNDO_FOR = timedelta(minutes=10)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def key_is_acceptable(key: str) -> bool:
    """Whether ``key`` is long enough to be nobody else's: 16 to 64 letters, digits, ``-`` and ``_``."""
    return _KEY.fullmatch(key) is not None


def basket_digest(
    *, shop_id: int, member_id: int, goods: Iterable[tuple[int, int]], agreed_points: Decimal | None
) -> str:
    """What a basket's key stands for: shop, member, goods and the total that was agreed to.

    Today's prices are not in it: a retry after a change of price still finds the first result.
    """
    lines = ",".join(f"{product_id}x{quantity}" for product_id, quantity in sorted(goods))
    agreed = "" if agreed_points is None else f"{agreed_points:.2f}"
    return hashlib.sha256(f"shop {shop_id}|member {member_id}|{lines}|{agreed}".encode()).hexdigest()


def total(lines: Iterable[tuple[Decimal, int]]) -> Decimal:
    """Price times quantity, added up; exact."""
    return sum((price * quantity for price, quantity in lines), Decimal(0))


def proof_suffices(identified_by: str, cost: Decimal, card_limit: Decimal) -> bool:
    """Whether a phone code, a PIN, or a paper card alone is enough for ``cost`` points."""
    return identified_by != "card" or cost <= card_limit


def still_out(handed: Mapping[int, int], back: Mapping[int, int]) -> dict[int, int]:
    """Units by order line that have not been brought back."""
    return {line_id: quantity - back.get(line_id, 0) for line_id, quantity in handed.items()}


def return_state(handed_units: int, back_units: int) -> str:
    """``completed``, ``partly_returned`` or ``returned``."""
    if back_units == 0:
        return "completed"
    return "returned" if back_units >= handed_units else "partly_returned"


def may_undo(completed_at: datetime, at: datetime) -> bool:
    """Whether a sale is young enough to be undone as a whole."""
    return at - completed_at <= UNDO_FOR
