"""Files are told by their content, read without executing anything, and refused with what to do next."""

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from timebank.imports import delimited, limits, sheets, workbooks
from timebank.imports.refusals import (
    EncryptedWorkbook,
    OldWorkbook,
    OtherFormat,
    TooLarge,
    TooManyRows,
    UnknownEncoding,
    UnreadableFile,
)
from timebank.imports.sheets import read_sheets

TEXT = "姓名,电话\n王芳,13912345678\n\n李强,13812345678\n"


def rows_of(content: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    (sheet,) = read_sheets(content)
    return [(row.number, row.cells) for row in sheet.rows]


def book_of(lines: Iterable[Iterable[Any]], **changes: Any) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(list(line))
    for place, value in changes.items():
        sheet[place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one of its parts replaced."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, part)
    return stream.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_text_is_read_in_every_encoding_with_every_delimiter(
    encoding: str, delimiter: str, line_end: str
) -> None:
    content = TEXT.replace(",", delimiter).replace("\n", line_end).encode(encoding)
    assert rows_of(content) == [
        (1, ("姓名", "电话")),
        (2, ("王芳", "13912345678")),
        (4, ("李强", "13812345678")),
    ]


def test_a_quoted_cell_with_line_breaks_is_one_row_and_keeps_its_commas() -> None:
    content = '姓名,备注\n王芳,"第一行\n第二行, 还有"\n李强,"说""好"""\n'.encode()
    assert rows_of(content) == [
        (1, ("姓名", "备注")),
        (2, ("王芳", "第一行\n第二行, 还有")),
        (3, ("李强", '说"好"')),
    ]


def test_commas_in_titles_do_not_hide_the_true_delimiter() -> None:
    content = "登记表，县，2023\n姓名;电话;备注\n王芳;13912345678;书法,二胡,电工,理发\n李强;13812345678;a,b\n".encode()
    assert rows_of(content)[1] == (2, ("姓名", "电话", "备注"))


def test_a_first_line_that_names_the_delimiter_has_no_row_number() -> None:
    assert rows_of("sep=;\n姓名;电话\n".encode()) == [(1, ("姓名", "电话"))]


def test_a_quotation_mark_that_is_never_closed_is_refused_rather_than_swallowing_the_file() -> None:
    with pytest.raises(UnreadableFile):
        read_sheets(b'a,b\n"' + b"x,y\n" * 50_000)


def test_cells_of_a_workbook_are_what_was_typed() -> None:
    day = datetime(2023, 7, 12)  # noqa: DTZ001 - a date cell has no zone.
    content = book_of([["a", 1, 2.5, day, time(2, 30), True], [], [None, "b", None]])
    assert rows_of(content) == [(1, ("a", 1, Decimal("2.5"), day, time(2, 30), True)), (3, (None, "b"))]


def test_a_number_has_the_fifteen_digits_that_the_spreadsheet_shows() -> None:
    assert rows_of(book_of([[0.1 + 0.2, 13912345678.0, 230225195607111852.0]]))[0][1] == (
        Decimal("0.3"),
        Decimal("13912345678"),
        Decimal("2.30225195607112E+17"),
    )


def test_formulas_are_text_and_nothing_is_computed() -> None:
    content = book_of(
        [["x"]], A1='=HYPERLINK("http://example.invalid","x")', B1=ArrayFormula("B1:B2", "=SUM(A1:A2)")
    )
    assert rows_of(content)[0][1] == ('=HYPERLINK("http://example.invalid","x")', "=SUM(A1:A2)")


def test_a_wrong_size_in_the_sheet_cuts_nothing_off() -> None:
    content = book_of([["a", "b"], ["c", "d"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.read("xl/worksheets/sheet1.xml")
    for size in (b'ref="A1"', b'ref="B2:B2"'):
        assert rows_of(
            with_part(content, "xl/worksheets/sheet1.xml", part.replace(b'ref="A1:B2"', size))
        ) == [
            (1, ("a", "b")),
            (2, ("c", "d")),
        ]


def test_a_cell_merged_over_several_rows_counts_for_each_of_them() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["登记表"],
        ["服务队", "姓名"],
        ["红星队", "王芳"],
        [None, "李强"],
        [None, "赵敏"],
        ["东风队", "周杰"],
    ):
        sheet.append(line)
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("A3:A5")
    sheet.merge_cells("A6:A9")
    stream = io.BytesIO()
    book.save(stream)
    assert [cells for _, cells in rows_of(stream.getvalue())][2:] == [
        ("红星队", "王芳"),
        ("红星队", "李强"),
        ("红星队", "赵敏"),
        ("东风队", "周杰"),
    ]


def test_hidden_sheets_are_marked() -> None:
    book = Workbook()
    book.create_sheet("旧表").sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    assert [(sheet.name, sheet.hidden) for sheet in read_sheets(stream.getvalue())] == [
        ("Sheet", False),
        ("旧表", True),
    ]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", UnreadableFile),
        (b"  \n", UnreadableFile),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, OldWorkbook),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), EncryptedWorkbook),
        (b"%PDF-1.7 ...", OtherFormat),
        (b"\x89PNG\r\n", OtherFormat),
        ("<html><table><tr><td>姓名</td></tr></table>".encode(), OtherFormat),
        (b"a,b\0c\n\0\0\0\0x", OtherFormat),
        (b"\xff\xff\xff\x80\x80", UnknownEncoding),
        (b"PK\x03\x04 torn", UnreadableFile),
    ],
)
def test_what_is_no_table_is_refused_with_a_next_step(content: bytes, refusal: type[UnreadableFile]) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_sheets(content)
    assert type(refused.value) is refusal
    assert refused.value.next_step


def archive_of(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def test_other_zipped_documents_are_refused() -> None:
    with pytest.raises(OtherFormat):
        read_sheets(archive_of(**{"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive_of(**{"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * 2_000_000})
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(TooLarge):
        read_sheets(bomb)


def test_a_workbook_that_declares_entities_is_refused() -> None:
    part = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
    with pytest.raises(UnreadableFile):
        read_sheets(with_part(book_of([["a"]]), "xl/worksheets/sheet1.xml", part))


def test_a_damaged_workbook_is_refused() -> None:
    with pytest.raises(UnreadableFile):
        read_sheets(with_part(book_of([["a"]]), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"))


def test_too_many_bytes_and_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge):
        read_sheets(b"a" * (limits.MAX_FILE_BYTES + 1))
    monkeypatch.setattr(delimited, "MAX_ROWS", 3)
    monkeypatch.setattr(workbooks, "MAX_ROWS", 3)
    for content in (b"a\n" * 4, book_of([["a"]] * 4)):
        with pytest.raises(TooManyRows):
            read_sheets(content)
    assert len(sheets.read_sheets(b"a\n" * 3)[0].rows) == 3
