"""The accounts and drafts that the ledger's tests use: a volunteer, a stranger, and the house that issues points."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ledger.accounts import set_status
from ledger.amounts import POINTS, TIME, Asset
from ledger.journal import AccountSpec, Draft, Leg

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
ZERO = Decimal(0)


def points_of(name: str, floor: Decimal | None = ZERO) -> AccountSpec:
    """A member's points account."""
    return AccountSpec(f"member:{name}:points", POINTS, floor)


def time_of(name: str, floor: Decimal | None = ZERO) -> AccountSpec:
    """A member's time account."""
    return AccountSpec(f"member:{name}:time", TIME, floor)


LI = points_of("li")
STRANGER = points_of("stranger")
ISSUED = AccountSpec("org:1:issued", POINTS)
REDEEMED = AccountSpec("org:1:redeemed", POINTS)
SERVED = AccountSpec("org:1:served", TIME)
EXCHANGE_TIME = AccountSpec("org:1:exchange:time", TIME)
EXCHANGE_POINTS = AccountSpec("org:1:exchange:points", POINTS)
SOAP = Asset("SKU:soap", 0)


def move(
    key: str,
    source: AccountSpec | str,
    target: AccountSpec | str,
    amount: Decimal | int | str,
    *,
    at: dt.datetime = NOON,
    **changes: Any,
) -> Draft:
    """A draft that takes an amount from one account to another."""
    exact = Decimal(amount)
    said: dict[str, Any] = {
        "kind": "transfer",
        "recorded_at": at,
        "actor": "coordinator",
        "subject": "test:1",
    }
    return Draft(key=key, legs=[Leg(source, -exact), Leg(target, exact)], at=at, **{**said, **changes})


def award(key: str, to: AccountSpec, amount: Decimal | int | str, **changes: Any) -> Draft:
    """A draft that issues points to a member."""
    return move(key, ISSUED, to, amount, **{"kind": "award", **changes})


def spend(key: str, who: AccountSpec, amount: Decimal | int | str, **changes: Any) -> Draft:
    """A draft that redeems a member's points."""
    return move(key, who, REDEEMED, amount, **{"kind": "spend", **changes})


def set_to(session: Session, code: str, status: str, **changes: Any) -> bool:
    """Close an account or open it again, as the office does."""
    said: dict[str, Any] = {"at": NOON, "actor": "office", "reason": "moved away"}
    return set_status(session, code, status=status, **{**said, **changes})
