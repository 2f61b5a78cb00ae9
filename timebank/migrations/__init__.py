"""Alembic's steps from one form of the tables to the next, and the few verbs that commands and tests need.

Every step runs in one transaction on both engines, so a step that fails leaves nothing half done.
A developer makes the next step with ``python -m alembic -c timebank/migrations/alembic.ini revision
--autogenerate -m "…"`` on a migrated database, and reads it before committing it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

FOLDER = Path(__file__).parent
# Any number that no other program on the server uses for an advisory lock.
_LOCK_NUMBER = 0x74696D65


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this program needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None before the first."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_empty(engine: Engine) -> bool:
    """Whether the database holds no table at all."""
    return not inspect(engine).get_table_names()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database forward to ``revision``; nothing happens when it is there already."""
    with changing(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to ``revision``, ``base`` for before the first. What newer tables held is lost."""
    with changing(engine) as connection:
        command.downgrade(_config(connection), revision)


def stamp(engine: Engine, revision: str = "head") -> None:
    """Say that the tables, made otherwise, are those of ``revision``."""
    with engine.begin() as connection:
        command.stamp(_config(connection), revision)


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be made anew; nobody else migrates meanwhile.

    SQLite looks at foreign keys when a table is dropped, even if it comes back at once; so they sleep, and every one is looked at
    before the end. Its pragmas do nothing inside a transaction.

    Raises:
        RuntimeError: a row would refer to nothing; nothing was changed.
    """
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        if sqlite:
            _say_pragmas(driver, "foreign_keys=OFF", "legacy_alter_table=ON")
        try:
            with connection.begin():
                _alone(connection)
                yield connection
                if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"row {lost[1]} of {lost[0]} would refer to no row of {lost[2]}")
        finally:
            if sqlite:
                _say_pragmas(driver, "foreign_keys=ON", "legacy_alter_table=OFF")


def _say_pragmas(driver: Any, *pragmas: str) -> None:
    for pragma in pragmas:
        driver.execute(f"PRAGMA {pragma}")


def _alone(connection: Connection) -> None:
    """Wait until no other process migrates. SQLite's transaction is exclusive by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})")
