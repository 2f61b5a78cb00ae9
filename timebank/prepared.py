"""Statements that are said so often that SQLAlchemy's way to the driver costs more than the answer.

They are written in SQLAlchemy's language like all others, made once, compiled once for each engine and each number
of values, and then sent through the driver's own cursor: an eighth of the processor time of
``session.execute``.
Values go in and come out through the columns' types. Only for the paths where it was measured (docs/benchmarks.md).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Table, Update, bindparam, insert
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import CompoundSelect

from ledger.engines import driver_cursor
from timebank.db import Line
from timebank.orm import Base

Model = TypeVar("Model", bound=Base)
Change = Callable[[Any], Any]
Speaker = Session | Connection | Line
Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Insert | Update | Delete


class _Place(NamedTuple):
    """Where a value goes in: its name, which of its list (None for no list), and how the engine wants it."""

    name: str
    member: int | None
    change: Change | None


class _Form(NamedTuple):
    """A statement as one engine hears it, for one number of values in each list.

    Attributes:
        places: in the engine's order; called: their names, where the engine goes by names.
        constants: values that the statement itself brings.
        results: how a column's value comes out, by its place; those that come out as they are left out.
    """

    sql: str
    places: tuple[_Place, ...]
    called: tuple[str, ...] | None
    constants: dict[str, Any]
    results: tuple[tuple[int, Change], ...]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What goes to the driver beside the words."""
        said = {**self.constants, **values}
        found = []
        for name, member, change in self.places:
            value = said[name] if member is None else said[name][member]
            found.append(value if change is None else change(value))
        return found if self.called is None else dict(zip(self.called, found, strict=True))

    def row(self, fetched: Sequence[Any]) -> tuple[Any, ...]:
        """What came from the driver, in the columns' types."""
        if not self.results:
            return tuple(fetched)
        row = list(fetched)
        for place, change in self.results:
            row[place] = change(row[place])
        return tuple(row)


class Prepared:
    """One statement, its places named with ``bindparam`` (``expanding=True`` for a list).

    As ``session.execute`` it writes first what the session has not written yet. What it changes is not
    told to objects that the session has read.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, SQLCompiler] = {}
        self._forms: dict[tuple[str, tuple[int, ...]], _Form] = {}

    def rows(self, session: Speaker, **values: Any) -> list[tuple[Any, ...]]:
        """Every row of the answer."""
        connection = _up_to_date(session)
        form = self._form(connection.dialect, values)
        with _cursor(connection) as cursor:
            cursor.execute(form.sql, form.parameters(values))
            return [form.row(fetched) for fetched in cursor.fetchall()]

    def first(self, session: Speaker, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return next(iter(self.rows(session, **values)), None)

    def scalar(self, session: Speaker, **values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.first(session, **values)
        return None if found is None else found[0]

    def run(self, session: Speaker, **values: Any) -> None:
        """Say what answers nothing."""
        self.run_many(session, [values])

    def run_many(self, session: Speaker, many: Sequence[Mapping[str, Any]]) -> None:
        """Say what answers nothing once for each of ``many``; no lists among the values."""
        if not many:
            return
        connection = _up_to_date(session)
        form = self._form(connection.dialect, many[0])
        with _cursor(connection) as cursor:
            if len(many) == 1:
                cursor.execute(form.sql, form.parameters(many[0]))
            else:
                cursor.executemany(form.sql, [form.parameters(values) for values in many])

    def _form(self, dialect: Dialect, values: Mapping[str, Any]) -> _Form:
        # Lists are the only tuples, lists and sets among values: their lengths stand in the words.
        lengths = tuple(len(value) for value in values.values() if isinstance(value, tuple | list))
        form = self._forms.get((dialect.name, lengths))
        if form is None:
            form = self._forms[dialect.name, lengths] = self._made(dialect, values)
        return form

    def _made(self, dialect: Dialect, values: Mapping[str, Any]) -> _Form:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._statement.compile(dialect=dialect)
            # A default of the tables' own would have to be asked: every value has to be said.
            assert not compiled.insert_prefetch
            assert not compiled.update_prefetch
            self._compiled[dialect.name] = compiled
        state = compiled.construct_expanded_state(dict(values), escape_names=False)
        member_of = {
            one: (name, member)
            for name, ones in state.parameter_expansion.items()
            for member, one in enumerate(ones)
        }
        changes = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for bound, name in compiled.bind_names.items()
        }
        order = list(state.parameters) if state.positiontup is None else state.positiontup
        places = []
        for one in order:
            name, member = member_of.get(one, (one, None))
            places.append(_Place(name, member, changes[name]))
        constants = {
            name: value
            for name, value in state.parameters.items()
            if name not in values and name not in member_of
        }
        called = tuple(order) if state.positiontup is None else None
        return _Form(state.statement, tuple(places), called, constants, self._results(dialect))

    def _results(self, dialect: Dialect) -> tuple[tuple[int, Change], ...]:
        found = []
        for place, column in enumerate(self._statement.exported_columns):
            change = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if change is not None:
                found.append((place, change))
        return tuple(found)


class PreparedRows:
    """New rows of one table, however many, in one statement."""

    def __init__(self, model: type[Base], columns: Sequence[str], returning: Sequence[str] = ()) -> None:
        self._table, self._columns, self._returning = (
            cast(Table, model.__table__),
            tuple(columns),
            tuple(returning),
        )
        self._by_count: dict[int, Prepared] = {}

    def write(self, session: Speaker, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Write the rows; what was asked back of each of them, in whatever order the engine gives it."""
        if not rows:
            return []
        said = self._by_count.get(len(rows))
        if said is None:
            said = self._by_count[len(rows)] = Prepared(self._statement(len(rows)))
        values = {f"{name}__{place}": row[name] for place, row in enumerate(rows) for name in self._columns}
        if self._returning:
            return said.rows(session, **values)
        said.run(session, **values)
        return []

    def _statement(self, count: int) -> Insert:
        columns = self._table.c
        new = insert(self._table).values(
            [
                {name: bindparam(f"{name}__{place}", type_=columns[name].type) for name in self._columns}
                for place in range(count)
            ]
        )
        if self._returning:
            return new.returning(*(columns[name] for name in self._returning))
        return new.inline()


def written(session: Session, row: Model) -> Model:
    """The object of a row that :class:`PreparedRows` has written, with its number, as if the session had read it."""
    make_transient_to_detached(row)
    session.add(row)
    return row


def _cursor(line: Connection | Line) -> AbstractContextManager[Any]:
    return line.cursor() if isinstance(line, Line) else driver_cursor(line)


_KNOWN = "timebank.prepared"


def _up_to_date(session: Speaker) -> Connection | Line:
    if not isinstance(session, Session):
        return session
    session.flush()
    # Asking the session each time takes longer than a short statement.
    found: Connection | None = session.info.get(_KNOWN)
    if found is None or found.closed or not (session.in_transaction() and session.is_active):
        found = session.info[_KNOWN] = session.connection()
    return found
