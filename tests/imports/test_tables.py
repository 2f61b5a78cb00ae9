"""The header is found under the names that offices use; titles, blanks, totals and notes are no rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.imports.headers import (
    ACTIVITIES,
    GOODS,
    MEMBERS,
    ORGANISATIONS,
    RECORDS,
    REGISTERS,
    Register,
    counts_minutes,
    normalised,
)
from timebank.imports.refusals import NoHeader, SeveralSheets, SheetNotFound
from timebank.imports.sheets import Row, Sheet
from timebank.imports.tables import Table, find_table

HEADER = ("序号", "姓 名", "联系电话", "身份证号码", "所属服务队")
PERSON = (1, "王芳", "13912345678", "230225195607111852", "红星队")


def sheet_of(*lines: tuple[object, ...], name: str = "登记表", hidden: bool = False) -> Sheet:
    rows = tuple(Row(number, line) for number, line in enumerate(lines, 1) if any(line))
    return Sheet(name, rows, hidden=hidden)


def table_of(*lines: tuple[object, ...]) -> Table:
    return find_table([sheet_of(*lines)], MEMBERS)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("姓 名", "姓名"), ("姓　名", "姓名"), ("＊手机号\n（必填）", "手机号"), ("手机号[11位]", "手机号"), ("1、姓名：", "姓名"), ("服务时长（小时）", "服务时长"),
        ("身份证号/手机号", "身份证号手机号"), ("ID Number", "idnumber"), ("E-mail", "email"), ("（单位）", "单位"), ("Ｐｈｏｎｅ", "phone"),
    ],
)  # fmt: skip
def test_a_header_is_known_without_its_dress(header: str, name: str) -> None:
    assert normalised(header) == name


@given(
    st.sampled_from(
        [
            (register, field, name)
            for register in REGISTERS
            for field in register.fields
            for name in field.names
        ]
    ),
    st.sampled_from(["{}", " {} ", "*{}", "{}（必填）", "{}\n", "{}："]),
)
def test_every_name_of_a_column_survives_its_dress(known: tuple[object, object, str], dress: str) -> None:
    assert normalised(dress.format(known[2])) == normalised(known[2]) == known[2]


def test_no_column_has_one_name_twice() -> None:
    for register in REGISTERS:
        for field in register.fields:
            assert len(set(field.names)) == len(field.names), (register.code, field.code)


def test_the_table_begins_below_titles_and_skips_blank_lines_totals_and_notes() -> None:
    table = table_of(
        ("甘南县志愿者登记表(2023年)",), (), HEADER, PERSON, (), (2, "李强", "13812345678", "x", "红星队"), (3,), ("合 计", 2), ("总计：2人",), ("填表人：王芳", None, "审核人：李强"), ("第 1 页 共 2 页",),
    )  # fmt: skip
    assert [row.number for row in table.rows] == [4, 6]
    assert table.rows[0].values == {
        "name": "王芳",
        "phone": "13912345678",
        "identity": "230225195607111852",
        "organisation": "红星队",
    }
    assert table.header("name") == "姓 名"
    assert table.ignored == ("序号",)


def test_a_header_repeated_on_every_printed_page_is_no_row() -> None:
    table = table_of(("登记表",), HEADER, PERSON, ("登记表",), HEADER, PERSON)
    assert [row.number for row in table.rows] == [3, 6]


def test_a_row_with_a_missing_name_is_still_a_row() -> None:
    assert [row.number for row in table_of(HEADER, (1, "  ", *PERSON[2:])).rows] == [2]


def test_people_whose_names_look_like_totals_are_rows() -> None:
    assert len(table_of(HEADER, (1, "合计明", *PERSON[2:]), (2, "小计", *PERSON[2:])).rows) == 2


def test_a_header_of_two_lines_is_read_as_one() -> None:
    table = table_of(
        ("姓名", "身份", None, "所属服务队"),
        (None, "身份证号", "手机号", None),
        ("王芳", "230225195607111852", "13912345678", "红星队"),
    )
    assert table.rows[0].values == {
        "name": "王芳",
        "identity": "230225195607111852",
        "phone": "13912345678",
        "organisation": "红星队",
    }
    assert [row.number for row in table.rows] == [3]


def test_the_better_of_two_names_is_taken_and_the_other_column_ignored() -> None:
    table = table_of(
        ("电话", "手机号", "姓名", "身份证号", "服务队", "单位"),
        ("0451-1234567", "13912345678", "王芳", "x", "红星队", "教育局"),
    )
    assert table.rows[0].values["phone"] == "13912345678"
    assert table.rows[0].values["organisation"] == "红星队"
    assert table.ignored == ("电话", "单位")


def test_english_headers_are_read_too() -> None:
    table = find_table(
        [sheet_of(("Name", "Mobile phone", "ID number", "Team"), ("Ann", "1", "2", "3"))], MEMBERS
    )
    assert set(table.columns) == {"name", "phone", "identity", "organisation"}


def test_a_file_without_the_needed_columns_says_which_are_missing() -> None:
    with pytest.raises(NoHeader) as refused:
        table_of(("姓名", "电话"), ("王芳", "13912345678"))
    assert refused.value.facts == {"columns": "身份证号、所属服务队"}
    with pytest.raises(NoHeader) as refused:
        find_table([sheet_of(("活动名称", "服务日期", "服务时长"), ("a", "b", "c"))], RECORDS)
    assert "身份证号或手机号" in str(refused.value.facts["columns"])


@pytest.mark.parametrize("register", [ORGANISATIONS, ACTIVITIES, GOODS])
def test_another_register_is_not_taken_for_this_one(register: object) -> None:
    with pytest.raises(NoHeader):
        find_table([sheet_of(HEADER, PERSON)], register)


def test_of_several_sheets_the_visible_one_with_the_register_is_read() -> None:
    notes, old = (
        sheet_of(("填写说明",), name="说明"),
        sheet_of(HEADER, PERSON, PERSON, name="旧表", hidden=True),
    )
    assert find_table([notes, old, sheet_of(HEADER, PERSON)], MEMBERS).sheet == "登记表"
    assert find_table([notes, old], MEMBERS, sheet_name="旧表").sheet == "旧表"
    empty = sheet_of(HEADER, name="空表")
    assert find_table([empty, sheet_of(HEADER, PERSON)], MEMBERS).sheet == "登记表"
    assert find_table([empty], MEMBERS).rows == ()


def test_two_sheets_that_fit_are_not_guessed_between() -> None:
    pair = [sheet_of(HEADER, PERSON, name="甘南镇"), sheet_of(HEADER, PERSON, name="平阳镇")]
    with pytest.raises(SeveralSheets) as refused:
        find_table(pair, MEMBERS)
    assert refused.value.facts == {"sheets": "甘南镇、平阳镇"}
    assert find_table(pair, MEMBERS, sheet_name="平阳镇").sheet == "平阳镇"
    with pytest.raises(SheetNotFound):
        find_table(pair, MEMBERS, sheet_name="东阳镇")


def test_a_header_may_say_that_numbers_are_minutes() -> None:
    assert [
        counts_minutes(header)
        for header in ("服务时长（分钟）", "服务分钟数", "Minutes", "服务时长", "时长(小时)")
    ] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("register", "titles", "expected"),
    [
        (ACTIVITIES, ("服务项目名称", "主办队伍", "活动时间（起）", "活动时间（止）"), ("title", "organisation", "starts", "ends")),
        (RECORDS, ("手机号（身份证号）", "志愿服务活动名称", "服务日期", "服务时间（小时）"), ("person", "activity", "served_on", "duration")),
        (RECORDS, ("志愿者身份证号/手机号", "参与项目", "活动开展日期", "信用时数"), ("person", "activity", "served_on", "duration")),
        (RECORDS, ("联系电话", "活动", "服务时间", "时长"), ("phone", "activity", "served_on", "duration")),
        (MEMBERS, ("真实姓名", "电话/手机", "二代身份证号", "所属志愿服务组织"), ("name", "phone", "identity", "organisation")),
        (GOODS, ("兑换物品", "69码", "所需爱心积分", "库存"), ("name", "barcode", "points", "stock")),
        (ORGANISATIONS, ("实践阵地名称", "上级主管单位", "级别"), ("name", "parent", "kind")),
    ],
)  # fmt: skip
def test_columns_are_known_under_the_names_that_offices_use(
    register: Register, titles: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    table = find_table([sheet_of(titles, ("x",) * len(titles))], register)
    assert {code: column.header for code, column in table.columns.items()} == dict(
        zip(expected, titles, strict=True)
    )
