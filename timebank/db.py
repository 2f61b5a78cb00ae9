"""Engines and the one way to begin and end a transaction."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, Pool, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from timebank.errors import DatabaseBusy

SQLITE_BUSY_TIMEOUT_MS = 10_000
# A connection that has rested longer is asked whether the server still answers before it is used.
RESTED_SECONDS = 5.0
# PostgreSQL, appendix A: serialization_failure, deadlock_detected, lock_not_available.
_RETRY_STATES = ("40001", "40P01", "55P03")


# The connection that was used last is used next: its pages and its statements are at hand.
_POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 10, "pool_use_lifo": True}


def open_engine(url: str) -> Engine:
    """An engine for ``url`` (SQLite file or PostgreSQL); makes the folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(url, **_POOL)
        _ask_after_rest(engine)
        return engine
    is_file = bool(parsed.database) and parsed.database != ":memory:"
    if is_file:
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
    connect_args = {"timeout": SQLITE_BUSY_TIMEOUT_MS / 1000}
    engine = create_engine(url, connect_args=connect_args, **(_POOL if is_file else {}))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _ask_after_rest(engine: Engine) -> None:
    """As ``pool_pre_ping``, but one that was used a moment ago is not asked each time."""

    def rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("rests_since", 0.0) < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", ask)


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
    if kind:
        connection.exec_driver_sql(f"BEGIN {kind}")


class Line:
    """One of the driver's own connections, for statements of :mod:`timebank.prepared`.

    Attributes:
        dialect: the engine's.
    """

    def __init__(self, dialect: Dialect, fairy: PoolProxiedConnection) -> None:
        self.dialect = dialect
        self._fairy = fairy

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """The driver's cursor; its errors come out as SQLAlchemy's."""
        cursor = self._fairy.cursor()
        base = self.dialect.loaded_dbapi.Error
        try:
            yield cursor
        except base as error:
            lost = self.dialect.is_disconnect(error, self._fairy, cursor)
            if lost:
                self._fairy.invalidate(error)
            raise DBAPIError.instance(
                None, None, error, base, connection_invalidated=lost, dialect=self.dialect
            ) from error
        finally:
            cursor.close()


class Database:
    """An engine and its two kinds of session."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite has one writer. Threads that poll for its lock starve each other for seconds;
        # queueing them here first keeps every wait short. Other processes still meet at the file.
        self._writer = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._reading_engine = engine.execution_options(sqlite_begin="DEFERRED")
        self._snapshot_engine = (
            engine.execution_options(isolation_level="REPEATABLE READ")
            if engine.dialect.name == "postgresql"
            else self._reading_engine
        )
        self._glancing_engine = (
            engine.execution_options(isolation_level="AUTOCOMMIT")
            if engine.dialect.name == "postgresql"
            else engine.execution_options(sqlite_begin="")
        )

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

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As :meth:`reading`, and from one snapshot on PostgreSQL too: for what compares many answers with each other."""
        with Session(self._snapshot_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def asking(self) -> Iterator["Line"]:
        """As :meth:`glance`, for a question that knows no objects, such as who is logged in."""
        fairy = self._driver_connection()
        # SQLite's driver begins nothing by itself (see _prepare_sqlite).
        begins = self.engine.dialect.name == "postgresql"
        try:
            if begins:
                fairy.dbapi_connection.autocommit = True  # type: ignore[union-attr]  # As psycopg spells it.
            yield Line(self.engine.dialect, fairy)
        finally:
            if begins and fairy.is_valid:
                fairy.dbapi_connection.autocommit = False  # type: ignore[union-attr]  # As above.
            fairy.close()

    def _driver_connection(self) -> PoolProxiedConnection:
        base = self.engine.dialect.loaded_dbapi.Error
        try:
            return self.engine.raw_connection()
        except base as error:
            # As engine.connect() says that nobody answers: pages know it by that.
            raise DBAPIError.instance(None, None, error, base, dialect=self.engine.dialect) from error

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """A session for one or two questions, each answered from what is committed at its moment.

        Nothing begins and nothing ends, which on a busy server is half of what a short question costs.
        Only for asking: what a statement changed here would stay.
        """
        with Session(self._glancing_engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def dispose(self, **kwargs: Any) -> None:
        """Close all connections."""
        self.engine.dispose(**kwargs)


def _is_contention(error: OperationalError) -> bool:
    """A lock that was not got in time, a deadlock, or a serialisation failure: worth another try."""
    code = getattr(error.orig, "sqlstate", None)
    return code in _RETRY_STATES or "database is locked" in str(error.orig)


T = TypeVar("T")
_KEPT: WeakKeyDictionary[Pool, dict[str, tuple[object, Any]]] = WeakKeyDictionary()


def kept(session: Session, name: str, stamp: object, load: Callable[[], T]) -> T:
    """What was read from this database before, while ``stamp`` is what it was then; else ``load()`` anew.

    For small tables that only grow. The stamp is read from the database each time, so that a row that
    another process adds counts at once.
    """
    shelf = _KEPT.setdefault(session.connection().engine.pool, {})
    found = shelf.get(name)
    if found is None or found[0] != stamp:
        found = shelf[name] = (stamp, load())
    value: T = found[1]
    return value


def queue_for(session: Session, word: str) -> None:
    """Wait for whoever else is deciding about ``word``, such as a phone that is being registered.

    For what no row stands for yet, so that there is nothing to lock. Holds until the transaction ends.
    SQLite's one writer needs no such queue.
    """
    if not has_one_writer(session):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0)))).all()


def has_one_writer(session: Session) -> bool:
    """Whether the engine lets one transaction write at a time, so that nothing needs to be locked within it."""
    return session.get_bind().dialect.name != "postgresql"


def answers(session: Session) -> bool:
    """Whether the database still answers."""
    try:
        return bool(session.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False
