"""Shops, products and shelves as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Amount, Id, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema, PlaceSchema


class ShopSchema(Schema):
    """A place with its own stock."""

    id = Id(required=True)
    organisation = fields.Nested(PlaceSchema, required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    opening_hours = fields.String(required=True)
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
