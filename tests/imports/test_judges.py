"""What a careful clerk decides row by row: which fault is named, what counts as the same, what is only remarked on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.imports.memory import Memory
from timebank.imports.headers import ACTIVITIES, GOODS, MEMBERS, ORGANISATIONS, RECORDS, Register
from timebank.imports.judges.organisations import organisation_kind
from timebank.imports.judges.verdicts import Verdict

WANG, LI, ZHAO = "11010519491231002X", "230225195607111852", "23022520000726180X"
ORGANISATION_LINES = "名称,上级,类型\n平湖县实践中心,,中心\n东湖站,平湖县实践中心,站\n红星队,东湖站,服务队\n东风队,东湖站,服务队\n"
MEMBER_HEADER = "姓名,手机号,身份证号,性别,出生日期,服务队,特长,加入日期\n"
MEMBER_LINES = (
    f"{MEMBER_HEADER}王芳,13900000001,{WANG},女,1949-12-31,红星队,,\n李强,13900000002,{LI},男,,东风队,,\n"
)
ACTIVITY_HEADER = "活动名称,活动类别,服务队,开始时间,结束时间,地点,名额\n"
ACTIVITY_LINES = f"{ACTIVITY_HEADER}义诊,义诊,红星队,2023-04-08 09:00,2023-04-08 11:00,广场,20\n"
RECORD_HEADER = "志愿者,身份证号或手机号,活动名称,服务日期,服务时长,记录人\n"
GOODS_HEADER = "商品名称,分类,条码,兑换积分,库存,单位\n"


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    for register, lines in (
        (ORGANISATIONS, ORGANISATION_LINES),
        (MEMBERS, MEMBER_LINES),
        (ACTIVITIES, ACTIVITY_LINES),
    ):
        assert not memory.judge(register, lines.encode()).rejected
    return memory


def judged(memory: Memory, register: Register, text: str) -> Verdict[Any]:
    return memory.judge(register, text.encode())


def faults(verdict: Verdict[Any]) -> list[tuple[int, str, str]]:
    return [(row.row, row.column, row.code.value) for row in verdict.rejected]


def remarks(verdict: Verdict[Any]) -> list[tuple[int, str, str]]:
    return [(note.row, note.column, note.remark.value) for note in verdict.notes]


# Organisations


def test_parents_may_stand_below_their_children() -> None:
    verdict = judged(Memory(), ORGANISATIONS, "名称,上级\n红星队,东湖站\n东湖站,中心\n中心,\n")
    assert [row.value.name for row in verdict.accepted] == ["红星队", "东湖站", "中心"]


def test_unknown_parents_and_circles_of_parents_are_sent_back_with_all_below_them() -> None:
    text = "名称,上级\n中心,\n甲,没这个\n乙,甲\n丙,丁\n丁,丙\n自己,自己\n"
    assert faults(judged(Memory(), ORGANISATIONS, text)) == [
        (row, "上级", "unknown_organisation") for row in range(3, 8)
    ]


def test_one_name_is_one_organisation_because_other_registers_refer_by_name(memory: Memory) -> None:
    text = "名称,上级\n新队,东湖站\n新 队,平湖县实践中心\n红星队,平湖县实践中心\n红星队,东湖站\n"
    assert faults(judged(memory, ORGANISATIONS, text)) == [(3, "名称", "duplicate"), (4, "名称", "duplicate")]


@pytest.mark.parametrize(
    ("word", "name", "kind"),
    [
        ("中心", "x", "centre"),
        ("所", "x", "subcentre"),
        ("站", "x", "station"),
        ("服务队", "x", "team"),
        ("", "东湖镇实践所", "subcentre"),
        ("", "红星志愿服务队12", "other"),
        ("分中心", "x", "subcentre"),
        ("协会", "红星协会", "other"),
        ("Team", "x", "team"),
    ],
)
def test_the_kind_is_read_from_the_word_or_the_names_ending(word: str, name: str, kind: str) -> None:
    assert organisation_kind(word, name) == kind


# Members


def test_a_row_names_one_fault_the_first_in_the_order_of_the_columns(memory: Memory) -> None:
    text = f"{MEMBER_HEADER},1,x,?,?,没这个,,\n赵敏,1,x,?,?,没这个,,\n赵敏,13900000003,x,?,?,没这个,,\n赵敏,13900000003,{ZHAO},?,?,没这个,,\n赵敏,13900000003,{ZHAO},男,?,没这个,,\n赵敏,13900000003,{ZHAO},男,,没这个,,\n"
    assert [code for _, _, code in faults(judged(memory, MEMBERS, text))] == [
        "missing",
        "invalid_phone",
        "invalid_identity",
        "unknown_organisation",
        "unknown_organisation",
        "unknown_organisation",
    ]


def test_nobody_is_sent_back_for_what_the_identity_number_says_or_for_an_old_date_of_joining(
    memory: Memory,
) -> None:
    verdict = judged(
        memory, MEMBERS, f"{MEMBER_HEADER}赵敏,13900000003,{ZHAO},?,1950年7月,红星队,,2020/13/45\n"
    )
    assert remarks(verdict) == [(2, column, "left_out") for column in ("性别", "出生日期", "加入日期")]
    (row,) = verdict.accepted
    assert (row.value.sex, str(row.value.born_on), row.value.joined_on) == ("female", "2000-07-26", None)


@pytest.mark.parametrize("column", [3, 4, 7])
def test_a_formula_is_sent_back_even_where_the_cell_could_be_left_out(memory: Memory, column: int) -> None:
    cells = ["赵敏", "13900000003", ZHAO, "", "", "红星队", "", ""]
    cells[column] = "=1"
    assert [
        code for _, _, code in faults(judged(memory, MEMBERS, MEMBER_HEADER + ",".join(cells) + "\n"))
    ] == ["formula"]


def test_a_repetition_of_a_rejected_row_is_no_duplicate(memory: Memory) -> None:
    text = f"{MEMBER_HEADER}赵敏,13900000003,{ZHAO},,,没这个,,\n赵敏,13900000003,{ZHAO},,,红星队,,\n赵明,13900000004,{ZHAO},,,红星队,,\n"
    assert faults(judged(memory, MEMBERS, text)) == [
        (2, "服务队", "unknown_organisation"),
        (4, "身份证号", "duplicate"),
    ]


def test_a_known_person_is_taken_as_known_and_another_name_with_the_number_is_a_duplicate(
    memory: Memory,
) -> None:
    text = f"{MEMBER_HEADER}王　芳,13900000009,{WANG},,,红星队,,\n王小芳,13900000001,{WANG},,,红星队,,\n张三,13900000001,{LI},,,红星队,,\n"
    verdict = judged(memory, MEMBERS, text)
    assert faults(verdict) == [(3, "身份证号", "duplicate"), (4, "身份证号", "duplicate")]
    assert [row.existing_id for row in verdict.accepted] == [1]
    assert verdict.new == []


def test_sex_and_birth_date_come_from_the_identity_number_where_the_cells_are_blank(memory: Memory) -> None:
    (row,) = judged(
        memory, MEMBERS, f"{MEMBER_HEADER}赵敏,13900000003,{ZHAO},,,红星队,电工、理发,2020.1.2\n"
    ).accepted
    assert (row.value.sex, str(row.value.born_on), row.value.skills, str(row.value.joined_on)) == (
        "female",
        "2000-07-26",
        ("电工", "理发"),
        "2020-01-02",
    )


def test_a_lunar_birthday_another_sex_and_a_shared_phone_are_only_remarked_on(memory: Memory) -> None:
    verdict = judged(memory, MEMBERS, f"{MEMBER_HEADER}赵敏,13900000001,{ZHAO},男,2000-06-25,红星队,,\n")
    assert remarks(verdict) == [
        (2, "出生日期", "birth_date_differs"),
        (2, "性别", "sex_differs"),
        (2, "手机号", "phone_shared"),
    ]
    assert (verdict.accepted[0].value.sex, str(verdict.accepted[0].value.born_on)) == ("male", "2000-07-26")


# Activities


def test_times_are_the_countys_own_and_an_end_may_be_a_time_alone(memory: Memory) -> None:
    text = f"{ACTIVITY_HEADER}甲,,红星队,2023年04月08日 14:00,16:30,,\n乙,,红星队,2023-04-08,2023-04-08,,\n丙,,红星队,2023-04-08 22:00,2023-04-08 24:00,,\n"
    spans = [
        (row.value.starts_at.astimezone(UTC), row.value.ends_at.astimezone(UTC))
        for row in judged(memory, ACTIVITIES, text).accepted
    ]
    assert spans == [
        (datetime(2023, 4, 8, 6, tzinfo=UTC), datetime(2023, 4, 8, 8, 30, tzinfo=UTC)),
        (datetime(2023, 4, 7, 16, tzinfo=UTC), datetime(2023, 4, 8, 16, tzinfo=UTC)),
        (datetime(2023, 4, 8, 14, tzinfo=UTC), datetime(2023, 4, 8, 16, tzinfo=UTC)),
    ]


def test_an_end_at_or_before_the_start_is_sent_back(memory: Memory) -> None:
    text = f"{ACTIVITY_HEADER}甲,,红星队,2023-04-08 14:00,2023-04-08 14:00,,\n乙,,红星队,2023-04-08 14:00,13:00,,\n丙,,红星队,2023-04-08 14:00,,,\n丁,,红星队,14:00,15:00,,\n戊,,红星队,2023-04-08 14:00,15:00,,0\n"
    assert faults(judged(memory, ACTIVITIES, text)) == [
        (2, "结束时间", "ends_before_start"), (3, "结束时间", "ends_before_start"), (4, "结束时间", "missing"), (5, "开始时间", "invalid_date"),
    ]  # fmt: skip


def test_a_number_of_places_that_cannot_be_read_is_left_out_with_a_remark(memory: Memory) -> None:
    rows = (
        "甲,,红星队,2023-04-08 14:00,15:00,,约三十人",
        "乙,,红星队,2023-04-08 14:00,15:00,,三十人",
        "丙,,红星队,2023-04-08 14:00,15:00,,0",
    )
    verdict = judged(memory, ACTIVITIES, ACTIVITY_HEADER + "\n".join(rows))
    assert [row.value.capacity for row in verdict.accepted] == [None, 30, None]
    assert remarks(verdict) == [(2, "名额", "left_out"), (4, "名额", "left_out")]


def test_a_date_column_with_times_beside_it_is_read(memory: Memory) -> None:
    (row,) = judged(
        memory, ACTIVITIES, "活动名称,服务队,活动日期,开始时间,结束时间\n甲,红星队,2023.4.8,9:00,11点半\n"
    ).accepted
    assert (row.value.starts_at.isoformat(), row.value.ends_at.isoformat()) == (
        "2023-04-08T09:00:00+08:00",
        "2023-04-08T11:30:00+08:00",
    )


def test_the_same_title_on_another_day_is_another_occasion(memory: Memory) -> None:
    text = f"{ACTIVITY_HEADER}义诊,,红星队,2023-04-15 09:00,11:00,,\n义诊,,红星队,2023-04-15 09:00,12:00,,\n义诊,,红星队,2023-04-08 09:00,11:00,,\n"
    verdict = judged(memory, ACTIVITIES, text)
    assert faults(verdict) == [(3, "活动名称", "duplicate")]
    assert [row.existing_id for row in verdict.accepted] == [None, 1]


# Service records


def test_a_person_is_found_by_phone_or_identity_number_however_written(memory: Memory) -> None:
    text = (
        f"{RECORD_HEADER}王芳,+86 139-0000-0001,义诊,2023.4.8,1小时,\n李 强,{LI},义 诊,20230408,90分钟,站长\n"
    )
    assert [
        (row.value.member_id, row.value.minutes, row.value.recorder)
        for row in judged(memory, RECORDS, text).accepted
    ] == [(1, 60, ""), (2, 90, "站长")]


def test_a_record_names_the_column_at_fault(memory: Memory) -> None:
    lines = (
        ",,义诊,2023-04-08,1小时,", ",19900000000,没这个,x,y,", ",12345,义诊,2023-04-08,1小时,", ",13900000001,没这个,x,y,", ",13900000001,,x,y,", ",13900000001,义诊,x,y,", ",13900000001,义诊,2024-03-02,y,",
        ",13900000001,义诊,2023-04-08,y,", ",13900000001,义诊,2023-04-08,1小时,=1", "=1,13900000001,义诊,2023-04-08,1小时,", ",13900000001,义诊,,1小时,", ",13900000001,义诊,2023-04-08,,",
    )  # fmt: skip
    assert [(column, code) for _, column, code in faults(judged(memory, RECORDS, RECORD_HEADER + "\n".join(lines)))] == [
        ("身份证号或手机号", "missing"), ("身份证号或手机号", "unknown_member"), ("身份证号或手机号", "unknown_member"), ("活动名称", "unknown_activity"), ("活动名称", "missing"), ("服务日期", "invalid_date"), ("服务日期", "invalid_date"),
        ("服务时长", "invalid_duration"), ("记录人", "formula"), ("志愿者", "formula"), ("服务日期", "missing"), ("服务时长", "missing"),
    ]  # fmt: skip


def test_the_name_must_be_the_persons_and_tells_apart_who_shares_a_phone(memory: Memory) -> None:
    judged(memory, MEMBERS, f"{MEMBER_HEADER}赵敏,13900000001,{ZHAO},,,红星队,,\n")
    text = f"{RECORD_HEADER}赵敏,13900000001,义诊,2023-04-08,1小时,\n王芳,13900000001,义诊,2023-04-08,1小时,\n,13900000001,义诊,2023-04-08,1小时,\n张三,{LI},义诊,2023-04-08,1小时,\n"
    verdict = judged(memory, RECORDS, text)
    assert [row.value.member_id for row in verdict.accepted] == [3, 1]
    assert [(row, code) for row, _, code in faults(verdict)] == [(4, "unknown_member"), (5, "unknown_member")]


def test_numbers_of_two_people_in_one_row_name_nobody(memory: Memory) -> None:
    header = "身份证号,手机号,活动名称,服务日期,服务时长\n"
    text = f"{header}{WANG},13900000001,义诊,2023-04-08,1小时\n{LI},13900000001,义诊,2023-04-08,1小时\n,13900000002,义诊,2023-04-08,1小时\n{ZHAO},13900000002,义诊,2023-04-09,1小时\n"
    verdict = judged(memory, RECORDS, text)
    assert faults(verdict) == [(3, "身份证号", "unknown_member")]
    assert [row.value.member_id for row in verdict.accepted] == [1, 2, 2]


def test_the_same_person_activity_and_day_twice_is_a_duplicate_but_another_day_is_not(memory: Memory) -> None:
    text = f"{RECORD_HEADER}王芳,13900000001,义诊,2023-04-08,约两小时,\n王芳,13900000001,义诊,2023-04-08,1小时,\n王芳,{WANG},义诊,2023年4月8日,2小时,\n王芳,{WANG},义诊,2023-04-09,1小时,\n"
    verdict = judged(memory, RECORDS, text)
    assert faults(verdict) == [(2, "服务时长", "invalid_duration"), (4, "活动名称", "duplicate")]
    assert remarks(verdict) == [(5, "服务日期", "other_day")]


def test_a_record_that_is_there_with_other_minutes_is_a_duplicate(memory: Memory) -> None:
    line = "王芳,13900000001,义诊,2023-04-08,{},\n"
    judged(memory, RECORDS, RECORD_HEADER + line.format("1小时"))
    again = judged(memory, RECORDS, RECORD_HEADER + line.format("60分钟"))
    assert [row.existing_id for row in again.accepted] == [1]
    assert faults(judged(memory, RECORDS, RECORD_HEADER + line.format("2小时"))) == [
        (2, "活动名称", "duplicate")
    ]


def test_among_activities_of_one_name_the_day_decides_and_then_the_members_own_team(memory: Memory) -> None:
    more = f"{ACTIVITY_HEADER}义诊,,东风队,2023-04-08 14:00,16:00,,\n义诊,,东风队,2023-05-01 14:00,16:00,,\n"
    judged(memory, ACTIVITIES, more)
    text = f"{RECORD_HEADER}王芳,{WANG},义诊,2023-04-08,1小时,\n李强,{LI},义诊,2023-04-08,1小时,\n王芳,{WANG},义诊,2023-05-01,1小时,\n李强,{LI},义诊,2023-06-01,1小时,\n"
    verdict = judged(memory, RECORDS, text)
    assert [row.value.activity_id for row in verdict.accepted] == [1, 2, 3]
    assert faults(verdict) == [(5, "活动名称", "unknown_activity")]


def test_minutes_may_be_given_by_the_header(memory: Memory) -> None:
    (row,) = judged(
        memory, RECORDS, "手机号,活动名称,服务日期,时长（分钟）\n13900000001,义诊,2023-04-08,90\n"
    ).accepted
    assert row.value.minutes == 90


# Goods


def test_services_need_no_barcode_and_one_barcode_is_one_product(memory: Memory) -> None:
    text = f"{GOODS_HEADER}香皂,日化,6900000232835,20,14,件\n香皂,日化,6900000232835,20,14,件\n理发一次,服务,,60,,\n理发一次,服务,,60,,\n毛巾,日化,6900000102886,-5,1,\n毛巾,日化,6900000102886,5,1,条\n"
    verdict = judged(memory, GOODS, text)
    assert faults(verdict) == [
        (3, "条码", "duplicate"),
        (5, "商品名称", "duplicate"),
        (6, "兑换积分", "invalid_points"),
    ]
    assert [(row.value.kind, row.value.stock, row.value.unit) for row in verdict.accepted] == [
        ("goods", 14, "件"),
        ("service", 0, "件"),
        ("goods", 1, "条"),
    ]


def test_a_known_barcode_under_another_name_is_a_duplicate(memory: Memory) -> None:
    judged(memory, GOODS, f"{GOODS_HEADER}香皂,日化,6900000232835,20,14,件\n")
    verdict = judged(memory, GOODS, f"{GOODS_HEADER}肥皂,日化,6900000232835,20,14,件\n")
    assert faults(verdict) == [(2, "条码", "duplicate")]
    assert judged(memory, GOODS, f"{GOODS_HEADER}香 皂,日化,6900000232835,20,14,件\n").new == []
