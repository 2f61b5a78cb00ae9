"""What leaves the books when others are settled with, and goods that are given without points."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import journal
from ledger.accounts import AccountSpec
from ledger.journal import Draft, Leg, Posting
from timebank.books import chart
from timebank.books.legs import moved

KIND = "settlement"


def party_account(kind: str, organisation_id: int) -> AccountSpec:
    """The account that a statement is about: a merchant's redeemed points, or what a funder owes."""
    assert kind in ("merchant", "funder"), "statements are with merchants and funders"
    return (
        chart.points_redeemed(organisation_id) if kind == "merchant" else chart.subsidy_owed(organisation_id)
    )


def settle(
    session: Session,
    *,
    settlement_id: int,
    kind: str,
    party_organisation_id: int,
    house_organisation_id: int,
    points: Decimal,
    at: datetime,
    actor: str,
) -> Posting:
    """The points of a paid statement leave the party's account, so that what stands there is what is still owed.

    Below zero, where the other side has paid back, they come onto it.
    Once for each statement. Raises ``KeyReused`` where the statement was settled with other content.
    """
    account, settled = party_account(kind, party_organisation_id), chart.points_settled(house_organisation_id)
    source, target = (account, settled) if (kind == "merchant") == (points > 0) else (settled, account)
    draft = Draft(
        key=f"settlement:{settlement_id}",
        kind=KIND,
        legs=moved(source, target, abs(points)),
        at=at,
        recorded_at=at,
        actor=actor,
        subject=f"settlement:{settlement_id}",
    )
    return journal.post(session, draft)


def hand_out_goods(
    session: Session,
    *,
    key: str,
    shop_id: int,
    organisation_id: int,
    goods: Sequence[tuple[int, int]],
    at: datetime,
    actor: str,
) -> Posting:
    """Pieces leave a shop's shelves for somebody who pays nothing, in one transaction: shelf → handed over.

    Raises ``InsufficientBalance``, ``KeyReused``.
    """
    legs: list[Leg] = []
    for product_id, quantity in goods:
        shelf, out = chart.shelf(shop_id, product_id), chart.goods_out(organisation_id, product_id)
        legs += moved(shelf, out, Decimal(quantity))
    draft = Draft(
        key=f"goods_given:{key}",
        kind="goods_given",
        legs=legs,
        at=at,
        recorded_at=at,
        actor=actor,
        subject=f"handout:{key}",
        facts={"shop": shop_id},
    )
    return journal.post(session, draft)
