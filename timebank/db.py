"""Engines and the one way to begin and end a transaction."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from timebank.errors import DatabaseBusy

SQLITE_BUSY_TIMEOUT_MS = 10_000
# PostgreSQL, appendix A: serialization_failure, deadlock_detected, lock_not_available.
_RETRY_STATES = ("40001", "40P01", "55P03")


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
        # SQLite has one writer. Threads that poll for its lock starve each other for seconds;
        # queueing them here first keeps every wait short. Other processes still meet at the file.
        self._writer = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._reading_engine = engine.execution_options(sqlite_begin="DEFERRED")

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes: commits when the block ends, rolls back when it raises.

        Raises:
            DatabaseBusy: another writer kept the lock for too long; nothing was changed.
        """
        with self._turn_to_write(), Session(self.engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except OperationalError as error:
                if _is_contention(error):
                    raise DatabaseBusy from error
                raise

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        if not self._writer.acquire(timeout=SQLITE_BUSY_TIMEOUT_MS / 1000):
            raise DatabaseBusy
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, from one snapshot on SQLite; whatever it changed is dropped."""
        with Session(self._reading_engine, expire_on_commit=False) as session:
            # Closing rolls back without expiring what was read, so rows may outlive the block.
            yield session

    def dispose(self, **kwargs: Any) -> None:
        """Close all connections."""
        self.engine.dispose(**kwargs)


def _is_contention(error: OperationalError) -> bool:
    """A lock that was not got in time, a deadlock, or a serialisation failure: worth another try."""
    code = getattr(error.orig, "sqlstate", None)
    return code in _RETRY_STATES or "database is locked" in str(error.orig)


def queue_for(session: Session, word: str) -> None:
    """Wait for whoever else is deciding about ``word``, such as a phone that is being registered.

    For what no row stands for yet, so that there is nothing to lock. Holds until the transaction ends.
    SQLite's one writer needs no such queue.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0)))).all()


def answers(session: Session) -> bool:
    """Whether the database still answers."""
    try:
        return bool(session.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False
