"""Finds a register's table on a sheet: its header row, its columns, and the rows that are data.

Offices put a title above the header, leave lines blank, number rows in advance, print a total below,
and sign at the bottom. None of these are rows of the register.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timebank.imports.cells import Cell, is_blank, matching_key, shown, squeezed
from timebank.imports.headers import Field, Register, normalised, spellings
from timebank.imports.refusals import NoHeader, SeveralSheets, SheetNotFound
from timebank.imports.sheets import Row, Sheet

_HEADER_SEARCH_ROWS = 40
_TOTAL = re.compile(
    r"^(合计|总计|小计|共计|总数|累计|汇总|总合计|本页合计|本页小计|以上合计|合计数|total|grandtotal|subtotal|sum)"
    r"([:(\d].*|(人数?|数量|项|场次?|条|件)([:(\d].*)?)?$"
)
_NOTE = re.compile(
    r"^(填表人|填报人|填表单位|填报单位|填表日期|填报日期|填表说明|填写说明|填报说明|制表人?|制表单位|制表日期|制表时间|审核人?|审批人?|复核人?|负责人|单位负责人|主管领导|分管领导|经办人|联系人|"
    r"备注|说明|注意事项|温馨提示|注\d*|附注?|打印日期|打印时间|导出时间|导出日期|统计时间|截止日期|单位盖章|盖章|preparedby|checkedby|approvedby|notes?|remarks?)(\(.*?\))?[:.、]"
)
_PAGE_NUMBER = re.compile(r"^(第\d+页(,?共\d+页)?|page\d+(of\d+)?)$")


@dataclass(frozen=True)
class Column:
    """Where a field stands: its place from zero, and the header as the file writes it."""

    place: int
    header: str


@dataclass(frozen=True)
class TableRow:
    """One row of data: the cells of the recognised columns."""

    number: int
    values: Mapping[str, Cell]


@dataclass(frozen=True)
class Table:
    """A register's rows, its recognised columns by field, and the headers of the others."""

    sheet: str
    columns: Mapping[str, Column]
    ignored: tuple[str, ...]
    rows: tuple[TableRow, ...]

    def header(self, field: str) -> str:
        """The header of ``field`` as written in the file; the field's own word where it has no column."""
        return self.columns[field].header if field in self.columns else field


@dataclass(frozen=True)
class _Header:
    """A candidate for the header: the index of its last line and what was recognised in it."""

    last: int
    titles: tuple[str, ...]
    columns: Mapping[str, Column]


def find_table(sheets: Sequence[Sheet], register: Register, *, sheet_name: str | None = None) -> Table:
    """The one table of ``register`` in a workbook.

    Raises ``NoHeader`` with the columns that are missing from the best candidate, ``SheetNotFound``, or
    ``SeveralSheets`` where more than one visible sheet fits.
    """
    candidates = _candidates(sheets, sheet_name)
    headers = [(sheet, _best_header(sheet, register)) for sheet in candidates]
    fitting = [(sheet, header) for sheet, header in headers if not _lacking(register, header.columns)]
    with_rows = [(sheet, header) for sheet, header in fitting if header.last + 1 < len(sheet.rows)]
    chosen = with_rows or fitting[:1]
    if not chosen:
        lacking = min((_lacking(register, header.columns) for _, header in headers), key=len)
        raise NoHeader(columns="、".join(lacking))
    if len(chosen) > 1:
        raise SeveralSheets(sheets="、".join(sheet.name for sheet, _ in chosen))
    return _table(*chosen[0])


def _candidates(sheets: Sequence[Sheet], sheet_name: str | None) -> list[Sheet]:
    if sheet_name:
        named = [sheet for sheet in sheets if matching_key(sheet.name) == matching_key(sheet_name)]
        if not named:
            raise SheetNotFound(sheets="、".join(sheet.name for sheet in sheets))
        return named
    visible = [sheet for sheet in sheets if not sheet.hidden]
    return visible or list(sheets)


def _lacking(register: Register, columns: Mapping[str, Column]) -> list[str]:
    lacking = [field.names[0] for field in register.fields if field.needed and field.code not in columns]
    if register.one_of and not any(code in columns for code in register.one_of):
        lacking.append(next(field.names[0] for field in register.fields if field.code in register.one_of))
    return lacking


def _best_header(sheet: Sheet, register: Register) -> _Header:
    """The line, or two lines one above the other, in which most columns are recognised; the first of equals."""
    rows = sheet.rows[:_HEADER_SEARCH_ROWS]
    singles = [_header(_titles(row), index, register) for index, row in enumerate(rows)]
    pairs = [
        _header(_stacked(rows[index - 1], row), index, register) for index, row in enumerate(rows) if index
    ]
    nothing = _Header(last=-1, titles=(), columns={})
    best = max(singles, key=lambda header: len(header.columns), default=nothing)
    if not _lacking(register, best.columns):
        return best
    # Two lines count only where one line is not enough: a data row below the header adds no column.
    return max([best, *pairs], key=lambda header: len(header.columns))


def _titles(row: Row) -> tuple[str, ...]:
    return tuple(_title(cell) for cell in row.cells)


def _title(cell: Cell) -> str:
    # The header as a person would copy it: as written, on one line.
    return cell.strip() if isinstance(cell, str) and "\n" not in cell and "\r" not in cell else shown(cell)


def _stacked(upper: Row, lower: Row) -> tuple[str, ...]:
    above, below = _titles(upper), _titles(lower)
    width = max(len(above), len(below))
    padded = zip(above + ("",) * (width - len(above)), below + ("",) * (width - len(below)), strict=True)
    return tuple(low or high for high, low in padded)


def _header(titles: tuple[str, ...], last: int, register: Register) -> _Header:
    known = [spellings(title) for title in titles]
    columns: dict[str, Column] = {}
    for field in register.fields:
        taken = {column.place for column in columns.values()}
        place = _place(field, known, taken)
        if place is not None:
            columns[field.code] = Column(place, titles[place])
    return _Header(last=last, titles=titles, columns=columns)


def _place(field: Field, known: Sequence[frozenset[str]], taken: set[int]) -> int | None:
    """The column of ``field`` under its most preferred name; one column serves one field, the earlier one."""
    for name in map(normalised, field.names):
        for place, meanings in enumerate(known):
            if name in meanings and place not in taken:
                return place
    return None


def _table(sheet: Sheet, header: _Header) -> Table:
    places = {column.place for column in header.columns.values()}
    ignored = tuple(title for place, title in enumerate(header.titles) if title and place not in places)
    above = {tuple(map(matching_key, row.cells)) for row in sheet.rows[: header.last + 1]}
    rows = tuple(
        TableRow(row.number, {code: _cell(row, column.place) for code, column in header.columns.items()})
        for row in sheet.rows[header.last + 1 :]
        if tuple(map(matching_key, row.cells)) not in above and not _beside_the_point(row, header)
    )
    return Table(sheet.name, header.columns, ignored, rows)


def _cell(row: Row, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else None


def _beside_the_point(row: Row, header: _Header) -> bool:
    """Whether the row is blank in all recognised columns, a total, or a note below the table."""
    first = next((squeezed(cell).casefold() for cell in row.cells if not is_blank(cell)), "")
    if _TOTAL.match(first) or _PAGE_NUMBER.match(first):
        return True
    if _NOTE.match(first) and sum(not is_blank(cell) for cell in row.cells) <= len(row.cells) // 2 + 1:
        return True
    return all(is_blank(_cell(row, column.place)) for column in header.columns.values())
