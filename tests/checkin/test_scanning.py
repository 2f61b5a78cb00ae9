"""Scanning from the code to the attendance, and every way of cheating that must fail."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.cast import Cast, row
from tests.checkin.stage import ENDS, HALF, STARTS, Stage, sign_up
from tests.hours.stage import draft
from timebank.activities import queries as activity_queries
from timebank.activities import service as activities
from timebank.activities.rules import ShiftPlan
from timebank.checkin import queries, tokens
from timebank.checkin.answers import shown
from timebank.checkin.errors import TicketAbsent
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.db import Database
from timebank.members import service as members

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def test_a_volunteer_comes_and_leaves_by_the_rotating_code(stage: Stage, cast: Cast) -> None:
    came = stage.scan(cast.volunteer, at=STARTS - 4 * MINUTE)
    left = stage.scan(cast.volunteer, at=ENDS + 3 * MINUTE, kind=Kind.OUT)
    assert (came.reason, left.reason) == (Reason.OK, Reason.OK)
    (attendance,) = stage.attendances()
    assert (attendance.check_in_method, attendance.check_out_method) == ("rotating", "rotating")
    assert (attendance.checked_in_at, attendance.checked_out_at) == (STARTS - 4 * MINUTE, ENDS + 3 * MINUTE)
    (record,) = stage.records()
    assert (record.proof_grade, record.flags, record.status) == ("A", [], "pending")
    # 150 minutes and three more are 153; rounded down to six, 150.
    assert record.minutes == 150
    assert left.record is not None
    assert [scan.outcome for scan in stage.scans()] == ["ok", "ok"]


def test_the_moment_of_the_scan_counts_and_not_that_of_the_tap(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="slow")
    stage.tap(minted.secret, cast.volunteer, at=STARTS + 9 * MINUTE, phone="slow")
    assert stage.attendances()[0].checked_in_at == STARTS


def test_opening_a_code_checks_nobody_in(stage: Stage) -> None:
    assert stage.open(stage.token(STARTS), at=STARTS, phone="any").reason is Reason.OK
    assert stage.attendances() == []


def test_a_second_tap_gives_the_first_answer_and_changes_nothing(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
    first = stage.tap(minted.secret, cast.volunteer, at=STARTS, phone="hers")
    again = stage.tap(minted.secret, cast.volunteer, at=STARTS + 60 * MINUTE, phone="hers")
    assert (first.reason, again.reason, again.is_done) == (Reason.OK, Reason.OK, True)
    assert len(stage.attendances()) == 1
    assert len(stage.scans()) == 1


def test_a_ticket_lapses_after_ten_minutes(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
    late = stage.tap(minted.secret, cast.volunteer, at=STARTS + 10 * MINUTE, phone="hers")
    assert late.reason is Reason.EXPIRED
    assert stage.attendances() == []


# Attacks.


def test_a_photo_of_the_code_sent_to_a_friend_is_refused_after_its_step(stage: Stage) -> None:
    token = stage.token(STARTS)
    assert stage.open(token, at=STARTS + 30 * SECOND, phone="friend's").reason is Reason.EXPIRED
    (scan,) = stage.scans()
    assert (scan.outcome, scan.shift_id, scan.facts["age_seconds"]) == ("expired", stage.shift_id, 30)


def test_the_address_of_a_ticket_is_worthless_on_another_phone(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
    with pytest.raises(TicketAbsent):
        stage.tap(minted.secret, cast.neighbour, at=STARTS, phone="friend's")
    with pytest.raises(TicketAbsent):
        stage.tap("guessed", cast.neighbour, at=STARTS, phone="hers")


def test_a_used_ticket_does_nothing_for_somebody_else_on_the_same_phone(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="shared")
    stage.tap(minted.secret, cast.volunteer, at=STARTS, phone="shared")
    with pytest.raises(TicketAbsent):
        stage.tap(minted.secret, cast.neighbour, at=STARTS, phone="shared")


def test_a_forged_code_is_refused_and_kept(stage: Stage) -> None:
    token = stage.token(STARTS)
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert stage.open(forged, at=STARTS, phone="forger's").reason is Reason.BAD_CODE
    (scan,) = stage.scans()
    assert (scan.outcome, scan.shift_id, scan.member_id) == ("bad_code", None, None)


def test_the_code_of_a_shift_cannot_be_rewritten_for_another(
    stage: Stage, database: Database, cast: Cast
) -> None:
    import base64

    raw = bytearray(base64.b32decode(stage.token(STARTS)))
    raw[4] += 1
    assert stage.open(base64.b32encode(raw).decode(), at=STARTS, phone="x").reason is Reason.BAD_CODE


def test_the_code_of_another_day_is_no_code_of_today(stage: Stage) -> None:
    assert stage.open(stage.token(STARTS - timedelta(days=1)), at=STARTS, phone="x").reason is Reason.EXPIRED


def test_a_code_of_a_root_key_out_of_use_is_refused(stage: Stage, cast: Cast) -> None:
    token = tokens.mint(
        cast.keyring,
        kind=Kind.IN,
        shift_id=stage.shift_id,
        display=1,
        step=tokens.step_at(STARTS),
        key_number=9,
    )
    assert stage.open(token, at=STARTS, phone="x").reason is Reason.BAD_CODE


def test_the_code_for_arriving_does_not_check_out(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    assert stage.scan(cast.volunteer, at=ENDS - MINUTE, kind=Kind.IN).reason is Reason.ALREADY_IN
    assert stage.records() == []


def test_nobody_leaves_before_half_the_plan(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    early = stage.scan(cast.volunteer, at=HALF - SECOND, kind=Kind.OUT)
    assert (early.reason, early.moment) == (Reason.TOO_EARLY, HALF)
    assert stage.scan(cast.volunteer, at=HALF, kind=Kind.OUT).reason is Reason.OK


def test_nobody_leaves_who_never_came(stage: Stage, cast: Cast) -> None:
    assert stage.scan(cast.volunteer, at=ENDS, kind=Kind.OUT).reason is Reason.NOT_INSIDE


def test_one_phone_checks_in_its_owner_then_one_guest_with_a_flag_and_no_third(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift = activity_queries.shift(session, cast.coordinator.actor, stage.shift_id)
        sign_up(session, shift, cast.attendant, STARTS - timedelta(hours=1))
    outcomes = [
        stage.scan(person, at=STARTS, phone="one phone").reason
        for person in (cast.volunteer, cast.neighbour, cast.attendant)
    ]
    assert outcomes == [Reason.OK, Reason.OK, Reason.DEVICE_OTHER_MEMBER]
    assert [row.flags for row in stage.attendances()] == [[], ["device_shared"]]


def test_the_guest_may_leave_by_the_same_phone_and_the_flag_stays(stage: Stage, cast: Cast) -> None:
    for person in (cast.volunteer, cast.neighbour):
        stage.scan(person, at=STARTS, phone="one phone")
        assert stage.scan(person, at=ENDS, kind=Kind.OUT, phone="one phone").reason is Reason.OK
    assert [record.flags for record in stage.records()] == [[], ["device_shared"]]


def test_who_gave_the_place_up_is_not_signed_up(stage: Stage, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        place = activity_queries.current_sign_up(session, stage.shift_id, cast.volunteer.member_id)
        assert place is not None
        activities.cancel_sign_up(session, sign_up=place, at=STARTS - timedelta(hours=3))
    assert stage.scan(cast.volunteer, at=STARTS).reason is Reason.NOT_SIGNED_UP
    assert stage.attendances() == []


def test_a_coordinator_does_not_scan_herself_in_as_organiser(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift = activity_queries.shift(session, cast.coordinator.actor, stage.shift_id)
        sign_up(session, shift, cast.coordinator, STARTS - timedelta(hours=1))
    assert stage.help(cast.coordinator, cast.coordinator, at=STARTS).reason is Reason.NEEDS_COORDINATOR
    assert stage.attendances() == []
    assert stage.help(cast.coordinator, cast.second_coordinator, at=STARTS).reason is Reason.OK


def test_a_coordinator_who_scans_her_own_screen_is_looked_at(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift = activity_queries.shift(session, cast.coordinator.actor, stage.shift_id)
        sign_up(session, shift, cast.coordinator, STARTS - timedelta(hours=1))
    assert stage.scan(cast.coordinator, at=STARTS).reason is Reason.OK
    assert stage.attendances()[0].flags == ["own_display"]


def test_a_member_of_another_county_does_not_get_in(stage: Stage, cast: Cast) -> None:
    assert stage.scan(cast.stranger_volunteer, at=STARTS).reason is Reason.WRONG_ACTIVITY


def test_a_suspended_member_does_not_get_in(stage: Stage, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        members.suspend(session, member=row(session, cast.volunteer), at=STARTS)
    assert stage.scan(cast.volunteer, at=STARTS).reason is Reason.MEMBER_SUSPENDED


def test_nobody_gets_in_to_what_was_cancelled(stage: Stage, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        shift = activity_queries.shift(session, cast.coordinator.actor, stage.shift_id)
        activities.cancel(session, activity=shift.activity, reason="大雨", at=STARTS - timedelta(hours=1))
    assert stage.scan(cast.volunteer, at=STARTS).reason is Reason.CANCELLED


def test_a_shift_that_was_called_off_alone_says_so_with_its_reason(
    stage: Stage, database: Database, cast: Cast, app: Flask
) -> None:
    with database.transaction() as session:
        shift = activity_queries.shift(session, cast.coordinator.actor, stage.shift_id)
        other = ShiftPlan(STARTS + timedelta(days=7), STARTS + timedelta(days=7, hours=2), 5)
        activities.add_past_shifts(session, [(shift.activity_id, other)])
        session.expire(shift.activity)
        activities.cancel_shift(
            session, shift=shift, reason="停电", by=cast.coordinator.actor, at=STARTS - timedelta(hours=1)
        )
        assert shift.activity.status == "published"
    outcome = stage.scan(cast.volunteer, at=STARTS)
    assert outcome.reason is Reason.CANCELLED
    with app.test_request_context():
        said = shown(outcome.reason, outcome.kind, outcome)
    assert said.heading in ("This shift was called off", "这一场次已取消")
    assert said.sentence.startswith("停电。")


def test_the_code_of_a_draft_opens_nothing(stage: Stage, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        hidden = draft(session, cast).shifts[0].id
    assert stage.scan(cast.volunteer, at=STARTS, shift_id=hidden).reason is Reason.WRONG_ACTIVITY


def test_the_log_of_scans_cannot_be_edited(stage: Stage, database: Database, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    for statement in ("UPDATE scans SET outcome = 'expired'", "DELETE FROM scans"):
        with pytest.raises(DBAPIError), database.transaction() as session:
            session.execute(text(statement))


def test_two_phones_of_one_member_at_the_same_instant_make_one_attendance(stage: Stage, cast: Cast) -> None:
    phones = ("first", "second", "third")
    minted = {phone: stage.open(stage.token(STARTS), at=STARTS, phone=phone) for phone in phones}
    start, outcomes = threading.Barrier(len(phones)), []

    def tap(phone: str) -> None:
        start.wait()
        outcomes.append(stage.tap(minted[phone].secret, cast.volunteer, at=STARTS, phone=phone).reason)

    threads = [threading.Thread(target=tap, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_in", "already_in", "ok"]
    assert len(stage.attendances()) == 1


def test_one_ticket_tapped_by_many_fingers_at_once_is_one_check_in(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
    start, outcomes = threading.Barrier(5), []

    def tap() -> None:
        start.wait()
        outcomes.append(stage.tap(minted.secret, cast.volunteer, at=STARTS, phone="hers").reason)

    threads = [threading.Thread(target=tap) for _finger in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Reason.OK] * 5
    assert len(stage.attendances()) == 1
    assert len(stage.scans()) == 1


def test_three_members_on_one_phone_at_the_same_instant_are_at_most_two(
    stage: Stage, database: Database, cast: Cast
) -> None:
    people = (cast.volunteer, cast.neighbour, cast.attendant)
    with database.transaction() as session:
        shift = activity_queries.shift(session, cast.coordinator.actor, stage.shift_id)
        sign_up(session, shift, cast.attendant, STARTS - timedelta(hours=1))
    minted = [stage.open(stage.token(STARTS), at=STARTS, phone="one") for _person in people]
    start, outcomes = threading.Barrier(3), []

    def tap(place: int) -> None:
        start.wait()
        outcomes.append(stage.tap(minted[place].secret, people[place], at=STARTS, phone="one").reason)

    threads = [threading.Thread(target=tap, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["device_other_member", "ok", "ok"]


def test_all_attempts_stand_in_the_order_of_their_moments_page_by_page(
    stage: Stage, database: Database, cast: Cast
) -> None:
    stage.scan(cast.volunteer, at=STARTS + MINUTE)
    # As a phone that was without network hands it in afterwards.
    stage.scan(cast.neighbour, at=STARTS)
    with database.reading() as session:
        ((newest, _who, _by),) = queries.scans_of_shift(session, stage.shift_id, limit=1)
        rest = queries.scans_of_shift(session, stage.shift_id, before=newest.id)
        assert [newest.at, *(row[0].at for row in rest)] == [STARTS + MINUTE, STARTS]
