"""Exact amounts in and out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.amounts import POINTS, TIME, Asset, from_scaled, parse_amount, to_scaled, units_asset
from ledger.errors import AmountInvalid, TextInvalid


@pytest.mark.parametrize(
    ("amount", "scaled"),
    [(Decimal("2.5"), 250), (Decimal("-0.01"), -1), (7, 700), (Decimal("-0"), 0), (Decimal("25.000"), 2500)],
)
def test_an_exact_amount_is_stored_as_a_whole_number(amount: Decimal | int, scaled: int) -> None:
    assert to_scaled(amount, POINTS) == scaled


@pytest.mark.parametrize("amount", [0.1 + 0.2, 1.0, True, "1", None, float("nan")])
def test_floats_texts_and_truth_values_are_type_errors(amount: object) -> None:
    with pytest.raises(TypeError) as refusal:
        to_scaled(amount, POINTS)
    assert isinstance(refusal.value, AmountInvalid)


@pytest.mark.parametrize(
    "text", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+3", "0.001", "1E-99999", "9" * 60]
)
def test_a_decimal_that_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountInvalid):
        to_scaled(Decimal(text), POINTS)


def test_time_is_whole_minutes() -> None:
    with pytest.raises(AmountInvalid):
        to_scaled(Decimal("0.5"), TIME)


def test_an_amount_beyond_any_books_is_refused() -> None:
    with pytest.raises(AmountInvalid):
        to_scaled(10**15, TIME)


@pytest.mark.parametrize(
    "text",
    [
        "１２",
        "1e3",
        "1E+3",
        " 1",
        "1 ",
        "+1",
        "1,000",
        "",
        "-",
        ".5",
        "5.",
        "01",
        "1_000",
        "0.001",
        "٣",
        "NaN",
        "1\n",
    ],
)
def test_text_that_is_not_plain_digits_is_refused(text: str) -> None:
    with pytest.raises(AmountInvalid):
        parse_amount(text, POINTS)


def test_a_number_where_text_belongs_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        parse_amount(1.5, POINTS)


def test_plain_text_is_read_exactly() -> None:
    assert parse_amount("-12.50", POINTS) == Decimal("-12.50")


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 9))
def test_what_goes_in_comes_out(scaled: int, scale: int) -> None:
    asset = Asset("X", scale)
    assert to_scaled(from_scaled(scaled, asset), asset) == scaled
    assert parse_amount(f"{from_scaled(scaled, asset):f}", asset) == from_scaled(scaled, asset)


def test_goods_are_counted_in_whole_pieces() -> None:
    assert units_asset("soap") == Asset("SKU:soap", 0)
    for code in ("", "points", "A B", "É", "A" * 81):
        with pytest.raises(TextInvalid):
            Asset(code, 0)
    with pytest.raises(TextInvalid):
        Asset("X", 10)
