"""Members, balances and statements as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Amount, Day, Id, Minutes, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema, PlaceSchema, StrictSchema

SEXES = ("female", "male", "unknown")


class MemberSchema(Schema):
    """A member. The identity number is always masked; the phone is, for keys that may not change members."""

    id = Id(required=True)
    number = fields.String(required=True, metadata={"description": "The public volunteer number."})
    name = fields.String(required=True)
    sex = OneOf(*SEXES, required=True)
    born_on = Day(required=True, allow_none=True)
    phone = fields.String(required=True)
    identity = fields.String(required=True, allow_none=True, metadata={"example": "230225********1852"})
    skills = fields.List(fields.String(), required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    status = OneOf("active", "suspended", required=True)
    joined_on = Day(required=True, allow_none=True)
    consented_at = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)


class MemberQuerySchema(ListQuerySchema):
    """Filters of the list."""

    q = Text(
        longest=100,
        load_default="",
        metadata={"description": "Name, pinyin, volunteer number, or at least four digits of the phone."},
    )
    organisation_id = Id(load_default=None, metadata={"description": "This organisation and its subtree."})
    status = OneOf("active", "suspended", load_default="")


class NewMemberSchema(StrictSchema):
    """What is known of a person when they are registered."""

    name = Text(shortest=1, longest=60, required=True)
    phone = Text(shortest=1, longest=30, required=True, metadata={"example": "13912345678"})
    organisation_id = Id(required=True)
    consented = fields.Boolean(
        required=True,
        truthy={True},
        falsy={False},
        metadata={"description": "Must be true: the person agreed to the keeping of these data."},
    )
    sex = OneOf(*SEXES, load_default="unknown")
    born_on = Day(load_default=None, allow_none=True)
    identity = Text(
        longest=40,
        load_default=None,
        allow_none=True,
        metadata={"description": "18 characters, GB 11643-1999."},
    )
    skills = fields.List(Text(shortest=1, longest=60), load_default=list)


class BalancesSchema(Schema):
    """What a member has now."""

    member_id = Id(required=True)
    points = Amount(required=True)
    time_minutes = Minutes(required=True)


class StatementQuerySchema(ListQuerySchema):
    """A statement is read backwards, from the newest line."""


class _LineSchema(Schema):
    transaction_id = Id(required=True)
    line = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "award, spend, refund, reversal …"})
    subject = fields.String(
        required=True, metadata={"description": "What it was booked for, such as record:5."}
    )
    effective_at = Moment(required=True)
    recorded_at = Moment(required=True)
    reverses = Id(required=True, allow_none=True)
    reversed_by = Id(required=True, allow_none=True)


class PointsLineSchema(_LineSchema):
    """One movement of points and the balance after it."""

    amount = Amount(required=True)
    balance = Amount(required=True)


class TimeLineSchema(_LineSchema):
    """One movement of minutes and the balance after it."""

    amount = Minutes(required=True, data_key="amount_minutes")
    balance = Minutes(required=True, data_key="balance_minutes")
