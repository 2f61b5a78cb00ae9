"""Activities, shifts and sign-ups as the API shows them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from timebank.api.fields import Id, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema, PlaceSchema, StrictSchema

STATUSES = ("draft", "published", "cancelled")
SIGN_UP_STATUSES = ("waiting", "offered", "signed_up", "cancelled", "lapsed")
MOST_SHIFTS = 60
MOST_PLACES = 100_000


class PostPlacesSchema(Schema):
    """A post at one shift."""

    id = Id(required=True)
    name = fields.String(required=True)
    skill = fields.String(
        required=True, metadata={"description": "Asked for by this post alone; may be empty."}
    )
    capacity = fields.Integer(required=True)
    places_taken = fields.Integer(required=True)


class ExtensionSchema(Schema):
    """The plan of a running shift was made longer, for everybody."""

    ended_at = Moment(required=True)
    ends_at = Moment(required=True)
    reason = fields.String(required=True)
    extended_at = Moment(required=True)


class ShiftSchema(Schema):
    """A place and time to serve."""

    id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    capacity = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null: everybody is welcome."}
    )
    places_taken = fields.Integer(
        required=True, metadata={"description": "Places taken, or kept for somebody to whom one is offered."}
    )
    waiting = fields.Integer(required=True, metadata={"description": "Members on the waiting list."})
    posts = fields.List(fields.Nested(PostPlacesSchema), required=True)
    extensions = fields.List(fields.Nested(ExtensionSchema), required=True)
    confirmed_at = Moment(required=True, allow_none=True)
    status = OneOf(
        *STATUSES, required=True, metadata={"description": "Cancelled: alone, or with the whole activity."}
    )
    cancelled_at = Moment(
        required=True, allow_none=True, metadata={"description": "When this shift alone was called off."}
    )
    cancel_reason = fields.String(
        required=True, metadata={"description": "Why this shift alone was called off; may be empty."}
    )


class ConditionsSchema(Schema):
    """What the activity asks of those who take part."""

    skills = fields.List(fields.String(), required=True)
    age_from = fields.Integer(required=True, allow_none=True)
    age_until = fields.Integer(required=True, allow_none=True)
    sex = OneOf("", "male", "female", required=True, metadata={"description": "Empty: everybody."})
    needs_insurance = fields.Boolean(required=True)


class ActivitySchema(Schema):
    """An occasion to serve."""

    id = Id(required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    category = fields.Nested(PlaceSchema, required=True)
    title = fields.String(required=True)
    place = fields.String(required=True)
    description = fields.String(required=True)
    contact_name = fields.String(required=True)
    contact_phone = fields.String(required=True)
    conditions = fields.Nested(ConditionsSchema, required=True)
    closes_hours = fields.Integer(
        required=True, metadata={"description": "Sign-up closes so many hours before a shift begins."}
    )
    series_id = Id(
        required=True, allow_none=True, metadata={"description": "The activity that this one repeats."}
    )
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


class NewConditionsSchema(StrictSchema):
    """What the activity asks of those who take part."""

    skills = fields.List(Text(shortest=1, longest=40), load_default=list, validate=validate.Length(max=10))
    age_from = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 120)
    )
    age_until = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 120)
    )
    sex = OneOf("", "male", "female", load_default="")
    needs_insurance = fields.Boolean(load_default=False)

    @validates_schema
    def _ages_in_order(self, content: dict[str, Any], **_: Any) -> None:
        low, high = content.get("age_from"), content.get("age_until")
        if low is not None and high is not None and high < low:
            raise ValidationError("The oldest cannot be younger than the youngest.", "age_until")


class NewPostSchema(StrictSchema):
    """A post, the same at every shift."""

    name = Text(shortest=1, longest=40, required=True)
    capacity = fields.Integer(strict=True, required=True, validate=validate.Range(1, 10_000))
    skill = Text(longest=40, load_default="")


class NewActivitySchema(StrictSchema):
    """A draft."""

    organisation_id = Id(required=True)
    category_id = Id(required=True)
    title = Text(shortest=1, longest=100, required=True)
    place = Text(shortest=1, longest=200, required=True)
    description = Text(longest=5000, load_default="")
    private_details = Text(
        longest=1000,
        load_default="",
        metadata={"description": "Shown only to members whose place is confirmed."},
    )
    contact_name = Text(longest=40, load_default="")
    contact_phone = Text(longest=20, load_default="")
    conditions = fields.Nested(NewConditionsSchema, load_default=dict)
    closes_hours = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, 720))
    posts = fields.List(fields.Nested(NewPostSchema), load_default=list, validate=validate.Length(max=12))
    shifts = fields.List(
        fields.Nested(NewShiftSchema), required=True, validate=validate.Length(min=1, max=MOST_SHIFTS)
    )


class SignUpSchema(Schema):
    """A member's place on a shift."""

    id = Id(required=True)
    shift_id = Id(required=True)
    member_id = Id(required=True)
    post_id = Id(required=True, allow_none=True)
    status = OneOf(*SIGN_UP_STATUSES, required=True)
    signed_up_at = Moment(
        required=True, metadata={"description": "Since when the place is held or waited for."}
    )
    signed_up_by = fields.String(
        required=True, metadata={"description": "Who did it, as in the audit trail."}
    )
    signed_up_as = OneOf(
        "", "family", "organiser", required=True, metadata={"description": "Empty: the member did it."}
    )
    offered_until = Moment(required=True, allow_none=True)
    cancelled_at = Moment(required=True, allow_none=True)


class NewSignUpSchema(StrictSchema):
    """Who gets the place."""

    member_id = Id(required=True)
    post_id = Id(load_default=None, metadata={"description": "Empty: the first post that is free and fits."})
    wait = fields.Boolean(
        load_default=False,
        metadata={"description": "Stand on the waiting list; only where all places are taken."},
    )
