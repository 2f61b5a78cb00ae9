"""F-15: one person in two places at once."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from timebank.activities.models import Activity, Shift
from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord

_DAYS = 60
# What a code that was right there and then can be answered with.
_TRUE_CODES = ("overlap", "not_signed_up", "needs_coordinator")


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    yield from _credited_twice(session, window, limits)
    yield from _seen_elsewhere(session, window, limits)


def _seen_elsewhere(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    """A true code scanned at one activity in the middle of a stay at another: refused, and yet nobody is at both.

    Not whoever forgot to check out: the stay ended later, by a scan of its own, within the plan of its place.
    """
    query = (
        select(
            Scan.id,
            Scan.at,
            Scan.member_id,
            Attendance.id.label("attendance_id"),
            Attendance.checked_in_at,
            Attendance.checked_out_at,
            Activity.organisation_id,
        )
        .join(Attendance, and_(Attendance.member_id == Scan.member_id, Attendance.shift_id != Scan.shift_id))
        .join(Shift, Shift.id == Scan.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(
            Scan.at >= window.since(_DAYS),
            Scan.at < window.until,
            Scan.kind == "in",
            Scan.outcome.in_(_TRUE_CODES),
            Attendance.checked_in_at < Scan.at,
            Attendance.checked_out_at > Scan.at,
            Attendance.check_in_method != "manual",
            Attendance.check_out_method.is_not(None),
        )
        .order_by(Scan.member_id, Scan.at, Scan.id)
    )
    allowed = timedelta(minutes=limits["minutes"])
    for (member_id, attendance_id), tries in grouped(
        session.execute(query), lambda row: (row.member_id, row.attendance_id)
    ):
        away = [row for row in tries if row.checked_out_at - row.at > allowed]
        if away:
            left = int((away[0].checked_out_at - away[0].at).total_seconds()) // 60
            yield Finding(
                key=f"elsewhere:{attendance_id}",
                organisation_id=away[0].organisation_id,
                day=window.day(away[0].at),
                members=(member_id,),
                facts={"minutes": left},
                evidence=(f"attendance:{attendance_id}", *(f"scan:{row.id}" for row in away)),
            )


def _credited_twice(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    one, other = aliased(ServiceRecord), aliased(ServiceRecord)
    counts = ("pending", "approved")
    doubled = (
        select(one.member_id)
        .join(
            other,
            and_(
                other.member_id == one.member_id,
                other.id != one.id,
                other.served_on >= window.day(window.since(_DAYS)),
                other.credited_from >= one.credited_from,
                other.credited_from < one.credited_until,
                other.status.in_(counts),
            ),
        )
        .where(one.credited_from >= window.since(_DAYS), one.status.in_(counts))
    )
    rows = records(
        session,
        window.since(_DAYS),
        window.until,
        ServiceRecord.member_id.in_(doubled),
        order=(ServiceRecord.member_id, ServiceRecord.credited_from, ServiceRecord.id),
    )
    allowed = timedelta(minutes=limits["minutes"])
    for member_id, own in grouped(rows, lambda row: row.member_id):
        for earlier, later in pairwise(own):
            shared = min(earlier.credited_until, later.credited_until) - later.credited_from
            if shared <= allowed:
                continue
            yield Finding(
                key=f"records:{earlier.id}:{later.id}",
                organisation_id=later.organisation_id,
                day=later.served_on,
                members=(member_id,),
                users=tuple(sorted({row.recorder for row in (earlier, later) if row.recorder})),
                facts={"minutes": int(shared.total_seconds()) // 60},
                evidence=(f"record:{earlier.id}", f"record:{later.id}"),
                points=points_of((later,)),
            )


RULE = Rule(
    code="F-15",
    version=2,
    name=N_("One person in two places at once"),
    says=N_("Two services of one person overlap by %(minutes)s minutes."),
    honest=N_("Somebody left the first place early and nobody noted it: a few minutes, not an hour."),
    blind=N_("Two places one after the other that are too far apart to travel, where no place is kept."),
    prevented_by=N_("One open attendance per member; an overlapping entry is refused."),
    weight=60,
    thresholds=(Threshold("minutes", N_("minutes of overlap that are let pass"), 15, 0, 120),),
    find=_find,
)
