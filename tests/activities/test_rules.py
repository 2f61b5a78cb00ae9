"""When a sign-up is possible, and what state a shift is in."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOON
from timebank.activities.rules import (
    ShiftPlan,
    Standing,
    overlap,
    shift_is_sound,
    shift_state,
    sign_up_obstacle,
)

LATER = NOON + timedelta(hours=2)


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({}, ""),
        ({"taken": 9}, ""),
        ({"taken": 10}, "full"),
        ({"taken": 99, "capacity": None}, ""),
        ({"overlaps": "义诊"}, "overlap"),
        ({"is_suspended": True}, "suspended"),
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "draft"}, "not_published"),
        ({"starts_at": NOON}, "already_begun"),
        ({"is_signed_up": True, "taken": 10}, "already_signed_up"),
        ({"taken": 10, "starts_at": NOON}, "already_begun"),
    ],
)
def test_why_a_sign_up_is_not_possible(changes: dict[str, object], obstacle: str) -> None:
    usual: dict[str, object] = {"status": "published", "starts_at": LATER, "capacity": 10, "taken": 0}
    standing = Standing(**(usual | changes))
    assert sign_up_obstacle(standing, NOON) == obstacle


def test_on_arrival_a_shift_may_have_begun() -> None:
    standing = Standing("published", NOON, 10, 3)
    assert sign_up_obstacle(standing, LATER) == "already_begun"
    assert sign_up_obstacle(standing, LATER, on_arrival=True) == ""


@pytest.mark.parametrize(
    ("minutes", "sound"), [(-1, False), (14, False), (15, True), (960, True), (961, False)]
)
def test_a_shift_lasts_neither_minutes_nor_days(minutes: int, sound: bool) -> None:
    assert shift_is_sound(ShiftPlan(NOON, NOON + timedelta(minutes=minutes))) is sound


def test_the_state_of_a_shift_follows_the_clock() -> None:
    moments = (NOON - timedelta(seconds=1), NOON, LATER - timedelta(seconds=1), LATER)
    assert [shift_state("published", NOON, LATER, moment) for moment in moments] == [
        "upcoming",
        "running",
        "running",
        "finished",
    ]
    assert shift_state("cancelled", NOON, LATER, LATER) == "cancelled"


minutes = st.integers(0, 500).map(lambda count: NOON + timedelta(minutes=count))


@given(minutes, minutes, minutes, minutes)
def test_overlap_looks_the_same_from_both_sides(a: object, b: object, c: object, d: object) -> None:
    one, other = sorted((a, b)), sorted((c, d))
    assert overlap(*one, *other) == overlap(*other, *one)


def test_one_may_begin_when_the_other_ends() -> None:
    assert not overlap(NOON, LATER, LATER, LATER + timedelta(hours=1))
    assert overlap(NOON, LATER, LATER - timedelta(seconds=1), LATER)
