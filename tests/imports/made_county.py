"""Makes a county's registers from a seed, as untidy as offices keep them, and the answer that a careful clerk gives.

The faults are planted, so the answer is known without asking the code under test.
"""

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from openpyxl import Workbook

Cells = list[Any]
SURNAMES = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张"
GIVEN = "芳伟娜敏静强磊军洋勇艳杰涛明超霞平刚桂英"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CATEGORIES = ("理论宣讲", "义诊", "敬老爱老", "便民助残", "爱心送考", "环境整治")
FIRST_MORNING = datetime(2023, 1, 1, 8)  # noqa: DTZ001 - a register knows no zones.
FULL_WIDTH = str.maketrans("0123456789.X", "０１２３４５６７８９．Ｘ")


@dataclass
class Register:
    """One file and its answer. ``faults`` are (index into rows, column's header, code)."""

    header: list[str]
    rows: list[Cells] = field(default_factory=list)
    faults: list[tuple[int, str, str]] = field(default_factory=list)
    content: bytes = b""
    accepted: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def add(self, cells: Cells, fault: tuple[str, str] | None = None) -> None:
        if fault:
            self.faults.append((len(self.rows), *fault))
        self.rows.append(cells)


class MadeCounty:
    """All five registers of one seed."""

    def __init__(self, seed: int, *, members: int = 120, activities: int = 40, records: int = 250) -> None:
        self.rng = random.Random(seed)
        self.minutes = 0
        self.teams: list[str] = []
        self.people: list[tuple[str, str, str]] = []
        self.occasions: list[tuple[str, datetime]] = []
        self.registers = {
            "organisations": self._organisations(),
            "members": self._members(members),
            "activities": self._activities(activities),
            "records": self._records(records),
            "goods": self._goods(),
        }
        for code, register in self.registers.items():
            self._lay_out(code, register)

    # Registers

    def _organisations(self) -> Register:
        name, parent, kind = self._pick(("名称", "组织名称"), ("上级", "上级单位"), ("类型", "级别"))
        register = Register([name, parent, kind])
        centre = "平湖县新时代文明实践中心"
        rows: list[Cells] = [[centre, self._pick_one("", "/", "无"), "中心"]]
        for number in range(4):
            place = f"东湖镇{number}新时代文明实践所"
            rows.append([place, self._spaced(centre), "所"])
            for team in range(3):
                self.teams.append(f"东湖{number}镇志愿服务队{team}")
                rows.append([self.teams[-1], place, "服务队"])
        if self.rng.random() < 0.5:
            # Children may stand above their parents.
            self.rng.shuffle(rows)
        for cells in rows:
            register.add(cells)
        register.add(["孤儿服务队", "没有这个上级", "服务队"], (parent, "unknown_organisation"))
        register.add([self.teams[0], rows[0][0], "服务队"], (name, "duplicate"))
        register.add(["", centre, "站"], (name, "missing"))
        return register

    def _members(self, count: int) -> Register:
        number, name, phone, identity, team = self._pick(
            ("序号", "编号"),
            ("姓 名", "姓名", "志愿者姓名", "姓\n名"),
            ("联系电话", "手机号", "手机号（必填）", "*手机号码"),
            ("身份证号码", "身份证号", "公民身份号码"),
            ("所属服务队", "服务队", "所在单位"),
        )
        name = name.replace("\n", " ")
        register = Register([number, name, phone, identity, "性别", "出生日期", team, "特长", "加入日期"])
        headers = {"name": name, "phone": phone, "identity": identity, "team": team}
        for index in range(count):
            cells, fault = self._member(headers)
            register.add([index + 1, *cells], fault)
        return register

    def _member(self, headers: dict[str, str]) -> tuple[Cells, tuple[str, str] | None]:
        born = date(1940, 1, 1) + timedelta(days=self.rng.randrange(23_000))
        name, phone = self._name(), f"1{self.rng.choice('3456789')}{self.rng.randrange(10**9):09d}"
        identity, team = self._identity(born), self.rng.choice(self.teams)
        fault = (
            self.rng.choice(["name", "phone", "identity", "again", "team", "formula"])
            if self.rng.random() < 0.15
            else ""
        )
        if fault == "again" and not self.people:
            fault = ""
        shown_name, shown_phone, shown_identity, shown_team = (
            self._spaced(name),
            self._phone(phone),
            self._number(identity),
            team,
        )
        answer = None
        if fault == "name":
            shown_name, answer = self._pick_one("", "  ", None), (headers["name"], "missing")
        elif fault == "phone":
            shown_phone, answer = (
                self._pick_one(phone[:9], "0451-5623456", f"2{phone[1:]}", f"{phone}8"),
                (headers["phone"], "invalid_phone"),
            )
        elif fault == "identity":
            wrong = "0" if identity[17] != "0" else "1"
            shown_identity = self._pick_one(
                identity[:17] + wrong,
                identity[:6] + "19991332" + identity[14:],
                identity[:17],
                identity[:6] + identity[8:17],
            )
            answer = (headers["identity"], "invalid_identity")
        elif fault == "again":
            shown_identity, answer = self.rng.choice(self.people)[2], (headers["identity"], "duplicate")
        elif fault == "team":
            shown_team, answer = "不存在的服务队", (headers["team"], "unknown_organisation")
        elif fault == "formula":
            shown_name, answer = "=1+1", (headers["name"], "formula")
        else:
            self.people.append((name, phone, identity))
        sex = "男" if int(identity[16]) % 2 else "女"
        joined = date(2018, 1, 1) + timedelta(days=self.rng.randrange(1_800))
        skills = self._pick_one("书法、二胡", "电工", "", None, "理发，医护")
        return [
            shown_name,
            shown_phone,
            shown_identity,
            sex,
            self._day(born),
            shown_team,
            skills,
            self._day(joined),
        ], answer

    def _activities(self, count: int) -> Register:
        title, team, start, end = self._pick(
            ("活动名称", "活动主题"),
            ("服务队", "主办单位"),
            ("开始时间", "活动开始时间"),
            ("结束时间", "活动结束时间"),
        )
        register = Register([title, "活动类别", team, start, end, "地点", "名额"])
        for index in range(count):
            begins = FIRST_MORNING + timedelta(
                days=self.rng.randrange(230), minutes=30 * self.rng.randrange(16)
            )
            ends = begins + timedelta(minutes=30 * self.rng.randrange(1, 9))
            name, owner, fault = (
                f"{self.rng.choice(CATEGORIES)}进社区第{index + 1}场",
                self.rng.choice(self.teams),
                None,
            )
            chance = self.rng.random()
            if chance < 0.05:
                ends, fault = begins - timedelta(hours=1), (end, "ends_before_start")
            elif chance < 0.1:
                owner, fault = "没有这支队伍", (team, "unknown_organisation")
            else:
                self.occasions.append((name, begins))
            places = self._pick_one("100人", "５０", "", "20", 30)
            register.add(
                [name, name[:4], owner, self._moment(begins), self._moment(ends), "社区", places], fault
            )
        return register

    def _records(self, count: int) -> Register:
        person, activity, day, duration = self._pick(
            ("身份证号或手机号", "手机号/身份证号"),
            ("活动名称", "参加活动"),
            ("服务日期", "日期"),
            ("服务时长", "时长", "服务时长（小时）"),
        )
        register = Register(["志愿者", person, activity, day, duration, "记录人"])
        booked: dict[tuple[str, str], Cells] = {}
        for _ in range(count):
            (name, phone, identity), (title, begins) = (
                self.rng.choice(self.people),
                self.rng.choice(self.occasions),
            )
            if (identity, title) in booked:
                continue
            minutes = 30 * self.rng.randrange(1, 9)
            cells = [
                name,
                self._pick_one(phone, identity),
                title,
                self._day(begins.date()),
                self._duration(minutes),
                "站长",
            ]
            chance, fault = self.rng.random(), None
            if chance < 0.04:
                cells[1], fault = "19900000000", (person, "unknown_member")
            elif chance < 0.08:
                cells[2], fault = "没有这个活动", (activity, "unknown_activity")
            elif chance < 0.14:
                cells[4], fault = (
                    self._pick_one("约两小时", "-2小时", "0", "30小时", "2-3小时", "半天"),
                    (duration, "invalid_duration"),
                )
            else:
                booked[identity, title] = cells
                self.minutes += minutes
            register.add(cells, fault)
        for _ in range(5):
            register.add(list(self.rng.choice(list(booked.values()))), (activity, "duplicate"))
        return register

    def _goods(self) -> Register:
        name, barcode, points = self._pick(("商品名称", "品名"), ("条码", "条形码"), ("兑换积分", "所需积分"))
        register = Register([name, "分类", barcode, points, "库存", "单位"])
        for index in range(25):
            code = self._barcode(index)
            shown: Any = self._pick_one(code, int(code), f"{code[:3]} {code[3:]}")
            register.add(
                [
                    f"商品{index}",
                    "日化",
                    shown,
                    self._pick_one(10, "20", "12.5", "３０"),
                    self.rng.randrange(99),
                    "件",
                ]
            )
        register.add(["理发一次", "服务", None, 60, 10, "次"])
        code = self._barcode(77)
        register.add(
            ["坏条码", "日化", code[:12] + str((int(code[12]) + 1) % 10), 5, 5, "件"],
            (barcode, "invalid_barcode"),
        )
        for wrong in ("-5", 0, "12.345", "很多"):
            register.add(
                [f"坏积分{wrong}", "厨卫", self._barcode(80 + len(str(wrong))), wrong, 5, "件"],
                (points, "invalid_points"),
            )
        for text in ('=HYPERLINK("http://example.invalid","点我")', "@SUM(1)", "+cmd|' /C calc'!A0"):
            register.add([text, "日化", self._barcode(60 + len(text)), 5, 5, "件"], (name, "formula"))
        register.add(["又是它", "日化", self._barcode(0), 5, 5, "件"], (barcode, "duplicate"))
        return register

    # Forms of one value

    def _day(self, day: date) -> Any:
        forms = (
            f"{day:%Y-%m-%d}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}.{day.month}.{day.day}",
            f"{day:%Y%m%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day:%Y-%m-%d}".translate(FULL_WIDTH),
            datetime(day.year, day.month, day.day),  # noqa: DTZ001 - a date cell has no zone.
        )
        return self.rng.choice(forms)

    def _moment(self, at: datetime) -> Any:
        clock = f"{at:%H:%M}"
        return self._pick_one(
            f"{at:%Y-%m-%d} {clock}",
            f"{at:%Y/%m/%d} {clock}",
            f"{at:%Y年%m月%d日} {clock}",
            f"{at.year}.{at.month}.{at.day} {clock}",
            at,
        )

    def _duration(self, minutes: int) -> str:
        hours = f"{minutes / 60:g}"
        whole, rest = divmod(minutes, 60)
        return str(
            self._pick_one(
                hours, f"{hours}小时", f"{minutes}分钟", f"{whole}:{rest:02d}", f"{whole}小时{rest}分", hours.translate(FULL_WIDTH), f"{hours}h", f" {hours} 小时 "
            )
        )  # fmt: skip

    def _phone(self, phone: str) -> Any:
        spaced = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
        return self._pick_one(
            phone,
            int(phone),
            spaced,
            spaced.replace(" ", "-"),
            f"+86-{phone}",
            f"+86 {phone}",
            f"0086{phone}",
            phone.translate(FULL_WIDTH),
            f"\u202d{phone}\u202c",
        )

    def _number(self, identity: str) -> str:
        return str(
            self._pick_one(
                identity,
                identity.lower(),
                identity.translate(FULL_WIDTH),
                f" {identity} ",
                f"{identity[:6]} {identity[6:14]} {identity[14:]}",
            )
        )

    def _identity(self, born: date) -> str:
        digits = f"330482{born:%Y%m%d}{self.rng.randrange(1000):03d}"
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
        return digits + "10X98765432"[total % 11]

    def _barcode(self, number: int) -> str:
        digits = f"690{number:09d}"
        total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
        return f"{digits}{-total % 10}"

    def _name(self) -> str:
        return self.rng.choice(SURNAMES) + "".join(self.rng.choices(GIVEN, k=self.rng.choice((1, 2))))

    def _spaced(self, text: str) -> str:
        return str(self._pick_one(text, text, f" {text}", f"{text}　", f"{text}\xa0"))

    def _pick_one(self, *choices: Any) -> Any:
        return self.rng.choice(choices)

    def _pick(self, *choices: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.rng.choice(options) for options in choices)

    # Files

    def _lay_out(self, code: str, register: Register) -> None:
        as_workbook = self.rng.random() < 0.5
        lines: list[Cells] = []
        if self.rng.random() < 0.7:
            lines.append([f"平湖县{code}登记表（2023年）"])
            lines.extend([[] for _ in range(self.rng.randrange(3))])
        lines.append(list(register.header))
        numbers: list[int] = []
        for cells in register.rows:
            if self.rng.random() < 0.03:
                lines.append([])
            lines.append(cells)
            numbers.append(len(lines))
        if self.rng.random() < 0.7:
            lines.append(["合 计", len(register.rows)])
        if self.rng.random() < 0.5:
            lines.extend([[], ["填表人：王芳", "", "审核人：李强"]])
        register.content = self._workbook(lines) if as_workbook else self._text(lines)
        register.rejected = [
            {"row": numbers[index], "column": column, "code": fault}
            for index, column, fault in register.faults
        ]
        register.accepted = len(register.rows) - len(register.faults)

    def _workbook(self, lines: list[Cells]) -> bytes:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row, cells in enumerate(lines, 1):
            for column, value in enumerate(cells, 1):
                if value not in (None, ""):
                    sheet.cell(row, column, value)
        if self.rng.random() < 0.5:
            book.create_sheet("填写说明").append(["请按要求填写"])
        if self.rng.random() < 0.5:
            hidden = book.create_sheet("旧表")
            hidden.append(lines[0])
            hidden.sheet_state = "hidden"
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def _text(self, lines: list[Cells]) -> bytes:
        encoding = self._pick_one("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16")
        delimiter = self._pick_one(",", ",", "\t", ";")
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=self._pick_one("\r\n", "\n"))
        width = max(map(len, lines))
        for cells in lines:
            written = ["" if cell is None else cell for cell in cells]
            writer.writerow(written + [""] * (width - len(cells)) if cells or self.rng.random() < 0.5 else [])
        # The direction marks of phone books do not exist in GBK.
        text = stream.getvalue()
        return (
            text.replace("\u202d", "").replace("\u202c", "").replace("\xa0", " ").encode(encoding)
            if encoding == "gbk"
            else text.encode(encoding)
        )
