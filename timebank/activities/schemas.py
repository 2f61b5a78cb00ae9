"""Activities, shifts and sign-ups as the API shows them."""

from marshmallow import Schema, fields, validate

from timebank.api.fields import Id, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema, PlaceSchema, StrictSchema

STATUSES = ("draft", "published", "cancelled")
MOST_SHIFTS = 60
MOST_PLACES = 100_000


class ShiftSchema(Schema):
    """A place and time to serve."""

    id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    capacity = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null: everybody is welcome."}
    )
    places_taken = fields.Integer(required=True)
    confirmed_at = Moment(required=True, allow_none=True)


class ActivitySchema(Schema):
    """An occasion to serve."""

    id = Id(required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    category = fields.Nested(PlaceSchema, required=True)
    title = fields.String(required=True)
    place = fields.String(required=True)
    description = fields.String(required=True)
    status = OneOf(*STATUSES, required=True)
    created_at = Moment(required=True)
    published_at = Moment(required=True, allow_none=True)
    cancelled_at = Moment(required=True, allow_none=True)
    cancel_reason = fields.String(required=True)
    shifts = fields.List(fields.Nested(ShiftSchema), required=True)


class ActivityQuerySchema(ListQuerySchema):
    """Filters of the list."""

    q = Text(longest=100, load_default="", metadata={"description": "Words of title, place or description."})
    status = OneOf(*STATUSES, load_default="")
    organisation_id = Id(load_default=None, metadata={"description": "This organisation and its subtree."})
    category_id = Id(load_default=None)
    since = Moment(load_default=None, metadata={"description": "A shift begins then or later."})
    until = Moment(load_default=None, metadata={"description": "A shift begins before."})


class NewShiftSchema(StrictSchema):
    """A shift to be planned."""

    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    capacity = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MOST_PLACES)
    )


class NewActivitySchema(StrictSchema):
    """A draft."""

    organisation_id = Id(required=True)
    category_id = Id(required=True)
    title = Text(shortest=1, longest=100, required=True)
    place = Text(shortest=1, longest=200, required=True)
    description = Text(longest=5000, load_default="")
    shifts = fields.List(
        fields.Nested(NewShiftSchema), required=True, validate=validate.Length(min=1, max=MOST_SHIFTS)
    )


class SignUpSchema(Schema):
    """A member's place on a shift."""

    id = Id(required=True)
    shift_id = Id(required=True)
    member_id = Id(required=True)
    status = OneOf("signed_up", "cancelled", required=True)
    signed_up_at = Moment(required=True)
    cancelled_at = Moment(required=True, allow_none=True)


class NewSignUpSchema(StrictSchema):
    """Who gets the place."""

    member_id = Id(required=True)
