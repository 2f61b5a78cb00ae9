"""Categories as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Id


class CategorySchema(Schema):
    """A kind of service."""

    id = Id(required=True)
    name = fields.String(required=True)
    english_name = fields.String(required=True)
