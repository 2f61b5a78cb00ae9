"""A lived-in house for each kind of database, and the house behind a test's application."""

import pytest
from flask import Flask

from tests.lived_in import lived_in, postgres_town, sqlite_town
from timebank.house import House

__all__ = ["lived_in", "postgres_town", "sqlite_town"]


@pytest.fixture
def app_house(app: Flask) -> House:
    """The house behind the test's application."""
    house: House = app.extensions["timebank"]
    return house
