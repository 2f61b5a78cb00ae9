"""A shift of five hundred people is confirmed by one act and posted as one batch."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from ledger import journal
from ledger.models import Transaction
from ledger.verify import verify
from tests.cast import NOON, Cast
from tests.hours.stage import add_rule, attended, published
from timebank.activities.models import Shift
from timebank.books import queries
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.models import Member
from timebank.orm import Base

PEOPLE = 500
# Two or three seconds on a machine with nothing else to do; the batch itself is a tenth of a second of it.
SECONDS = 30


def copies(session: Session, model: type[Base], original: Any, changes: list[dict[str, Any]]) -> list[int]:
    """Rows like ``original`` with these changes; their numbers in order."""
    table = model.__table__
    values = {column.name: getattr(original, column.key) for column in table.c if column.name != "id"}
    last = session.scalar(select(func.max(table.c.id))) or 0
    session.execute(insert(model), [values | change for change in changes])
    return list(session.scalars(select(table.c.id).where(table.c.id > last).order_by(table.c.id)))


@pytest.fixture
def shift_id(database: Database, cast: Cast) -> int:
    """A shift with five hundred records that wait: copies of one that the house itself has made."""
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        first = attended(session, shift, cast.volunteer)
        one = session.get_one(Member, cast.volunteer.member_id)
        numbers = [
            {"number": f"{90000000 + n}", "identity_hash": None, "phone": f"{n}"} for n in range(1, PEOPLE)
        ]
        members = copies(session, Member, one, numbers)
        attendance = session.get_one(Attendance, first.attendance_id)
        ids = copies(session, Attendance, attendance, [{"member_id": number} for number in members])
        rows = [{"member_id": m, "attendance_id": a} for m, a in zip(members, ids, strict=True)]
        copies(session, ServiceRecord, first, rows)
        return shift.id


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many drafts each call of the ledger's batch door carries."""
    carried: list[int] = []
    door = journal.post_batch

    def listening(session: Any, drafts: Any) -> Any:
        if drafts:
            carried.append(len(drafts))
        return door(session, drafts)

    monkeypatch.setattr(journal, "post_batch", listening)
    return carried


def test_confirming_five_hundred_people_is_one_act_and_one_batch(
    database: Database, cast: Cast, shift_id: int, batches: list[int]
) -> None:
    later = NOON + timedelta(hours=6)
    started = time.monotonic()
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        confirmed = hours.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=later)
        assert len(confirmed.records) == PEOPLE
    took = time.monotonic() - started
    assert batches == [PEOPLE]
    assert took < SECONDS
    with database.reading() as session:
        members = list(session.scalars(select(ServiceRecord.member_id)))
        assert len(set(members)) == PEOPLE
        assert set(queries.points_balances(session, members).values()) == {Decimal(25)}
        assert session.scalar(select(func.count()).select_from(Transaction)) == PEOPLE
        assert not any(finding.breaks for finding in verify(session))


def test_confirming_them_again_posts_nothing(
    database: Database, cast: Cast, shift_id: int, batches: list[int]
) -> None:
    for _ in range(2):
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            hours.confirm_shift(
                session, shift=shift, by=cast.second_coordinator.actor, at=NOON + timedelta(hours=6)
            )
    assert batches == [PEOPLE]
