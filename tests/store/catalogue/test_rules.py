"""Barcodes, prices and search words, without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalogue import rules


@pytest.mark.parametrize("digits", ["6900000102886", "96385074", "036000291452", "10036000291459"])
def test_a_barcode_with_the_right_check_digit_is_accepted(digits: str) -> None:
    assert rules.is_barcode(digits)


@pytest.mark.parametrize(
    "digits", ["", "6900000102887", "69000001028", "690000010288X", "６９００００0102886", "0"]
)
def test_anything_else_is_no_barcode(digits: str) -> None:
    assert not rules.is_barcode(digits)


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(body: str, place: int, wrong: int) -> None:
    right = body + rules.check_digit(body)
    digit = str((int(right[place]) + wrong) % 10)
    assert rules.is_barcode(right)
    assert not rules.is_barcode(right[:place] + digit + right[place + 1 :])


def test_full_width_digits_spaces_and_dashes_are_read_through() -> None:
    assert rules.plain_digits(" ６９０-0000 102886\n") == "6900000102886"


def test_a_upc_and_its_ean_with_a_leading_zero_are_one_barcode() -> None:
    assert set(rules.same_barcodes("036000291452")) == set(rules.same_barcodes("0036000291452"))


@pytest.mark.parametrize(("written", "points"), [("60", 60), ("７.５０", "7.50"), (" 0.01 ", "0.01")])
def test_a_price_is_read_exactly(written: str, points: str) -> None:
    assert rules.price(written) == Decimal(points)


@pytest.mark.parametrize("written", ["0", "-5", "1.005", "1e3", "", "免费", "1,000", "99999999", "NaN"])
def test_what_is_no_price_is_refused(written: str) -> None:
    assert rules.price(written) is None


def test_short_by_is_never_below_zero() -> None:
    assert rules.short_by(Decimal(60), Decimal(48)) == 12
    assert rules.short_by(Decimal(60), Decimal(61)) == 0


def test_pinyin_and_initials_are_what_people_type() -> None:
    assert rules.sort_name("洗衣液2kg") == "xi yi ye 2kg"
    assert rules.initials("洗衣液2kg") == "xyy2kg"
