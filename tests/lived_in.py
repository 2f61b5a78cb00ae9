"""A town that has lived for some weeks, in a database of each kind, made once and copied for every test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

import wsgi
from tests.cast import SECRET_KEY
from tests.postgres import Cluster
from timebank.demo import building
from timebank.demo.town import SIZES
from timebank.house import House
from timebank.settings import Settings

# A Sunday, half past two in the afternoon in Shanghai.
VISIT = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
SEED = 7


def house_at(url: str) -> House:
    """The whole house on the database at ``url``."""
    house: House = wsgi.create(
        Settings(database_url=url, secret_key=SECRET_KEY, log_format="none")
    ).extensions["timebank"]
    return house


def build_town(url: str) -> None:
    """The tiny town at ``url``, the same every time."""
    house = house_at(url)
    try:
        building.build(house, at=VISIT, seed=SEED, size=SIZES["tiny"], say=lambda _line: None)
    finally:
        house.database.dispose()


@pytest.fixture(scope="session")
def sqlite_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tiny town, to be copied."""
    path = tmp_path_factory.mktemp("town") / "town.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    build_town(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_town(postgres_cluster: Cluster, postgres_template: str) -> str:
    """The name of a PostgreSQL database with the tiny town, to be copied."""
    url = postgres_cluster.url(postgres_cluster.copy_database(postgres_template))
    build_town(url)
    return str(make_url(url).database)


@pytest.fixture
def lived_in(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """The whole house in a town that has lived for some weeks, in a copy of its own."""
    if engine_kind == "sqlite":
        copy = tmp_path / "town.sqlite3"
        copy.write_bytes(request.getfixturevalue("sqlite_town").read_bytes())
        house = house_at(f"sqlite:///{copy}")
        yield house
        house.database.dispose()
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.copy_database(request.getfixturevalue("postgres_town"))
    house = house_at(cluster.url(name))
    yield house
    house.database.dispose()
    cluster.drop_database(name)
