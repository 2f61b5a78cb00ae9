"""Reservations over the API."""

from typing import Any

from store.permissions import ORDERS_READ
from store.reservations import queries
from store.reservations.schemas import ReservationQuerySchema, ReservationSchema
from timebank.access import scope
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("reservations", __name__, "Goods kept for members")


@blueprint.get("/reservations")
@blueprint.arguments(ReservationQuerySchema, location="query")
@blueprint.response(200, list_of(ReservationSchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Reservations in the shops within the key's subtree, newest first."""
    scope.require_somewhere(actor(), ORDERS_READ)
    with reading() as db:
        page = queries.reservations_page(db, actor(), ORDERS_READ, **query)
        return {"items": page.rows, "next": page.after}
