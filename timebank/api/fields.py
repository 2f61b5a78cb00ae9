"""Fields that every schema shares: strict where marshmallow's own are generous."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

LARGEST_ID = 2**63 - 1
_AMOUNT = re.compile(r"^-?(0|[1-9]\d{0,11})\.\d{2}$", re.ASCII)
_AMOUNT_IN = re.compile(r"^-?(0|[1-9]\d{0,11})(\.\d{1,2})?$", re.ASCII)
# RFC 3339 section 5.6, without leap seconds, which Python cannot hold.
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:[0-5]\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)$", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


class Amount(fields.Field[Decimal]):
    """Points as a string of decimal digits with two decimals; numbers are refused, for they may be floats.

    marshmallow's own Decimal rounds 12.345 silently and takes full-width digits.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {
            "pattern": _AMOUNT_IN.pattern.replace("\\d", "[0-9]"),
            "example": "12.50",
            **self.metadata,
        }

    def _serialize(self, value: Decimal | None, *_rest: Any, **_options: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"an amount is Decimal, not {type(value).__name__}")
        written = f"{value:.2f}"
        assert _AMOUNT.match(written), written
        return written

    def _deserialize(self, value: Any, *_rest: Any, **_options: Any) -> Decimal:
        if not isinstance(value, str) or not _AMOUNT_IN.match(value):
            raise ValidationError('Write the amount as a string such as "12.50".')
        return Decimal(value)


class Minutes(fields.Integer):
    """Whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)


class Id(fields.Integer):
    """The number of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(1, LARGEST_ID), **kwargs)


class Moment(fields.AwareDateTime):
    """A moment as RFC 3339 writes it, answered in UTC with a Z."""

    def _serialize(self, value: datetime | None, *_rest: Any, **_options: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not _MOMENT.match(value):
            raise ValidationError("Write the moment with its time zone, such as 2026-03-02T08:00:00Z.")
        moment = super()._deserialize(value.upper(), attr, data, **kwargs)
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValidationError(f"The year lies between {_FIRST_YEAR} and {_LAST_YEAR}.")
        return moment.astimezone(UTC)


class Day(fields.Date):
    """A calendar day of the county, such as 2026-03-02."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.match(r"^\d{4}-\d\d-\d\d$", value, re.ASCII):
            raise ValidationError("Write the day as 2026-03-02.")
        return super()._deserialize(value, attr, data, **kwargs)


class Text(fields.String):
    """Text without control characters, which no page could show and PostgreSQL could not store."""

    def __init__(self, *, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        checks = [validate.Length(min=shortest, max=longest), *kwargs.pop("validators", ())]
        super().__init__(validate=checks, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(
            (ord(letter) < 32 and letter not in "\n\t") or 0xD800 <= ord(letter) <= 0xDFFF for letter in text
        ):
            raise ValidationError("Control characters are not allowed.")
        return text


class OneOf(fields.String):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words), **kwargs)
