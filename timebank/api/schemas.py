"""Shapes that every room's interface shares: errors, list parameters, the envelope of a list."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from timebank.api.fields import Id, Text
from timebank.paging import MOST_ROWS, PAGE_ROWS


class StrictSchema(Schema):
    """What is sent in: a member that nobody knows is an error, not a silence."""

    class Meta:
        """marshmallow's options."""

        unknown = RAISE


class ProblemSchema(Schema):
    """Every error, with media type ``application/problem+json``."""

    code = fields.String(required=True, metadata={"description": "Stable word for programs."})
    status = fields.Integer(required=True)
    title = fields.String(required=True, metadata={"description": "One sentence for people."})
    next_step = fields.String(required=True, metadata={"description": "What can be done now; may be empty."})
    facts = fields.Dict(required=True, metadata={"description": "Plain values; for 422 the faults by field."})
    request_id = fields.String(required=True)


class ListQuerySchema(StrictSchema):
    """How every list is read: ``next`` of one answer is the ``cursor`` of the following request."""

    limit = fields.Integer(load_default=PAGE_ROWS, validate=validate.Range(1, MOST_ROWS))
    cursor = Text(longest=1000, shortest=1, load_default=None, metadata={"description": "From ``next``."})


class RetryHeadersSchema(Schema):
    """What makes a write safe to repeat."""

    idempotency_key = Text(
        longest=128,
        shortest=1,
        data_key="Idempotency-Key",
        load_default=None,
        validators=(validate.Regexp(r"^[\x21-\x7e]+$"),),
        metadata={
            "description": "The same key with the same content gives the first result again; with other content, 409."
        },
    )


class PlaceSchema(Schema):
    """An organisation in short."""

    id = Id(required=True)
    name = fields.String(required=True)


def list_of(item: type[Schema]) -> type[Schema]:
    """The envelope ``{"items": […], "next": cursor or null}`` around ``item``."""
    name = item.__name__.removesuffix("Schema") + "ListSchema"
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(
            required=True, allow_none=True, metadata={"description": "Null on the last page."}
        ),
        "__doc__": f"A page of {item.__name__.removesuffix('Schema').lower()}s.",
    }
    return type(name, (Schema,), members)
