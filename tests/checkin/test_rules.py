"""The decisions, one by one and by property."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checkin.stage import ENDS, HALF, STARTS
from timebank.checkin import rules
from timebank.checkin.reasons import Reason, answer_for
from timebank.checkin.rules import Situation, judge, windows
from timebank.checkin.tokens import Kind
from timebank.policy.rules import Policy

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def situation(kind: Kind = Kind.IN, **changes: Any) -> Situation:
    inside_since = changes.pop("inside_since", None)
    values: dict[str, Any] = {
        "kind": kind,
        "at": STARTS,
        "windows": windows(Policy(), STARTS, ENDS, inside_since),
        "ends_at": ENDS,
        "member_id": 1,
    }
    return Situation(**(values | changes))


def reason(kind: Kind = Kind.IN, **changes: Any) -> Reason:
    return judge(situation(kind, **changes)).reason


def leaving(**changes: Any) -> Reason:
    return reason(Kind.OUT, **({"here": "inside", "inside_since": STARTS, "at": ENDS} | changes))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (STARTS - 30 * MINUTE - SECOND, Reason.TOO_EARLY),
        (STARTS - 30 * MINUTE, Reason.OK),
        (STARTS + 30 * MINUTE - SECOND, Reason.OK),
        (STARTS + 30 * MINUTE, Reason.TOO_LATE),
    ],
)
def test_check_in_is_open_from_half_an_hour_before_to_half_an_hour_after_the_start(
    at: Any, expected: Reason
) -> None:
    assert reason(at=at) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (STARTS + 30 * MINUTE, Reason.OK),
        (ENDS - SECOND, Reason.OK),
        (ENDS, Reason.TOO_LATE),
        (STARTS - 31 * MINUTE, Reason.TOO_EARLY),
    ],
)
def test_the_organiser_lets_late_comers_in_until_the_planned_end(at: Any, expected: Reason) -> None:
    assert reason(at=at, is_organiser=True) is expected


def test_a_late_comer_let_in_by_the_organiser_is_looked_at() -> None:
    assert judge(situation(at=STARTS + 40 * MINUTE, is_organiser=True)).flags == ("too_late",)


@pytest.mark.parametrize(
    ("inside_since", "at", "expected"),
    [
        (STARTS, HALF - SECOND, Reason.TOO_EARLY),
        (STARTS, HALF, Reason.OK),
        (HALF - 10 * MINUTE, HALF + 19 * MINUTE, Reason.TOO_EARLY),
        (HALF - 10 * MINUTE, HALF + 20 * MINUTE, Reason.OK),
        (STARTS, ENDS + 60 * MINUTE - SECOND, Reason.OK),
        (STARTS, ENDS + 60 * MINUTE, Reason.TOO_LATE),
    ],
)
def test_check_out_is_open_from_half_the_plan_and_half_an_hour_of_stay_to_an_hour_after(
    inside_since: Any, at: Any, expected: Reason
) -> None:
    assert leaving(inside_since=inside_since, at=at) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"is_known_here": False}, Reason.WRONG_ACTIVITY),
        ({"is_cancelled": True}, Reason.CANCELLED),
        ({"is_suspended": True}, Reason.MEMBER_SUSPENDED),
        ({"here": "inside"}, Reason.ALREADY_IN),
        ({"here": "left"}, Reason.ALREADY_OUT),
        ({"device_owners": (8, 9)}, Reason.DEVICE_OTHER_MEMBER),
        ({"is_elsewhere": True}, Reason.OVERLAP),
        ({"is_signed_up": False}, Reason.NOT_SIGNED_UP),
        ({"is_signed_up": False, "places_left": 0}, Reason.FULL),
        ({"places_left": 0}, Reason.OK),
        ({"is_organiser": True, "is_self": True}, Reason.NEEDS_COORDINATOR),
    ],
)
def test_each_reason_against_arriving(changes: dict[str, Any], expected: Reason) -> None:
    assert reason(**changes) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Reason.OK),
        ({"here": "absent"}, Reason.NOT_INSIDE),
        ({"here": "left"}, Reason.ALREADY_OUT),
        ({"device_owners": (8, 9)}, Reason.DEVICE_OTHER_MEMBER),
        ({"is_organiser": True, "is_self": True}, Reason.NEEDS_COORDINATOR),
        ({"is_signed_up": False}, Reason.OK),
    ],
)
def test_each_reason_against_leaving(changes: dict[str, Any], expected: Reason) -> None:
    assert leaving(**changes) is expected


@pytest.mark.parametrize(
    ("owners", "expected", "flags"),
    [
        ((), Reason.OK, ()),
        ((1,), Reason.OK, ()),
        ((1, 8, 9), Reason.OK, ()),
        ((8,), Reason.OK, ("device_shared",)),
        ((8, 1), Reason.OK, ("device_shared",)),
        ((8, 9), Reason.DEVICE_OTHER_MEMBER, ()),
        ((8, 9, 1), Reason.DEVICE_OTHER_MEMBER, ()),
    ],
)
def test_a_device_has_an_owner_a_guest_and_nobody_else(owners: Any, expected: Reason, flags: Any) -> None:
    judged = judge(situation(device_owners=owners))
    assert (judged.reason, judged.flags) == (expected, flags)


def test_the_organiser_s_own_device_scans_everybody() -> None:
    assert reason(device_owners=(7, 8, 9), is_organiser=True) is Reason.OK


def test_who_scans_a_screen_of_their_own_is_looked_at() -> None:
    assert judge(situation(shows_it=True)).flags == ("own_display",)


def test_typing_is_said_to_the_coordinator() -> None:
    assert judge(situation(is_typed=True)).flags == ("short_code",)
    assert judge(situation(is_typed=True, is_organiser=True)).flags == ("by_number",)


def test_the_code_for_leaving_is_shown_no_earlier_than_anybody_may_leave() -> None:
    shift = windows(Policy(), STARTS, ENDS)
    assert rules.display_state(Kind.OUT, shift, HALF - SECOND) == "early"
    assert rules.display_state(Kind.OUT, shift, HALF) == "open"
    assert rules.display_state(Kind.OUT, shift, ENDS + 60 * MINUTE) == "late"
    assert rules.display_state(Kind.IN, shift, STARTS - 31 * MINUTE) == "early"
    assert rules.display_state(Kind.IN, shift, STARTS) == "open"
    assert rules.display_state(Kind.IN, shift, STARTS + 30 * MINUTE) == "late"
    assert (rules.kind_due(shift, STARTS), rules.kind_due(shift, HALF)) == (Kind.IN, Kind.OUT)


def test_windows_follow_the_county_s_settings() -> None:
    policy = Policy(opens_before_minutes=5, closes_after_minutes=10, earliest_check_out_percent=80)
    shift = windows(policy, STARTS, ENDS)
    assert shift.in_opens == STARTS - 5 * MINUTE
    assert shift.in_closes == STARTS + 10 * MINUTE
    assert shift.out_opens == STARTS + 120 * MINUTE


@given(
    minutes=st.integers(-600, 600),
    here=st.sampled_from(["absent", "inside", "left"]),
    kind=st.sampled_from(list(Kind)),
    organiser=st.booleans(),
    owners=st.lists(st.integers(1, 4), unique=True),
)
def test_nobody_enters_twice_nor_leaves_without_having_come(
    minutes: int, here: Any, kind: Kind, organiser: bool, owners: list[int]
) -> None:
    judged = judge(
        situation(
            kind,
            at=STARTS + minutes * MINUTE,
            here=here,
            inside_since=STARTS if here != "absent" else None,
            is_organiser=organiser,
            device_owners=tuple(owners),
        )
    )
    if judged.reason is Reason.OK:
        assert here == ("absent" if kind is Kind.IN else "inside")
        assert -30 <= minutes < 210
    else:
        assert judged.flags == ()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("found", list(Reason))
def test_every_reason_has_a_heading_a_sentence_and_a_next_step(found: Reason, kind: Kind) -> None:
    answer = answer_for(found, kind)
    assert answer.heading
    assert answer.sentence
    assert answer.step
    assert (answer.tone == "go") is (found in (Reason.OK, Reason.ALREADY_IN, Reason.ALREADY_OUT))


def test_every_flag_of_scanning_is_said_in_words_to_whoever_confirms() -> None:
    from timebank.hours.rules import FLAG_WORDS

    flags = {rules.DEVICE_SHARED, rules.OWN_DISPLAY, rules.SHORT_CODE, rules.BY_NUMBER}
    flags |= {rules.CAME_LATE, rules.LEFT_EARLY, rules.LEFT_ELSEWHERE}
    assert flags <= set(FLAG_WORDS)
