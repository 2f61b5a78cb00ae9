"""A shift that two members signed up for, and a tablet that holds its roster."""

from datetime import timedelta

import pytest

from tests.cast import NOON, Cast
from tests.hours.stage import add_rule, published
from tests.offline.device import TAKEN, Device, taken_by
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.db import Database


@pytest.fixture
def shift_id(database: Database, cast: Cast) -> int:
    """A shift to which the volunteer and the neighbour have signed up."""
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        for person in (cast.volunteer, cast.neighbour):
            activities.sign_up(
                session,
                shift=shift,
                member_id=person.member_id,
                by=person.actor,
                at=NOON - timedelta(hours=5),
            )
        return shift.id


@pytest.fixture
def device(database: Database, cast: Cast, shift_id: int) -> Device:
    """The coordinator's tablet, taken along three hours before."""
    with database.transaction() as session:
        return taken_by(session, cast, cast.coordinator, session.get_one(Shift, shift_id), at=TAKEN)
