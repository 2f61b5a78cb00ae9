"""What is forgotten at night, and what stays as evidence."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.cast import Cast
from tests.checkin.stage import STARTS, Stage
from timebank.access import lockouts
from timebank.access.models import Lockout
from timebank.checkin import tickets
from timebank.checkin.models import ScanTicket
from timebank.db import Database
from timebank.members import codes
from timebank.members.errors import CodeUsed
from timebank.members.models import PersonalCode

DAY = timedelta(days=1)


def _count(database: Database, table: type[object]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_ticket_that_nobody_tapped_goes_and_one_that_the_log_names_stays(stage: Stage) -> None:
    stage.scan(stage.cast.volunteer, at=STARTS)
    stage.open(stage.token(STARTS), at=STARTS, phone="a passer-by's")
    with stage.database.transaction() as session:
        assert tickets.forget(session, at=STARTS + timedelta(hours=1)) == 0
        assert tickets.forget(session, at=STARTS + 2 * DAY) == 1
    assert _count(stage.database, ScanTicket) == 1
    assert [scan.ticket_id is not None for scan in stage.scans()] == [True]


def test_an_unused_code_goes_after_a_day_and_a_used_one_stays_for_the_auditors(
    database: Database, cast: Cast, at: datetime
) -> None:
    member_id = cast.volunteer.member_id
    assert member_id is not None
    with database.transaction() as session:
        codes.issue(session, member_id=member_id, at=at)
        used = codes.issue(session, member_id=member_id, at=at)
        codes.consume(session, used, by="shop:1", at=at)
    with database.transaction() as session:
        assert codes.forget(session, at=at + timedelta(hours=1)) == 0
        assert codes.forget(session, at=at + 2 * DAY) == 1
    with database.transaction() as session, pytest.raises(CodeUsed):
        codes.consume(session, used, by="shop:2", at=at + 2 * DAY)
    with database.transaction() as session:
        assert codes.forget(session, at=at + timedelta(weeks=28)) == 1
    assert _count(database, PersonalCode) == 0


def test_counts_of_old_failures_go_and_running_locks_stay(database: Database, at: datetime) -> None:
    with database.transaction() as session:
        lockouts.failed(session, "login:made up by a stranger", at=at)
        for _ in range(6):
            lockouts.failed(session, "login:13800000001", at=at + DAY)
    with database.transaction() as session:
        assert lockouts.forget(session, at=at + DAY + timedelta(minutes=1)) == 1
    assert _count(database, Lockout) == 1
