"""What happened around the people of a case, in order: scans, hours, entries in the books; the shop adds its orders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.models import Alert, Case, CaseAlert
from timebank.hours.models import Attendance, ServiceRecord

BEFORE = timedelta(days=31)
SHOWN = 400

SCANNED = N_("Scan (%(method)s, %(kind)s): %(outcome)s. %(title)s. Device %(device)s")
RECORDED = N_("Service record %(record)s: %(minutes)s minutes, grade %(grade)s, %(status)s. %(title)s")
BOOKED = N_("%(points)s points booked for service record %(record)s")


@dataclass(frozen=True)
class Moment:
    """One thing that happened.

    Attributes:
        kind: ``scan``, ``record``, ``entry``, ``order``: which book it comes from.
        says: message id with places for the facts.
    """

    at: datetime
    member_id: int | None
    kind: str
    subject: str
    says: str
    facts: dict[str, Any] = field(default_factory=dict)


Reader = Callable[[Session, Sequence[int], datetime], Iterable[Moment]]


def timeline(session: Session, case: Case, readers: Sequence[Reader]) -> list[Moment]:
    """Everything that the readers know of the case's members, from a month before its first alert, oldest first."""
    members = sorted({person.member_id for person in case.people if person.member_id is not None})
    if not members:
        return []
    first = session.scalar(
        select(Alert.found_at)
        .join(CaseAlert, CaseAlert.alert_id == Alert.id)
        .where(CaseAlert.case_id == case.id)
        .order_by(Alert.found_at)
        .limit(1)
    )
    since = (first or case.opened_at) - BEFORE
    moments = [moment for reader in readers for moment in reader(session, members, since)]
    return sorted(moments, key=lambda moment: moment.at)[-SHOWN:]


def scans(session: Session, members: Sequence[int], since: datetime) -> Iterator[Moment]:
    """Every attempt to check in or out, refused ones too."""
    query = (
        select(Scan, Activity.title)
        .outerjoin(Shift, Shift.id == Scan.shift_id)
        .outerjoin(Activity, Activity.id == Shift.activity_id)
        .where(Scan.member_id.in_(members), Scan.at >= since)
        .order_by(Scan.at.desc())
        .limit(SHOWN)
    )
    for scan, title in session.execute(query):
        facts = {
            "method": scan.method,
            "kind": scan.kind,
            "outcome": scan.outcome,
            "title": title or "",
            "device": (scan.device_digest or "–")[:6],
        }
        yield Moment(scan.at, scan.member_id, "scan", f"scan:{scan.id}", SCANNED, facts)


def records(session: Session, members: Sequence[int], since: datetime) -> Iterator[Moment]:
    """Service records when they were made, and when they were booked."""
    query = (
        select(ServiceRecord, Activity.title)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(ServiceRecord.member_id.in_(members), ServiceRecord.created_at >= since)
        .order_by(ServiceRecord.created_at.desc())
        .limit(SHOWN)
    )
    for record, title in session.execute(query):
        facts = {
            "record": record.id,
            "minutes": record.minutes,
            "grade": record.proof_grade,
            "status": record.status,
            "title": title,
        }
        subject = f"record:{record.id}"
        yield Moment(record.created_at, record.member_id, "record", subject, RECORDED, facts)
        if record.approved_at is not None and record.points is not None:
            booked = {"points": str(record.points), "record": record.id}
            yield Moment(record.approved_at, record.member_id, "entry", subject, BOOKED, booked)


TIMELINES: tuple[Reader, ...] = (scans, records)
