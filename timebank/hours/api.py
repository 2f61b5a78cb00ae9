"""Attendances and service records over the API."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.hours import lists, queries
from timebank.hours.lists import Sought
from timebank.hours.schemas import (
    AttendanceQuerySchema,
    AttendanceSchema,
    RecordQuerySchema,
    ServiceRecordSchema,
)
from timebank.orgs import queries as places
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("attendances", __name__, "Attendances and service records")


def _sought(db: Session, query: dict[str, Any]) -> Sought:
    filters = {
        name: value for name, value in query.items() if name not in ("cursor", "limit", "organisation_id")
    }
    place = query["organisation_id"]
    return Sought(**filters, below=places.organisation(db, actor(), place).path if place else "")


@blueprint.get("/attendances")
@blueprint.arguments(AttendanceQuerySchema, location="query")
@blueprint.response(200, list_of(AttendanceSchema))
def attendances(query: dict[str, Any]) -> Any:
    """Attendances within the key's subtree, newest first."""
    scope.require_somewhere(actor(), ATTENDANCE_READ)
    with reading() as db:
        page = lists.attendances_page(
            db, actor(), _sought(db, query), cursor=query["cursor"], limit=query["limit"]
        )
        return {"items": page.rows, "next": page.after}


@blueprint.get("/service-records")
@blueprint.arguments(RecordQuerySchema, location="query")
@blueprint.response(200, list_of(ServiceRecordSchema))
def records(query: dict[str, Any]) -> Any:
    """Service records within the key's subtree, newest first."""
    scope.require_somewhere(actor(), ATTENDANCE_READ)
    with reading() as db:
        page = lists.records_page(
            db, actor(), _sought(db, query), cursor=query["cursor"], limit=query["limit"]
        )
        return {"items": page.rows, "next": page.after}


@blueprint.get("/service-records/<int:record_id>")
@blueprint.response(200, ServiceRecordSchema)
def record(record_id: int) -> Any:
    """One service record."""
    with reading() as db:
        found = queries.record(db, actor(), record_id)
        scope.require(actor(), ATTENDANCE_READ, found.attendance.shift.activity.organisation.path)
        return found


def own_records(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Every service record of a member, for their own export, with the name of the activity."""
    rows: list[Any] = []
    while more := queries.records_of_member(
        session, member_id, before=(rows[-1].served_on, rows[-1].id) if rows else None, limit=500
    ):
        rows += more
    dumped = ServiceRecordSchema(many=True).dump(rows)
    return [
        {"activity": row.attendance.shift.activity.title, **shown}
        for row, shown in zip(rows, dumped, strict=True)
    ]
