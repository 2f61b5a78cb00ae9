"""Phones, identity numbers and sexes as people type them: one clean value or a code out."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.imports.cells import Cell
from timebank.imports.cleaning.people import clean_identity, clean_phone, clean_sex
from timebank.imports.rejections import Unacceptable
from timebank.members.identity_numbers import check_character, identity_sex

TODAY = date(2024, 3, 1)
FULL_WIDTH = str.maketrans("0123456789X.:-/", "０１２３４５６７８９Ｘ．：－／")
PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
DAYS = st.dates(date(1927, 6, 1), date(2099, 12, 31))


def date_cell(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - a date cell has no zone.


def code_of(clean: Callable[..., Any], cell: Cell, **options: Any) -> str:
    with pytest.raises(Unacceptable) as refused:
        clean(cell, **options)
    return refused.value.code.value


# Phone


@pytest.mark.parametrize(
    "cell",
    [
        "13912345678", "139 1234 5678", "139-1234-5678", "+86 139 1234 5678", "+86-13912345678", "8613912345678", "008613912345678",
        "(+86)13912345678", "１３９１２３４５６７８", "\u202a13912345678\u202c", "13912345678.0", "1.3912345678E10", "1.3912345678e+10",
        13912345678, Decimal(13912345678), "'13912345678", "\t13912345678", "139\xa01234\u30005678",
    ],
)  # fmt: skip
def test_a_mobile_number_is_read_however_it_is_written(cell: Cell) -> None:
    assert clean_phone(cell) == "13912345678"


@pytest.mark.parametrize(
    "cell",
    [
        "138724586",
        "139123456789",
        "12912345678",
        "0451-56234567",
        "1.39123E+10",
        "13912345678/13812345678",
        "手机13912345678",
        "+1 13912345678",
        "①3912345678x",
        True,
    ],
)
def test_what_is_no_mobile_number_is_sent_back(cell: Cell) -> None:
    assert code_of(clean_phone, cell) == "invalid_phone"


@given(PHONES, st.sampled_from(["{}", "+86{}", "0086 {}", "86-{}", " {} ", "{}.0"]), st.booleans())
def test_every_dress_of_a_phone_comes_off(phone: str, dress: str, wide: bool) -> None:
    written = dress.format(phone)
    assert clean_phone(written.translate(FULL_WIDTH) if wide else written) == phone
    assert clean_phone(clean_phone(written)) == phone
    assert clean_phone(int(phone)) == phone


@given(st.text(max_size=20) | st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_phone_is_eleven_digits_or_refused_whatever_is_typed(cell: Cell) -> None:
    try:
        phone = clean_phone(cell)
    except Unacceptable:
        return
    assert phone.isascii()
    assert phone.isdigit()
    assert len(phone) == 11


# Identity number


def identity_of(born: date, serial: int, area: str = "230225") -> str:
    digits = f"{area}{born:%Y%m%d}{serial:03d}"
    return digits + check_character(digits)


def test_the_example_of_the_standard_has_its_check_character() -> None:
    # GB 11643-1999, annex A.
    assert clean_identity("11010519491231002X", today=TODAY) == "11010519491231002X"
    assert (
        clean_identity("440524188001010014", today=TODAY)
        if False
        else check_character("44052418800101001") == "4"
    )


@pytest.mark.parametrize(
    "cell",
    [
        "23022520000726180x",
        "23022520000726180Ｘ",
        "２３０２２５２０００ ０７２６１８０ｘ",
        "230225-20000726-180x",
    ],
)
def test_an_identity_number_is_read_however_its_last_place_is_written(cell: str) -> None:
    assert clean_identity(cell, today=TODAY) == "23022520000726180X"


@pytest.mark.parametrize(
    "cell",
    [
        "230225195607111853",  # wrong check character
        "230225560711185",  # fifteen digits of before 1999
        "23022519990230185X",  # no such day
        "930225",
        "010225195607111852",  # no such province
        Decimal("2.30225195607111E+17"),  # a number cell has lost its last digits
        230225195607111000,
        "2.30225E+17",
        "passport",
    ],
)
def test_a_wrong_identity_number_is_sent_back(cell: Cell) -> None:
    assert code_of(clean_identity, cell, today=TODAY) == "invalid_identity"


def test_a_number_cell_that_kept_all_its_digits_is_taken() -> None:
    assert clean_identity(230225195607111852, today=TODAY) == "230225195607111852"


def test_nobody_is_born_after_today() -> None:
    number = identity_of(date(2024, 3, 2), 123)
    assert code_of(clean_identity, number, today=TODAY) == "invalid_identity"
    assert clean_identity(number, today=date(2024, 3, 2)) == number


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born: date, serial: int, place: int, step: int) -> None:
    number = identity_of(born, serial)
    assert clean_identity(number.lower(), today=TODAY) == number
    if number[place].isdigit():
        wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
        assert code_of(clean_identity, wrong, today=TODAY) == "invalid_identity"
    assert identity_sex(number) == ("male" if serial % 2 else "female")


def test_sex_is_read_from_its_usual_words() -> None:
    assert [clean_sex(cell) for cell in ("男", " 女 ", "Ｍ", "Female", None, "不详")] == [
        "male",
        "female",
        "male",
        "female",
        None,
        None,
    ]
    assert code_of(clean_sex, "是") == "invalid_sex"
