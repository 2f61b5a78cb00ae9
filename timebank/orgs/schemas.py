"""Organisations as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Id, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema
from timebank.orgs.rules import KINDS


class OrganisationSchema(Schema):
    """A node of the tree."""

    id = Id(required=True)
    parent_id = Id(required=True, allow_none=True)
    name = fields.String(required=True)
    kind = OneOf(*KINDS, required=True)
    path = fields.String(required=True, metadata={"description": "Ids from the root, such as /1/5/."})
    created_at = Moment(required=True)
    closed_at = Moment(required=True, allow_none=True)


class OrganisationQuerySchema(ListQuerySchema):
    """Filters of the list."""

    q = Text(longest=100, load_default="", metadata={"description": "Part of the name."})
    below = Id(load_default=None, metadata={"description": "This organisation and its subtree."})
