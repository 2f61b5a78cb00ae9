"""F-16: more hours than a person serves."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from statistics import median

from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of, records
from timebank.hours.models import ServiceRecord

_WEEKS_FOR_A_MEDIAN = 6
_DAYS_LOOKED_AT = 60


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = records(
        session,
        window.since(HALF_YEAR_DAYS),
        window.until,
        order=(ServiceRecord.member_id, ServiceRecord.served_on, ServiceRecord.id),
    )
    fresh = window.today - timedelta(days=_DAYS_LOOKED_AT)
    for member_id, own in grouped(rows, lambda row: row.member_id):
        yield from _weeks(member_id, own, fresh, limits)
        yield from _days(member_id, own, fresh, limits)


def _days(member_id: int, own: list[Line], fresh: date, limits: Mapping[str, int]) -> Iterator[Finding]:
    for day, rows in grouped(own, lambda row: row.served_on):
        minutes = sum(row.minutes for row in rows)
        if day >= fresh and minutes > limits["day_hours"] * 60:
            yield _finding(f"member:{member_id}:day:{day}", member_id, rows, minutes, 0)


def _weeks(member_id: int, own: list[Line], fresh: date, limits: Mapping[str, int]) -> Iterator[Finding]:
    by_week: dict[date, list[Line]] = defaultdict(list)
    for row in own:
        by_week[row.served_on - timedelta(days=row.served_on.weekday())].append(row)
    minutes = {monday: sum(row.minutes for row in rows) for monday, rows in by_week.items()}
    usual = median(minutes.values())
    for monday, rows in by_week.items():
        too_many = minutes[monday] > limits["week_hours"] * 60
        unlike = (
            len(by_week) >= _WEEKS_FOR_A_MEDIAN
            and minutes[monday] > limits["times_median"] * usual
            and minutes[monday] > limits["unusual_hours"] * 60
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
    version=1,
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
