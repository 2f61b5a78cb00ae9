"""A plot of evidence for rules and cases."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.cast import Cast
from tests.fraud.plant import Plot, plot
from timebank.db import Database


@pytest.fixture
def scene(database: Database, cast: Cast, at: datetime) -> Iterator[Plot]:
    """A team beside the cast's own, inside one transaction."""
    with database.transaction() as session:
        yield plot(session, cast, at)
