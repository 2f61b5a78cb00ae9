"""The stage is set for every test of the shop."""

import pytest

from tests.cast import Cast
from tests.store.stage import Stage, give_points, set_the_stage
from timebank.db import Database


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shop with goods; the volunteer has 100 points, the neighbour has 50."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        give_points(session, cast.neighbour, 50, record_id=2)
    return found
