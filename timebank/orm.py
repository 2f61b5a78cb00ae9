"""The declarative base and the column types that both engines store alike."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import JSON, TypeDecorator

from ledger.models import metadata as ledger_metadata

POINTS_SCALE = 2


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. SQLite forgets time zones, so everything is UTC going in and coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values with ``ValueError``; store the rest as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every moment its UTC zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PointsAmount(TypeDecorator[Decimal]):
    """Points with two decimals, stored as whole hundredths: SQLite's NUMERIC would be a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Refuse floats with ``TypeError`` and hidden decimals with ``ValueError``."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"points are Decimal, not {type(value).__name__}")
        scaled = value.scaleb(POINTS_SCALE)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"points have at most {POINTS_SCALE} decimals: {value}")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Back to Decimal with two decimals."""
        return None if value is None else Decimal(value).scaleb(-POINTS_SCALE)


BigId = BigInteger().with_variant(Integer, "sqlite")

primary_key = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]
moment = Annotated[datetime, mapped_column(UtcDateTime)]
points = Annotated[Decimal, mapped_column(PointsAmount)]
word = Annotated[str, mapped_column(String(40))]
line = Annotated[str, mapped_column(String(200))]
text = Annotated[str, mapped_column(Text)]
facts = Annotated[dict[str, Any], mapped_column(JSON)]


def refers_to(target: str) -> Any:
    """A foreign key column type to ``table.column``; always indexed, never cascading."""
    return mapped_column(BigId, ForeignKey(target), index=True)


class Base(DeclarativeBase):
    """Base of every table above the ledger; one MetaData, so that foreign keys reach the journal."""

    metadata = ledger_metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's documented spelling.
        datetime: UtcDateTime,
        Decimal: PointsAmount,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


# Tables whose rows are evidence: the database itself refuses to change or remove them.
APPEND_ONLY_TABLES: list[str] = []


def append_only(model: type[Base]) -> None:
    """Declare that rows of ``model`` are never updated or deleted; triggers enforce it on both engines."""
    table = model.__table__
    assert isinstance(table, Table)
    APPEND_ONLY_TABLES.append(table.name)
    _UNIQUE_KEYS[table.name] = _unique_keys(table)
    for dialect in ("sqlite", "postgresql"):
        statements = (*append_only_ddl(table.name, dialect), *no_replacement_ddl(table.name, dialect))
        for statement in statements:
            event.listen(table, "after_create", partial(_run_on, dialect, statement))


def guarded(model: type[Base], ddl: Callable[[str], tuple[str, ...]]) -> None:
    """Declare that ``ddl`` (dialect → statements) makes triggers that judge the rows of ``model``.

    On PostgreSQL the function behind them is called after the table: ``<table>_guard``.
    """
    table = model.__table__
    assert isinstance(table, Table)
    for dialect in ("sqlite", "postgresql"):
        for statement in ddl(dialect):
            event.listen(table, "after_create", partial(_run_on, dialect, statement))


def _run_on(dialect: str, statement: str, _table: Table, connection: Connection, **_: object) -> None:
    if connection.dialect.name == dialect:
        connection.exec_driver_sql(statement)


def append_only_ddl(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that make ``table`` append-only on ``dialect``."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        )
    return (
        f"CREATE OR REPLACE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse_change()",
    )


# Columns by which SQLite's INSERT OR REPLACE could push a row of evidence aside, as append_only found them.
_UNIQUE_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {}


def _unique_keys(table: Table) -> tuple[tuple[str, ...], ...]:
    rules = [rule.columns for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    indexes = [index.columns for index in table.indexes if index.unique]
    found = {tuple(column.name for column in columns) for columns in (*rules, *indexes)}
    return (("id",), *sorted(found))


def no_replacement_ddl(
    table: str, dialect: str, keys: tuple[tuple[str, ...], ...] | None = None
) -> tuple[str, ...]:
    """The statements that close the two ways around an append-only table's row triggers.

    ``keys`` are the columns of its primary and unique keys, when not those of its model.

    SQLite's ``INSERT OR REPLACE`` deletes without firing delete triggers; PostgreSQL's ``TRUNCATE`` fires
    no row trigger.
    """
    if dialect == "postgresql":
        return (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_change()",
        )
    keys = keys or _UNIQUE_KEYS[table]
    same = " OR ".join(" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of our own tables.
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    )
