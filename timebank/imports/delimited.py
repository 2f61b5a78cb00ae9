"""CSV and TSV: the encoding, the delimiter, and rows as a spreadsheet program would show them."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from timebank.imports.cells import Cell
from timebank.imports.limits import MAX_COLUMNS, MAX_ROWS
from timebank.imports.refusals import OtherFormat, TooManyRows, UnknownEncoding, UnreadableFile

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_ROWS = 60
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

NumberedCells = tuple[int, tuple[Cell, ...]]


def read_delimited(content: bytes) -> list[NumberedCells]:
    """Rows that show anything. A record whose quoted cell has line breaks is one row."""
    text = decoded(content)
    if "\0" in text:
        raise OtherFormat()
    delimiter, text = _delimiter_of(text)
    rows: list[NumberedCells] = []
    try:
        for number, cells in enumerate(_records(text, delimiter), 1):
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= MAX_ROWS:
                raise TooManyRows(rows=MAX_ROWS)
            rows.append((number, tuple(cells[:MAX_COLUMNS])))
    except csv.Error as error:
        # A quotation mark that is never closed swallows the rest of the file as one cell.
        raise UnreadableFile() from error
    return rows


def decoded(content: bytes) -> str:
    """The text, by its byte order mark, else as UTF-8, else as GB18030 (which holds GBK and GB2312)."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    guesses = (_wide_encoding(content), "utf-8", "gb18030")
    for encoding in filter(None, guesses):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnknownEncoding()


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnknownEncoding() from error


def _wide_encoding(content: bytes) -> str | None:
    # UTF-16 without a mark: the delimiters and line ends are ASCII, so half of their bytes are zero.
    sample = content[:2000]
    if len(content) % 2 or b"\0" not in sample:
        return None
    return "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"


def _delimiter_of(text: str) -> tuple[str, str]:
    # Spreadsheet programs obey a first line "sep=;" and do not show it, so it has no row number.
    first, _, rest = text.partition("\n")
    declared = first.strip().strip('"').lower()
    if declared.startswith("sep=") and len(declared) == len("sep=") + 1:
        return declared[-1], rest
    if first.strip("\r ").lower() == "sep=\t":
        return "\t", rest
    return max(_DELIMITERS, key=lambda delimiter: _regularity(text, delimiter)), text


def _regularity(text: str, delimiter: str) -> int:
    """How many cells beyond the first stand in rows of the commonest width."""
    try:
        widths = [len(cells) for cells in islice(_records(text, delimiter), _SAMPLE_ROWS)]
    except csv.Error:
        return 0
    counts = Counter(width for width in widths if width > 1)
    return max(((width - 1) * count for width, count in counts.items()), default=0)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
