"""Names, numbers, ages and PINs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.members.rules import (
    age_on,
    check_digit,
    name_is_acceptable,
    pin_is_acceptable,
    sort_name,
    volunteer_number,
)


def _accepted(pin: str) -> bool:
    return pin_is_acceptable(pin, born_on=date(1950, 2, 28), phone="13900274086", number="10000016")


@pytest.mark.parametrize("pin", ["274086", "123456", "654321", "890123", "111111", "121212", "123123", "112233", "500228", "195002", "12345", "1234567", "２７４０８１", "12a456", ""])  # fmt: skip
def test_a_pin_that_a_thief_would_try_first_is_refused(pin: str) -> None:
    assert not _accepted(pin)


@pytest.mark.parametrize("pin", ["274081", "930517", "604829"])
def test_an_ordinary_pin_is_accepted(pin: str) -> None:
    assert _accepted(pin)


@given(st.integers(1, 8_000_000), st.integers(0, 6), st.integers(1, 9))
def test_every_single_mistyped_digit_of_a_volunteer_number_is_found(
    serial: int, place: int, other: int
) -> None:
    number = volunteer_number(serial)
    assert len(number) == 8
    wrong = number[:place] + str((int(number[place]) + other) % 10) + number[place + 1 :]
    assert check_digit(wrong[:-1]) != wrong[-1]


def test_names_sort_by_their_pinyin_and_surnames_are_read_as_surnames() -> None:
    assert sort_name("王桂兰") == "wang gui lan"
    assert sort_name("曾强").startswith("zeng")
    assert sort_name("单玉").startswith("shan")


def test_somebody_born_on_29_february_grows_older_on_1_march() -> None:
    assert age_on(date(2000, 2, 29), date(2001, 2, 28)) == 0
    assert age_on(date(2000, 2, 29), date(2001, 3, 1)) == 1


@pytest.mark.parametrize(
    "name", ["", "12345", "王\n兰", "·", "x" * 61, "=cmd|x", "+王", "<b>王</b>", "王|calc"]
)
def test_what_no_register_could_hold_is_no_name(name: str) -> None:
    assert not name_is_acceptable(name)


@pytest.mark.parametrize("name", ["王桂兰", "买买提·艾力", "Mary O'Brien"])
def test_names_of_all_peoples_are_names(name: str) -> None:
    assert name_is_acceptable(name)
