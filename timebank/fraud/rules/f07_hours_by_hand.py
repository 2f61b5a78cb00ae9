"""F-07: a coordinator sells hours by typing them in. The fraud that made the national news."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import BY_HAND, Line, grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    by_pair: dict[tuple[int, int], list[Line]] = defaultdict(list)
    # Shifts where nobody typed anything say nothing here.
    seen, since = aliased(Attendance), window.since(HALF_YEAR_DAYS)
    by_hand = select(seen.shift_id).where(
        seen.check_in_method.in_(BY_HAND), seen.checked_in_at >= since - timedelta(days=1)
    )
    rows = records(
        session,
        since,
        window.until,
        Attendance.shift_id.in_(by_hand),
        order=(Attendance.shift_id, ServiceRecord.id),
    )
    for shift_id, present in grouped(rows, lambda row: row.shift_id):
        typed = [row for row in present if row.check_in_method in BY_HAND and row.recorder is not None]
        for row in typed:
            by_pair[row.recorder, row.member_id].append(row)
        if len(typed) >= limits["of_shift"] and 100 * len(typed) > limits["percent"] * len(present):
            yield _finding(f"shift:{shift_id}", typed, present=len(present))
    for (recorder, member_id), typed in by_pair.items():
        if len(typed) >= limits["for_one"]:
            yield _finding(f"pair:{recorder}:{member_id}:{typed[0].id}", typed, present=len(typed))


def _finding(key: str, typed: list[Line], *, present: int) -> Finding:
    return Finding(
        key=key,
        organisation_id=typed[-1].organisation_id,
        day=max(row.served_on for row in typed),
        members=tuple(sorted({row.member_id for row in typed})),
        users=tuple(sorted({row.recorder for row in typed})),
        facts={
            "typed": len(typed),
            "present": present,
            "volunteers": len({row.member_id for row in typed}),
            "late": sum(row.created_at - row.ends_at > timedelta(hours=48) for row in typed),
        },
        evidence=tuple(f"record:{row.id}" for row in typed),
        points=points_of(typed),
    )


RULE = Rule(
    code="F-07",
    version=1,
    name=N_("A coordinator sells hours by typing them in"),
    says=N_(
        "%(typed)s of %(present)s services were typed in by the same coordinator. Volunteers: %(volunteers)s. Typed in more than two days late: %(late)s."
    ),
    honest=N_(
        "A team without phones, or a day without electricity: then there is a signed list with a photo."
    ),
    blind=N_("Fewer than four entries for one volunteer, spread over several coordinators."),
    prevented_by=N_(
        "A second approver, the volunteer's own yes, evidence, three entries for an activity, closed after a week."
    ),
    weight=100,
    thresholds=(
        Threshold("for_one", N_("entries by one coordinator for one volunteer in 26 weeks"), 4, 2, 100),
        Threshold("of_shift", N_("entries at one shift"), 4, 2, 100),
        Threshold("percent", N_("share of the shift's services, in percent"), 10, 1, 100),
    ),
    find=_find,
    opens_alone=True,
)
