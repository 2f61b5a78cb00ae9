"""Categories over the API."""

from typing import Any

from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.policy import queries
from timebank.policy.schemas import CategorySchema
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("categories", __name__, "Kinds of service")


@blueprint.get("/categories")
@blueprint.response(200, list_of(CategorySchema))
def index() -> dict[str, Any]:
    """The county's categories; there are few, so there is one page, and everybody with a key may read it."""
    with reading() as db:
        return {"items": queries.categories(db, actor()), "next": None}
