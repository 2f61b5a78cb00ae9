"""Confirming the hours of a hall full of people is a handful of statements, and tells each of them."""

from datetime import timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, published
from tests.listening import heard
from timebank.activities.models import Shift
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members import service as members
from timebank.notices.models import Notice, NoticeAddress, NoticeDelivery
from timebank.orgs.models import Organisation

EVENING = NOON + timedelta(hours=8)


def _everybody_came(session: Session, cast: Cast, shift: Shift, member_ids: list[int]) -> None:
    """They came and left on time, and their records wait."""
    stays = [
        {
            "shift_id": shift.id,
            "member_id": member_id,
            "checked_in_at": shift.starts_at,
            "check_in_method": "rotating",
            "checked_out_at": shift.ends_at,
            "check_out_method": "rotating",
            "flags": [],
            "created_at": shift.starts_at,
        }
        for member_id in member_ids
    ]
    added = session.execute(insert(Attendance).returning(Attendance.id, Attendance.member_id), stays).all()
    records = [
        {
            "attendance_id": attendance_id,
            "member_id": member_id,
            "organisation_id": cast.team_id,
            "category_id": shift.activity.category_id,
            "served_on": shift.starts_at.astimezone(SHANGHAI).date(),
            "credited_from": shift.starts_at,
            "credited_until": shift.ends_at,
            "minutes": 150,
            "proof_grade": "A",
            "status": "pending",
            "flags": [],
            "created_at": shift.ends_at,
        }
        for attendance_id, member_id in added
    ]
    session.execute(insert(ServiceRecord), records)


def _crowd(session: Session, cast: Cast, size: int) -> list[int]:
    team = session.get_one(Organisation, cast.team_id)
    people = [
        members.Particulars(name="千人", phone=f"137{number:08d}", sex="female", consented=True)
        for number in range(size)
    ]
    return [
        members.register(session, person=person, organisation=team, keyring=cast.keyring, at=NOON).id
        for person in people
    ]


def _statements_to_confirm(database: Database, cast: Cast, title: str, member_ids: list[int]) -> list[str]:
    """What the database is told; on SQLite, where each row of many is heard by itself, the questions alone."""
    with database.transaction() as session:
        shift = published(session, cast, title=title)
        _everybody_came(session, cast, shift, member_ids)
        shift_id = shift.id
    with heard(database.engine) as spoken, database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        done = hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        assert len(done.records) == len(member_ids)
    if database.engine.dialect.name == "postgresql":
        return spoken
    return [statement for statement in spoken if statement.startswith(("SELECT", "WITH"))]


def test_five_hundred_rows_are_confirmed_with_as_many_statements_as_five(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        crowd = _crowd(session, cast, 500)
        # One of them hears of it by mail too.
        session.add(
            NoticeAddress(
                member_id=crowd[0],
                channel="email",
                address="a@example.com",
                asked_at=NOON,
                confirmed_at=NOON,
                wanted=True,
            )
        )
    few = _statements_to_confirm(database, cast, "少数", crowd[:5])
    many = _statements_to_confirm(database, cast, "众人", crowd)
    assert len(many) <= len(few) <= 40
    with database.reading() as session:
        told = select(func.count(Notice.id)).where(Notice.kind == "hours.confirmed")
        assert session.scalar(told) == 505
        assert session.scalar(select(func.count(NoticeDelivery.id))) == 2
        paid = select(func.count()).where(
            ServiceRecord.status == "approved", ServiceRecord.transaction_id.is_not(None)
        )
        assert session.scalar(paid) == 505
