"""Differences in suspense as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Id, Moment
from timebank.api.schemas import ListQuerySchema


class DifferenceSchema(Schema):
    """A difference that waits for somebody, or did."""

    id = Id(required=True)
    check_code = fields.String(required=True)
    subject = fields.String(required=True)
    says = fields.String(required=True, metadata={"description": "With %(name)s places for the facts."})
    facts = fields.Dict(required=True)
    organisation_id = Id(required=True, allow_none=True)
    owner_user_id = Id(required=True, allow_none=True)
    status = fields.String(
        required=True, metadata={"description": "open, proposed, explained, written_off or repaired"}
    )
    opened_at = Moment(required=True)
    last_seen_at = Moment(required=True)
    closed_at = Moment(required=True, allow_none=True)
    amount = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Units: above zero too many, below missing."}
    )


class DifferenceQuerySchema(ListQuerySchema):
    """Filters of the list."""

    status = fields.String(load_default=None)
