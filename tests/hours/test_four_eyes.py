"""Recorder, approver and beneficiary are three people: in the database itself, whatever wrote the row."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, attended, photo, published, says_yes
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.corrections import request_correction
from timebank.hours.errors import OwnEntry
from timebank.policy import service as policy

EVENING = NOON + timedelta(hours=10)


def _refused(database: Database, statement: str, **values: Any) -> None:
    with pytest.raises(DatabaseError), database.transaction() as session:
        session.execute(text(statement), values)


def _done(database: Database, statement: str, **values: Any) -> None:
    with database.transaction() as session:
        session.execute(text(statement), values)


def test_no_statement_lets_the_beneficiary_or_the_recorder_approve(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        record_id = attended(session, published(session, cast), cast.volunteer).id
    approve = "UPDATE service_records SET status = 'approved', approved_by_user_id = :by WHERE id = :id"
    # The member's column stays empty: the database looks up who the user is.
    _refused(database, approve, by=cast.volunteer.user_id, id=record_id)
    recorded = "UPDATE service_records SET recorded_by_user_id = :by WHERE id = :id"
    _refused(database, recorded, by=cast.volunteer.user_id, id=record_id)
    for column in ("second_recorder_user_id", "taken_back_by_user_id"):
        _refused(
            database,
            f"UPDATE service_records SET {column} = :by WHERE id = :id",
            by=cast.volunteer.user_id,
            id=record_id,
        )
    for column in ("recorded_by_user_id", "second_recorder_user_id"):
        _refused(
            database,
            f"UPDATE service_records SET status = 'approved', approved_by_user_id = :by, {column} = :by WHERE id = :id",
            by=cast.coordinator.user_id,
            id=record_id,
        )
    # What the attendance says about its recorder counts too, though the record keeps silent.
    _done(database, "UPDATE attendances SET recorded_by_user_id = :by", by=cast.coordinator.user_id)
    _refused(database, approve, by=cast.coordinator.user_id, id=record_id)
    _done(database, approve, by=cast.second_coordinator.user_id, id=record_id)


def test_no_statement_speaks_for_the_member(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record_id = hours.enter_manually(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="手机没电。",
            evidence=photo(),
            by=cast.coordinator.actor,
            at=EVENING,
            timezone=SHANGHAI,
        ).id
    approve = "UPDATE service_records SET status = 'approved', approved_by_user_id = :by WHERE id = :id"
    _refused(database, approve, by=cast.second_coordinator.user_id, id=record_id)
    say = "UPDATE service_records SET said = 'yes', said_how = :how, said_by_user_id = :by WHERE id = :id"
    _refused(database, say, how="self", by=cast.second_coordinator.user_id, id=record_id)
    _refused(database, say, how="card", by=cast.coordinator.user_id, id=record_id)
    _refused(database, say, how="", by=cast.volunteer.user_id, id=record_id)
    _done(database, say, how="self", by=cast.volunteer.user_id, id=record_id)
    _done(database, approve, by=cast.second_coordinator.user_id, id=record_id)


def test_no_statement_answers_ones_own_correction_or_asks_for_another(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.second_coordinator, left=shift.starts_at + timedelta(hours=2))
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        asked = request_correction(
            session,
            record=record,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="I left later.",
            by=cast.second_coordinator.actor,
            at=EVENING,
        )
        asked_id, record_id = asked.id, record.id
    answer = (
        "UPDATE correction_requests SET status = 'granted', answered_by_user_id = :by, "
        "new_record_id = :record WHERE id = :id"
    )
    _refused(database, answer, by=cast.second_coordinator.user_id, record=record_id, id=asked_id)
    _refused(
        database,
        "UPDATE correction_requests SET asked_by_user_id = :by WHERE id = :id",
        by=cast.coordinator.user_id,
        id=asked_id,
    )
    _refused(
        database,
        "UPDATE correction_requests SET recorder_user_id = :by, status = 'refused', answer = 'no', "
        "answered_by_user_id = :by WHERE id = :id",
        by=cast.coordinator.user_id,
        id=asked_id,
    )


def test_a_second_record_of_an_attendance_stands_beside_no_other(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        attended(session, published(session, cast), cast.volunteer)
    columns = (
        "attendance_id, member_id, organisation_id, category_id, served_on, credited_from, credited_until, "
        "minutes, proof_grade, status, flags, arithmetic, needs_word, statement, said, said_how, "
        "decision_reason, created_at"
    )
    _refused(database, f"INSERT INTO service_records ({columns}) SELECT {columns} FROM service_records")
    _done(database, "UPDATE service_records SET status = 'rejected'")
    _done(
        database,
        f"INSERT INTO service_records ({columns}) SELECT "
        + columns.replace(" status,", " 'pending',")
        + " FROM service_records",
    )


def test_where_the_county_wants_a_second_person_whoever_held_the_scanner_does_not_decide(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        policy.change_settings(
            session, organisation_id=cast.county_id, written={"grade_b": "second"}, by_name="陈立", at=NOON
        )
        shift = published(session, cast)
        attendance = hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=shift.starts_at,
            method="member",
            operator=cast.coordinator.actor,
        )
        record = hours.close_attendance(
            session,
            attendance=attendance,
            at=shift.ends_at,
            method="member",
            timezone=SHANGHAI,
            operator=cast.second_coordinator.actor,
        )
        assert record.flags == ["second_person"]
        for actor in (cast.coordinator.actor, cast.second_coordinator.actor):
            assert not hours.confirm_shift(session, shift=shift, by=actor, at=EVENING).records
            with pytest.raises(OwnEntry):
                hours.confirm_record(session, record=record, by=actor, at=EVENING, reason="x")
        record_id = record.id
    approve = "UPDATE service_records SET status = 'approved', approved_by_user_id = :by WHERE id = :id"
    for person in (cast.coordinator, cast.second_coordinator):
        _refused(database, approve, by=person.user_id, id=record_id)
    with database.transaction() as session:
        found = session.get_one(type(record), record_id)
        hours.confirm_record(
            session, record=found, by=cast.administrator.actor, at=EVENING, reason="Asked both."
        )


def test_nobody_forgives_their_own_missed_shift(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift_id = published(session, cast).id
    pardon = (
        "INSERT INTO no_show_pardons (shift_id, member_id, reason, pardoned_by_user_id, pardoned_at) "
        "VALUES (:shift, :member, 'ill', :by, '2026-03-02 12:00:00+00:00')"
    )
    _refused(database, pardon, shift=shift_id, member=cast.coordinator.member_id, by=cast.coordinator.user_id)
    _done(database, pardon, shift=shift_id, member=cast.volunteer.member_id, by=cast.coordinator.user_id)


def test_who_spoke_for_herself_is_approved_as_ever(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=shift.starts_at,
            method="rotating",
        )
        late = shift.ends_at + timedelta(hours=2)
        (record,) = hours.close_forgotten(session, at=late, timezone=SHANGHAI)
        says_yes(session, record, cast.volunteer, late)
        hours.confirm_record(session, record=record, by=cast.coordinator.actor, at=late, reason="Seen.")
        assert record.status == "approved"
