"""Attendances and service records as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Amount, Day, Id, Minutes, Moment, OneOf
from timebank.api.schemas import ListQuerySchema

METHODS = ("rotating", "member", "static", "short", "offline", "sheet", "manual")
STATUSES = ("pending", "approved", "rejected", "reversed")


class AttendanceSchema(Schema):
    """When a member came to a shift and left, and how each was seen."""

    id = Id(required=True)
    activity_id = Id(required=True, attribute="shift.activity_id")
    shift_id = Id(required=True)
    member_id = Id(required=True)
    checked_in_at = Moment(required=True)
    check_in_method = OneOf(*METHODS, required=True)
    checked_out_at = Moment(required=True, allow_none=True)
    check_out_method = OneOf(*METHODS, required=True, allow_none=True)
    flags = fields.List(fields.String(), required=True)
    reason = fields.String(required=True, metadata={"description": "Why it was entered by hand."})
    evidence_id = Id(required=True, allow_none=True, metadata={"description": "Photo or PDF of an entry."})


class ServiceRecordSchema(Schema):
    """The minutes of one attendance that are, or may be, paid."""

    id = Id(required=True)
    attendance_id = Id(required=True)
    activity_id = Id(required=True, attribute="attendance.shift.activity_id")
    shift_id = Id(required=True, attribute="attendance.shift_id")
    member_id = Id(required=True)
    organisation_id = Id(required=True)
    category_id = Id(required=True)
    served_on = Day(required=True)
    credited_from = Moment(required=True)
    credited_until = Moment(required=True)
    minutes = Minutes(required=True)
    proof_grade = OneOf("A", "B", "C", "D", required=True)
    status = OneOf(*STATUSES, required=True)
    flags = fields.List(fields.String(), required=True)
    points = Amount(required=True, allow_none=True)
    arithmetic = fields.String(required=True, metadata={"example": "2.5 h × 10 = 25, rule 3"})
    approved_at = Moment(required=True, allow_none=True)
    decision_reason = fields.String(required=True)
    taken_back_at = Moment(required=True, allow_none=True)
    corrects_id = Id(
        required=True, allow_none=True, metadata={"description": "The record in whose place this one stands."}
    )
    stated_from = Moment(
        required=True, allow_none=True, metadata={"description": "By the member's word, instead of a scan."}
    )
    stated_until = Moment(required=True, allow_none=True)
    needs_word = fields.Boolean(
        required=True, metadata={"description": "Counts only when the member herself has said yes."}
    )
    said = OneOf("", "yes", "no", required=True)
    transaction_id = Id(required=True, allow_none=True)


class AttendanceQuerySchema(ListQuerySchema):
    """Filters of the list of attendances."""

    member_id = Id(load_default=None)
    shift_id = Id(load_default=None)
    organisation_id = Id(load_default=None, metadata={"description": "This organisation and its subtree."})
    since = Moment(load_default=None, metadata={"description": "Arrived then or later."})
    until = Moment(load_default=None, metadata={"description": "Arrived before."})


class RecordQuerySchema(ListQuerySchema):
    """Filters of the list of service records."""

    member_id = Id(load_default=None)
    shift_id = Id(load_default=None)
    organisation_id = Id(load_default=None, metadata={"description": "This organisation and its subtree."})
    status = OneOf(*STATUSES, load_default="")
    served_from = Day(load_default=None)
    served_until = Day(load_default=None, metadata={"description": "This day included."})
