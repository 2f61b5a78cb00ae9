"""A merchant's counter without stock of its own: what it hands out comes in with the sale, in the same transaction.

So the books stay whole: every unit that goes out has come in, on a numbered receipt from the merchant.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.stock import receipts
from store.stock.receipts import Incoming, Paper
from timebank.access.actors import Actor
from timebank.books.queries import shelf_availables

BROUGHT = "商户自带"
"""Whom the receipt names: the merchant brought it."""


def bring(
    session: Session, *, shop: Shop, goods: Sequence[tuple[int, int]], key: str, by: Actor, at: datetime
) -> None:
    """Book in what ``goods`` (product ids with units) lack on the shelf of a shop that keeps no stock; once per ``key``.

    Vouchers have codes that somebody has to bring in first, so they run short like anywhere else.
    """
    if shop.keeps_stock:
        return
    there = shelf_availables(session, shop.id)
    missing = [
        Incoming(product_id, units - there.get(product_id, 0))
        for product_id, units in goods
        if units > there.get(product_id, 0) and session.get_one(Product, product_id).kind != "voucher"
    ]
    if missing:
        paper = Paper("receipt", source=BROUGHT)
        # Nothing that is brought at once has a date, so the county's own day does not matter.
        receipts.receive(
            session,
            shop=shop,
            paper=paper,
            lines=missing,
            key=f"{key}:brought",
            timezone=ZoneInfo("UTC"),
            by=by,
            at=at,
        )
