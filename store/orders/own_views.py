"""One's own orders, for members."""

from flask import Blueprint, render_template

from store.orders import queries
from store.pages import asked_number
from timebank.web.requests import actor, reading

blueprint = Blueprint("own_orders", __name__)

CARDS_A_PAGE = 20


@blueprint.get("/my/orders")
def index() -> str:
    """One's own orders, newest first, each with its receipt."""
    member_id, before = actor().member_id, asked_number("before")
    with reading() as db:
        found = (
            []
            if member_id is None
            else queries.member_orders(db, member_id, before=before, limit=CARDS_A_PAGE + 1)
        )
        return render_template(
            "orders/mine.html",
            orders=found[:CARDS_A_PAGE],
            before=found[CARDS_A_PAGE - 1].order.id if len(found) > CARDS_A_PAGE else None,
        )
