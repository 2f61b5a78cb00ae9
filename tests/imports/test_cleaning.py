"""One cell in, one clean value or a code out: by example, and by property over what people type."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.imports.cells import Cell, matching_key, shown
from timebank.imports.cleaning.amounts import clean_barcode, clean_points, clean_quantity
from timebank.imports.cleaning.people import clean_phone, clean_sex
from timebank.imports.cleaning.times import (
    Moment,
    clean_date,
    clean_duration,
    clean_moment,
    clean_optional_date,
)
from timebank.imports.cleaning.words import clean_name, clean_skills, clean_text, clean_title
from timebank.imports.rejections import Unacceptable

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


# Dates and moments


@pytest.mark.parametrize(
    "cell",
    [
        "2023-07-12", "2023-7-12", "2023/7/12", "2023.7.12", "20230712", "2023年7月12日", "2023年07月12号", "2023 年 7 月 12 日", "２０２３－０７－１２", "2023—7—12",
        "2023-07-12 00:00:00", "2023年7月12日 星期三", "2023-07-12(周三)", "二〇二三年七月十二日", "2023-07-12T08:30:00", "2023.07.12.", "2023、7、12", "2023·7·12", 20230712, 45119, "45119", Decimal(45119),
        date_cell(2023, 7, 12, 9, 30), date(2023, 7, 12),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_form_that_offices_use(cell: Cell) -> None:
    assert clean_date(cell) == date(2023, 7, 12)


@pytest.mark.parametrize(
    "cell",
    [
        "2023-02-30",
        "2023/13/1",
        "23.7.12",
        "7/12/2023",
        "2023年7月",
        "2023",
        2023,
        "去年",
        "2023-07/12",
        "12:30",
        time(9),
        99999999,
        "0023-07-12",
        timedelta(days=45119),
        date_cell(1899, 12, 30),
    ],
)
def test_what_is_no_day_or_could_be_several_is_sent_back(cell: Cell) -> None:
    assert code_of(clean_date, cell) == "invalid_date"


@given(DAYS, st.booleans())
def test_every_form_of_a_day_gives_the_day(day: date, wide: bool) -> None:
    forms = [
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    for form in forms:
        assert clean_date(form.translate(FULL_WIDTH) if wide else form) == day
    assert clean_date((day - date(1899, 12, 30)).days) == day


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("2023年04月08日 11:00", time(11)), ("2023-04-08 07:30", time(7, 30)), ("2023/4/8 下午1:05", time(13, 5)), ("2023.4.8 1:05 PM", time(13, 5)),
        ("2023年4月8日14时30分", time(14, 30)), ("2023年4月8日 14点半", time(14, 30)), ("20230408 9点", time(9)), (Decimal("45024.4375"), time(10, 30)), ("2023-04-08", None),
    ],
)  # fmt: skip
def test_a_moment_keeps_its_time_of_day(cell: Cell, clock: time | None) -> None:
    assert clean_moment(cell) == Moment(date(2023, 4, 8), clock)


def test_a_time_alone_has_no_day_and_midnight_at_the_end_is_the_next_day() -> None:
    assert clean_moment("14:30") == Moment(None, time(14, 30))
    assert clean_moment(time(14, 30)) == Moment(None, time(14, 30))
    assert clean_moment("2023-04-08 24:00") == Moment(date(2023, 4, 8), time(0), days=1)
    assert code_of(clean_moment, "2023-04-08 25:00") == "invalid_date"


def test_a_blank_date_is_nothing_only_where_that_is_allowed() -> None:
    assert clean_optional_date(" ") is None
    assert code_of(clean_date, " ") == "missing"


# Durations


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("2小时30分", 150), ("2小时30分钟", 150), ("0小时30分", 30), ("150分钟", 150), ("2:30", 150), ("2：30", 150), ("02:30:00", 150), ("2.5", 150), ("２.５", 150), ("２．５", 150),
        ("3.0", 180), ("0.5小时", 30), ("2h", 120), ("2H30m", 150), ("1小时半", 90), ("半小时", 30), ("半个小时", 30), ("2个半小时", 150), ("两个半小时", 150), ("两小时", 120), ("十二小时", 720),
        ("一百二十分钟", 120), ("2 小时", 120), ("2个小时", 120), ("2小时整", 120), ("1.5小時", 90), ("90分鐘", 90), ("90 mins", 90), ("1.5 hours", 90), ("1.33", 80), ("24小时", 1440), ("1分钟", 1), (Decimal("2.5"), 150), (3, 180),
        (time(2, 30), 150), (timedelta(hours=2, minutes=30), 150),
    ],
)  # fmt: skip
def test_a_duration_is_read_however_it_is_written(cell: Cell, minutes: int) -> None:
    assert clean_duration(cell) == minutes


@pytest.mark.parametrize(
    "cell",
    [
        "约两小时",
        "两小时左右",
        "-2小时",
        "-1",
        "0",
        "0小时",
        "0:00",
        "30小时",
        "24:01",
        "2-3小时",
        "8:00-10:00",
        "半天",
        "一天",
        "1.5小时30分",
        "2小时+",
        "很久",
        "2:75",
        True,
        date_cell(2023, 7, 12),
        timedelta(hours=-1),
        99999,
    ],
)
def test_a_vague_or_impossible_duration_is_sent_back(cell: Cell) -> None:
    assert code_of(clean_duration, cell) == "invalid_duration"


def test_a_bare_number_is_minutes_where_the_header_says_so() -> None:
    assert clean_duration("90", in_minutes=True) == 90
    assert clean_duration("1.5小时", in_minutes=True) == 90
    assert code_of(clean_duration, "90") == "invalid_duration"


@given(st.integers(1, 1440))
def test_every_form_of_a_duration_gives_its_minutes(minutes: int) -> None:
    hours, rest = divmod(minutes, 60)
    for form in (
        f"{minutes}分钟",
        f"{hours}小时{rest}分",
        f"{hours}:{rest:02d}",
        f"{hours}h{rest}min",
        timedelta(minutes=minutes),
    ):
        assert clean_duration(form) == minutes


@given(
    st.text(max_size=12)
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.timedeltas()
    | st.times()
)
def test_a_duration_is_within_a_day_or_refused_whatever_is_typed(cell: Cell) -> None:
    with suppress(Unacceptable):
        assert 1 <= clean_duration(cell) <= 1440


# Points, quantities, barcodes


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        (60, "60.00"),
        ("12.5", "12.50"),
        ("３０积分", "30.00"),
        ("1,200", "1200.00"),
        (Decimal("0.01"), "0.01"),
        ("5.500", "5.50"),
    ],
)
def test_points_have_two_decimals(cell: Cell, points: str) -> None:
    assert str(clean_points(cell)) == points


@pytest.mark.parametrize(
    "cell", ["-5", -5, 0, "0.00", "12.345", "很多", "1e3", "1000001", "12,34", True, "十"]
)
def test_points_that_cannot_be_are_sent_back(cell: Cell) -> None:
    assert code_of(clean_points, cell) == "invalid_points"


def test_a_quantity_is_a_whole_number_or_nothing() -> None:
    assert [
        clean_quantity(cell) for cell in ("100人", "５０", 20, Decimal("18.0"), "", None, "不限", "0")
    ] == [100, 50, 20, 18, None, None, None, 0]
    for cell in ("-1", "1.5", "几个", True, "12345678"):
        assert code_of(clean_quantity, cell) == "invalid_quantity"


@pytest.mark.parametrize(
    ("cell", "barcode"),
    [
        ("6900000574119", "6900000574119"), (6900000102886, "6900000102886"), (Decimal(6900000102886), "6900000102886"), ("690 0000 102886", "6900000102886"), ("６９０００００１０２８８６", "6900000102886"),
        ("73513537", "73513537"), ("036000291452", "036000291452"), (36000291452, "036000291452"), ("'6900000102886", "6900000102886"), (None, None), ("无", None),
    ],
)  # fmt: skip
def test_a_barcode_is_read_with_the_zeros_that_a_number_cell_lost(cell: Cell, barcode: str | None) -> None:
    assert clean_barcode(cell) == barcode


@pytest.mark.parametrize(
    "cell",
    ["6900000574118", "36000291452", "690000057411", "6.9E+12", "ABC", "0000000000000", 17, "2690000057411"],
)
def test_a_barcode_of_wrong_length_or_check_digit_is_sent_back(cell: Cell) -> None:
    assert code_of(clean_barcode, cell) == "invalid_barcode"


@given(st.integers(10**11, 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_of_a_barcode_is_always_noticed(stem: int, place: int, step: int) -> None:
    digits = str(stem)
    total = sum(int(digit) * (1, 3)[index % 2] for index, digit in enumerate(digits))
    barcode = f"{digits}{-total % 10}"
    assert clean_barcode(barcode) == clean_barcode(int(barcode)) == barcode
    wrong = barcode[:place] + str((int(barcode[place]) + step) % 10) + barcode[place + 1 :]
    assert code_of(clean_barcode, wrong) == "invalid_barcode"


# Words


def test_names_lose_the_spaces_that_only_align_them() -> None:
    assert [clean_name(cell) for cell in (" 杨刚华", "王　芳", "欧 阳 修", "阿依古丽•买买提", "阿依古丽．买买提", "John  Smith")] == [
        "杨刚华", "王芳", "欧阳修", "阿依古丽·买买提", "阿依古丽·买买提", "John Smith",
    ]  # fmt: skip
    for cell in ("  ", None, "无", "/", "123"):
        assert code_of(clean_name, cell) == "missing"


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://example.invalid","点我")',
        "+1+1",
        "-2+3",
        "@SUM(1)",
        "＝1+1",
        "\t=1",
        "\u202d=1",
        " =1",
    ],
)
def test_free_text_that_begins_like_a_formula_is_sent_back(cell: str) -> None:
    assert code_of(clean_title, cell) == "formula"
    assert code_of(clean_name, cell) == "formula"


@pytest.mark.parametrize(
    "clean", [clean_phone, clean_sex, clean_date, clean_duration, clean_points, clean_quantity, clean_barcode]
)
def test_an_equals_sign_is_a_formula_in_every_column(clean: Callable[[Cell], Any]) -> None:
    assert code_of(clean, "=1+1") == "formula"


def test_signs_that_belong_to_phones_and_points_are_no_formulas() -> None:
    assert clean_phone("+8613912345678") == "13912345678"
    assert code_of(clean_points, "-5") == "invalid_points"
    assert clean_text("-") == clean_text("——") == ""


@given(st.text(max_size=30))
def test_clean_text_never_begins_like_a_formula(text: str) -> None:
    with suppress(Unacceptable):
        assert not clean_text(text).startswith(("=", "+", "-", "@"))


def test_skills_are_separate_words_each_once() -> None:
    assert clean_skills("书法、二胡，书法 / 电工") == ("书法", "二胡", "电工")
    assert clean_skills(None) == clean_skills("无") == ()


def test_too_long_a_text_is_sent_back() -> None:
    assert code_of(clean_title, "长" * 201) == "too_long"
    assert code_of(clean_name, "长" * 61) == "too_long"


def test_what_matches_does_not_depend_on_width_case_or_spaces() -> None:
    assert matching_key("红星 社区（Ａ）") == matching_key("红星社区(a)")
    assert shown("a\u200b\n b") == "a b"
