"""Orders over the API."""

from typing import Any

from sqlalchemy.orm import Session

from store.orders import lists, queries
from store.orders.schemas import OrderQuerySchema, OrderSchema
from store.permissions import ORDERS_READ
from timebank.access import scope
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("orders", __name__, "Redemptions with their returns")


@blueprint.get("/orders")
@blueprint.arguments(OrderQuerySchema, location="query")
@blueprint.response(200, list_of(OrderSchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Orders of the shops within the key's subtree, newest first."""
    scope.require_somewhere(actor(), ORDERS_READ)
    with reading() as db:
        page = lists.orders_page(db, actor(), **query)
        return {"items": page.rows, "next": page.after}


@blueprint.get("/orders/<int:order_id>")
@blueprint.response(200, OrderSchema)
def show(order_id: int) -> Any:
    """One order with its lines and returns."""
    with reading() as db:
        found = queries.order(db, actor(), order_id)
        scope.require(actor(), ORDERS_READ, found.shop.organisation.path)
        return found


def own_orders(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Every order of a member, for the member's own export."""
    dumped: list[dict[str, Any]] = OrderSchema(many=True).dump(lists.orders_of_member(session, member_id))
    return dumped
