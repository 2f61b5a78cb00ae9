"""Ties at the counter: who redeemed, and who stood behind it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.fraud.ties import AT_THE_COUNTER, Tie


def at_the_counter(session: Session, since: datetime, until: datetime) -> Iterator[Tie]:
    """Every redemption, as a tie from the attendant to the member."""
    for row in orders(session, since, until, order=(Order.id,)):
        yield Tie(
            AT_THE_COUNTER, f"shop:{row.shop_id}", row.organisation_id, row.attendant, row.member_id,
            row.total_points,
        )  # fmt: skip
