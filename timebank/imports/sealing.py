"""Register files and rejected rows at rest: encrypted, since they hold identity numbers and phones."""

import json
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from timebank.access.keys import Keyring
from timebank.imports.cells import shown
from timebank.imports.rejections import Rejection
from timebank.imports.tables import Table

_PURPOSE = "import"
_PERSONAL_FIELDS = frozenset(("phone", "identity", "person"))
_SHOWN_AT_START, _SHOWN_AT_END = 3, 2


@dataclass(frozen=True)
class SentBackRow:
    """A rejected row as the result file shows it."""

    row: int
    cells: tuple[str, ...]
    column: str
    code: str


@dataclass(frozen=True)
class SentBackRows:
    """All rejected rows under the headers of the file's recognised columns."""

    headers: tuple[str, ...]
    rows: tuple[SentBackRow, ...]


def seal_file(keyring: Keyring, content: bytes) -> bytes:
    """The file as stored until its run has ended."""
    return keyring.encrypt(_PURPOSE, b64encode(content).decode()).encode()


def open_file(keyring: Keyring, sealed: bytes) -> bytes:
    """The file of :func:`seal_file`."""
    return b64decode(keyring.decrypt(_PURPOSE, sealed.decode()))


def sent_back_rows(table: Table, rejected: list[Rejection]) -> SentBackRows:
    """The rejected rows with all of their recognised cells, in the order of the file's columns."""
    codes = sorted(table.columns, key=lambda code: table.columns[code].place)
    rows = {row.number: row for row in table.rows}
    return SentBackRows(
        headers=tuple(table.header(code) for code in codes),
        rows=tuple(
            SentBackRow(
                fault.row,
                tuple(shown(rows[fault.row].values.get(code)) for code in codes),
                fault.column,
                fault.code.value,
            )
            for fault in rejected
        ),
    )


def seal_rows(keyring: Keyring, sent_back: SentBackRows) -> bytes:
    """Rejected rows as stored after the run."""
    rows = [[row.row, list(row.cells), row.column, row.code] for row in sent_back.rows]
    return keyring.encrypt(_PURPOSE, json.dumps([list(sent_back.headers), rows], ensure_ascii=False)).encode()


def open_rows(keyring: Keyring, sealed: bytes) -> SentBackRows:
    """The rows of :func:`seal_rows`."""
    headers, rows = json.loads(keyring.decrypt(_PURPOSE, sealed.decode()))
    return SentBackRows(
        tuple(headers), tuple(SentBackRow(row, tuple(cells), *why) for row, cells, *why in rows)
    )


def masked_value(fault: Rejection) -> str:
    """The rejected cell as a page and the database may show it: of personal numbers only the ends."""
    if fault.field not in _PERSONAL_FIELDS or len(fault.value) <= _SHOWN_AT_START + _SHOWN_AT_END:
        return fault.value
    middle = fault.value[_SHOWN_AT_START:-_SHOWN_AT_END]
    hidden = re.sub(r"\w", "*", middle)
    return f"{fault.value[:_SHOWN_AT_START]}{hidden}{fault.value[-_SHOWN_AT_END:]}"
