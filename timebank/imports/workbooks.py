"""XLSX: cells as they were typed. Formulas are text that begins with “=”; nothing is computed."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook

from timebank.imports.cells import Cell
from timebank.imports.delimited import NumberedCells
from timebank.imports.limits import MAX_COLUMNS, MAX_PARTS, MAX_ROWS, MAX_UNPACKED_BYTES, MEGABYTE
from timebank.imports.refusals import EncryptedWorkbook, OtherFormat, TooLarge, TooManyRows, UnreadableFile

# A spreadsheet keeps fifteen significant digits; the rest of a binary float is noise.
_SIGNIFICANT_DIGITS = ".15g"
_ENCRYPTED_FLAG = 0x1
_PROLOGUE_BYTES = 4096
_CHUNK_BYTES = MEGABYTE
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')

NumberedSheet = tuple[str, bool, list[NumberedCells]]


def read_workbook(content: bytes) -> list[NumberedSheet]:
    """Name, whether hidden, and rows of each worksheet, in the workbook's order."""
    _inspect_archive(content)
    with warnings.catch_warnings():
        # openpyxl warns of things that it leaves out, such as drop-down lists; none of them are cells.
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            sheets = _sheets(workbook, content)
        except UnreadableFile:
            raise
        except Exception as error:
            # A damaged part surfaces as one of a dozen exceptions of the XML and zip libraries.
            raise UnreadableFile() from error
    if not sheets:
        raise UnreadableFile()
    return sheets


def _inspect_archive(content: bytes) -> None:
    """Refuse bombs, passwords, other zipped formats and document types before anything is unpacked."""
    try:
        archive = ZipFile(io.BytesIO(content))
    except (BadZipFile, ValueError, OSError) as error:
        raise UnreadableFile() from error
    with archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise TooLarge(megabytes=MAX_UNPACKED_BYTES // MEGABYTE)
        if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
            raise EncryptedWorkbook()
        if not any(part.filename.lower() == "xl/workbook.xml" for part in parts):
            raise OtherFormat()
        _refuse_document_types(archive, parts)


def _refuse_document_types(archive: ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    # Workbooks never declare a DTD; one that does wants entities to be expanded or fetched.
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            try:
                with archive.open(part) as stream:
                    start = stream.read(_PROLOGUE_BYTES)
            except (BadZipFile, NotImplementedError, OSError, zlib.error) as error:
                raise UnreadableFile() from error
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise UnreadableFile()


def _sheets(workbook: Workbook, content: bytes) -> list[NumberedSheet]:
    sheets: list[NumberedSheet] = []
    room = MAX_ROWS
    with ZipFile(io.BytesIO(content)) as archive:
        for sheet in workbook.worksheets:
            # Some programs write a wrong size into the sheet, and trusting it would cut the rows off.
            if hasattr(sheet, "reset_dimensions"):
                sheet.reset_dimensions()
            rows = _rows(sheet, room)
            room -= len(rows)
            part = str(getattr(sheet, "_worksheet_path", ""))
            filled = _with_merged_columns(rows, list(_tall_ranges(archive, part)))
            sheets.append((str(sheet.title), sheet.sheet_state != "visible", filled))
    return sheets


def _rows(sheet: Any, room: int) -> list[NumberedCells]:
    rows: list[NumberedCells] = []
    values = sheet.iter_rows(min_row=1, min_col=1, max_col=MAX_COLUMNS, values_only=True)
    for number, row in enumerate(values, 1):
        width = next((place for place in range(len(row), 0, -1) if row[place - 1] not in (None, "")), 0)
        cells = tuple(_plain(value) for value in row[:width])
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            continue
        if len(rows) >= room:
            raise TooManyRows(rows=MAX_ROWS)
        rows.append((number, cells))
    return rows


def _tall_ranges(archive: ZipFile, part: str) -> Iterator[tuple[int, int, int]]:
    """Merged ranges of one column and several rows, as column, first row and last row.

    Registers merge the team's cell over all of its members. The reader that streams rows does not tell
    of merges, which stand behind the rows in the sheet's part.
    """
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            window = tail + chunk
            end = 0
            for match in _MERGED.finditer(window):
                end = match.end()
                left, top, right, bottom = range_boundaries(match[1].decode())
                if (
                    left == right
                    and top is not None
                    and bottom is not None
                    and left is not None
                    and bottom > top
                ):
                    yield left, top, bottom
            tail = window[max(end, len(window) - 200) :]


def _with_merged_columns(
    rows: list[NumberedCells], ranges: list[tuple[int, int, int]]
) -> list[NumberedCells]:
    places = {number: place for place, (number, _) in enumerate(rows)}
    filled = {place: list(cells) for place, (_, cells) in enumerate(rows)} if ranges else {}
    for column, top, bottom in ranges:
        above = filled.get(places.get(top, -1), [])
        value = above[column - 1] if column <= len(above) else None
        for number in range(top + 1, min(bottom, rows[-1][0] if rows else 0) + 1):
            cells = filled.get(places.get(number, -1))
            if cells is not None and value is not None:
                cells.extend([None] * (column - len(cells)))
                cells[column - 1] = value if cells[column - 1] is None else cells[column - 1]
    return [
        (number, tuple(filled[place]) if place in filled else cells)
        for place, (number, cells) in enumerate(rows)
    ]


def _plain(value: Any) -> Cell:
    if isinstance(value, float) and isfinite(value):
        return Decimal(format(value, _SIGNIFICANT_DIGITS))
    if value is None or isinstance(value, str | int | Decimal | datetime | date | time | timedelta):
        return value
    if isinstance(value, float):
        return str(value)
    # Array formulas and data tables are objects of openpyxl's own.
    return "=" + str(getattr(value, "text", "") or "").lstrip("=")
