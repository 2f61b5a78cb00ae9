"""Shops, products and shelves as the API shows them."""

from marshmallow import Schema, fields, validate

from store.catalogue.calendar import PERIODS
from store.catalogue.limits import MOST_LIMIT_UNITS
from timebank.api.fields import Amount, Id, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema, PlaceSchema, StrictSchema


class ShopSchema(Schema):
    """A place with its own stock."""

    id = Id(required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    opening_hours = fields.String(required=True)
    open_days = fields.String(
        required=True, metadata={"description": "Days of the week, 1 for Monday to 7 for Sunday."}
    )
    closed_at = Moment(required=True, allow_none=True)


class ShopQuerySchema(ListQuerySchema):
    """Filters of the list of shops."""

    q = Text(longest=100, load_default="", metadata={"description": "Part of the name."})


class ProductSchema(Schema):
    """Something that can be redeemed."""

    id = Id(required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    name = fields.String(required=True)
    category = fields.String(required=True)
    kind = OneOf("goods", "service", required=True)
    barcode = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True)
    price_points = Amount(required=True)
    description = fields.String(required=True)
    withdrawn_at = Moment(required=True, allow_none=True)


class ProductQuerySchema(ListQuerySchema):
    """Filters of the list of products."""

    q = Text(longest=100, load_default="", metadata={"description": "Part of the name or its pinyin."})
    category = Text(longest=40, load_default="")
    barcode = Text(longest=40, load_default="")
    organisation_id = Id(load_default=None, metadata={"description": "This organisation and its subtree."})
    status = OneOf("offered", "withdrawn", load_default="")


class ShelfSchema(Schema):
    """Units of one product in one shop, by the book."""

    product_id = Id(required=True)
    name = fields.String(required=True)
    units = fields.Integer(required=True)


class LimitSchema(Schema):
    """So many units of a product, or of a category, for each person or household in a period."""

    id = Id(required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    product_id = Id(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    counted_for = OneOf("person", "household", required=True)
    period = OneOf(*PERIODS, required=True)
    units = fields.Integer(required=True)
    entered_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)


class LimitQuerySchema(ListQuerySchema):
    """Filters of the list."""

    product_id = Id(load_default=None)
    status = OneOf("holding", "ended", load_default="")


class NewLimitSchema(StrictSchema):
    """What is sent to set a limit: one product, or one category."""

    organisation_id = Id(
        required=True, metadata={"description": "Its members, and those below it, are limited."}
    )
    product_id = Id(load_default=None, allow_none=True)
    category = Text(longest=40, load_default="")
    counted_for = OneOf("person", "household", required=True)
    period = OneOf(*PERIODS, required=True)
    units = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_LIMIT_UNITS))
