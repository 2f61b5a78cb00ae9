"""The time rules by example (with the odd days of the calendar) and by property."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.hours.rules import (
    Plan,
    check_out_closes_at,
    check_out_opens_at,
    credit,
    credit_without_check_out,
    is_minor_on,
    limit_flags,
    proof_grade,
    united,
    week_of,
)
from timebank.policy.rules import Policy

SHANGHAI = ZoneInfo("Asia/Shanghai")
USUAL = Policy()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


AFTERNOON = Plan(at("2026-03-02 14:00"), at("2026-03-02 16:30"))


@pytest.mark.parametrize(
    ("came", "left", "credited_from", "credited_until", "minutes"),
    [
        ("13:40", "16:30", "14:00", "16:30", 150),  # Early is credited from the start.
        ("14:05:00", "16:30", "14:00", "16:30", 150),  # Within the tolerance.
        ("14:05:01", "16:30", "14:05", "16:30", 144),  # A second beyond it: 145 minutes, rounded down.
        ("14:00", "16:40", "14:00", "16:40", 156),  # Longer than planned: 160 minutes, rounded down.
        ("14:00", "17:20", "14:00", "16:45", 162),  # Never beyond the plan by more than 15 minutes.
        ("14:00", "15:59", "14:00", "15:59", 114),
        ("14:00:59", "14:06:01", "14:00", "14:06", 6),
        ("15:00", "15:05:59", "15:00", "15:05", 0),
        ("13:40", "13:50", "14:00", "14:00", 0),  # Left before it began.
    ],
)
def test_credited_time_by_example(
    came: str, left: str, credited_from: str, credited_until: str, minutes: int
) -> None:
    credited = credit(
        AFTERNOON,
        scanned_in=at(f"2026-03-02 {came}"),
        scanned_out=at(f"2026-03-02 {left}"),
        policy=USUAL,
    )
    assert credited.credited_from == at(f"2026-03-02 {credited_from}")
    assert credited.credited_until == at(f"2026-03-02 {credited_until}")
    assert credited.minutes == minutes


def test_a_shift_across_midnight_loses_nothing() -> None:
    night = Plan(at("2026-03-02 22:00"), at("2026-03-03 02:00"))
    credited = credit(
        night, scanned_in=at("2026-03-02 21:50"), scanned_out=at("2026-03-03 02:03"), policy=USUAL
    )
    assert (credited.full_minutes, credited.minutes) == (243, 240)


def test_a_shift_into_the_leap_day_is_as_long_as_any_other() -> None:
    night = Plan(at("2024-02-28 23:00"), at("2024-02-29 01:00"))
    credited = credit(night, scanned_in=night.starts_at, scanned_out=night.ends_at, policy=USUAL)
    assert credited.minutes == 120
    leap = Plan(at("2024-02-29 23:00"), at("2024-03-01 01:00"))
    assert credit(leap, scanned_in=leap.starts_at, scanned_out=leap.ends_at, policy=USUAL).minutes == 120


def test_a_change_of_clocks_makes_nobody_serve_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Plan(datetime(2026, 3, 29, 1, 0, tzinfo=berlin), datetime(2026, 3, 29, 4, 0, tzinfo=berlin))
    credited = credit(night, scanned_in=night.starts_at, scanned_out=night.ends_at, policy=USUAL)
    assert credited.minutes == 120


def test_no_minute_counts_at_two_shifts() -> None:
    credited = credit(
        AFTERNOON,
        scanned_in=at("2026-03-02 14:04"),
        scanned_out=at("2026-03-02 16:30"),
        policy=USUAL,
        elsewhere=[(at("2026-03-02 12:00"), at("2026-03-02 14:03"))],
    )
    assert (credited.credited_from, credited.minutes) == (at("2026-03-02 14:03"), 144)


def test_a_service_credited_later_that_day_cuts_the_end_and_not_the_start() -> None:
    credited = credit(
        AFTERNOON,
        scanned_in=AFTERNOON.starts_at,
        scanned_out=AFTERNOON.ends_at + timedelta(minutes=5),
        policy=USUAL,
        elsewhere=[(AFTERNOON.ends_at, AFTERNOON.ends_at + timedelta(hours=2))],
    )
    assert (credited.credited_from, credited.credited_until) == (AFTERNOON.starts_at, AFTERNOON.ends_at)


@pytest.mark.parametrize(
    ("hours", "came", "minutes"),
    [(1, 0, 30), (2, 0, 60), (8, 0, 60), (1, 40, 18), (2, 110, 6)],
)
def test_a_forgotten_check_out_gives_half_the_plan_and_at_most_an_hour(
    hours: int, came: int, minutes: int
) -> None:
    plan = Plan(at("2026-03-02 08:00"), at("2026-03-02 08:00") + timedelta(hours=hours))
    credited = credit_without_check_out(
        plan, scanned_in=plan.starts_at + timedelta(minutes=came), policy=USUAL
    )
    assert credited.minutes == minutes


def test_nobody_checks_out_before_half_the_plan_nor_within_half_an_hour() -> None:
    on_time, late = at("2026-03-02 14:00"), at("2026-03-02 15:30")
    assert check_out_opens_at(AFTERNOON, scanned_in=on_time, policy=USUAL) == at("2026-03-02 15:15")
    assert check_out_opens_at(AFTERNOON, scanned_in=late, policy=USUAL) == at("2026-03-02 16:00")
    assert check_out_closes_at(AFTERNOON, USUAL) == at("2026-03-02 17:30")


@pytest.mark.parametrize(
    ("came_by", "left_by", "grade"),
    [
        ("rotating", "rotating", "A"),
        ("rotating", "member", "B"),
        ("member", "rotating", "B"),
        ("rotating", "short", "C"),
        ("static", "static", "C"),
        ("offline", "member", "C"),
        ("rotating", None, "C"),
        ("rotating", "manual", "D"),
        ("manual", "manual", "D"),
    ],
)
def test_the_weaker_end_gives_the_grade(came_by: str, left_by: str | None, grade: str) -> None:
    assert proof_grade(came_by, left_by) == grade


@pytest.mark.parametrize(
    ("minutes", "day", "week", "minor", "flags"),
    [
        (480, 0, 0, False, ()),
        (6, 480, 480, False, ("over_day_cap",)),
        (6, 0, 1440, False, ("over_week_cap",)),
        (240, 0, 0, True, ()),
        (246, 0, 0, True, ("over_minor_cap",)),
        (0, 0, 0, False, ("no_minutes",)),
        (300, 300, 1300, True, ("over_minor_cap", "over_day_cap", "over_week_cap")),
    ],
)
def test_limits_that_a_record_breaks(
    minutes: int, day: int, week: int, minor: bool, flags: tuple[str, ...]
) -> None:
    found = limit_flags(minutes, minutes_that_day=day, minutes_that_week=week, is_minor=minor, policy=USUAL)
    assert found == flags


def test_somebody_born_on_the_leap_day_comes_of_age_on_the_first_of_march() -> None:
    born = date(2008, 2, 29)
    assert is_minor_on(born, date(2026, 2, 28))
    assert not is_minor_on(born, date(2026, 3, 1))
    assert not is_minor_on(None, date(2026, 3, 1))


def test_a_week_runs_from_monday_to_sunday_also_across_the_year() -> None:
    assert week_of(date(2026, 1, 1)) == (date(2025, 12, 29), date(2026, 1, 4))
    assert week_of(date(2026, 3, 1)) == (date(2026, 2, 23), date(2026, 3, 1))


def test_flags_are_kept_once_and_in_order() -> None:
    assert united(["b", "a"], ["a", "c"]) == ["b", "a", "c"]


moments = st.integers(0, 4 * 366 * 86_400).map(
    lambda second: datetime(2023, 12, 30, tzinfo=UTC) + timedelta(seconds=second)
)
plans = st.builds(
    lambda start, minutes: Plan(start, start + timedelta(minutes=minutes)),
    moments,
    st.integers(15, 960),
)
seconds = st.integers(-7200, 60_000).map(lambda count: timedelta(seconds=count))
policies = st.builds(
    Policy,
    start_tolerance_minutes=st.integers(0, 30),
    end_tolerance_minutes=st.integers(0, 60),
    rounding_minutes=st.sampled_from([1, 6, 30, 60]),
    forgotten_percent=st.integers(0, 100),
    forgotten_most_minutes=st.integers(0, 240),
)


@given(plans, seconds, seconds, policies)
def test_credited_time_lies_within_what_was_served_and_planned(
    plan: Plan, came_after: timedelta, stayed: timedelta, policy: Policy
) -> None:
    came = plan.starts_at + came_after
    left = came + abs(stayed)
    credited = credit(plan, scanned_in=came, scanned_out=left, policy=policy)
    minute = timedelta(minutes=1)
    assert credited.minutes % policy.rounding_minutes == 0
    assert 0 <= credited.minutes <= credited.full_minutes
    assert credited.full_minutes - credited.minutes < policy.rounding_minutes
    assert credited.credited_from > plan.starts_at - minute
    assert credited.full_minutes * minute <= plan.length + (policy.end_tolerance_minutes + 1) * minute
    # Tolerance gives back at most itself; seconds at most one minute.
    assert credited.full_minutes * minute <= abs(stayed) + (policy.start_tolerance_minutes + 1) * minute


@given(plans, seconds, policies)
def test_forgetting_never_pays_more_than_staying(plan: Plan, came_after: timedelta, policy: Policy) -> None:
    came = plan.starts_at + came_after
    forgotten = credit_without_check_out(plan, scanned_in=came, policy=policy)
    stayed = credit(plan, scanned_in=came, scanned_out=max(plan.ends_at, came), policy=policy)
    assert 0 <= forgotten.minutes <= stayed.minutes
    assert forgotten.minutes <= policy.forgotten_most_minutes


@given(plans, seconds, seconds, seconds, policies)
def test_staying_longer_never_gives_less(
    plan: Plan, came_after: timedelta, one: timedelta, other: timedelta, policy: Policy
) -> None:
    came = plan.starts_at + came_after
    shorter, longer = sorted((abs(one), abs(other)))
    first = credit(plan, scanned_in=came, scanned_out=came + shorter, policy=policy)
    second = credit(plan, scanned_in=came, scanned_out=came + longer, policy=policy)
    assert first.minutes <= second.minutes


@given(plans, seconds, seconds, policies, moments)
def test_two_credits_in_a_row_never_overlap(
    plan: Plan, came_after: timedelta, stayed: timedelta, policy: Policy, before: datetime
) -> None:
    came = plan.starts_at + came_after
    earlier = before.replace(second=0, microsecond=0)
    credited = credit(
        plan,
        scanned_in=came,
        scanned_out=came + abs(stayed),
        policy=policy,
        elsewhere=[(min(earlier, plan.starts_at), earlier)],
    )
    assert credited.credited_from >= earlier
    assert credited.credited_until >= credited.credited_from


@given(st.sampled_from(["rotating", "member", "static", "short", "offline", "manual"]), st.data())
def test_the_grade_does_not_depend_on_the_order_of_the_ends(method: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(["rotating", "member", "static", "short", "offline", "manual"]))
    assert proof_grade(method, other) == proof_grade(other, method)
