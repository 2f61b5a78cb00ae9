"""The legs of a movement from one account to another. Pure."""

from datetime import datetime
from decimal import Decimal

from ledger.accounts import AccountSpec
from ledger.drafts import Leg


def moved(
    source: AccountSpec, target: AccountSpec, amount: Decimal, *, lapses_at: datetime | None = None
) -> list[Leg]:
    """The two legs of ``amount`` from ``source`` to ``target``; none for nothing, such as goods that cost no points."""
    assert amount >= 0, "a movement has a direction, not a sign"
    return [Leg(source, -amount), Leg(target, amount, lapses_at)] if amount else []
