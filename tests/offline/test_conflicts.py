"""What is odd waits for somebody other than the one who recorded it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from tests.cast import Cast
from tests.hours.stage import SHANGHAI
from tests.offline.device import BACK, CAME, ENDS, WENT, Device, card_of, count, served
from timebank.activities.models import Shift
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.offline import errors, queries, service
from timebank.offline.models import OfflineConflict, OfflineRoster, OfflineScan


def test_nothing_from_a_lost_device_counts_without_a_decision(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        service.report_lost(session.scalars(select(OfflineRoster)).one(), at=WENT)
        rows = device.upload(session, at=BACK)
        assert "lost_device" in rows[0].oddities
        assert count(session, Attendance) == 0


def test_a_week_later_a_person_decides(database: Database, cast: Cast, device: Device) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        rows = device.upload(session, at=ENDS + timedelta(days=8))
        assert rows[0].oddities == ["late_upload"]


def test_the_recorder_does_not_decide_about_their_own_list(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        device.upload(session, at=BACK, clock_off=timedelta(hours=1))
        found = session.scalars(select(OfflineConflict)).first()
        assert found is not None
        for person in (cast.coordinator, cast.volunteer):
            with pytest.raises(errors.DeciderRecorded):
                service.decide(
                    session, found, accept=True, reason="", by=person.actor, at=BACK, timezone=SHANGHAI
                )


def test_the_database_itself_refuses_the_recorder_as_decider(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        device.upload(session, at=BACK, clock_off=timedelta(hours=1))
    with database.transaction() as session:
        found = session.scalars(select(OfflineConflict)).first()
        assert found is not None
        found.status, found.decided_by_user_id = "accepted", cast.coordinator.user_id
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


def test_what_a_device_said_is_never_changed(database: Database, cast: Cast, device: Device) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        device.upload(session, at=BACK)
    with database.transaction() as session:
        found = session.scalars(select(OfflineScan)).first()
        assert found is not None
        found.member_id = cast.neighbour.member_id
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


def test_accepting_an_arrival_settles_the_leaving_that_only_lacked_it(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.reading() as session:
        digits = card_of(session, cast, cast.attendant)
    device.scan(digits, "in", CAME)
    device.scan(digits, "out", WENT)
    with database.transaction() as session:
        device.upload(session, at=BACK)
        # Who has no place is not inside either.
        first, second = session.scalars(select(OfflineConflict).order_by(OfflineConflict.id)).all()
        assert (first.reasons, second.reasons) == (["not_signed_up"], ["not_inside"])
        settled = service.decide(
            session,
            first,
            accept=True,
            reason="",
            by=cast.second_coordinator.actor,
            at=BACK,
            timezone=SHANGHAI,
        )
        assert [one.id for one in settled] == [first.id, second.id]
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, record.status) == (150, "pending")
        assert "offline_conflict" in record.flags
        with pytest.raises(errors.DecidedAlready):
            service.decide(
                session,
                second,
                accept=False,
                reason="",
                by=cast.second_coordinator.actor,
                at=BACK,
                timezone=SHANGHAI,
            )


def test_a_refused_scan_stays_on_file_and_credits_nothing(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.reading() as session:
        device.scan(card_of(session, cast, cast.attendant), "in", CAME)
    with database.transaction() as session:
        device.upload(session, at=BACK)
        found = session.scalars(select(OfflineConflict)).one()
        service.decide(
            session,
            found,
            accept=False,
            reason="不认识",
            by=cast.second_coordinator.actor,
            at=BACK,
            timezone=SHANGHAI,
        )
        assert found.status == "refused"
        assert (count(session, Attendance), count(session, OfflineScan)) == (0, 1)


def test_nobody_else_uploads_a_roster(database: Database, cast: Cast, device: Device) -> None:
    with database.reading() as session, pytest.raises(errors.RosterAbsent):
        queries.own_roster(session, cast.second_coordinator.actor, device.word)


def test_an_attendance_by_rotating_code_and_a_leaving_offline_are_one_record(
    database: Database, cast: Cast, device: Device, shift_id: int
) -> None:
    with database.transaction() as session:
        hours.open_attendance(
            session,
            shift=session.get_one(Shift, shift_id),
            member_id=cast.volunteer.member_id,
            at=CAME,
            method="rotating",
        )
        device.scan(card_of(session, cast, cast.volunteer), "out", WENT)
        device.upload(session, at=BACK)
        assert session.scalars(select(ServiceRecord)).one().proof_grade == "C"
