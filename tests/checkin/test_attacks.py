"""The attacks that must fail, each by its name; what is not here by hand is in the files that its name leads to.

Attacks through the offline list and through correction requests are tested where those are made.
"""

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.cast import Cast, Person
from tests.checkin.stage import ENDS, HALF, STARTS, Stage, sign_up
from tests.hours.stage import published
from timebank.activities import queries as activity_queries
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.checkin import displays, tokens
from timebank.checkin.errors import TicketAbsent
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.db import Database
from timebank.hours import decisions
from timebank.hours.errors import OwnEntry, OwnRecord
from timebank.hours.models import ServiceRecord

MINUTE, SECOND, HOUR = timedelta(minutes=1), timedelta(seconds=1), timedelta(hours=1)


def test_a_token_forwarded_after_its_step_is_refused(stage: Stage) -> None:
    token = stage.token(STARTS)
    # Shown at 14:00:00 for fifteen seconds and accepted for fifteen more.
    assert stage.open(token, at=STARTS + 29 * SECOND, phone="friend's").reason is Reason.OK
    assert stage.open(token, at=STARTS + 30 * SECOND, phone="friend's").reason is Reason.EXPIRED


def test_the_url_of_a_ticket_forwarded_to_a_friend_opens_nothing(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
    with pytest.raises(TicketAbsent):
        stage.tap(minted.secret, cast.neighbour, at=STARTS, phone="friend's")
    assert stage.attendances() == []


def test_a_replayed_post_changes_nothing(stage: Stage, cast: Cast) -> None:
    minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
    for _time in range(5):
        assert stage.tap(minted.secret, cast.volunteer, at=STARTS, phone="hers").reason is Reason.OK
    assert (len(stage.attendances()), len(stage.scans())) == (1, 1)


def test_a_token_of_another_activity_checks_nobody_in_here(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        plan = ShiftPlan(STARTS, ENDS, None)
        other = published(session, cast, plan, at=STARTS - timedelta(days=1), title="巡河").id
    # Genuine, and of the other activity: there she has no place.
    outcome = stage.scan(cast.volunteer, at=STARTS, shift_id=other)
    assert (outcome.reason, outcome.shift.id) == (Reason.NOT_SIGNED_UP, other)
    assert stage.attendances() == []


def _rewritten(token: str, change: Callable[[bytearray], None]) -> str:
    raw = bytearray(base64.b32decode(token))
    change(raw)
    return base64.b32encode(raw).decode()


def _other_shift(raw: bytearray) -> None:
    raw[4] += 1


def _other_kind(raw: bytearray) -> None:
    raw[0] = raw[0] & 0xF0 | 2


def _other_display(raw: bytearray) -> None:
    raw[7] += 1


def _other_step(raw: bytearray) -> None:
    raw[9] ^= 1


def _longer_step(raw: bytearray) -> None:
    raw[10] = 60


def _other_key(raw: bytearray) -> None:
    raw[11] = 2


def _other_tag(raw: bytearray) -> None:
    raw[-1] ^= 0x80


@pytest.mark.parametrize(
    "change",
    [_other_shift, _other_kind, _other_display, _other_step, _longer_step, _other_key, _other_tag],
)
def test_a_token_rewritten_or_with_a_forged_mac_is_no_code(
    stage: Stage, change: Callable[[bytearray], None]
) -> None:
    forged = _rewritten(stage.token(STARTS), change)
    assert stage.open(forged, at=STARTS, phone="forger's").reason is Reason.BAD_CODE


def test_a_token_of_the_other_kind_does_not_check_out(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    assert stage.scan(cast.volunteer, at=ENDS - MINUTE, kind=Kind.IN).reason is Reason.ALREADY_IN
    assert stage.records() == []


# Within half of the eleven days that the code's step can tell apart it is known for an old one, later for none.
@pytest.mark.parametrize(
    ("days", "reason"),
    [(-7, Reason.BAD_CODE), (-5, Reason.EXPIRED), (-1, Reason.EXPIRED), (1, Reason.EXPIRED)],
)
def test_a_token_of_another_day_is_refused(stage: Stage, days: int, reason: Reason) -> None:
    other = stage.token(STARTS + timedelta(days=days))
    assert stage.open(other, at=STARTS, phone="x").reason is reason


def test_a_token_that_comes_around_again_after_eleven_days_has_another_tag(stage: Stage) -> None:
    # The code carries the lower half of the step, which repeats after 65,536 steps.
    token = stage.token(STARTS)
    assert stage.open(token, at=STARTS + 65_536 * 15 * SECOND, phone="x").reason is Reason.BAD_CODE


def test_a_token_of_another_key_is_no_code(stage: Stage, cast: Cast) -> None:
    for key_number in (0, 2, 255):
        token = tokens.mint(
            cast.keyring,
            kind=Kind.IN,
            shift_id=stage.shift_id,
            display=stage.displays[Kind.IN],
            step=tokens.step_at(STARTS),
            key_number=key_number,
        )
        assert stage.open(token, at=STARTS, phone="x").reason is Reason.BAD_CODE


def test_nobody_checks_out_before_it_is_allowed(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    assert stage.scan(cast.volunteer, at=HALF - SECOND, kind=Kind.OUT).reason is Reason.TOO_EARLY
    assert stage.records() == []


def _at_once(count: int, act: Callable[[int], Reason]) -> list[Reason]:
    start, outcomes = threading.Barrier(count), []

    def run(place: int) -> None:
        start.wait()
        outcomes.append(act(place))

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.parametrize("kind", [Kind.IN, Kind.OUT])
def test_two_phones_of_one_member_at_the_same_instant_give_one_result(
    stage: Stage, cast: Cast, kind: Kind
) -> None:
    at = STARTS
    if kind is Kind.OUT:
        stage.scan(cast.volunteer, at=STARTS)
        at = ENDS
    phones = ("first", "second")
    minted = [stage.open(stage.token(at, kind), at=at, phone=phone).secret for phone in phones]
    outcomes = _at_once(
        2, lambda place: stage.tap(minted[place], cast.volunteer, at=at, phone=phones[place]).reason
    )
    assert outcomes == sorted(["ok", "already_in" if kind is Kind.IN else "already_out"])
    assert len(stage.attendances()) == 1
    assert len(stage.records()) == (0 if kind is Kind.IN else 1)


def test_one_phone_does_not_check_three_members_in(stage: Stage, database: Database, cast: Cast) -> None:
    _sign_up(stage, database, cast.attendant)
    people = (cast.volunteer, cast.neighbour, cast.attendant)
    minted = [stage.open(stage.token(STARTS), at=STARTS, phone="one").secret for _person in people]
    outcomes = _at_once(
        3, lambda place: stage.tap(minted[place], people[place], at=STARTS, phone="one").reason
    )
    assert outcomes == ["device_other_member", "ok", "ok"]
    assert sorted(row.flags for row in stage.attendances()) == [[], ["device_shared"]]


def test_a_display_whose_clock_is_wrong_by_an_hour_shows_codes_that_are_right(stage: Stage) -> None:
    # All that a display learns are milliseconds from the moment of the answer; its own clock is nowhere in it.
    # tests/browser/test_rotating_screen.py turns a real browser's clock.
    at = STARTS + 4 * SECOND
    for code in displays.coming_codes(
        stage.cast.keyring, shift_id=stage.shift_id, display_id=1, kind=Kind.IN, step_seconds=15, at=at
    ):
        seen = at + timedelta(milliseconds=max(0, code.begins_in))
        assert stage.open(code.token, at=seen, phone="x").reason is Reason.OK


@pytest.mark.parametrize("wrong_by", [-HOUR, HOUR])
def test_codes_made_by_a_clock_that_is_wrong_by_an_hour_are_refused(
    stage: Stage, wrong_by: timedelta
) -> None:
    assert stage.open(stage.token(STARTS + wrong_by), at=STARTS, phone="x").reason is Reason.EXPIRED


class TestTheServersClockSteppingBack:
    """A machine that corrects its clock in the middle of a shift."""

    BACK = 40 * MINUTE

    def test_gives_nobody_a_second_check_in(self, stage: Stage, cast: Cast) -> None:
        stage.scan(cast.volunteer, at=STARTS)
        again = stage.scan(cast.volunteer, at=STARTS - 20 * MINUTE)
        assert again.reason is Reason.ALREADY_IN
        assert len(stage.attendances()) == 1

    def test_lets_nobody_leave_before_having_stayed(self, stage: Stage, cast: Cast) -> None:
        stage.set_policy(earliest_check_out_percent=0)
        stage.scan(cast.volunteer, at=STARTS + 25 * MINUTE)
        # The clock goes back to before she came: leaving is counted from her own coming all the same.
        early = stage.scan(cast.volunteer, at=STARTS + 60 * MINUTE - self.BACK, kind=Kind.OUT)
        assert early.reason is Reason.TOO_EARLY
        assert stage.records() == []

    def test_makes_no_record_of_less_than_nothing(self, stage: Stage, cast: Cast) -> None:
        stage.set_policy(earliest_check_out_minutes=0, earliest_check_out_percent=0)
        stage.scan(cast.volunteer, at=STARTS + 20 * MINUTE)
        # With every wait switched off the clock may not let somebody out before they came.
        assert stage.scan(cast.volunteer, at=STARTS, kind=Kind.OUT).reason is Reason.TOO_EARLY
        assert stage.records() == []

    def test_does_not_revive_a_used_ticket(self, stage: Stage, cast: Cast) -> None:
        minted = stage.open(stage.token(STARTS), at=STARTS, phone="hers")
        stage.tap(minted.secret, cast.volunteer, at=STARTS + MINUTE, phone="hers")
        stage.tap(minted.secret, cast.volunteer, at=STARTS - self.BACK, phone="hers")
        assert len(stage.attendances()) == 1

    def test_refuses_codes_from_the_time_to_come_until_the_screen_has_asked_again(self, stage: Stage) -> None:
        ahead = stage.token(STARTS + self.BACK)
        assert stage.open(ahead, at=STARTS, phone="x").reason is Reason.EXPIRED
        assert stage.open(stage.token(STARTS), at=STARTS, phone="x").reason is Reason.OK

    def test_keeps_the_display_s_record_in_order(self, stage: Stage, cast: Cast) -> None:
        with stage.database.transaction() as session:
            shown = displays.keep_showing(
                session,
                shift=session.get_one(Shift, stage.shift_id),
                kind=Kind.IN,
                display_id=stage.displays[Kind.IN],
                by=cast.coordinator.actor,
                at=STARTS - self.BACK,
            )
            assert shown.last_seen_at >= shown.opened_at


def test_nobody_checks_in_with_a_cancelled_sign_up(stage: Stage, database: Database, cast: Cast) -> None:
    stage.set_policy(walk_ins="refused")
    with database.transaction() as session:
        place = activity_queries.current_sign_up(session, stage.shift_id, cast.volunteer.member_id)
        assert place is not None
        activities.cancel_sign_up(session, sign_up=place, at=STARTS - 3 * HOUR)
    for also in ("", "sign_up"):
        assert stage.scan(cast.volunteer, at=STARTS, also=also).reason is Reason.NOT_SIGNED_UP
    assert stage.attendances() == []


def _sign_up(stage: Stage, database: Database, person: Person) -> None:
    with database.transaction() as session:
        shift = activity_queries.shift(session, stage.cast.coordinator.actor, stage.shift_id)
        sign_up(session, shift, person, STARTS - HOUR)


class TestACoordinatorCreditingHerself:
    """Through every method; the offline list and corrections have theirs beside them."""

    def _decides_about_herself(self, stage: Stage, cast: Cast) -> None:
        with stage.database.transaction() as session:
            record = session.scalars(select(ServiceRecord)).one()
            with pytest.raises((OwnRecord, OwnEntry)):
                decisions.confirm_record(
                    session, record=record, by=cast.coordinator.actor, at=ENDS, reason="是我自己。"
                )
            confirmed = decisions.confirm_shift(
                session,
                shift=session.get_one(Shift, stage.shift_id),
                by=cast.coordinator.actor,
                at=ENDS + HOUR,
            )
            assert list(confirmed.records) == []
            assert record.status == "pending"

    def test_by_the_rotating_code_she_is_flagged_and_does_not_confirm(
        self, stage: Stage, database: Database, cast: Cast
    ) -> None:
        _sign_up(stage, database, cast.coordinator)
        stage.scan(cast.coordinator, at=STARTS)
        stage.scan(cast.coordinator, at=ENDS, kind=Kind.OUT)
        assert stage.records()[0].flags == ["own_display"]
        self._decides_about_herself(stage, cast)

    @pytest.mark.parametrize("how", ["card", "code", "number"])
    def test_by_scanning_herself_as_organiser_she_gets_nowhere(
        self, stage: Stage, database: Database, cast: Cast, how: str
    ) -> None:
        _sign_up(stage, database, cast.coordinator)
        outcome = stage.help(cast.coordinator, cast.coordinator, at=STARTS, how=how)
        assert outcome.reason is Reason.NEEDS_COORDINATOR
        assert stage.attendances() == []
        assert stage.scans()[0].outcome == "needs_coordinator"

    def test_by_the_six_digits_of_her_own_screen_she_does_not_confirm(
        self, stage: Stage, database: Database, cast: Cast
    ) -> None:
        _sign_up(stage, database, cast.coordinator)
        with database.transaction() as session:
            from tests.checkin.test_other_ways_in import shown_digits
            from timebank.access.keys import digest
            from timebank.checkin import tickets

            secret = tickets.scan_short_code(
                session,
                cast.keyring,
                shown_digits(stage),
                by=cast.coordinator.actor,
                device=digest("hers"),
                at=STARTS,
            ).secret
        assert stage.tap(secret, cast.coordinator, at=STARTS, phone="hers").reason is Reason.OK
        stage.scan(cast.coordinator, at=ENDS, kind=Kind.OUT)
        assert set(stage.records()[0].flags) >= {"own_display", "short_code"}
        self._decides_about_herself(stage, cast)

    def test_where_a_second_person_is_wanted_for_every_grade_her_own_scan_makes_no_error(
        self, stage: Stage, database: Database, cast: Cast
    ) -> None:
        stage.set_policy(grade_a="second", grade_b="second", grade_c="second")
        _sign_up(stage, database, cast.coordinator)
        stage.scan(cast.coordinator, at=STARTS)
        stage.scan(cast.coordinator, at=ENDS, kind=Kind.OUT)
        self._decides_about_herself(stage, cast)

    def test_the_database_refuses_what_the_pages_would_let_through(
        self, stage: Stage, database: Database, cast: Cast
    ) -> None:
        _sign_up(stage, database, cast.coordinator)
        stage.scan(cast.coordinator, at=STARTS)
        stage.scan(cast.coordinator, at=ENDS, kind=Kind.OUT)

        def forge(at: datetime) -> None:
            with database.transaction() as session:
                record = session.scalars(select(ServiceRecord)).one()
                record.status, record.approved_at = "approved", at
                record.approved_by_user_id = cast.coordinator.user_id
                record.approver_member_id = cast.coordinator.member_id

        with pytest.raises(IntegrityError):
            forge(ENDS)
