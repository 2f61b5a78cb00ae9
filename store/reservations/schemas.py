"""Reservations as the API shows them: never with their pick-up code."""

from marshmallow import Schema, fields, validate

from timebank.api.fields import Amount, Id, Moment
from timebank.api.schemas import ListQuerySchema

STATUSES = ("reserved", "collected", "cancelled", "expired")


class ReservationLineSchema(Schema):
    """Units of one product that are kept, at the price of the day of the reservation."""

    product_id = Id(required=True)
    product_name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    price_points = Amount(required=True)


class ReservationSchema(Schema):
    """Goods kept for a member."""

    id = Id(required=True)
    shop_id = Id(required=True)
    member_id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    total_points = Amount(required=True)
    reserved_at = Moment(required=True)
    deadline = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)
    order_id = Id(required=True, allow_none=True)
    lines = fields.List(fields.Nested(ReservationLineSchema), required=True)


class ReservationQuerySchema(ListQuerySchema):
    """Filters of the list."""

    shop_id = Id(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
