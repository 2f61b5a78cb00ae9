"""What stands at the top of a member's own pages while her points are frozen."""

from flask import request

from store.disputes.models import Dispute
from store.disputes.queries import standing_dispute
from timebank.web.requests import actor, reading

SHOWN_ON = frozenset(
    {
        "desks.home",
        "account.points",
        "cards.my_code",
        "browse.index",
        "browse.product",
        "reservations.basket",
        "giving.give",
        "giving.index",
        "own_orders.index",
    }
)
"""Where she would otherwise wonder why nothing can be spent: home, passbook, catalogue, basket, code."""


def frozen_dispute() -> Dispute | None:
    """The report that freezes the reader's points, on the pages where she has to know it."""
    from flask_login import current_user

    if request.endpoint not in SHOWN_ON or not current_user.is_authenticated:
        return None
    member_id = actor().member_id
    if member_id is None:
        return None
    with reading() as db:
        return standing_dispute(db, member_id)
