"""Spot checks: who is inside scans once more; who does not is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.cast import Cast
from tests.checkin.stage import ENDS, STARTS, Stage
from timebank.access.keys import Keyring
from timebank.activities.models import Shift
from timebank.checkin import spots
from timebank.checkin.errors import SpotCheckImpossible
from timebank.checkin.models import SpotAnswer, SpotCheck
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.policy.rules import Policy

MINUTE = timedelta(minutes=1)
# Spot checks begin here; the shift began an hour before.
ASKED = STARTS + 60 * MINUTE


def ask(stage: Stage, *, minutes: int = 60, policy: Policy | None = None) -> int:
    with stage.database.transaction() as session:
        return spots.begin(
            session,
            shift=session.get_one(Shift, stage.shift_id),
            policy=policy or Policy(),
            by=stage.cast.coordinator.actor,
            at=STARTS + minutes * MINUTE,
        ).id


def settle(stage: Stage, *, minutes: int) -> int:
    with stage.database.transaction() as session:
        return spots.settle(session, at=STARTS + minutes * MINUTE)


def answers(stage: Stage) -> dict[int, str]:
    with stage.database.reading() as session:
        return {row.member_id: row.outcome for row in session.scalars(select(SpotAnswer))}


def test_who_scans_is_seen_and_who_does_not_has_missed_it(stage: Stage, cast: Cast) -> None:
    for person in (cast.volunteer, cast.neighbour):
        stage.scan(person, at=STARTS)
    ask(stage)
    assert stage.scan(cast.volunteer, at=ASKED + MINUTE, kind=Kind.SPOT).reason is Reason.OK
    assert settle(stage, minutes=69) == 0
    assert settle(stage, minutes=70) == 1
    assert answers(stage) == {cast.volunteer.member_id: "seen", cast.neighbour.member_id: "missed"}
    # Settling again finds nothing more.
    assert settle(stage, minutes=90) == 0


def test_a_missed_check_is_said_to_whoever_confirms(stage: Stage, cast: Cast) -> None:
    for person in (cast.volunteer, cast.neighbour):
        stage.scan(person, at=STARTS)
    ask(stage)
    stage.scan(cast.volunteer, at=ASKED, kind=Kind.SPOT)
    # Nobody has settled the check yet: leaving does it.
    for person in (cast.volunteer, cast.neighbour):
        assert stage.scan(person, at=ENDS, kind=Kind.OUT).reason is Reason.OK
    assert [record.flags for record in stage.records()] == [[], ["spot_missed"]]


def test_who_came_later_or_left_during_the_check_has_not_missed_it(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS - MINUTE)
    ask(stage, minutes=20)
    stage.scan(cast.neighbour, at=STARTS + 25 * MINUTE)
    ask(stage, minutes=75)
    stage.scan(cast.volunteer, at=STARTS + 80 * MINUTE, kind=Kind.OUT)
    settle(stage, minutes=90)
    with stage.database.reading() as session:
        missed = {
            (row.member_id, session.get_one(SpotCheck, row.spot_check_id).opened_at)
            for row in session.scalars(select(SpotAnswer))
        }
    assert missed == {
        (cast.volunteer.member_id, STARTS + 20 * MINUTE),
        (cast.neighbour.member_id, STARTS + 75 * MINUTE),
    }


def test_the_reasons_of_a_spot_check(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    assert stage.scan(cast.volunteer, at=ASKED, kind=Kind.SPOT).reason is Reason.TOO_LATE
    ask(stage)
    assert stage.scan(cast.neighbour, at=ASKED, kind=Kind.SPOT).reason is Reason.NOT_INSIDE
    assert stage.scan(cast.volunteer, at=ASKED, kind=Kind.SPOT).reason is Reason.OK
    assert stage.scan(cast.volunteer, at=ASKED + MINUTE, kind=Kind.SPOT).reason is Reason.ALREADY_IN
    assert stage.attendances()[0].checked_out_at is None


def test_the_code_of_a_spot_check_checks_nobody_in_or_out(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    ask(stage)
    stage.scan(cast.volunteer, at=ASKED, kind=Kind.SPOT)
    (attendance,) = stage.attendances()
    assert (attendance.checked_in_at, attendance.checked_out_at) == (STARTS, None)
    assert stage.records() == []


def test_one_check_is_open_at_a_time(stage: Stage) -> None:
    assert ask(stage) == ask(stage, minutes=65)
    assert ask(stage, minutes=71) != ask(stage, minutes=60)


@pytest.mark.parametrize("minutes", [-1, 150, 200])
def test_a_spot_check_is_made_while_the_shift_is_on(stage: Stage, minutes: int) -> None:
    with pytest.raises(SpotCheckImpossible):
        ask(stage, minutes=minutes)


def test_a_shift_may_be_too_short_for_one(stage: Stage) -> None:
    with pytest.raises(SpotCheckImpossible):
        ask(stage, policy=Policy(spot_min_shift_minutes=180))


def test_the_moment_is_drawn_within_the_shift_and_differs_between_shifts() -> None:
    keyring = Keyring("a secret of at least thirty-two characters")
    moments = {
        spots.drawn_moment(keyring, Shift(id=number, starts_at=STARTS, ends_at=ENDS)) for number in range(60)
    }
    assert len(moments) > 20
    assert all(STARTS + 45 * MINUTE <= moment < ENDS - 22 * MINUTE for moment in moments)


def test_an_answer_cannot_be_changed_afterwards(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    ask(stage)
    settle(stage, minutes=70)
    for statement in ("UPDATE spot_answers SET outcome = 'seen'", "DELETE FROM spot_answers"):
        with pytest.raises(DBAPIError), stage.database.transaction() as session:
            session.execute(text(statement))
