"""Stock and its papers as the API shows them."""

from decimal import Decimal

from marshmallow import Schema, fields, validate

from store.stock.rules import MOST_UNIT_COST, MOST_UNITS
from timebank.api.fields import Amount, Day, Id, Moment, OneOf, Text
from timebank.api.schemas import ListQuerySchema, StrictSchema

_KINDS = ("receipt", "donation")
_MOST_LINES = 500


class BatchQuerySchema(ListQuerySchema):
    """Filters of the list of batches."""

    product_id = Id(load_default=None)
    expires_before = Moment(load_default=None, metadata={"description": "Only what is no longer good then."})


class BatchSchema(Schema):
    """Units of a product that came together and expire together, of which some are left."""

    id = Id(required=True)
    product_id = Id(required=True)
    code = fields.String(required=True, metadata={"description": "What the package says; may be empty."})
    best_before = Day(required=True, allow_none=True)
    expires_at = Moment(required=True, allow_none=True)
    unit_cost = Amount(required=True, allow_none=True, metadata={"description": "Money, not points."})
    left = fields.Integer(required=True)


class ReceiptLineSchema(Schema):
    """Units of one product on a paper of goods in."""

    id = Id(required=True)
    product_id = Id(required=True)
    quantity = fields.Integer(required=True)
    batch_code = fields.String(required=True)
    best_before = Day(required=True, allow_none=True)
    unit_cost = Amount(required=True, allow_none=True)


class GoodsReceiptSchema(Schema):
    """Goods that came in together, bought or given."""

    id = Id(required=True)
    shop_id = Id(required=True)
    number = fields.Integer(required=True, metadata={"description": "Counts up without gaps per shop."})
    kind = OneOf(*_KINDS, required=True)
    source = fields.Function(lambda paper: paper.source.name if paper.source else None, required=True)
    restriction = fields.String(required=True)
    note = fields.String(required=True)
    received_at = Moment(required=True)
    lines = fields.List(fields.Nested(ReceiptLineSchema), required=True)


class GoodsReceiptQuerySchema(ListQuerySchema):
    """Filters of the list of papers."""

    kind = OneOf(*_KINDS, load_default="")


class NewReceiptLineSchema(StrictSchema):
    """Units of one product that come in."""

    product_id = Id(required=True)
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_UNITS))
    batch_code = Text(longest=40, load_default="")
    best_before = Day(load_default=None, allow_none=True)
    unit_cost = Amount(
        load_default=None, allow_none=True, validate=validate.Range(Decimal(0), MOST_UNIT_COST)
    )


class NewGoodsReceiptSchema(StrictSchema):
    """What is sent to book goods in."""

    kind = OneOf(*_KINDS, required=True)
    source = Text(longest=100, load_default="")
    restriction = Text(longest=200, load_default="")
    note = Text(longest=500, load_default="")
    lines = fields.List(
        fields.Nested(NewReceiptLineSchema), required=True, validate=validate.Length(1, _MOST_LINES)
    )


class TransferLineSchema(Schema):
    """Units of one batch that were sent."""

    id = Id(required=True)
    product_id = Id(required=True)
    batch_id = Id(required=True)
    quantity = fields.Integer(required=True)


class ArrivalLineSchema(Schema):
    """How many of a line arrived."""

    transfer_line_id = Id(required=True)
    quantity = fields.Integer(required=True)


class ArrivalSchema(Schema):
    """The other end of a transfer."""

    received_at = Moment(required=True)
    note = fields.String(required=True)
    transaction_id = Id(required=True)
    lines = fields.List(fields.Nested(ArrivalLineSchema), required=True)


class TransferSchema(Schema):
    """Goods from one shop to another; without an arrival they are on the way."""

    id = Id(required=True)
    number = fields.Integer(required=True)
    from_shop_id = Id(required=True)
    to_shop_id = Id(required=True)
    note = fields.String(required=True)
    sent_at = Moment(required=True)
    transaction_id = Id(required=True)
    lines = fields.List(fields.Nested(TransferLineSchema), required=True)
    arrival = fields.Nested(ArrivalSchema, required=True, allow_none=True)


class StocktakeLineSchema(Schema):
    """One product of a count; null while nobody has counted it."""

    product_id = Id(required=True)
    snapshot_units = fields.Integer(required=True)
    counted_units = fields.Integer(required=True, allow_none=True)
    expected_units = fields.Integer(required=True, allow_none=True)


class StocktakeSchema(Schema):
    """A count of a shop's shelves."""

    id = Id(required=True)
    shop_id = Id(required=True)
    number = fields.Integer(required=True)
    status = OneOf("open", "submitted", "approved", "given_up", required=True)
    note = fields.String(required=True)
    opened_at = Moment(required=True)
    submitted_at = Moment(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    lines = fields.List(fields.Nested(StocktakeLineSchema), required=True)
