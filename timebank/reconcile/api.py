"""Differences in suspense over the API: read only; two people decide on the page."""

from typing import Any

from timebank.access import scope
from timebank.access.permissions import DIFFERENCES_EXPLAIN
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.reconcile import item_queries
from timebank.reconcile.schemas import DifferenceQuerySchema, DifferenceSchema
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("differences", __name__, "Differences in suspense")


@blueprint.get("/differences")
@blueprint.arguments(DifferenceQuerySchema, location="query")
@blueprint.response(200, list_of(DifferenceSchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Differences within the key's subtree, newest first."""
    scope.require_somewhere(actor(), DIFFERENCES_EXPLAIN)
    with reading() as db:
        page = item_queries.api_page(db, actor(), **query)
        return {"items": page.rows, "next": page.after}
