"""Opens a file and gives its sheets as rows of plain cells, numbered as the spreadsheet program numbers them.

What a file is, is told by its content and never by its name. Nothing in it is executed or fetched.
"""

from dataclasses import dataclass

from timebank.imports.cells import Cell
from timebank.imports.delimited import read_delimited
from timebank.imports.limits import MAX_FILE_BYTES, MEGABYTE
from timebank.imports.refusals import EncryptedWorkbook, OldWorkbook, OtherFormat, TooLarge, UnreadableFile
from timebank.imports.workbooks import read_workbook

_OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# An encrypted workbook is an old-style container that holds a stream of this name.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_OTHER_SIGNATURES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
)
_MARKUP_STARTS = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<body", b"mime-version:")


@dataclass(frozen=True)
class Row:
    """``number`` is the spreadsheet's. Trailing empty cells are left out."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet that show anything. ``hidden`` sheets are read only when asked for by name."""

    name: str
    rows: tuple[Row, ...]
    hidden: bool = False


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """The sheets of an XLSX workbook, or the one sheet of a CSV or TSV file.

    Raises a kind of ``UnreadableFile`` for everything else, and for files beyond the limits.
    """
    if len(content) > MAX_FILE_BYTES:
        raise TooLarge(megabytes=MAX_FILE_BYTES // MEGABYTE)
    if not content.strip():
        raise UnreadableFile()
    if content.startswith(_ZIP_SIGNATURES):
        found = read_workbook(content)
    else:
        _refuse_other_formats(content)
        found = [("", False, read_delimited(content))]
    return tuple(
        Sheet(name, tuple(Row(number, cells) for number, cells in rows), hidden=hidden)
        for name, hidden, rows in found
    )


def _refuse_other_formats(content: bytes) -> None:
    if content.startswith(_OLE_SIGNATURE):
        raise EncryptedWorkbook() if _ENCRYPTED_STREAM in content else OldWorkbook()
    # Systems that "export to Excel" often write a web page and call it .xls.
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if content.startswith(_OTHER_SIGNATURES) or start.startswith(_MARKUP_STARTS):
        raise OtherFormat()
