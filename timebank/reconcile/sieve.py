"""Arithmetic that the server does to pass over what is surely right, so that only doubtful rows come to Python.

Python stays the judge: a condition here may let too much through, never too little. SQLite knows neither time zones
nor moments, so there every row comes.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, literal, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement


def sieves_moments(session: Session) -> bool:
    """Whether the database reckons with moments and time zones."""
    return session.get_bind().dialect.name == "postgresql"


class monday_of(FunctionElement[Any]):  # noqa: N801 - written like a function of the database.
    """The Monday of a date's week."""

    inherit_cache = True
    type = Date()


@compiles(monday_of, "postgresql")
def _monday_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    return (
        f"CAST(date_trunc('week', CAST({compiler.process(element.clauses, **words)} AS TIMESTAMP)) AS DATE)"
    )


@compiles(monday_of, "sqlite")
def _monday_sqlite(element: Any, compiler: Any, **words: Any) -> str:
    # On to Sunday, unless it is one, and six days back.
    return f"date({compiler.process(element.clauses, **words)}, 'weekday 0', '-6 days')"


class day_in(FunctionElement[Any]):  # noqa: N801 - written like a function of the database.
    """The date of a moment in a time zone: ``day_in(name, moment)``; unknown on SQLite."""

    inherit_cache = True
    type = Date()


@compiles(day_in, "postgresql")
def _day_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    return f"CAST(timezone({compiler.process(element.clauses, **words)}) AS DATE)"


@compiles(day_in, "sqlite")
def _day_sqlite(_element: Any, _compiler: Any, **_words: Any) -> str:
    return "NULL"


def doubtful(surely_right: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that something is not known to be right: false, or unknown."""
    return surely_right.is_distinct_from(true())


class _one_of(FunctionElement[bool]):  # noqa: N801 - written like a function of the database.
    """Whether a number is among those of a list that is handed over as one piece of text."""

    inherit_cache = True
    type = Boolean()


@compiles(_one_of, "postgresql")
def _one_of_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    number, listed = (compiler.process(clause, **words) for clause in element.clauses)
    return f"{number} = ANY(CAST({listed} AS BIGINT[]))"


@compiles(_one_of, "sqlite")
def _one_of_sqlite(element: Any, compiler: Any, **words: Any) -> str:
    number, listed = (compiler.process(clause, **words) for clause in element.clauses)
    as_json = f"replace(replace({listed}, '{{', '['), '}}', ']')"
    return f"{number} IN (SELECT value FROM json_each({as_json}))"  # noqa: S608 - names and a place for a value.


def one_of(number: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
    """The condition that ``number`` is one of thousands of ``numbers``, which would each be a value of their own in a list."""
    return _one_of(number, literal("{" + ",".join(map(str, numbers)) + "}"))
