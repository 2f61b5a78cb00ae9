"""Day sheets as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Id, Moment
from timebank.api.schemas import ListQuerySchema


class DaySheetSchema(Schema):
    """The report that closed a shift; it never changes."""

    id = Id(required=True)
    shop_id = Id(required=True)
    number = fields.Integer(required=True, metadata={"description": "Counts up without gaps per shop."})
    kind = fields.String(required=True, metadata={"description": "closed or forced"})
    figures = fields.Dict(required=True)
    explanation = fields.String(required=True)
    closed_at = Moment(required=True)


class DaySheetQuerySchema(ListQuerySchema):
    """Filters of the list."""

    shop_id = Id(load_default=None)
