"""A database to simulate in: fresh, with all tables, and as quick as memory. An edge."""

from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Engine, event

from timebank import migrations
from timebank.demo.building import is_empty
from timebank.house import House


class DatabaseUsed(Exception):
    """Somebody or something is registered in the database already."""


def make_ready(house: House) -> None:
    """Make all tables where there are none.

    Raises:
        DatabaseUsed: it holds people, organisations or users.
    """
    engine = house.database.engine
    make_quick(engine)
    if migrations.is_empty(engine):
        migrations.upgrade(engine)
        return
    migrations.upgrade(engine)
    with house.database.reading() as session:
        if not is_empty(session):
            raise DatabaseUsed


def make_quick(engine: Engine) -> None:
    """A simulation that the machine's fall destroys is simulated again: SQLite need not wait for the disk."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_for_speed)


def _prepare_for_speed(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-262144")
    connection.execute("PRAGMA temp_store=MEMORY")
