"""What all judges share: a row whose cells are cleaned once, and the verdict on a register."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from timebank.imports.cells import Cell, shown
from timebank.imports.rejections import Code, Note, Rejection, Remark, Unacceptable
from timebank.imports.tables import Table, TableRow

T = TypeVar("T")
Cleaner = Callable[[Cell], Any]


@dataclass(frozen=True)
class Accepted(Generic[T]):
    """A row that is taken. ``existing_id`` is set where the same thing is known from before."""

    row: int
    value: T
    existing_id: int | None = None


@dataclass
class Verdict(Generic[T]):
    """The judgement on a register, in the order of its rows. ``read`` counts the rows of data."""

    read: int = 0
    accepted: list[Accepted[T]] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def new(self) -> list[Accepted[T]]:
        """Accepted rows that are not known from before."""
        return [row for row in self.accepted if row.existing_id is None]


class SentBack(Exception):
    """The row is rejected because of ``field``."""

    def __init__(self, field: str, code: Code) -> None:
        super().__init__(field, code.value)
        self.field = field
        self.code = code


class Draft:
    """A row in the making: every recognised cell cleaned, its fault kept until its turn comes.

    Cleaning ahead lets the judge ask what is known for the whole file at once, while the fault that
    is reported stays the first one in the order of the fields.
    """

    def __init__(self, row: TableRow, cleaners: Mapping[str, Cleaner]) -> None:
        self.row = row
        self._values: dict[str, Any] = {}
        self._faults: dict[str, Code] = {}
        for code, clean in cleaners.items():
            try:
                self._values[code] = clean(row.values.get(code))
            except Unacceptable as fault:
                self._faults[code] = fault.code

    def take(self, code: str) -> Any:
        """The clean value of a field. Raises ``SentBack`` where the cell was unacceptable."""
        if code in self._faults:
            raise SentBack(code, self._faults[code])
        return self._values[code]

    def take_if_legible(self, code: str) -> Any:
        """As :meth:`take`, but None where the cell cannot be read and the row does not hang on it."""
        return None if self.is_illegible(code) else self.take(code)

    def is_illegible(self, code: str) -> bool:
        """Whether the cell holds something that cannot be read. A formula is no such thing: it is an attack or a slip."""
        return code in self._faults and self._faults[code] is not Code.FORMULA

    def glance(self, code: str) -> Any:
        """The clean value, or None where the cell was unacceptable."""
        return self._values.get(code)


def drafts_of(table: Table, cleaners: Mapping[str, Cleaner]) -> list[Draft]:
    """All rows of the table, cleaned."""
    return [Draft(row, cleaners) for row in table.rows]


class Judgement(Generic[T]):
    """Collects a verdict: one call of :meth:`on` per row."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.verdict: Verdict[T] = Verdict()

    def on(self, draft: Draft, decide: Callable[[Draft], Accepted[T]]) -> Accepted[T] | None:
        """Accept or reject one row by ``decide``, which raises ``SentBack`` to reject."""
        self.verdict.read += 1
        try:
            accepted = decide(draft)
        except SentBack as fault:
            cell = draft.row.values.get(fault.field)
            header = self._table.header(fault.field)
            self.verdict.rejected.append(
                Rejection(draft.row.number, header, fault.code, shown(cell), fault.field)
            )
            return None
        self.verdict.accepted.append(accepted)
        if accepted.existing_id is not None:
            self.note(draft, next(iter(draft.row.values)), Remark.ALREADY_THERE)
        return accepted

    def note(self, draft: Draft, code: str, remark: Remark) -> None:
        """Remark on a row that has been accepted."""
        self.verdict.notes.append(Note(draft.row.number, self._table.header(code), remark))


def distinct(drafts: list[Draft], code: str) -> Iterator[Any]:
    """Each clean value of a field once, without empty ones."""
    return iter(dict.fromkeys(value for draft in drafts if (value := draft.glance(code))))
