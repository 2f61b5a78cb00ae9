"""Organisations over the API."""

from typing import Any

from timebank.access import scope
from timebank.access.permissions import ORGANISATIONS_READ
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.orgs import queries
from timebank.orgs.schemas import OrganisationQuerySchema, OrganisationSchema
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("organisations", __name__, "The tree of organisations")


@blueprint.get("/organisations")
@blueprint.arguments(OrganisationQuerySchema, location="query")
@blueprint.response(200, list_of(OrganisationSchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Organisations within the key's subtree, parents first."""
    scope.require_somewhere(actor(), ORGANISATIONS_READ)
    with reading() as db:
        below = queries.organisation(db, actor(), query["below"]).path if query["below"] else ""
        page = queries.organisations_page(
            db, actor(), words=query["q"], below=below, cursor=query["cursor"], limit=query["limit"]
        )
        return {"items": page.rows, "next": page.after}


@blueprint.get("/organisations/<int:organisation_id>")
@blueprint.response(200, OrganisationSchema)
def show(organisation_id: int) -> Any:
    """One organisation."""
    with reading() as db:
        node = queries.organisation(db, actor(), organisation_id)
        scope.require(actor(), ORGANISATIONS_READ, node.path)
        return node
