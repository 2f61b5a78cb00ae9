"""Engines and the one way to begin and end a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

SQLITE_BUSY_TIMEOUT_MS = 10_000


def open_engine(url: str) -> Engine:
    """An engine for ``url`` (SQLite file or PostgreSQL); makes the folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    # The driver's own BEGIN comes too late and is deferred; ours is sent by _begin_sqlite.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a read lock later fails without waiting.
    kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {kind}")


class Database:
    """An engine and its two kinds of session."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading_engine = engine.execution_options(sqlite_begin="DEFERRED")

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes: commits when the block ends, rolls back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, from one snapshot on SQLite; whatever it changed is dropped."""
        with Session(self._reading_engine, expire_on_commit=False) as session:
            # Closing rolls back without expiring what was read, so rows may outlive the block.
            yield session

    def dispose(self, **kwargs: Any) -> None:
        """Close all connections."""
        self.engine.dispose(**kwargs)


def answers(session: Session) -> bool:
    """Whether the database still answers."""
    try:
        return bool(session.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False
