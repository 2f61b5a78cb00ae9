"""What a redemption says to the database, written down cursor by cursor, and said again by raw SQL in one view.

The first time is rolled back, so that it can be said again any number of times: each repetition is rolled back
too, and pays for its commit with one row of its own. Numbers that the database gives out are other ones each
time; they are recognised by their size and put in the place of the first ones.
"""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

LEAST_NUMBER_GIVEN_OUT = 10_000_000


@dataclass
class Said:
    """One statement with its parameters and the rows that were fetched."""

    sql: Any
    parameters: Any
    many: bool
    rows: list[Any] = field(default_factory=list)
    fetched: bool = False


class _Ear(threading.local):
    """What is being written down in this thread; None when nothing is."""

    said: list[Said] | None = None


EAR = _Ear()


class _Listening:
    """The part that both drivers' cursors share."""

    def execute(self, sql: Any, parameters: Any = (), *rest: Any, **more: Any) -> Any:
        if EAR.said is not None:
            EAR.said.append(Said(sql, parameters, False))
        return super().execute(sql, parameters, *rest, **more)  # type: ignore[misc]  # The driver's cursor stands behind it.

    def executemany(self, sql: Any, parameters: Any, *rest: Any, **more: Any) -> Any:
        parameters = list(parameters)
        if EAR.said is not None:
            EAR.said.append(Said(sql, parameters, True))
        return super().executemany(sql, parameters, *rest, **more)  # type: ignore[misc]  # The driver's cursor stands behind it.

    def _heard(self, rows: list[Any]) -> None:
        if EAR.said:
            EAR.said[-1].rows += [tuple(row) if isinstance(row, tuple | list) else row for row in rows]
            EAR.said[-1].fetched = True

    def fetchone(self) -> Any:
        row = super().fetchone()  # type: ignore[misc]  # The driver's cursor stands behind it.
        self._heard([] if row is None else [row])
        return row

    def fetchall(self) -> Any:
        rows = super().fetchall()  # type: ignore[misc]  # The driver's cursor stands behind it.
        self._heard(rows)
        return rows

    def fetchmany(self, *size: Any) -> Any:
        rows = super().fetchmany(*size)  # type: ignore[misc]  # The driver's cursor stands behind it.
        self._heard(rows)
        return rows


class PostgresCursor(_Listening, psycopg.Cursor[Any]):
    """psycopg's cursor, overheard."""


class SqliteCursor(_Listening, sqlite3.Cursor):
    """sqlite3's cursor, overheard."""


class SqliteConnection(sqlite3.Connection):
    """sqlite3's connection whose cursors are overheard."""

    def cursor(self, factory: Any = SqliteCursor) -> Any:
        return super().cursor(factory)


def say_again(cursor: Any, said: list[Said]) -> None:
    """Execute every statement once more, with the numbers that the database gives out this time."""
    given: dict[int, int] = {}
    swap = _swapper(given)
    for one in said:
        if one.many:
            cursor.executemany(one.sql, [swap(row) for row in one.parameters])
            continue
        cursor.execute(one.sql, swap(one.parameters))
        if one.fetched:
            for before, after in zip(one.rows, cursor.fetchall(), strict=False):
                _compare(before, after, given)


def _compare(before: Any, after: Any, given: dict[int, int]) -> None:
    if isinstance(before, tuple | list) and isinstance(after, tuple | list):
        for one, other in zip(before, after, strict=False):
            _compare(one, other, given)
    elif isinstance(before, int) and isinstance(after, int) and LEAST_NUMBER_GIVEN_OUT <= before != after:
        given[before] = after


def _swapper(given: dict[int, int]) -> Callable[[Any], Any]:
    def swap(value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return given.get(value, value)
        if isinstance(value, dict):
            return {name: swap(one) for name, one in value.items()}
        if isinstance(value, tuple):
            return tuple(swap(one) for one in value)
        if isinstance(value, list):
            return [swap(one) for one in value]
        return value

    return swap
