"""Every event that moves goods without points: in, off, counted, from shop to shop. Like ``postings`` in all else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import journal
from ledger.journal import Draft, Leg, Posting
from timebank.books import chart
from timebank.books.legs import moved

Goods = Sequence[tuple[int, int]]
"""Product ids with whole quantities above zero."""


@dataclass(frozen=True, slots=True)
class GoodsMovement:
    """Pieces of one product that come into a shop, leave its shelf, or were found there."""

    key: str
    shop_id: int
    organisation_id: int
    product_id: int
    quantity: int
    at: datetime
    actor: str


def receive_goods(
    session: Session,
    *,
    key: str,
    shop_id: int,
    organisation_id: int,
    product_id: int,
    quantity: int,
    at: datetime,
    actor: str,
) -> Posting:
    """Pieces come in, bought or donated."""
    one = GoodsMovement(key, shop_id, organisation_id, product_id, quantity, at, actor)
    return receive_goods_many(session, [one])[0]


def receive_goods_many(session: Session, receipts: Sequence[GoodsMovement]) -> list[Posting]:
    """All of them or none, in their order."""
    return journal.post_batch(session, [_receipt_draft(one) for one in receipts])


def _receipt_draft(one: GoodsMovement) -> Draft:
    source = chart.goods_in(one.organisation_id, one.product_id)
    legs = moved(source, chart.shelf(one.shop_id, one.product_id), Decimal(one.quantity))
    return _goods_draft("goods_in", one, legs)


def write_off(
    session: Session,
    *,
    key: str,
    shop_id: int,
    organisation_id: int,
    product_id: int,
    quantity: int,
    at: datetime,
    actor: str,
) -> Posting:
    """Pieces leave the shelf because they are spoiled, broken or given away without points."""
    one = GoodsMovement(key, shop_id, organisation_id, product_id, quantity, at, actor)
    lost = chart.goods_lost(organisation_id, product_id)
    legs = moved(chart.shelf(shop_id, product_id), lost, Decimal(quantity))
    return journal.post(session, _goods_draft("goods_lost", one, legs))


def count_difference(
    session: Session,
    *,
    key: str,
    shop_id: int,
    organisation_id: int,
    product_id: int,
    quantity: int,
    at: datetime,
    actor: str,
) -> Posting:
    """What counting the shelf found: above zero more than the book, below zero less."""
    one = GoodsMovement(key, shop_id, organisation_id, product_id, quantity, at, actor)
    source, target = chart.goods_lost(organisation_id, product_id), chart.shelf(shop_id, product_id)
    if quantity < 0:
        source, target = target, source
    legs = moved(source, target, Decimal(abs(quantity)))
    return journal.post(session, _goods_draft("goods_count", one, legs))


def send_goods(
    session: Session, *, key: str, shop_id: int, goods: Goods, at: datetime, actor: str
) -> Posting:
    """Pieces leave a shop's shelves and are on the way to another shop, in one transaction."""
    legs: list[Leg] = []
    for product_id, quantity in goods:
        legs += moved(chart.shelf(shop_id, product_id), chart.transit(key, product_id), Decimal(quantity))
    draft = Draft(
        f"goods_sent:{key}", "goods_sent", legs, at, at, actor, f"transfer:{key}", {"shop": shop_id}
    )
    return journal.post(session, draft)


def arrive_goods(
    session: Session,
    *,
    key: str,
    shop_id: int,
    organisation_id: int,
    goods: Sequence[tuple[int, int, int]],
    at: datetime,
    actor: str,
) -> Posting:
    """What was on the way comes to an end: product ids with pieces sent and pieces that arrived.

    What did not arrive is lost by ``organisation_id``, what arrived beyond that was found by it.
    """
    legs: list[Leg] = []
    for product_id, sent, arrived in goods:
        shelf, lost = chart.shelf(shop_id, product_id), chart.goods_lost(organisation_id, product_id)
        ends = ((chart.transit(key, product_id), -sent), (shelf, arrived), (lost, sent - arrived))
        legs += [Leg(account, Decimal(amount)) for account, amount in ends if amount]
    draft = Draft(
        f"goods_arrived:{key}", "goods_arrived", legs, at, at, actor, f"transfer:{key}", {"shop": shop_id}
    )
    return journal.post(session, draft)


def _goods_draft(kind: str, one: GoodsMovement, legs: list[Leg]) -> Draft:
    return Draft(
        key=f"{kind}:{one.key}",
        kind=kind,
        legs=legs,
        at=one.at,
        recorded_at=one.at,
        actor=one.actor,
        subject=f"product:{one.product_id}",
        facts={"shop": one.shop_id},
    )
