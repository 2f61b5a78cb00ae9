"""Opening books: an engine as the ledger needs it, with its tables. For programs that bring no engine of their own."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from ledger.models import Base, metadata

_TABLES: Any = [mapper.local_table for mapper in Base.registry.mappers]
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


def open_books(url: str) -> Engine:
    """An engine on the books at that address, SQLite or PostgreSQL; tables, triggers and functions are there.

    On SQLite every connection looks at foreign keys and waits for the disk, and every transaction begins as a writer's.
    A program with migrations of its own makes the tables there, and calls `ledger.ddl.install` after them.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    metadata.create_all(engine, tables=_TABLES)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late and is deferred; ours is sent by _begin_sqlite.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a read lock later fails without waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
