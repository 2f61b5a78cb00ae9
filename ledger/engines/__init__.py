"""The write path of each database, on the driver's own cursor: one door each for locking and for writing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.drafts import Books, OpenLot, Plan
from ledger.engines import postgresql, sqlite


class Engine(Protocol):
    """What the journal needs from a database."""

    def lock(self, cursor: Any, keys: Sequence[str], waits: Sequence[str], codes: Sequence[str]) -> Books:
        """Queue behind posters of the same keys, then say which keys stand and what the accounts hold, locked."""
        ...

    def read_lots(self, cursor: Any, account_ids: Sequence[int]) -> dict[int, list[OpenLot]]:
        """The lots of these accounts with something left, oldest expiry first."""
        ...

    def read_taken(self, cursor: Any, transaction_ids: Sequence[int]) -> list[tuple[int, int, int, OpenLot]]:
        """What these transactions took from lots and nobody gave back: (transaction, line, account, how much of which)."""
        ...

    def refuse_closed(self, cursor: Any, account_ids: Sequence[int]) -> None:
        """Raise AccountClosed if one of these locked accounts was closed while this session waited for it."""
        ...

    def write(self, cursor: Any, plan: Plan) -> list[int]:
        """Write entries, transactions, balances and lots; the numbers of the transactions. Raises as `refuse_closed`."""
        ...


_ENGINES: dict[str, Engine] = {"sqlite": sqlite, "postgresql": postgresql}


def connection_of(session: Session | Connection) -> Connection:
    """The connection inside the caller's transaction."""
    return session.connection() if isinstance(session, Session) else session


def engine_of(connection: Connection) -> Engine:
    """The write path of this connection's database."""
    return _ENGINES[connection.dialect.name]


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """The driver's cursor inside the caller's transaction; its errors come out as SQLAlchemy's, as callers expect."""
    if not connection.in_transaction():
        connection.begin()
    fairy = connection.connection
    cursor = fairy.cursor()
    base = connection.dialect.dbapi.Error  # type: ignore[union-attr] # A connected dialect has its driver.
    try:
        yield cursor
    except base as error:
        lost = connection.dialect.is_disconnect(error, fairy, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, base, connection_invalidated=lost, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()
