"""F-16: more hours than a person serves."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of, records
from timebank.hours.models import ServiceRecord

_WEEKS_FOR_A_MEDIAN = 6
_DAYS_LOOKED_AT = 60
# Weeks differ by a third without anything having happened; half as much again is a festival.
_BUSY = 1.5
# However busy the county, twice the limit is too much for one person.
_BUSIEST = 2.0


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    fresh = window.today - timedelta(days=_DAYS_LOOKED_AT)
    rows = records(
        session,
        window.since(HALF_YEAR_DAYS),
        window.until,
        ServiceRecord.member_id.in_(_busy(session, window, fresh, limits)),
        order=(ServiceRecord.member_id, ServiceRecord.served_on, ServiceRecord.id),
    )
    served = _served(session, window)
    for member_id, own in grouped(rows, lambda row: row.member_id):
        yield from _weeks(member_id, own, fresh, served, limits)
        yield from _days(member_id, own, fresh, limits)


def _busy(session: Session, window: Window, fresh: date, limits: Mapping[str, int]) -> set[int]:
    """Whoever served long on one day, or in one week, of late: the only ones whose half year is read."""
    query = (
        select(ServiceRecord.member_id, ServiceRecord.served_on, func.sum(ServiceRecord.minutes))
        .where(
            ServiceRecord.served_on >= _monday(fresh),
            ServiceRecord.served_on <= window.today,
            ServiceRecord.status.in_(("pending", "approved")),
        )
        .group_by(ServiceRecord.member_id, ServiceRecord.served_on)
        .execution_options(yield_per=2000)
    )
    by_week: dict[tuple[int, date], int] = defaultdict(int)
    found: set[int] = set()
    for member_id, day, minutes in session.execute(query):
        by_week[member_id, _monday(day)] += int(minutes)
        if minutes > limits["day_hours"] * 60:
            found.add(member_id)
    least = 60 * min(limits["week_hours"], limits["unusual_hours"])
    return found | {member_id for (member_id, _week), minutes in by_week.items() if minutes > least}


def _served(session: Session, window: Window) -> dict[date, int]:
    """Monday → minutes that everybody together served in that week."""
    query = (
        select(ServiceRecord.served_on, func.sum(ServiceRecord.minutes))
        .where(
            ServiceRecord.served_on >= window.day(window.since(HALF_YEAR_DAYS)),
            ServiceRecord.served_on <= window.today,
            ServiceRecord.status.in_(("pending", "approved")),
        )
        .group_by(ServiceRecord.served_on)
    )
    by_week: dict[date, int] = defaultdict(int)
    for day, minutes in session.execute(query):
        by_week[_monday(day)] += int(minutes)
    return by_week


def _how_busy(served: Mapping[date, int], own: Mapping[date, int]) -> dict[date, float]:
    """Monday → how many times their usual week all the others served in that week, where it was far more.

    A flood or a festival makes many people's weeks long at once; that is no sign of anything.
    """
    others = {monday: minutes - own.get(monday, 0) for monday, minutes in served.items()}
    usual = median(others.values()) if len(others) >= _WEEKS_FOR_A_MEDIAN else 0
    if not usual:
        return {}
    return {
        monday: min(minutes / usual, _BUSIEST)
        for monday, minutes in others.items()
        if minutes >= _BUSY * usual
    }


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(member_id: int, own: list[Line], fresh: date, limits: Mapping[str, int]) -> Iterator[Finding]:
    for day, rows in grouped(own, lambda row: row.served_on):
        minutes = sum(row.minutes for row in rows)
        if day >= fresh and minutes > limits["day_hours"] * 60:
            yield _finding(f"member:{member_id}:day:{day}", member_id, rows, minutes, 0)


def _weeks(
    member_id: int, own: list[Line], fresh: date, served: Mapping[date, int], limits: Mapping[str, int]
) -> Iterator[Finding]:
    by_week: dict[date, list[Line]] = defaultdict(list)
    for row in own:
        by_week[_monday(row.served_on)].append(row)
    minutes = {monday: sum(row.minutes for row in rows) for monday, rows in by_week.items()}
    usual, busy = median(minutes.values()), _how_busy(served, minutes)
    for monday, rows in by_week.items():
        week = busy.get(monday, 1.0)
        too_many = minutes[monday] > limits["week_hours"] * 60 * week
        unlike = (
            len(by_week) >= _WEEKS_FOR_A_MEDIAN
            and minutes[monday] > limits["times_median"] * usual * week
            and minutes[monday] > limits["unusual_hours"] * 60 * week
        )
        if monday >= fresh and (too_many or unlike):
            yield _finding(f"member:{member_id}:week:{monday}", member_id, rows, minutes[monday], int(usual))


def _finding(key: str, member_id: int, rows: list[Line], minutes: int, usual: int) -> Finding:
    return Finding(
        key=key,
        organisation_id=rows[-1].organisation_id,
        day=rows[-1].served_on,
        members=(member_id,),
        facts={
            "hours": f"{minutes / 60:.1f}",
            "days": len({row.served_on for row in rows}),
            "usual": f"{usual / 60:.1f}",
        },
        evidence=tuple(f"record:{row.id}" for row in rows),
        points=points_of(rows),
    )


RULE = Rule(
    code="F-16",
    version=2,
    name=N_("More hours than a person serves"),
    says=N_("%(hours)s hours within %(days)s days; the member's usual week has %(usual)s hours."),
    honest=N_(
        "A flood, a festival, a week of helping at a vaccination site: many have such a week at the same time."
    ),
    blind=N_("Hours that are invented slowly, below every limit."),
    prevented_by=N_("Eight hours a day and 24 a week, above which a record waits for a person."),
    weight=40,
    thresholds=(
        Threshold("day_hours", N_("hours a day"), 8, 2, 24),
        Threshold("week_hours", N_("hours a week"), 24, 4, 168),
        Threshold("times_median", N_("times the member's own median week"), 3, 2, 20),
        Threshold("unusual_hours", N_("hours of a week below which nothing is unusual"), 16, 1, 168),
    ),
    find=_find,
)
