"""The random audit: anybody repeats the draw, the interval is the exact one, and a month is drawn when it is over."""

import hashlib
from datetime import date, datetime

import pytest
from sqlalchemy import select

from ledger.models import SealRow
from tests.fraud.plant import SHANGHAI, Plot
from timebank.fraud import draws, integrity, sampling
from timebank.fraud.errors import DrawMade, MonthNotOver
from timebank.fraud.models import Draw, DrawnRecord
from timebank.hours.models import ServiceRecord

LEAP_MIDNIGHT = datetime.fromisoformat("2028-02-29T16:00+00:00")
A_MINUTE_BEFORE = datetime.fromisoformat("2028-02-29T15:59+00:00")


def test_whoever_has_the_numbers_and_the_seed_repeats_the_draw() -> None:
    population = list(range(1, 1001))
    drawn = sampling.drawn("seed:3:2028-02", population, draws.PERMILLE)
    by_hand = sorted(population, key=lambda one: hashlib.sha256(f"seed:3:2028-02:{one}".encode()).digest())
    assert drawn == sorted(by_hand[:25])
    assert drawn == sampling.drawn("seed:3:2028-02", reversed(population), draws.PERMILLE)
    assert drawn != sampling.drawn("another:3:2028-02", population, draws.PERMILLE)
    assert 20 <= draws.PERMILLE <= 30, "two to three percent"
    assert (sampling.drawn("s", [7], 25), sampling.drawn("s", [], 25)) == ([7], [])


@pytest.mark.parametrize(
    ("unsound", "looked_at", "lower", "upper"),
    [
        # From the tables of Clopper and Pearson.
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 50, 0.0333, 0.2181),
        (10, 10, 0.6915, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_the_exact_one(unsound: int, looked_at: int, lower: float, upper: float) -> None:
    assert sampling.interval(unsound, looked_at) == pytest.approx((lower, upper), abs=5e-5)


def test_one_no_is_unsound_and_one_unclear_is_unclear() -> None:
    assert sampling.checklist(["yes", "unclear", "no"]) == "unsound"
    assert sampling.checklist(["yes", "unclear"]) == "unclear"
    assert sampling.checklist(["yes", "yes"]) == "sound"


def _served_on_the_leap_day(scene: Plot) -> ServiceRecord:
    """A service of the evening of 29 February and one of the night after it, which is in March."""
    scene.now = datetime.fromisoformat("2028-03-02T04:00+00:00")
    day = scene.record(scene.shift(1.6), scene.member())
    night = scene.record(scene.shift(1.4), scene.member())
    assert (day.served_on, night.served_on) == (date(2028, 2, 29), date(2028, 3, 1))
    return day


def test_a_month_is_drawn_and_published_when_the_countys_last_day_is_over_and_holds_the_leap_day(
    scene: Plot,
) -> None:
    record = _served_on_the_leap_day(scene)
    who = {"organisation": scene.team, "month": date(2028, 2, 1), "by": scene.cast.auditor.actor}
    with pytest.raises(MonthNotOver):
        draws.draw(scene.session, **who, at=A_MINUTE_BEFORE)
    with pytest.raises(MonthNotOver):
        integrity.publish(scene.session, **who, timezone=SHANGHAI, at=A_MINUTE_BEFORE)
    row = draws.draw(scene.session, **who, at=LEAP_MIDNIGHT)
    assert scene.session.scalars(select(DrawnRecord.record_id)).all() == [record.id]
    assert row.population_digest == sampling.population_digest([record.id])
    head = scene.session.scalar(select(SealRow.head).order_by(SealRow.id.desc()).limit(1))
    assert row.seed == f"{head or 'no seal yet'}:{scene.team.id}:2028-02"
    report = integrity.publish(scene.session, **who, timezone=SHANGHAI, at=LEAP_MIDNIGHT)
    assert report.figures["confirmed"] == 1
    for again in (draws.draw, integrity.publish):
        more = {"timezone": SHANGHAI, "at": LEAP_MIDNIGHT}
        with pytest.raises(DrawMade):
            again(scene.session, **who, **more)
    assert len(scene.session.scalars(select(Draw)).all()) == 1


def test_exceptions_that_somebody_granted_are_counted_for_the_public(scene: Plot) -> None:
    shift = scene.shift(2)
    scene.record(shift, scene.member())
    scene.record(shift, scene.member(), method="manual", grade="D")
    scene.record(shift, scene.member(), left_by=None, grade="C")
    month = shift.starts_at.astimezone(SHANGHAI).date()
    figures = integrity.figures(scene.session, organisation=scene.team, month=month, timezone=SHANGHAI)
    assert (figures["confirmed"], figures["by_hand"], figures["exceptions"]) == (3, 1, 2)
