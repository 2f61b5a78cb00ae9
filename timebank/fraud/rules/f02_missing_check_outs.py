"""F-02: checked in by a relayed picture, never there to check out."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, aliased

from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.chance import MILLION, at_least, usual_share
from timebank.fraud.rules.reading import COUNTED, grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord

_MISSING = "missing_check_out"
# One service in twenty without a check-out is usual where the old serve, whatever a small town counts.
_USUAL = 0.05


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    # Only the services of those who forgot often enough are read, not everybody's.
    seen, since = aliased(Attendance), window.since(HALF_YEAR_DAYS)
    forgetful = (
        select(seen.member_id)
        .where(
            seen.check_in_method == "rotating",
            seen.checked_in_at >= since - timedelta(days=1),
            seen.checked_in_at < window.until,
            cast(seen.flags, String).contains(_MISSING),
        )
        .group_by(seen.member_id)
        .having(func.count() >= limits["missing"])
    )
    rows = records(
        session,
        since,
        window.until,
        ServiceRecord.member_id.in_(forgetful),
        order=(ServiceRecord.member_id, ServiceRecord.credited_from),
        # What the organiser would not confirm speaks as well: nobody had seen the member there.
        statuses=(*COUNTED, "rejected"),
    )
    forgotten, served = _of_everybody(session, window)
    for member_id, all_rows in grouped(rows, lambda row: row.member_id):
        own = list({row.attendance_id: row for row in all_rows}.values())
        missing = [row for row in own if _MISSING in row.flags and row.check_in_method == "rotating"]
        share = 100 * len(missing) // len(own)
        if len(missing) < limits["missing"] or share < limits["percent"]:
            continue
        # Among hundreds who forget now and then, somebody forgets thrice: that has to be improbable as well.
        usual = usual_share(forgotten - len(missing), served - len(own), least=_USUAL)
        if at_least(len(missing), len(own), usual) * MILLION > limits["chance"]:
            continue
        yield Finding(
            key=f"member:{member_id}:{missing[0].id}",
            organisation_id=missing[-1].organisation_id,
            day=missing[-1].served_on,
            members=(member_id,),
            facts={"missing": len(missing), "services": len(own), "percent": share},
            evidence=tuple(f"attendance:{row.attendance_id}" for row in missing),
            points=points_of(row for row in missing if row.status in COUNTED),
        )


def _of_everybody(session: Session, window: Window) -> tuple[int, int]:
    """How many stays of the half year have no check-out, and how many there are."""
    since = window.since(HALF_YEAR_DAYS)
    where = (Attendance.checked_in_at >= since, Attendance.checked_in_at < window.until)
    served = session.scalar(select(func.count(Attendance.id)).where(*where)) or 0
    forgotten = session.scalar(
        select(func.count(Attendance.id)).where(*where, cast(Attendance.flags, String).contains(_MISSING))
    )
    return forgotten or 0, served


RULE = Rule(
    code="F-02",
    version=3,
    name=N_("Checked in from afar, never there to check out"),
    says=N_("%(missing)s of %(services)s services (%(percent)s %%) have no check-out within half a year."),
    honest=N_("People forget to scan when they leave, the old more often; then the organiser has seen them."),
    blind=N_("Whoever has both codes relayed, on coming and on leaving."),
    prevented_by=N_(
        "A code of its own for leaving, spot checks, the head count; half the plan at most is credited."
    ),
    weight=35,
    thresholds=(
        Threshold("missing", N_("missing check-outs in 26 weeks"), 3, 2, 100),
        Threshold("percent", N_("share of the member's services, in percent"), 30, 5, 100),
        Threshold("chance", N_("chance by what is usual among the others, in millionths"), 100, 1, 100_000),
    ),
    find=_find,
)
