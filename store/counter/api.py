"""Day sheets over the API."""

from typing import Any

from store.counter import queries
from store.counter.schemas import DaySheetQuerySchema, DaySheetSchema
from store.permissions import ORDERS_READ
from timebank.access import scope
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("day_sheets", __name__, "What the counters did, shift by shift")


@blueprint.get("/day-sheets")
@blueprint.arguments(DaySheetQuerySchema, location="query")
@blueprint.response(200, list_of(DaySheetSchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Day sheets of the shops within the key's subtree, newest first."""
    scope.require_somewhere(actor(), ORDERS_READ)
    with reading() as db:
        page = queries.day_sheets_page(db, actor(), **query)
        return {"items": page.rows, "next": page.after}
