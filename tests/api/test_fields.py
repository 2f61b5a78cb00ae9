"""The strict fields."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from timebank.api.fields import Amount, Minutes, Moment


class _Schema(Schema):
    amount = Amount()
    minutes = Minutes()
    at = Moment()


@pytest.mark.parametrize(
    "value", [12.5, 12, "12.345", "1e2", "１２.５", " 1.00", "+1.00", "", "NaN", None, True, "01.00"]
)
def test_an_amount_is_a_string_of_digits_and_nothing_else(value: Any) -> None:
    with pytest.raises(ValidationError):
        _Schema().load({"amount": value})


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_every_amount_is_written_and_read_back_exactly(value: Decimal) -> None:
    written = _Schema().dump({"amount": value})["amount"]
    assert _Schema().load({"amount": written})["amount"] == value


def test_a_float_never_leaves_as_an_amount() -> None:
    with pytest.raises(TypeError):
        _Schema().dump({"amount": 12.5})


@pytest.mark.parametrize("value", [1.5, "1.5", True, None])
def test_minutes_are_whole(value: Any) -> None:
    with pytest.raises(ValidationError):
        _Schema().load({"minutes": value})


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02",
        "2026-03-02T08:00:00",
        "2026-03-02 08:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-13-02T08:00:00Z",
        0,
    ],
)
def test_a_moment_has_its_zone(value: Any) -> None:
    with pytest.raises(ValidationError):
        _Schema().load({"at": value})


def test_moments_are_answered_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    at = datetime(2026, 3, 2, 16, tzinfo=shanghai)
    assert _Schema().dump({"at": at})["at"] == "2026-03-02T08:00:00Z"
    assert _Schema().load({"at": "2026-03-02T16:00:00+08:00"})["at"] == at.astimezone(UTC)
