"""Tests of the frame add addresses to the application and change how it is set, so each has one of its own."""

from collections.abc import Iterator

import pytest
from flask import Flask

import wsgi
from tests.cast import SECRET_KEY
from timebank.settings import Settings


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """A house assembled for this test alone."""
    house = wsgi.create(Settings(database_url=database_url, secret_key=SECRET_KEY, log_format="none"))
    house.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
    yield house
    house.extensions["timebank"].database.dispose()
