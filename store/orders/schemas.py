"""Orders and returns as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Amount, Id, Moment
from timebank.api.schemas import ListQuerySchema


class OrderLineSchema(Schema):
    """One product of an order, at the price it was sold at."""

    id = Id(required=True)
    product_id = Id(required=True)
    product_name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    price_points = Amount(required=True)


class ReturnLineSchema(Schema):
    """Units of one order line that came back."""

    order_line_id = Id(required=True)
    quantity = fields.Integer(required=True)


class ReturnSchema(Schema):
    """Goods brought back, with the points given back."""

    id = Id(required=True)
    total_points = Amount(required=True)
    reason = fields.String(required=True)
    returned_at = Moment(required=True)
    transaction_id = Id(required=True)
    lines = fields.List(fields.Nested(ReturnLineSchema), required=True)


class OrderSchema(Schema):
    """A completed redemption."""

    id = Id(required=True)
    number = fields.Integer(required=True, metadata={"description": "Counts up without gaps per shop."})
    shop_id = Id(required=True)
    member_id = Id(required=True)
    total_points = Amount(required=True)
    identified_by = fields.String(required=True)
    completed_at = Moment(required=True)
    transaction_id = Id(required=True)
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)
    returns = fields.List(fields.Nested(ReturnSchema), required=True)


class OrderQuerySchema(ListQuerySchema):
    """Filters of the list."""

    shop_id = Id(load_default=None)
    member_id = Id(load_default=None)
    since = Moment(load_default=None, metadata={"description": "Completed then or later."})
    until = Moment(load_default=None, metadata={"description": "Completed before."})
