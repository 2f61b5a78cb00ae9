"""What a device sends."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from timebank.offline.rules import SCANS_PER_UPLOAD, Said

MOMENT_WORD = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
LONGEST_ENTRY = 1000


def moment(written: str) -> datetime:
    """A browser's moment; raises ``ValidationError`` for a day that no calendar has."""
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValidationError("no such moment") from error


def _is_moment(written: str) -> None:
    moment(written)


_MOMENT = (validate.Regexp(MOMENT_WORD), _is_moment)
_HEX = validate.Regexp(r"^[0-9a-f]{1,64}$")


class ScanSchema(Schema):
    """One scan or tick."""

    counter = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    nonce = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{16,40}$"))
    at = fields.String(required=True, validate=_MOMENT)
    kind = fields.String(required=True, validate=validate.OneOf(("in", "out")))
    how = fields.String(required=True, validate=validate.OneOf(("code", "tick")))
    entry = fields.String(required=True, validate=validate.Length(1, LONGEST_ENTRY))
    previous = fields.String(required=True, validate=_HEX)
    seal = fields.String(required=True, validate=_HEX)

    @post_load
    def said(self, content: dict[str, Any], **_more: object) -> Said:
        """As the rules take it."""
        written = content["at"]
        return Said(**(content | {"at": moment(written), "at_word": written}))


class UploadSchema(Schema):
    """One delivery."""

    sent_at = fields.String(required=True, validate=_MOMENT)
    scans = fields.List(
        fields.Nested(ScanSchema), required=True, validate=validate.Length(0, SCANS_PER_UPLOAD)
    )


class TakeSchema(Schema):
    """Whether the names go along."""

    names = fields.Boolean(load_default=False)
