"""F-14: hours that are copies of the plan, not of what happened."""

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import BY_HAND, grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = records(
        session,
        window.since(HALF_YEAR_DAYS),
        window.until,
        ServiceRecord.recorded_by_user_id.is_not(None),
        # Whoever scans cards at the door has recorded those services too: they are no entries.
        Attendance.check_in_method.in_(BY_HAND),
        order=(ServiceRecord.recorded_by_user_id, ServiceRecord.id),
    )
    for recorder, typed in grouped(rows, lambda row: row.recorder):
        copied = [
            row for row in typed if row.checked_in_at == row.starts_at and row.checked_out_at == row.ends_at
        ]
        if len(typed) < limits["entries"] or 100 * len(copied) < limits["percent"] * len(typed):
            continue
        yield Finding(
            key=f"recorder:{recorder}:{copied[0].id}",
            organisation_id=copied[-1].organisation_id,
            day=max(row.served_on for row in copied),
            members=(),
            users=(recorder,),
            facts={"copied": len(copied), "entries": len(typed)},
            evidence=tuple(f"record:{row.id}" for row in copied),
            points=points_of(copied),
        )


RULE = Rule(
    code="F-14",
    version=2,
    name=N_("Hours are copies of the plan"),
    says=N_("%(copied)s of %(entries)s services that one person typed in begin and end exactly as planned."),
    honest=N_(
        "A coordinator who fills in the planned times from a signed list, because the list has no times."
    ),
    blind=N_("Times that were made up with a few minutes' variation."),
    prevented_by=N_("Hours come from scans; what is typed in is grade D and needs two more people."),
    weight=30,
    thresholds=(
        Threshold("entries", N_("typed services of one person in 26 weeks"), 30, 10, 1000),
        Threshold("percent", N_("share that equals the plan, in percent"), 90, 50, 100),
    ),
    find=_find,
)
