"""Points arithmetic, choice of the rule, inheritance of settings: by example and by property."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from timebank.policy.rules import (
    ROUNDING_STEPS,
    Policy,
    RuleValues,
    award_for,
    choose_rule,
    earned_points,
    largest_conversion,
    merged,
    rewrites_past,
    room_under_caps,
    rule_state,
)

NOTHING = Decimal(0)
TEN = RuleValues(3, Decimal(10), "down", Decimal(1))


@dataclass
class Rule:
    """A rule as plain values."""

    organisation_id: int
    category_id: int | None
    number: int
    valid_from: date
    valid_until: date | None = None


def amounts(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 100).map(lambda scaled: Decimal(scaled) / 100)


rules = st.builds(
    RuleValues,
    number=st.integers(1, 99),
    points_per_hour=amounts(1000),
    rounding=st.sampled_from(["down", "half_up", "up"]),
    rounding_step=st.sampled_from(ROUNDING_STEPS),
    cap_points_per_day=st.none() | amounts(500),
    cap_points_per_month=st.none() | amounts(5000),
)


@pytest.mark.parametrize(
    ("minutes", "changes", "points", "shown"),
    [
        (150, {}, "25", "2.5 h × 10 = 25, rule 3"),
        (96, {}, "16", "1.6 h × 10 = 16, rule 3"),
        (150, {"points_per_hour": Decimal(7)}, "17", "2.5 h × 7 = 17.5 → 17, rule 3"),
        (150, {"points_per_hour": Decimal(7), "rounding": "half_up"}, "18", "2.5 h × 7 = 17.5 → 18, rule 3"),
        (6, {"points_per_hour": Decimal(1), "rounding": "up"}, "1", "0.1 h × 1 = 0.1 → 1, rule 3"),
        (155, {"rounding_step": Decimal("0.01")}, "25.83", "155 min × 10 / 60 ≈ 25.83, rule 3"),
        (
            150,
            {"rounding_step": Decimal("0.5"), "points_per_hour": Decimal(7)},
            "17.5",
            "2.5 h × 7 = 17.5, rule 3",
        ),
        (0, {}, "0", "0 h × 10 = 0, rule 3"),
        (150, {"cap_points_per_day": Decimal(20)}, "20", "2.5 h × 10 = 25 → 20 (day cap 20), rule 3"),
        (150, {"cap_points_per_month": Decimal(20)}, "20", "2.5 h × 10 = 25 → 20 (month cap 20), rule 3"),
    ],
)
def test_points_and_their_arithmetic(
    minutes: int, changes: dict[str, object], points: str, shown: str
) -> None:
    rule = RuleValues(**({**vars_of(TEN), **changes}))
    assert award_for(minutes, rule, NOTHING, NOTHING) == (Decimal(points), shown)


def vars_of(rule: RuleValues) -> dict[str, object]:
    return dict(vars(rule))


@given(st.integers(0, 1440), rules)
def test_rounding_is_what_decimal_says_it_is(minutes: int, rule: RuleValues) -> None:
    steps = Fraction(minutes) * Fraction(rule.points_per_hour) / 60 / Fraction(rule.rounding_step)
    mode = {"down": ROUND_DOWN, "half_up": ROUND_HALF_UP, "up": ROUND_UP}[rule.rounding]
    # Decimal rounds exactly only what it holds exactly, so the comparison is made on whole sixtieths.
    whole, rest = divmod(steps.numerator, steps.denominator)
    tie = Fraction(rest, steps.denominator)
    up = {ROUND_DOWN: False, ROUND_HALF_UP: tie >= Fraction(1, 2), ROUND_UP: tie > 0}[mode]
    assert earned_points(minutes, rule) == (whole + up) * rule.rounding_step


@given(st.integers(0, 1440), rules, amounts(600), amounts(6000))
def test_an_award_is_never_negative_and_never_above_what_was_earned_or_a_cap(
    minutes: int, rule: RuleValues, today: Decimal, month: Decimal
) -> None:
    points, shown = award_for(minutes, rule, today, month)
    assert 0 <= points <= earned_points(minutes, rule)
    if rule.cap_points_per_day is not None:
        assert points == 0 or today + points <= rule.cap_points_per_day
    if rule.cap_points_per_month is not None:
        assert points == 0 or month + points <= rule.cap_points_per_month
    assert shown.endswith(f", rule {rule.number}")
    assert points * 100 == int(points * 100)


@given(st.lists(st.integers(0, 600), max_size=12), rules)
def test_however_a_day_is_cut_its_cap_holds(parts: list[int], rule: RuleValues) -> None:
    paid = NOTHING
    for minutes in parts:
        paid += award_for(minutes, rule, paid, paid)[0]
    caps = [cap for cap in (rule.cap_points_per_day, rule.cap_points_per_month) if cap is not None]
    assert all(paid <= cap for cap in caps)


@given(st.integers(0, 1440), st.integers(0, 1440), rules)
def test_more_minutes_never_earn_less(one: int, other: int, rule: RuleValues) -> None:
    assume(one <= other)
    assert earned_points(one, rule) <= earned_points(other, rule)


@given(st.integers(0, 3000), rules, amounts(400))
def test_the_largest_conversion_fits_and_the_next_step_does_not(
    minutes: int, rule: RuleValues, room: Decimal
) -> None:
    most = largest_conversion(minutes, rule, room)
    assert 0 <= most <= minutes
    assert most == 0 or earned_points(most, rule) <= room
    assert most == minutes or earned_points(most + 6, rule) > room or most + 6 > minutes


def test_without_caps_there_is_no_end_of_room() -> None:
    assert room_under_caps(TEN, Decimal(500), Decimal(500)) is None
    assert largest_conversion(150, TEN, None) == 150


def test_a_rule_for_the_category_wins_then_the_nearer_organisation_then_the_later_number() -> None:
    day = date(2026, 3, 2)
    general, newer = Rule(1, None, 1, date(2020, 1, 1)), Rule(1, None, 2, date(2026, 1, 1))
    team, kind = Rule(5, None, 1, date(2020, 1, 1)), Rule(1, 7, 3, date(2020, 1, 1))
    assert choose_rule([general, newer], "/1/5/", 7, day) is newer
    assert choose_rule([general, newer, team], "/1/5/", 7, day) is team
    assert choose_rule([general, newer, team], "/1/", 7, day) is newer
    assert choose_rule([general, newer, team, kind], "/1/5/", 7, day) is kind
    assert choose_rule([general, newer, team, kind], "/1/5/", 8, day) is team
    assert choose_rule([kind], "/1/5/", None, day) is None
    assert choose_rule([general], "/2/5/", 7, day) is None


def test_a_rule_holds_from_its_first_to_its_last_day() -> None:
    rule = Rule(1, None, 1, date(2024, 2, 29), date(2024, 12, 31))
    applies = {day: choose_rule([rule], "/1/", None, day) is rule for day in _edges(rule)}
    assert list(applies.values()) == [False, True, True, False]
    assert [rule_state(rule, [rule], day) for day in applies] == [
        "future",
        "current",
        "current",
        "past",
    ]


def _edges(rule: Rule) -> list[date]:
    assert rule.valid_until is not None
    one = timedelta(days=1)
    return [rule.valid_from - one, rule.valid_from, rule.valid_until, rule.valid_until + one]


def test_a_version_is_past_as_soon_as_a_newer_one_of_its_kind_has_taken_over() -> None:
    day = date(2026, 3, 2)
    old, new = Rule(1, None, 1, date(2020, 1, 1)), Rule(1, None, 2, day)
    others = [Rule(1, 7, 3, day), Rule(5, None, 4, day)]
    every = [old, new, *others]
    yesterday = day - timedelta(days=1)
    assert [rule_state(rule, every, yesterday) for rule in every] == ["current", "future", "future", "future"]
    assert [rule_state(rule, every, day) for rule in every] == ["past", "current", "current", "current"]


def test_the_past_may_be_filled_but_not_rewritten() -> None:
    today, standing = date(2026, 3, 2), [Rule(1, None, 1, date(2025, 1, 1))]
    assert rewrites_past(standing, "/1/5/", None, date(2026, 3, 1), today)
    assert rewrites_past(standing, "/1/5/", 7, date(2024, 1, 1), today)
    assert not rewrites_past(standing, "/1/5/", None, today, today)
    assert not rewrites_past(standing, "/2/", None, date(2026, 3, 1), today)
    assert not rewrites_past([Rule(1, 7, 1, date(2025, 1, 1))], "/1/", None, date(2024, 1, 1), today)
    gone = [Rule(1, None, 1, date(2024, 1, 1), date(2024, 12, 31))]
    assert not rewrites_past(gone, "/1/", None, date(2025, 1, 1), today)


def test_the_nearest_organisation_decides_a_setting() -> None:
    rows = [
        (5, "manual_quota", 1),
        (1, "manual_quota", 9),
        (1, "code_step_seconds", 20),
        (8, "manual_days", 2),
    ]
    policy = merged(rows, "/1/5/")
    assert (policy.manual_quota, policy.code_step_seconds, policy.manual_days) == (1, 20, 7)
    assert merged(rows, "/1/").manual_quota == 9
    assert merged([(1, "of an older version", 1)], "/1/") == Policy()
