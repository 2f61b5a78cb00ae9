"""What a database is told: every statement as the driver sends it, past all layers of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event


@contextmanager
def heard(engine: Engine) -> Iterator[list[str]]:
    """The statements of every connection that is taken from the engine's pool meanwhile.

    What triggers say is not among them. On SQLite a statement for many rows is heard once for each of them,
    and the beginnings and ends of transactions are heard too.
    """
    spoken: list[str] = []

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> "Cursor":
            spoken.append(str(query))
            return super().execute(query, *args, **kwargs)

        def executemany(self, query: Any, *args: Any, **kwargs: Any) -> None:
            spoken.append(str(query))
            super().executemany(query, *args, **kwargs)

    def hear(statement: str) -> None:
        # SQLite says a statement once more, with its values, for each trigger that it fires.
        if not spoken or spoken[-1] != statement:
            spoken.append(statement)

    def begin(connection: Any, *_told: object) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = Cursor
        else:
            connection.set_trace_callback(hear)

    def end(connection: Any, *_told: object) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = psycopg.Cursor
        elif connection is not None:
            connection.set_trace_callback(None)

    event.listen(engine.pool, "checkout", begin)
    event.listen(engine.pool, "checkin", end)
    try:
        yield spoken
    finally:
        event.remove(engine.pool, "checkout", begin)
        event.remove(engine.pool, "checkin", end)
