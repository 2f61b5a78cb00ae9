"""Books of each kind, holding the ledger's own tables only: the package must stand without the floors above it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from ledger.models import Base, metadata
from tests.postgres import Cluster
from timebank.db import open_engine

TABLES = [mapper.local_table for mapper in Base.registry.mappers]


def hasty(engine: Engine) -> Engine:
    """Without waiting for the disk: only the crash tests need what survives a power cut."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


@pytest.fixture(scope="session")
def sqlite_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with the ledger's tables, to be copied."""
    path = tmp_path_factory.mktemp("books") / "books.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine, tables=TABLES)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_books(postgres_cluster: Cluster) -> str:
    """A PostgreSQL database with the ledger's tables, to be copied."""
    postgres_cluster.create_database("template_books")
    engine = create_engine(postgres_cluster.url("template_books"))
    metadata.create_all(engine, tables=TABLES)
    engine.dispose()
    return "template_books"


@pytest.fixture
def books_url(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of fresh, empty books of the kind."""
    if engine_kind == "sqlite":
        copy = tmp_path / "books.sqlite3"
        copy.write_bytes(request.getfixturevalue("sqlite_books").read_bytes())
        yield f"sqlite:///{copy}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.copy_database(request.getfixturevalue("postgres_books"))
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def books(books_url: str) -> Iterator[Engine]:
    """An engine over fresh books."""
    engine = hasty(open_engine(books_url))
    yield engine
    engine.dispose()


@pytest.fixture
def session(books: Engine) -> Iterator[Session]:
    """A session in an open transaction, rolled back at the end."""
    with Session(books) as session:
        yield session
        session.rollback()
