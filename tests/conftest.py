"""Real databases of both kinds, a running application, and the cast that every test uses.

``TIMEBANK_TEST_ENGINES`` (default ``sqlite,postgresql``) says which engines the domain tests run on.
"""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text

import wsgi
from tests.cast import NOON, SECRET_KEY, Cast, call_the_cast
from tests.postgres import Cluster
from timebank.db import Database, open_engine
from timebank.settings import Settings

# A busy machine is no fault of the code: properties are judged by what they find, not by how long it took.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

ENGINES = tuple(os.environ.get("TIMEBANK_TEST_ENGINES", "sqlite,postgresql").split(","))
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def _network_is_off() -> Iterator[None]:
    """Tests speak to this machine only: any other address is an error."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = connect


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """One PostgreSQL server for this test process."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    _create_tables(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    return path


def _create_tables(engine: object) -> None:
    import store.models  # noqa: F401 - declares the shop's tables.
    import timebank.models  # noqa: F401 - declares the time bank's tables.
    from timebank import migrations
    from timebank.orm import Base

    Base.metadata.create_all(engine)
    # tests/migrations proves that the steps end at the same tables; commands look for their number.
    migrations.stamp(engine)


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    postgres_cluster.create_database("template_house")
    engine = create_engine(postgres_cluster.url("template_house"))
    _create_tables(engine)
    engine.dispose()
    return "template_house"


@pytest.fixture(scope="session")
def sqlite_with_cast(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cast]:
    """The same with the cast in it: calling it anew for every test would cost more than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "cast.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return path, _called(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def postgres_with_cast(postgres_cluster: Cluster, postgres_template: str) -> tuple[str, Cast]:
    """The same with the cast in it."""
    name = postgres_cluster.copy_database(postgres_template)
    return name, _called(postgres_cluster.url(name))


def _called(url: str) -> Cast:
    database = Database(open_engine(url))
    with database.transaction() as session:
        cast = call_the_cast(session)
    # Closing the last connection brings everything into the one file that is copied.
    database.dispose()
    return cast


@pytest.fixture(params=ENGINES)
def engine_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` and ``postgresql``: every test that uses a database runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database of the kind, with all tables, and with the cast for whoever asks for it."""
    wants_cast = "cast" in request.fixturenames
    if engine_kind == "sqlite":
        template: Path = (
            request.getfixturevalue("sqlite_with_cast")[0]
            if wants_cast
            else request.getfixturevalue("sqlite_template")
        )
        copy = tmp_path / "house.sqlite3"
        copy.write_bytes(template.read_bytes())
        yield f"sqlite:///{copy}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    source: str = (
        request.getfixturevalue("postgres_with_cast")[0]
        if wants_cast
        else request.getfixturevalue("postgres_template")
    )
    name = cluster.copy_database(source)
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database of each kind."""
    found = Database(open_engine(database_url))
    yield found
    found.dispose()


@pytest.fixture
def at() -> datetime:
    """A fixed noon (Shanghai) on a Monday."""
    return NOON


@pytest.fixture
def cast(engine_kind: str, database: Database, request: pytest.FixtureRequest) -> Cast:
    """Two counties and everybody in them; they are in the database already."""
    found: Cast = request.getfixturevalue(f"{'sqlite' if engine_kind == 'sqlite' else 'postgres'}_with_cast")[
        1
    ]
    return replace(found, people={part: replace(person) for part, person in found.people.items()})


@pytest.fixture(scope="session")
def whole_house(sqlite_template: Path) -> Flask:
    """The application, assembled once for this process: its four hundred addresses take their time."""
    return wsgi.create(
        Settings(database_url=f"sqlite:///{sqlite_template}", secret_key=SECRET_KEY, log_format="none")
    )


@pytest.fixture
def app(database_url: str, whole_house: Flask) -> Iterator[Flask]:
    """The whole house on the test's database; forms need no CSRF token here (one test proves that they do)."""
    assembled, config = whole_house.extensions["timebank"], dict(whole_house.config)
    settings = Settings(database_url=database_url, secret_key=SECRET_KEY, log_format="none")
    database = Database(open_engine(database_url))
    whole_house.extensions["timebank"] = replace(assembled, settings=settings, database=database)
    whole_house.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
    yield whole_house
    database.dispose()
    whole_house.extensions["timebank"] = assembled
    whole_house.config.clear()
    whole_house.config.update(config)


@pytest.fixture
def client(app: Flask, cast: Cast) -> FlaskClient:
    """A visitor who has not logged in."""
    return app.test_client()


@pytest.fixture
def client_as(app: Flask, cast: Cast) -> Callable[[str], FlaskClient]:
    """``client_as("coordinator")``: a browser of its own in which that person has logged in."""

    def log_in(part: str) -> FlaskClient:
        browser = app.test_client()
        with browser.session_transaction() as session:
            session["_user_id"] = cast.people[part].actor.get_id()
            session["_fresh"] = True
        return browser

    return log_in
