"""The monthly integrity report for the public: counts, no names."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.fraud import draws
from timebank.fraud.decoys import not_on_a_decoy
from timebank.fraud.errors import DrawMade
from timebank.fraud.models import (
    Alert,
    Appeal,
    AppealAnswer,
    Case,
    Decision,
    Draw,
    DrawnRecord,
    IntegrityReport,
)
from timebank.fraud.sampling import share_text
from timebank.hours.models import Attendance, ServiceRecord
from timebank.orgs.models import Organisation


def figures(
    session: Session, *, organisation: Organisation, month: date, timezone: ZoneInfo
) -> dict[str, Any]:
    """What happened within the organisation in a local month: counts only, so that nobody is recognised."""
    first, after = _bounds(month, timezone)
    below = Organisation.path.startswith(organisation.path, autoescape=True)
    return {
        **_services(session, below, month),
        **_cases(session, below, first, after),
        **_audit(session, organisation, month.strftime("%Y-%m")),
    }


def _bounds(month: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    begin = datetime(first.year, first.month, 1, tzinfo=timezone)
    end = datetime(following.year, following.month, 1, tzinfo=timezone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _services(session: Session, below: ColumnElement[bool], month: date) -> dict[str, int]:
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    rows = session.execute(
        select(ServiceRecord.status, ServiceRecord.proof_grade, func.count())
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            below,
            ServiceRecord.served_on >= first,
            ServiceRecord.served_on < following,
            not_on_a_decoy(),
        )
        .group_by(ServiceRecord.status, ServiceRecord.proof_grade)
    )
    exceptions = session.scalar(
        select(func.count())
        .select_from(ServiceRecord)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            below,
            ServiceRecord.served_on >= first,
            ServiceRecord.served_on < following,
            ServiceRecord.status == "approved",
            ServiceRecord.import_run_id.is_(None),
            not_on_a_decoy(),
            or_(
                Attendance.check_in_method == "manual",
                Attendance.check_out_method.is_(None),
                Attendance.check_out_method == "manual",
            ),
        )
    )
    by_status: dict[str, int] = {}
    by_hand = 0
    for status, grade, count in rows:
        by_status[status] = by_status.get(status, 0) + count
        by_hand += count if grade == "D" and status == "approved" else 0
    return {
        "confirmed": by_status.get("approved", 0),
        "by_hand": by_hand,
        "exceptions": exceptions or 0,
        "refused": by_status.get("rejected", 0),
        "taken_back": by_status.get("reversed", 0),
    }


def _cases(session: Session, below: ColumnElement[bool], first: datetime, after: datetime) -> dict[str, Any]:
    def count(query: Any) -> int:
        return session.scalar(query) or 0

    alerts = (
        select(func.count())
        .select_from(Alert)
        .join(Organisation, Organisation.id == Alert.organisation_id)
        .where(below, Alert.mode == "live", Alert.found_at >= first, Alert.found_at < after)
    )
    opened = (
        select(func.count())
        .select_from(Case)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(below, Case.opened_at >= first, Case.opened_at < after)
    )
    decided = (
        select(Decision.outcome, func.count())
        .join(Case, Case.id == Decision.case_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(below, Decision.decided_at >= first, Decision.decided_at < after)
        .group_by(Decision.outcome)
    )
    appeals = (
        select(AppealAnswer.stands, func.count())
        .join(Appeal, Appeal.id == AppealAnswer.appeal_id)
        .join(Decision, Decision.id == Appeal.decision_id)
        .join(Case, Case.id == Decision.case_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(below, AppealAnswer.answered_at >= first, AppealAnswer.answered_at < after)
        .group_by(AppealAnswer.stands)
    )
    answers = dict(session.execute(appeals).all())
    return {
        "alerts": count(alerts),
        "cases": count(opened),
        "outcomes": dict(session.execute(decided).all()),
        "appeals_stood": answers.get(True, 0),
        "appeals_undone": answers.get(False, 0),
    }


def _audit(session: Session, organisation: Organisation, month: str) -> dict[str, Any]:
    draw = session.scalar(select(Draw).where(Draw.organisation_id == organisation.id, Draw.month == month))
    if draw is None:
        return {"audited": 0}
    items = session.scalars(select(DrawnRecord).where(DrawnRecord.draw_id == draw.id)).all()
    found = draws.estimate(items)
    return {
        "audited": found.looked_at,
        "unsound": found.unsound,
        "unclear": found.unclear,
        "population": draw.population,
        "seed": draw.seed,
        "lower": share_text(found.lower),
        "upper": share_text(found.upper),
    }


def publish(
    session: Session,
    *,
    organisation: Organisation,
    month: date,
    timezone: ZoneInfo,
    by: Actor,
    at: datetime,
) -> IntegrityReport:
    """Publish the month's report as it stands now; what is public does not change afterwards.

    Raises:
        MonthNotOver: it still runs.
        DrawMade: it has been published already.
    """
    draws.ensure_over(month, at=at, timezone=timezone)
    word = month.strftime("%Y-%m")
    known = select(IntegrityReport.id).where(
        IntegrityReport.organisation_id == organisation.id, IntegrityReport.month == word
    )
    if session.scalar(known) is not None:
        raise DrawMade
    row = IntegrityReport(
        organisation_id=organisation.id,
        month=word,
        figures=figures(session, organisation=organisation, month=month, timezone=timezone),
        published_by=by.label,
        published_at=at,
    )
    session.add(row)
    session.flush()
    return row
