"""What the journeys of scanning share: a shift around this very moment, and following a scan to its page."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import Cast
from tests.checkin.stage import Stage, set_stage
from timebank.activities.models import Shift
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.db import Database
from timebank.hours import service as hours

MINUTE = timedelta(minutes=1)
Browser = Callable[[str], FlaskClient]


def stage_to_come(database: Database, cast: Cast) -> Stage:
    """A shift that begins in ten minutes."""
    return set_stage(database, cast, starts_at=_soon())


def stage_to_leave(database: Database, cast: Cast) -> Stage:
    """A shift that began two hours ago, with the volunteer inside since."""
    stage = set_stage(database, cast, starts_at=_soon() - timedelta(minutes=130))
    with database.transaction() as session:
        hours.open_attendance(
            session,
            shift=session.get_one(Shift, stage.shift_id),
            member_id=cast.volunteer.member_id,
            at=now() - timedelta(hours=2),
            method="rotating",
        )
    return stage


def _soon() -> datetime:
    return now().replace(second=0, microsecond=0) + 10 * MINUTE


def address(stage: Stage, kind: Kind = Kind.IN) -> str:
    return f"/s/{stage.token(now(), kind)}"


def result(browser: FlaskClient, answer: TestResponse) -> str:
    """Follow the answers of one scan to its page."""
    while answer.status_code == 302:
        answer = browser.get(answer.headers["Location"])
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def tone(page: str) -> str:
    found = re.search(r'data-result="(\w+)"', page)
    return found[1] if found else ""
