"""What a method proves: the flags it raises, and whom a county lets confirm it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests.cast import Cast, Person, row
from tests.checkin.stage import ENDS, STARTS, Stage
from timebank.activities.models import Shift
from timebank.audit import service as audit
from timebank.checkin import kiosks
from timebank.checkin.kiosks import Abilities
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.hours import decisions
from timebank.hours.errors import OwnEntry
from timebank.hours.models import ServiceRecord
from timebank.members import families
from timebank.notices.models import Notice

DAY = timedelta(days=1)


def print_card(stage: Stage, of: Person, by: Person, *, at: datetime) -> None:
    """As the page that prints cards writes it into the audit trail."""
    with stage.database.transaction() as session:
        audit.record(
            session,
            at=at,
            actor=by.actor.label,
            actor_name=by.name,
            action="member.card_printed",
            subject=f"member:{of.member_id}",
            organisation_id=stage.cast.team_id,
            generation=1,
        )


@pytest.mark.parametrize(
    ("days_before", "by", "how", "flags"),
    [
        (1, "coordinator", "card", ["own_print"]),
        (30, "coordinator", "card", ["own_print"]),
        (31, "coordinator", "card", []),
        (1, "second_coordinator", "card", []),
        (1, "coordinator", "code", []),
    ],
)
def test_a_coordinator_who_scans_a_card_that_she_printed_is_flagged(
    stage: Stage, days_before: int, by: str, how: str, flags: list[str]
) -> None:
    cast = stage.cast
    print_card(stage, cast.volunteer, cast.people[by], at=STARTS - days_before * DAY)
    assert stage.help(cast.volunteer, cast.coordinator, at=STARTS, how=how).reason is Reason.OK
    assert stage.attendances()[0].flags == flags


def test_a_card_printed_for_somebody_else_says_nothing(stage: Stage, cast: Cast) -> None:
    print_card(stage, cast.neighbour, cast.coordinator, at=STARTS - DAY)
    stage.help(cast.volunteer, cast.coordinator, at=STARTS)
    assert stage.attendances()[0].flags == []


def attend(stage: Stage, cast: Cast, how: str) -> None:
    """The volunteer comes and goes, seen by ``how``, with the coordinator's hand or screen in it."""
    for kind, at in ((Kind.IN, STARTS), (Kind.OUT, ENDS)):
        if how == "rotating":
            stage.scan(cast.volunteer, at=at, kind=kind)
        else:
            stage.help(cast.volunteer, cast.coordinator, at=at, kind=kind, how=how)


@pytest.mark.parametrize(("how", "setting"), [("rotating", "grade_a"), ("card", "grade_b")])
def test_where_a_second_person_is_wanted_whoever_scanned_or_showed_the_code_does_not_confirm(
    stage: Stage, cast: Cast, how: str, setting: str
) -> None:
    stage.set_policy(**{setting: "second"})
    attend(stage, cast, how)
    with stage.database.transaction() as session:
        record = session.scalars(select(ServiceRecord)).one()
        assert record.recorded_by_user_id == cast.coordinator.user_id
        with pytest.raises(OwnEntry):
            decisions.confirm_record(
                session, record=record, by=cast.coordinator.actor, at=ENDS, reason="我看见她了。"
            )
        other = cast.second_coordinator.actor
        decisions.confirm_record(session, record=record, by=other, at=ENDS, reason="问过她本人。")
        assert record.status == "approved"


@pytest.mark.parametrize("how", ["rotating", "card"])
def test_where_the_county_says_so_the_one_who_scanned_may_confirm(stage: Stage, cast: Cast, how: str) -> None:
    stage.set_policy(grade_b="pay")
    attend(stage, cast, how)
    with stage.database.transaction() as session:
        confirmed = decisions.confirm_shift(
            session, shift=session.get_one(Shift, stage.shift_id), by=cast.coordinator.actor, at=ENDS
        )
        assert len(confirmed.records) == 1


def test_by_default_somebody_else_confirms_what_one_scanned_and_does_it_in_one_act(
    stage: Stage, cast: Cast
) -> None:
    attend(stage, cast, "card")
    with stage.database.transaction() as session:
        shift = session.get_one(Shift, stage.shift_id)
        mine = decisions.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=ENDS)
        assert (list(mine.records), mine.left_to_others) == ([], 1)
        told = session.scalars(select(Notice).where(Notice.kind == "hours.second_person_wanted")).all()
        assert [row.member_id for row in told] == [cast.second_coordinator.member_id]
        record = session.scalars(select(ServiceRecord)).one()
        assert (record.flags, record.recorded_by_user_id) == ([], cast.coordinator.user_id)
    # The database itself keeps the hand that scanned from confirming.
    statement = (
        f"UPDATE service_records SET status = 'approved', approved_by_user_id = {cast.coordinator.user_id}"
    )
    with pytest.raises(DatabaseError), stage.database.transaction() as session:
        session.execute(text(statement))
    with stage.database.transaction() as session:
        shift = session.get_one(Shift, stage.shift_id)
        done = decisions.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=ENDS)
        assert len(done.records) == 1


# One phone, two people.


def test_a_family_s_phone_raises_no_flag(stage: Stage, cast: Cast) -> None:
    with stage.database.transaction() as session:
        found = families.propose_link(
            session,
            member=row(session, cast.neighbour),
            relative=row(session, cast.volunteer),
            by=cast.coordinator.actor,
            means="office",
            at=STARTS - DAY,
        )
        families.agree(session, link=found, by=cast.second_coordinator.actor, at=STARTS - DAY)
    for person in (cast.volunteer, cast.neighbour):
        assert stage.scan(person, at=STARTS, phone="the family's").reason is Reason.OK
    assert [attendance.flags for attendance in stage.attendances()] == [[], []]


def test_a_county_may_let_nobody_share_a_phone(stage: Stage, cast: Cast) -> None:
    stage.set_policy(device_members=1)
    stage.scan(cast.volunteer, at=STARTS, phone="one")
    assert stage.scan(cast.neighbour, at=STARTS, phone="one").reason is Reason.DEVICE_OTHER_MEMBER


# The tablet at the door.


def tablet(stage: Stage, *, is_attended: bool) -> int:
    with stage.database.transaction() as session:
        secret = kiosks.set_up(
            session,
            shift=session.get_one(Shift, stage.shift_id),
            abilities=Abilities(shows_code=True, reads_cards=True, is_attended=is_attended),
            pin="2468",
            by=stage.cast.coordinator.actor,
            ends_at=ENDS,
            at=STARTS,
        )
        return kiosks.of_secret(session, secret, at=STARTS).id


@pytest.mark.parametrize(
    ("is_attended", "how", "flags"),
    [(False, "card", ["card_unattended"]), (True, "card", []), (False, "code", [])],
)
def test_a_paper_card_before_a_tablet_with_nobody_beside_it_is_looked_at(
    stage: Stage, cast: Cast, is_attended: bool, how: str, flags: list[str]
) -> None:
    kiosk_id = tablet(stage, is_attended=is_attended)
    stage.help(cast.volunteer, cast.coordinator, at=STARTS, how=how, kiosk_id=kiosk_id)
    assert stage.attendances()[0].flags == flags
    assert stage.scans()[0].facts["kiosk"] == kiosk_id


def test_at_a_tablet_nobody_signs_up_whom_the_county_would_not_let_in_alone(stage: Stage, cast: Cast) -> None:
    stage.set_policy(walk_ins="refused")
    kiosk_id = tablet(stage, is_attended=True)
    outcome = stage.help(cast.attendant, cast.coordinator, at=STARTS, also="sign_up", kiosk_id=kiosk_id)
    assert (outcome.reason, outcome.walk_in) == (Reason.NOT_SIGNED_UP, False)


def test_the_coordinator_s_own_card_before_her_own_tablet_checks_nobody_in(stage: Stage, cast: Cast) -> None:
    kiosk_id = tablet(stage, is_attended=False)
    outcome = stage.help(cast.coordinator, cast.coordinator, at=STARTS, also="sign_up", kiosk_id=kiosk_id)
    assert outcome.reason is Reason.NEEDS_COORDINATOR
