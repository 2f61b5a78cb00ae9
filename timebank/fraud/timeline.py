"""What happened around the people of a case, in order: scans, hours, the books, devices; the shop adds its orders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from timebank.access.models import LogIn, User
from timebank.activities.models import Activity, Shift
from timebank.books import queries as books
from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.models import Alert, AlertEvidence, Case, CaseAlert
from timebank.fraud.rules import HALF_YEAR_DAYS
from timebank.hours.models import Attendance, ServiceRecord

BEFORE = timedelta(days=31)
# No rule looks back further, so that all evidence of a case is on its timeline.
EVIDENCE_SINCE = timedelta(days=HALF_YEAR_DAYS)
SHOWN = 400

SCANNED = N_("Scan (%(method)s, %(kind)s): %(outcome)s. %(title)s. Device %(device)s")
RECORDED = N_(
    "Service record %(record)s: %(minutes)s minutes, grade %(grade)s, %(status)s. %(title)s. "
    "Recorded by %(recorder)s, decided by %(approver)s"
)
BOOKED = N_("%(points)s points booked for service record %(record)s")

ENTERED = N_("%(entry)s: %(points)s points")
LOGGED_IN = N_("Logged in (%(how)s). Device %(device)s")
# Told already: by the service record and by the shop's order.
_TOLD_ELSEWHERE = ("award", "time_credit", "spend")


@dataclass(frozen=True)
class Moment:
    """One thing that happened.

    Attributes:
        kind: ``scan``, ``record``, ``entry``, ``device``, ``order``: which book it comes from.
        is_evidence: an alert of the case rests on it.
        says: message id with places for the facts.
    """

    at: datetime
    member_id: int | None
    kind: str
    subject: str
    says: str
    facts: dict[str, Any] = field(default_factory=dict)
    is_evidence: bool = False


Reader = Callable[[Session, Sequence[int], datetime], Iterable[Moment]]


def timeline(session: Session, case: Case, readers: Sequence[Reader]) -> list[Moment]:
    """What the readers know of the case's members, from a month before its first alert, and all evidence; oldest first."""
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
    began = first or case.opened_at
    named = set(
        session.scalars(
            select(AlertEvidence.subject)
            .join(CaseAlert, CaseAlert.alert_id == AlertEvidence.alert_id)
            .where(CaseAlert.case_id == case.id)
        )
    )
    moments = sorted(
        (moment for reader in readers for moment in reader(session, members, began - EVIDENCE_SINCE)),
        key=lambda moment: moment.at,
    )
    evidence = [
        replace(moment, is_evidence=moment.kind != "entry") for moment in moments if moment.subject in named
    ]
    others = [moment for moment in moments if moment.subject not in named and moment.at >= began - BEFORE]
    return sorted([*evidence, *others[-SHOWN:]], key=lambda moment: moment.at)


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
            "device": _device(scan.device_digest),
        }
        yield Moment(scan.at, scan.member_id, "scan", f"scan:{scan.id}", SCANNED, facts)


def records(session: Session, members: Sequence[int], since: datetime) -> Iterator[Moment]:
    """Service records when they were made, and when they were booked."""
    recorder, approver = aliased(User), aliased(User)
    query = (
        select(ServiceRecord, Activity.title, recorder.name, approver.name)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .outerjoin(recorder, recorder.id == ServiceRecord.recorded_by_user_id)
        .outerjoin(approver, approver.id == ServiceRecord.approved_by_user_id)
        .where(ServiceRecord.member_id.in_(members), ServiceRecord.created_at >= since)
        .order_by(ServiceRecord.created_at.desc())
        .limit(SHOWN)
    )
    for record, title, recorded_by, approved_by in session.execute(query):
        facts = {
            "record": record.id,
            "minutes": record.minutes,
            "grade": record.proof_grade,
            "status": record.status,
            "title": title,
            "recorder": recorded_by or "–",
            "approver": approved_by or "–",
        }
        subject = f"record:{record.id}"
        yield Moment(record.created_at, record.member_id, "record", subject, RECORDED, facts)
        if record.approved_at is not None and record.points is not None:
            booked = {"points": str(record.points), "record": record.id}
            yield Moment(record.approved_at, record.member_id, "entry", subject, BOOKED, booked)


def entries(session: Session, members: Sequence[int], since: datetime) -> Iterator[Moment]:
    """What else moved their points: taken back, given, converted, lapsed, refunded."""
    for member in members:
        for line in books.points_statement(session, member, limit=SHOWN):
            if line.recorded_at >= since and line.kind not in _TOLD_ELSEWHERE:
                facts = {"entry": line.kind, "points": f"{line.amount:+f}"}
                yield Moment(line.recorded_at, member, "entry", line.subject, ENTERED, facts)


def devices(session: Session, members: Sequence[int], since: datetime) -> Iterator[Moment]:
    """On which browser they logged in, or took up their invitation."""
    query = (
        select(LogIn, User.member_id)
        .join(User, User.id == LogIn.user_id)
        .where(User.member_id.in_(members), LogIn.at >= since)
        .order_by(LogIn.at.desc())
        .limit(SHOWN)
    )
    for log_in, member in session.execute(query):
        facts = {"how": log_in.how, "device": _device(log_in.device_digest)}
        yield Moment(log_in.at, member, "device", f"log_in:{log_in.id}", LOGGED_IN, facts)


def _device(digest: str | None) -> str:
    """So much of a device's digest that one is told from another."""
    return (digest or "–")[:6]


TIMELINES: tuple[Reader, ...] = (scans, records, entries, devices)
