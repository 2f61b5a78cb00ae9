"""F-09: the end of the plan is moved later once people are inside."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift, ShiftExtension
from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    since = window.since(HALF_YEAR_DAYS)
    held: dict[str, int] = defaultdict(int)
    for author in session.scalars(
        select(Activity.created_by)
        .join(Shift, Shift.activity_id == Activity.id)
        .where(Activity.status == "published", Shift.starts_at >= since, Shift.starts_at < window.until)
    ):
        held[author] += 1
    query = (
        select(
            ShiftExtension.id,
            ShiftExtension.shift_id,
            ShiftExtension.ended_at,
            ShiftExtension.ends_at,
            ShiftExtension.extended_at,
            ShiftExtension.extended_by,
            Activity.organisation_id,
        )
        .join(Shift, Shift.id == ShiftExtension.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(
            ShiftExtension.extended_at >= Shift.starts_at,
            ShiftExtension.extended_at >= since,
            ShiftExtension.extended_at < window.until,
        )
        .order_by(ShiftExtension.extended_by, ShiftExtension.id)
    )
    by_author: dict[str, list[Line]] = defaultdict(list)
    for row in session.execute(query):
        by_author[row.extended_by].append(row)
    for author, moved in by_author.items():
        shifts = {row.shift_id for row in moved}
        if len(shifts) < limits["shifts"] or 100 * len(shifts) <= limits["percent"] * held[author]:
            continue
        yield _finding(window, author, moved, held[author])


def _finding(window: Window, author: str, moved: list[Line], held: int) -> Finding:
    number = author.removeprefix("user:")
    minutes = sum(int((row.ends_at - row.ended_at).total_seconds()) // 60 for row in moved)
    return Finding(
        key=f"author:{author}:{moved[0].id}",
        organisation_id=moved[-1].organisation_id,
        day=window.day(moved[-1].extended_at),
        users=(int(number),) if number.isdecimal() else (),
        facts={"moved": len({row.shift_id for row in moved}), "held": held, "minutes": minutes},
        evidence=tuple(f"extension:{row.id}" for row in moved),
    )


RULE = Rule(
    code="F-09",
    version=1,
    name=N_("The end is moved later once people are inside"),
    says=N_(
        "%(moved)s of %(held)s shifts of one coordinator were made longer after they had begun, by %(minutes)s minutes in all."
    ),
    honest=N_("Work that takes as long as it takes, such as clearing snow."),
    blind=N_("Plans that are too long from the beginning."),
    prevented_by=N_("At most 15 minutes beyond the plan count; an extension is for everybody and is logged."),
    weight=40,
    thresholds=(
        Threshold("shifts", N_("shifts made longer in 26 weeks"), 4, 2, 100),
        Threshold("percent", N_("share of the coordinator's shifts, in percent"), 20, 5, 100),
    ),
    find=_find,
)
