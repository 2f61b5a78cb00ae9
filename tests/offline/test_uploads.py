"""Uploading what was recorded without network: kept as it came, judged again, credited once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI
from tests.offline.device import (
    BACK,
    CAME,
    ENDS,
    STARTS,
    TAKEN,
    WENT,
    Device,
    card_of,
    count,
    served,
    taken_by,
)
from timebank.access.models import User
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.checkin.models import Scan
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members import codes
from timebank.members import service as members
from timebank.offline import service
from timebank.offline.models import OfflineConflict, OfflineScan


def test_a_card_scanned_in_and_out_becomes_a_waiting_record_of_grade_c(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        rows = device.upload(session, at=BACK)
        assert [one.outcome for one in rows] == ["ok", "ok"]
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, record.proof_grade, record.status) == (150, "C", "pending")
        assert record.member_id == cast.volunteer.member_id
        assert record.recorded_by_user_id == cast.coordinator.user_id
        attendance = record.attendance
        assert (attendance.checked_in_at, attendance.checked_out_at) == (CAME, WENT)
        assert (attendance.check_in_method, attendance.check_out_method) == ("offline", "offline")
        assert count(session, OfflineConflict) == 0


def test_whoever_recorded_the_list_does_not_confirm_it(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        device.upload(session, at=BACK)
        record = session.scalars(select(ServiceRecord)).one()
        record.approved_by_user_id, record.status = cast.coordinator.user_id, "approved"
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


def test_the_same_upload_twice_has_one_result(database: Database, cast: Cast, device: Device) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        first = [one.id for one in device.upload(session, at=BACK)]
    with database.transaction() as session:
        again = device.upload(session, at=BACK + timedelta(minutes=1))
        assert [one.id for one in again] == first
        assert [one.outcome for one in again] == ["ok", "ok"]
        assert (count(session, OfflineScan), count(session, ServiceRecord)) == (2, 1)
        assert session.scalar(select(func.count()).where(Scan.method == "offline")) == 2


def test_an_upload_that_broke_off_goes_on_where_it_stopped(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        device.upload(session, at=BACK, scans=device.scans[:1])
    with database.transaction() as session:
        rows = device.upload(session, at=BACK + timedelta(hours=1))
        assert [one.outcome for one in rows] == ["ok", "ok"]
        assert count(session, ServiceRecord) == 1
        assert count(session, OfflineConflict) == 0


def test_two_devices_that_scan_one_member_keep_both_and_credit_once(
    database: Database, cast: Cast, device: Device, shift_id: int
) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        service.assign(
            session,
            shift=shift,
            user=session.get_one(User, cast.second_coordinator.user_id),
            by=cast.coordinator.actor,
            at=TAKEN,
        )
        other = taken_by(session, cast, cast.second_coordinator, shift, at=TAKEN)
        digits = card_of(session, cast, cast.volunteer)
    served(database, cast, device)
    other.scan(digits, "in", CAME + timedelta(minutes=1))
    other.scan(digits, "out", WENT + timedelta(minutes=1))
    with database.transaction() as session:
        device.upload(session, at=BACK)
        rows = other.upload(session, at=BACK)
        # Who has left already is told so, whichever way they are scanned again.
        assert [one.outcome for one in rows] == ["already_out", "already_out"]
        assert count(session, OfflineScan) == 4
        assert count(session, ServiceRecord) == 1
        assert count(session, OfflineConflict) == 0


def test_two_devices_that_disagree_about_the_time_ask_a_person(
    database: Database, cast: Cast, device: Device, shift_id: int
) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        service.assign(
            session,
            shift=shift,
            user=session.get_one(User, cast.second_coordinator.user_id),
            by=cast.coordinator.actor,
            at=TAKEN,
        )
        other = taken_by(session, cast, cast.second_coordinator, shift, at=TAKEN)
        digits = card_of(session, cast, cast.volunteer)
    device.scan(digits, "in", STARTS + timedelta(minutes=60))
    other.scan(digits, "in", CAME)
    with database.transaction() as session:
        device.upload(session, at=BACK)
        (late,) = other.upload(session, at=BACK)
        assert (late.outcome, late.oddities) == ("offline_conflict", ["two_lists"])
        found = session.scalars(select(OfflineConflict)).one()
        service.decide(
            session,
            found,
            accept=True,
            reason="看到她九点就来了",
            by=cast.coordinator.actor,
            at=BACK,
            timezone=SHANGHAI,
        )
        attendance = session.scalars(select(Attendance)).one()
        assert attendance.checked_in_at == CAME
        assert "offline_conflict" in attendance.flags


def _one_conflict(rows: list[OfflineScan], *oddities: str) -> None:
    odd = [one for one in rows if one.outcome == "offline_conflict"]
    assert odd, [one.outcome for one in rows]
    assert set(oddities) <= set(odd[0].oddities), odd[0].oddities


def test_a_retimed_scan_is_a_conflict_and_credits_nothing(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    earlier = device.scans[0].at - timedelta(minutes=20)
    edited = replace(device.scans[0], at=earlier, at_word=earlier.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    with database.transaction() as session:
        rows = device.upload(session, at=BACK, scans=[edited, device.scans[1]])
        _one_conflict(rows, "edited")
        assert count(session, Attendance) == 0


def test_an_edited_scan_after_the_true_one_is_kept_beside_it(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    later = device.scans[1].at + timedelta(minutes=30)
    edited = device.resealed(replace(device.scans[1], at=later, at_word="2026-03-02T07:02:00.000Z"))
    with database.transaction() as session:
        device.upload(session, at=BACK)
        (other,) = device.upload(session, at=BACK, scans=[edited])
        assert other.outcome == "offline_conflict"
        assert "edited" in other.oddities
        assert count(session, OfflineScan) == 3
        assert session.scalars(select(ServiceRecord)).one().minutes == 150


def test_scans_in_another_order_are_a_conflict(database: Database, cast: Cast, device: Device) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        rows = device.upload(session, at=BACK, scans=[device.scans[1], device.scans[0]])
        _one_conflict(rows, "chain_break")
        assert "reordered" in rows[1].oddities
        assert count(session, ServiceRecord) == 0


def test_a_scan_left_out_breaks_the_chain(database: Database, cast: Cast, device: Device) -> None:
    with database.reading() as session:
        cards = [card_of(session, cast, person) for person in (cast.neighbour, cast.volunteer)]
    for digits in cards:
        device.scan(digits, "in", CAME)
    with database.transaction() as session:
        (odd,) = device.upload(session, at=BACK, scans=device.scans[1:])
        assert odd.oddities == ["chain_break"]
        assert count(session, Attendance) == 0


def test_a_clock_that_goes_back_between_two_scans_is_noticed(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.reading() as session:
        device.scan(card_of(session, cast, cast.neighbour), "in", CAME + timedelta(minutes=30))
        device.scan(card_of(session, cast, cast.volunteer), "in", CAME)
    with database.transaction() as session:
        rows = device.upload(session, at=BACK)
        assert [one.outcome for one in rows] == ["ok", "offline_conflict"]
        assert rows[1].oddities == ["reordered"]


@pytest.mark.parametrize("minutes", [-11, 11])
def test_a_clock_more_than_ten_minutes_off_is_a_conflict(
    database: Database, cast: Cast, device: Device, minutes: int
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        rows = device.upload(session, at=BACK, clock_off=timedelta(minutes=minutes))
        assert [one.oddities for one in rows] == [["clock_off"], ["clock_off", "not_inside"]]
        assert rows[0].clock_off_seconds == minutes * 60
        assert count(session, Attendance) == 0


def test_a_clock_nine_minutes_off_is_no_fault(database: Database, cast: Cast, device: Device) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        rows = device.upload(session, at=BACK, clock_off=timedelta(minutes=9))
        assert [one.outcome for one in rows] == ["ok", "ok"]


def test_a_member_of_another_county_goes_to_the_coordinator(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.reading() as session:
        device.scan(card_of(session, cast, cast.stranger_volunteer), "in", CAME)
    with database.transaction() as session:
        (odd,) = device.upload(session, at=BACK)
        assert odd.oddities == ["wrong_activity"]
        assert odd.member_id == cast.stranger_volunteer.member_id
        assert count(session, Attendance) == 0


def test_somebody_who_had_not_signed_up_goes_to_the_coordinator(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.reading() as session:
        device.scan(card_of(session, cast, cast.attendant), "in", CAME)
    with database.transaction() as session:
        (odd,) = device.upload(session, at=BACK)
        assert odd.oddities == ["not_signed_up"]
        found = session.scalars(select(OfflineConflict)).one()
        service.decide(
            session,
            found,
            accept=True,
            reason="临时来帮忙",
            by=cast.second_coordinator.actor,
            at=BACK,
            timezone=SHANGHAI,
        )
        attendance = session.scalars(select(Attendance)).one()
        assert attendance.member_id == cast.attendant.member_id
        assert attendance.recorded_by_user_id == cast.coordinator.user_id


@pytest.mark.parametrize(
    "scan",
    [("in", STARTS - timedelta(hours=1), "too_early"), ("in", ENDS + timedelta(minutes=1), "too_late")],
)
def test_a_scan_outside_the_window_goes_to_the_coordinator(
    database: Database, cast: Cast, device: Device, scan: tuple[str, datetime, str]
) -> None:
    kind, moment, why = scan
    with database.reading() as session:
        device.scan(card_of(session, cast, cast.volunteer), kind, moment)
    with database.transaction() as session:
        (odd,) = device.upload(session, at=BACK)
        assert odd.oddities == [why]


def test_a_coordinator_who_scans_herself_gains_nothing(
    database: Database, cast: Cast, device: Device, shift_id: int
) -> None:
    with database.transaction() as session:
        activities.sign_up(
            session,
            shift=session.get_one(Shift, shift_id),
            member_id=cast.coordinator.member_id,
            by=cast.coordinator.actor,
            at=NOON,
        )
        digits = card_of(session, cast, cast.coordinator)
    assert device.knows(digits) is None
    device.scan(digits, "in", CAME)
    device.tick(cast.coordinator, "out", WENT)
    with database.transaction() as session:
        rows = device.upload(session, at=BACK)
        assert [one.outcome for one in rows] == ["needs_coordinator", "needs_coordinator"]
        assert (count(session, Attendance), count(session, OfflineConflict)) == (0, 0)
        assert session.scalar(select(func.count()).where(Scan.outcome == "needs_coordinator")) == 2


def test_a_tick_counts_as_a_name_without_a_card(database: Database, cast: Cast, device: Device) -> None:
    device.tick(cast.neighbour, "in", CAME)
    with database.transaction() as session:
        (one,) = device.upload(session, at=BACK)
        assert one.outcome == "ok"
        assert session.scalars(select(Attendance)).one().flags == ["by_number"]


def test_a_tick_cannot_be_passed_off_as_a_scan(database: Database, cast: Cast, device: Device) -> None:
    """What is stored on the device finds a card; it does not make one."""
    entry = device.taken.entries[0]
    said = device.scan("0" * 25, "in", CAME)
    device.scans[-1] = device.resealed(replace(said, entry=entry.tag))
    with database.transaction() as session:
        (one,) = device.upload(session, at=BACK)
        assert one.outcome == "bad_code"
        assert count(session, Attendance) == 0


def test_a_phone_code_shown_in_its_minute_is_recognised_afterwards(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.transaction() as session:
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=CAME - timedelta(seconds=20))
    device.scan(code, "in", CAME)
    with database.transaction() as session:
        (one,) = device.upload(session, at=BACK)
        assert (one.outcome, one.member_id) == ("ok", cast.volunteer.member_id)


def test_a_photographed_phone_code_is_not(database: Database, cast: Cast, device: Device) -> None:
    with database.transaction() as session:
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=CAME - timedelta(minutes=5))
    device.scan(code, "in", CAME)
    with database.transaction() as session:
        (one,) = device.upload(session, at=BACK)
        assert one.outcome == "expired"
        assert count(session, Attendance) == 0


def test_a_replaced_card_goes_to_the_coordinator(database: Database, cast: Cast, device: Device) -> None:
    with database.transaction() as session:
        device.scan(card_of(session, cast, cast.volunteer), "in", CAME)
        members.replace_card(session, member=row(session, cast.volunteer))
    with database.transaction() as session:
        (odd,) = device.upload(session, at=BACK)
        assert odd.oddities == ["card_revoked"]
        assert odd.member_id == cast.volunteer.member_id


def test_a_device_that_comes_home_after_the_night_still_brings_the_true_check_out(
    database: Database, cast: Cast, device: Device
) -> None:
    served(database, cast, device)
    with database.transaction() as session:
        device.upload(session, at=STARTS, scans=device.scans[:1])
        hours.close_forgotten(session, at=ENDS + timedelta(hours=3), timezone=SHANGHAI)
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, record.needs_word) == (60, True)
        assert "missing_check_out" in record.flags
    with database.transaction() as session:
        rows = device.upload(session, at=ENDS + timedelta(hours=4))
        assert [one.outcome for one in rows] == ["ok", "ok"]
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.minutes, record.status, record.needs_word) == (150, "pending", False)
        assert "missing_check_out" not in record.flags
        assert (record.attendance.checked_out_at, record.attendance.check_out_method) == (WENT, "offline")
