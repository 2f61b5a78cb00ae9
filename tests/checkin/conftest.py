"""The stage, on both engines."""

import pytest

from tests.cast import Cast
from tests.checkin.stage import Stage, set_stage
from timebank.db import Database


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """A shift from 14:00 to 16:30 with two sign-ups and its screens."""
    return set_stage(database, cast)
