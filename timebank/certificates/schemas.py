"""Certificates as the API shows them."""

from marshmallow import Schema, fields

from timebank.api.fields import Day, Id, Minutes, Moment
from timebank.api.schemas import ListQuerySchema


class CertificateSchema(Schema):
    """What an organisation vouches for. The word on the paper is its holder's and is not shown."""

    id = Id(required=True, attribute="certificate.id")
    number = fields.String(required=True)
    organisation_id = Id(required=True, attribute="certificate.organisation_id")
    member_id = Id(required=True, attribute="certificate.member_id")
    period_from = Day(required=True, attribute="certificate.period_from")
    period_until = Day(required=True, attribute="certificate.period_until")
    minutes = Minutes(required=True, attribute="certificate.minutes")
    record_count = Id(required=True, attribute="certificate.record_count")
    minutes_by_grade = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, attribute="certificate.minutes_by_grade"
    )
    issued_at = Moment(required=True, attribute="certificate.issued_at")
    is_genuine = fields.Boolean(required=True)
    revoked_at = Moment(required=True, allow_none=True)
    revocation_reason = fields.String(required=True)


class CertificateQuerySchema(ListQuerySchema):
    """Filters of the list of certificates."""

    member_id = Id(load_default=None)
