"""Workbooks that go back to the office: the rows sent back with their reasons, and empty registers."""

import io
from collections.abc import Callable

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from timebank.errors import N_
from timebank.imports.headers import Register
from timebank.imports.rejections import SENTENCES, Code
from timebank.imports.sealing import SentBackRow, SentBackRows

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_FAULT = PatternFill("solid", fgColor="FFE3E0")
_BOLD = Font(bold=True)
_COLUMN_WIDTH = 18

Say = Callable[[str], str]


def sent_back_file(sent_back: SentBackRows, *, say: Say) -> bytes:
    """The rejected rows as a workbook: row number, reason, then the row's own cells with the faulty one marked.

    Args:
        say: translates an English message id for the reader.
    """
    book, sheet = _new_book(say(N_("Rows sent back")))
    _write(sheet, 1, [say(N_("Row")), say(N_("Why")), *sent_back.headers])
    for line, row in enumerate(sent_back.rows, 2):
        _write(sheet, line, [str(row.row), _reason(row, say), *row.cells])
        if row.column in sent_back.headers:
            sheet.cell(line, 3 + sent_back.headers.index(row.column)).fill = _AT_FAULT
    return _bytes_of(book, sheet)


def _reason(row: SentBackRow, say: Say) -> str:
    return f"{row.column}: {say(SENTENCES[Code(row.code)])}"


def empty_register(register: Register, *, title: str) -> bytes:
    """A workbook with the register's usual column names and no rows."""
    book, sheet = _new_book(title)
    lone = register.one_of[:1]
    names = [
        field.names[0] for field in register.fields if field.code not in register.one_of or field.code in lone
    ]
    _write(sheet, 1, names)
    return _bytes_of(book, sheet)


def _new_book(title: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title[:31]
    return book, sheet


def _write(sheet: Worksheet, line: int, values: list[str]) -> None:
    for column, value in enumerate(values, 1):
        cell = sheet.cell(line, column)
        assert isinstance(cell, SheetCell)
        # As text whatever it begins with: a formula in a rejected cell must not come to life here.
        cell.value = value
        cell.data_type = "s"
        cell.number_format = "@"
        if line == 1:
            cell.font = _BOLD


def _bytes_of(book: Workbook, sheet: Worksheet) -> bytes:
    sheet.freeze_panes = "A2"
    for column in range(1, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(column)].width = _COLUMN_WIDTH
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
