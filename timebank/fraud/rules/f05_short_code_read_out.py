"""F-05: the six digits are read over the telephone to people who are not there."""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    seen, since = aliased(Attendance), window.since(_MONTH)
    typed_often = (
        select(seen.shift_id)
        .where(seen.check_in_method == "short", seen.created_at >= since)
        .group_by(seen.shift_id)
        .having(func.count() >= limits["typed"])
    )
    rows = records(
        session,
        since,
        window.until,
        Attendance.shift_id.in_(typed_often),
        order=(Attendance.shift_id, ServiceRecord.id),
    )
    for shift_id, present in grouped(rows, lambda row: row.shift_id):
        # Where the screen was too dark on arrival, people scan when they leave; whoever is absent types again, or never.
        typed = [
            row
            for row in present
            if row.check_in_method == "short" and row.check_out_method in ("short", None)
        ]
        if len(typed) < limits["typed"] or 100 * len(typed) <= limits["percent"] * len(present):
            continue
        yield Finding(
            key=f"shift:{shift_id}",
            organisation_id=typed[0].organisation_id,
            day=typed[0].served_on,
            members=tuple(sorted(row.member_id for row in typed)),
            facts={"typed": len(typed), "present": len(present)},
            evidence=tuple(f"attendance:{row.attendance_id}" for row in typed),
            points=points_of(typed),
        )


RULE = Rule(
    code="F-05",
    version=2,
    name=N_("The six digits are read out to people who are not there"),
    says=N_("%(typed)s of %(present)s people at this shift typed the six digits instead of scanning."),
    honest=N_("The screen was too far away or too dark to scan; the organiser will remember."),
    blind=N_("One or two absent friends among many who scan."),
    prevented_by=N_("Five tries, and typed digits count as grade C."),
    weight=40,
    thresholds=(
        Threshold("typed", N_("people who typed the digits at one shift"), 4, 2, 100),
        Threshold("percent", N_("share of those present, in percent"), 20, 5, 100),
    ),
    find=_find,
)
