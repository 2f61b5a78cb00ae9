"""Dates of a series: weekdays, month ends, leap days, and clocks that change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.activities.repeating import (
    LONGEST_SERIES,
    MONTHLY,
    MOST_REPEATS,
    WEEKLY,
    Occurrence,
    Repeat,
    moved,
    occurrences,
)
from timebank.activities.rules import ShiftPlan

BERLIN = ZoneInfo("Europe/Berlin")


def _days(first: date, repeat: Repeat) -> list[str]:
    return [f"{found.day:%m-%d}" for found in occurrences(first, repeat)]


def test_every_tuesday_and_thursday_until_a_date() -> None:
    first = date(2026, 3, 3)  # A Tuesday.
    repeat = Repeat(WEEKLY, date(2026, 3, 17), frozenset({1, 3}))
    assert _days(first, repeat) == ["03-05", "03-10", "03-12", "03-17"]


def test_every_second_week_counts_from_the_week_of_the_first_date() -> None:
    repeat = Repeat(WEEKLY, date(2026, 4, 1), frozenset({0, 4}), interval=2)
    assert _days(date(2026, 3, 6), repeat) == ["03-16", "03-20", "03-30"]


def test_the_29th_of_february_is_a_day_like_any_other() -> None:
    repeat = Repeat(WEEKLY, date(2028, 3, 7), frozenset({1}))
    assert _days(date(2028, 2, 22), repeat) == ["02-29", "03-07"]


def test_a_month_without_such_a_day_takes_its_last_one_and_says_so() -> None:
    found = occurrences(date(2028, 1, 31), Repeat(MONTHLY, date(2028, 5, 31)))
    assert found == [
        Occurrence(date(2028, 2, 29), is_moved=True),
        Occurrence(date(2028, 3, 31)),
        Occurrence(date(2028, 4, 30), is_moved=True),
        Occurrence(date(2028, 5, 31)),
    ]
    yearly = Repeat(MONTHLY, date(2029, 12, 31), interval=12)
    assert occurrences(date(2028, 2, 29), yearly) == [Occurrence(date(2029, 2, 28), is_moved=True)]


@pytest.mark.parametrize(
    "repeat", [Repeat(WEEKLY, date(2026, 3, 2), frozenset({1})), Repeat(WEEKLY, date(2027, 1, 1))]
)
def test_no_weekday_or_no_time_is_no_date(repeat: Repeat) -> None:
    assert occurrences(date(2026, 3, 3), repeat) == []


def test_a_series_across_the_change_of_clocks_keeps_its_hour() -> None:
    # On 29 March 2026 the clocks go from two to three.
    saturday = datetime(2026, 3, 21, 14, 0, tzinfo=BERLIN)
    plan = ShiftPlan(saturday, saturday + timedelta(hours=2), 5)
    later = moved(plan, timedelta(days=14), BERLIN)
    assert later.starts_at.astimezone(BERLIN).isoformat() == "2026-04-04T14:00:00+02:00"
    assert (later.length, later.capacity) == (timedelta(hours=2), 5)


def test_a_time_that_the_clocks_skip_is_the_moment_after_the_gap() -> None:
    night = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    later = moved(ShiftPlan(night, night + timedelta(hours=2)), timedelta(days=1), BERLIN)
    assert later.starts_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert later.ends_at > later.starts_at


@given(
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.integers(0, 3000),
    st.frozensets(st.integers(0, 6)),
    st.integers(1, 8),
    st.sampled_from([WEEKLY, MONTHLY]),
)
def test_dates_rise_lie_within_and_are_never_too_many(
    first: date, days: int, weekdays: frozenset[int], interval: int, every: str
) -> None:
    until = first + timedelta(days=days)
    found = [row.day for row in occurrences(first, Repeat(every, until, weekdays, interval))]
    assert found == sorted(set(found))
    assert len(found) <= MOST_REPEATS
    assert all(first < day <= min(until, first + LONGEST_SERIES) for day in found)
    if every == WEEKLY:
        assert all(day.weekday() in weekdays for day in found)
