"""Honest people are let in: by simulation through the code that makes and verifies codes."""

from benchmarks.checkin.honest import refused_share


def test_under_half_a_percent_of_honest_scans_is_refused_at_steps_of_fifteen_seconds() -> None:
    # 0.2 % in a hundred thousand; twenty thousand scatter by 0.03 %.
    assert refused_share(20_000) < 0.005


def test_if_people_logged_in_before_the_code_is_verified_most_would_be_refused() -> None:
    assert refused_share(2_000, log_in_first=True) > 0.7


def test_a_shorter_step_refuses_more() -> None:
    assert refused_share(5_000, step_seconds=10) > refused_share(5_000)
