"""Coming without a place or from elsewhere, being scanned by the organiser, typing six digits."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.cast import Cast
from tests.checkin.stage import ENDS, STARTS, Stage, set_stage, sign_up
from tests.hours.stage import SHANGHAI, published
from timebank.access.keys import digest
from timebank.activities.models import Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.checkin import tickets, tokens
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.db import Database
from timebank.hours import decisions
from timebank.hours.errors import OwnEntry
from timebank.hours.models import ServiceRecord
from timebank.policy.models import PolicySetting

MINUTE = timedelta(minutes=1)


def test_who_is_not_signed_up_signs_up_and_checks_in_with_one_tap(stage: Stage, cast: Cast) -> None:
    asked = stage.scan(cast.attendant, at=STARTS + 5 * MINUTE)
    assert (asked.reason, asked.walk_in) == (Reason.NOT_SIGNED_UP, True)
    done = stage.scan(cast.attendant, at=STARTS + 5 * MINUTE, also="sign_up")
    assert done.reason is Reason.OK
    assert len(stage.attendances()) == 1


def test_where_the_county_refuses_walk_ins_only_the_organiser_signs_up(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        session.add(
            PolicySetting(
                organisation_id=cast.county_id,
                name="walk_ins",
                value="refused",
                changed_by="user:1",
                changed_at=STARTS,
            )
        )
    refused = stage.scan(cast.attendant, at=STARTS, also="sign_up")
    assert (refused.reason, refused.walk_in) == (Reason.NOT_SIGNED_UP, False)
    assert stage.help(cast.attendant, cast.coordinator, at=STARTS, also="sign_up").reason is Reason.OK


def test_the_last_place_is_given_once(database: Database, cast: Cast) -> None:
    stage = set_stage(database, cast, capacity=2)
    assert stage.scan(cast.attendant, at=STARTS, also="sign_up").reason is Reason.FULL


@pytest.mark.parametrize(("holder", "answer"), [("attendant", Reason.OK), ("neighbour", Reason.FULL)])
def test_an_offered_place_is_there_for_whoever_it_is_offered_to(
    database: Database, cast: Cast, holder: str, answer: Reason
) -> None:
    stage = set_stage(database, cast, capacity=2)
    with database.transaction() as session:
        place = session.scalars(select(SignUp).where(SignUp.member_id == cast.neighbour.member_id)).one()
        place.member_id = getattr(cast, holder).member_id
        place.status, place.offered_until = "offered", STARTS + MINUTE
    assert stage.scan(cast.attendant, at=STARTS, also="sign_up").reason is answer


def test_an_offer_that_is_over_keeps_nobody_out(database: Database, cast: Cast) -> None:
    stage = set_stage(database, cast, capacity=2)
    with database.transaction() as session:
        place = session.scalars(select(SignUp).where(SignUp.member_id == cast.neighbour.member_id)).one()
        place.status, place.offered_until = "offered", STARTS - MINUTE
    assert stage.scan(cast.attendant, at=STARTS, also="sign_up").reason is Reason.OK


def test_who_is_still_inside_elsewhere_is_asked_and_leaves_there(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        plan = ShiftPlan(STARTS - timedelta(hours=3), STARTS - timedelta(minutes=10), None)
        earlier = published(session, cast, plan, at=STARTS - timedelta(days=2), title="巡河")
        sign_up(session, earlier, cast.volunteer, STARTS - timedelta(days=1))
    stage.scan(cast.volunteer, at=STARTS - timedelta(hours=3), shift_id=earlier.id)
    asked = stage.scan(cast.volunteer, at=STARTS)
    assert (asked.reason, asked.title, asked.moment) == (
        Reason.OVERLAP,
        "巡河",
        STARTS - timedelta(hours=3),
    )
    assert stage.scan(cast.volunteer, at=STARTS, also="leave_other").reason is Reason.OK
    left, came = stage.attendances()
    assert (left.checked_out_at, left.check_out_method, left.flags) == (STARTS, "manual", ["left_elsewhere"])
    assert came.checked_out_at is None
    assert stage.records()[0].proof_grade == "D"


# The organiser scans the member.


def test_the_organiser_scans_a_card_in_and_out_for_proof_grade_b(stage: Stage, cast: Cast) -> None:
    assert stage.help(cast.volunteer, cast.coordinator, at=STARTS).reason is Reason.OK
    assert stage.help(cast.volunteer, cast.coordinator, at=ENDS, kind=Kind.OUT).reason is Reason.OK
    (record,) = stage.records()
    assert (record.proof_grade, record.flags) == ("B", [])
    assert {scan.operator_user_id for scan in stage.scans()} == {cast.coordinator.user_id}
    assert stage.scans()[0].facts == {"identified_by": "card"}


def test_a_typed_number_is_said_to_whoever_confirms(stage: Stage, cast: Cast) -> None:
    stage.help(cast.volunteer, cast.coordinator, at=STARTS, how="number")
    assert stage.attendances()[0].flags == ["by_number"]


@pytest.mark.parametrize("typed_at", [Kind.IN, Kind.OUT])
def test_who_typed_a_number_does_not_confirm_the_hours_alone(
    stage: Stage, cast: Cast, typed_at: Kind
) -> None:
    for kind, at in ((Kind.IN, STARTS), (Kind.OUT, ENDS)):
        how = "number" if kind is typed_at else "card"
        stage.help(cast.volunteer, cast.coordinator, at=at, kind=kind, how=how)
    with stage.database.transaction() as session:
        record = session.scalars(select(ServiceRecord)).one()
        with pytest.raises(OwnEntry):
            decisions.confirm_record(
                session, record=record, by=cast.coordinator.actor, at=ENDS, reason="我看见她了。"
            )
        other = cast.second_coordinator.actor
        decisions.confirm_record(session, record=record, by=other, at=ENDS, reason="问过她本人。")
        assert record.status == "approved"


def test_one_organiser_s_phone_may_scan_many_members(stage: Stage, cast: Cast) -> None:
    for person in (cast.volunteer, cast.neighbour, cast.attendant, cast.auditor):
        assert stage.help(person, cast.coordinator, at=STARTS, also="sign_up").reason is Reason.OK
    assert all(row.flags == [] for row in stage.attendances())


# Six digits.


def typed(stage: Stage, digits: str, *, minutes_later: int = 0) -> tickets.Minted:
    with stage.database.transaction() as session:
        return tickets.scan_short_code(
            session,
            stage.cast.keyring,
            digits,
            by=stage.cast.volunteer.actor,
            device=digest("hers"),
            at=STARTS + minutes_later * MINUTE,
        )


def shown_digits(stage: Stage, kind: Kind = Kind.IN) -> str:
    return tokens.short_code(stage.cast.keyring, kind=kind, shift_id=stage.shift_id, at=STARTS)


def test_six_digits_lead_to_a_ticket_of_grade_c(stage: Stage, cast: Cast) -> None:
    minted = typed(stage, shown_digits(stage))
    assert minted.reason is Reason.OK
    assert stage.tap(minted.secret, cast.volunteer, at=STARTS, phone="hers").reason is Reason.OK
    (attendance,) = stage.attendances()
    assert (attendance.check_in_method, attendance.flags) == ("short", ["short_code"])
    stage.scan(cast.volunteer, at=ENDS, kind=Kind.OUT)
    assert stage.records()[0].proof_grade == "C"


def test_six_digits_lapse_after_two_minutes_and_with_the_screen(stage: Stage) -> None:
    digits = shown_digits(stage)
    assert typed(stage, digits, minutes_later=2).reason is Reason.BAD_CODE
    later = tokens.short_code(
        stage.cast.keyring, kind=Kind.IN, shift_id=stage.shift_id, at=STARTS + 20 * MINUTE
    )
    # Nobody has shown the code for twenty minutes.
    assert typed(stage, later, minutes_later=20).reason is Reason.BAD_CODE
    assert [scan.outcome for scan in stage.scans()] == ["bad_code", "bad_code"]


def test_six_digits_of_another_county_s_screen_are_not_looked_at(stage: Stage) -> None:
    with stage.database.transaction() as session:
        minted = tickets.scan_short_code(
            session,
            stage.cast.keyring,
            shown_digits(stage),
            by=stage.cast.stranger_volunteer.actor,
            device=digest("theirs"),
            at=STARTS,
        )
    assert minted.reason is Reason.BAD_CODE


def test_the_stage_s_shift_is_in_the_county_s_zone(stage: Stage, database: Database) -> None:
    with database.reading() as session:
        assert session.get_one(Shift, stage.shift_id).starts_at.astimezone(SHANGHAI).hour == 14
