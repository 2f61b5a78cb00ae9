"""Pages of attendances and service records by key, within the actor's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.access.permissions import ATTENDANCE_READ
from timebank.activities.models import Activity, Shift
from timebank.hours.errors import CorrectionAbsent
from timebank.hours.models import Attendance, CorrectionRequest, ServiceRecord
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page


@dataclass(frozen=True)
class Sought:
    """What a list is narrowed to; None and the empty string leave a question open.

    Attributes:
        below: path of an organisation; only it and its subtree.
        since, until: moments of arrival, from and up to but not including.
        served_from, served_until: days of service, both included.
    """

    member_id: int | None = None
    shift_id: int | None = None
    below: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    served_from: date | None = None
    served_until: date | None = None


def attendances_page(
    session: Session, actor: Actor, sought: Sought, *, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[Attendance]:
    """One page of attendances, newest first."""
    query: Select[Attendance] = (
        select(Attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Attendance.shift))
    )
    query = _narrowed(query, actor, sought, member_id=Attendance.member_id)
    if sought.since is not None:
        query = query.where(Attendance.checked_in_at >= sought.since)
    if sought.until is not None:
        query = query.where(Attendance.checked_in_at < sought.until)
    return page(session, query, key=(Attendance.id,), cursor=cursor, limit=limit, descending=True)


def records_page(
    session: Session, actor: Actor, sought: Sought, *, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[ServiceRecord]:
    """One page of service records, newest first."""
    query: Select[ServiceRecord] = (
        select(ServiceRecord)
        .join(ServiceRecord.attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(ServiceRecord.attendance).contains_eager(Attendance.shift))
    )
    query = _narrowed(query, actor, sought, member_id=ServiceRecord.member_id)
    if sought.status:
        query = query.where(ServiceRecord.status == sought.status)
    if sought.served_from is not None:
        query = query.where(ServiceRecord.served_on >= sought.served_from)
    if sought.served_until is not None:
        query = query.where(ServiceRecord.served_on <= sought.served_until)
    return page(session, query, key=(ServiceRecord.id,), cursor=cursor, limit=limit, descending=True)


def _narrowed(query: Any, actor: Actor, sought: Sought, *, member_id: Any) -> Any:
    query = query.where(scope.within(actor, Organisation.path, ATTENDANCE_READ))
    if sought.member_id is not None:
        query = query.where(member_id == sought.member_id)
    if sought.shift_id is not None:
        query = query.where(Attendance.shift_id == sought.shift_id)
    if sought.below:
        query = query.where(Organisation.path.startswith(sought.below, autoescape=True))
    return query


def _corrections() -> Select[CorrectionRequest]:
    return (
        select(CorrectionRequest)
        .join(CorrectionRequest.record)
        .join(ServiceRecord.attendance)
        .join(Attendance.shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(
            contains_eager(CorrectionRequest.record)
            .contains_eager(ServiceRecord.attendance)
            .contains_eager(Attendance.shift)
            .contains_eager(Shift.activity)
            .contains_eager(Activity.organisation)
        )
    )


def open_corrections(
    session: Session, actor: Actor, permission: Permission, *, limit: int = 100
) -> Sequence[CorrectionRequest]:
    """Requests that wait for their answer where the actor holds ``permission``, the most urgent first."""
    return session.scalars(
        _corrections()
        .where(CorrectionRequest.status == "open", scope.within(actor, Organisation.path, permission))
        .order_by(CorrectionRequest.answer_due_at, CorrectionRequest.id)
        .limit(limit)
    ).all()


def correction(session: Session, actor: Actor, correction_id: int) -> CorrectionRequest:
    """One request within scope; raises ``CorrectionAbsent``."""
    found = session.scalar(
        _corrections().where(CorrectionRequest.id == correction_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise CorrectionAbsent
    return found


def corrections_of_record(session: Session, record_id: int) -> Sequence[CorrectionRequest]:
    """What was asked about a record and what came of it, oldest first."""
    return session.scalars(
        select(CorrectionRequest)
        .where(CorrectionRequest.record_id == record_id)
        .order_by(CorrectionRequest.id)
    ).all()


def correcting_record_id(session: Session, record_id: int) -> int | None:
    """The newest record that stands in the place of this one."""
    return session.scalar(
        select(ServiceRecord.id)
        .where(ServiceRecord.corrects_id == record_id)
        .order_by(ServiceRecord.id.desc())
        .limit(1)
    )


def words_wanted(session: Session, member_id: int) -> Sequence[ServiceRecord]:
    """The member's records that wait for her own yes, oldest first."""
    return session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.member_id == member_id,
            ServiceRecord.status == "pending",
            ServiceRecord.needs_word,
            ServiceRecord.said == "",
        )
        .order_by(ServiceRecord.id)
    ).all()
