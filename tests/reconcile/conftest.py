"""A lived-in house for each kind of database, fresh for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.lived_in import house_at, postgres_town, sqlite_town
from tests.postgres import Cluster
from timebank.house import House

__all__ = ["postgres_town", "sqlite_town"]


@pytest.fixture
def lived_in(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """The whole house in a town that has lived for some weeks."""
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


@pytest.fixture
def app_house(app: Flask) -> House:
    """The house behind the test's application."""
    house: House = app.extensions["timebank"]
    return house
