"""Activities, shifts and sign-ups over the API."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH, ATTENDANCE_READ
from timebank.activities import queries, service
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.activities.schemas import (
    ActivityQuerySchema,
    ActivitySchema,
    NewActivitySchema,
    NewSignUpSchema,
    SignUpSchema,
)
from timebank.api.schemas import ListQuerySchema, RetryHeadersSchema, list_of
from timebank.api.v1 import ApiBlueprint, once
from timebank.clock import now
from timebank.members import queries as members
from timebank.orgs import queries as places
from timebank.policy import queries as policy
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = ApiBlueprint("activities", __name__, "Activities, their shifts and sign-ups")


def _shown(activity: Activity, taken: dict[int, int]) -> dict[str, Any]:
    plain = [
        "id",
        "title",
        "place",
        "description",
        "status",
        "created_at",
        "published_at",
        "cancelled_at",
        "cancel_reason",
    ]
    return {
        **{name: getattr(activity, name) for name in plain},
        "organisation": {"id": activity.organisation_id, "name": activity.organisation.name},
        "category": {"id": activity.category_id, "name": activity.category.name},
        "shifts": [_shown_shift(shift, taken) for shift in activity.shifts],
    }


def _shown_shift(shift: Shift, taken: dict[int, int]) -> dict[str, Any]:
    plain = ("id", "starts_at", "ends_at", "capacity", "confirmed_at")
    return {**{name: getattr(shift, name) for name in plain}, "places_taken": taken[shift.id]}


def _with_places(db: Session, activity: Activity) -> dict[str, Any]:
    return _shown(activity, queries.places_taken(db, [shift.id for shift in activity.shifts]))


@blueprint.get("/activities")
@blueprint.arguments(ActivityQuerySchema, location="query")
@blueprint.response(200, list_of(ActivitySchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Activities of the county, newest first; drafts only where the key holds a role."""
    with reading() as db:
        place = query["organisation_id"]
        page = queries.activities_page(
            db,
            actor(),
            status=query["status"],
            below=places.organisation(db, actor(), place).path if place else "",
            category_id=query["category_id"],
            words=query["q"],
            since=query["since"],
            until=query["until"],
            cursor=query["cursor"],
            limit=query["limit"],
        )
        taken = queries.places_taken(db, [shift.id for row in page.rows for shift in row.shifts])
        return {"items": [_shown(row, taken) for row in page.rows], "next": page.after}


@blueprint.get("/activities/<int:activity_id>")
@blueprint.response(200, ActivitySchema)
def show(activity_id: int) -> dict[str, Any]:
    """One activity with its shifts."""
    with reading() as db:
        return _with_places(db, queries.activity(db, actor(), activity_id))


@blueprint.post("/activities")
@blueprint.arguments(RetryHeadersSchema, location="headers")
@blueprint.arguments(NewActivitySchema)
@blueprint.response(201, ActivitySchema)
def create(headers: dict[str, Any], content: dict[str, Any]) -> Any:
    """Plan an activity; it is a draft until it is published."""
    with transaction() as db:
        place = places.organisation(db, actor(), content["organisation_id"])
        scope.require(actor(), ACTIVITIES_PUBLISH, place.path)
        activity_id = once(db, headers, content, lambda: _planned(db, content))
        found = _with_places(db, queries.activity(db, actor(), activity_id))
    return found, 201, {"Location": url_for("api_activities.show", activity_id=activity_id)}


def _planned(db: Session, content: dict[str, Any]) -> int:
    place = places.organisation(db, actor(), content["organisation_id"])
    category = policy.category(db, content["category_id"])
    activity = service.create(
        db,
        organisation=place,
        category_id=category.id,
        title=content["title"].strip(),
        place=content["place"].strip(),
        description=content["description"],
        shifts=[ShiftPlan(**plan) for plan in content["shifts"]],
        by=actor(),
        at=now(),
    )
    audited(db, "activities.create", f"activity:{activity.id}", organisation_id=place.id)
    return activity.id


@blueprint.post("/activities/<int:activity_id>/publish")
@blueprint.response(200, ActivitySchema)
def publish(activity_id: int) -> dict[str, Any]:
    """Make a draft public; repeating it changes nothing."""
    zone = ZoneInfo(house().settings.timezone)
    with transaction() as db:
        activity = queries.activity(db, actor(), activity_id)
        scope.require(actor(), ACTIVITIES_PUBLISH, activity.organisation.path)
        if activity.status != "published":
            service.publish(db, activity=activity, at=now(), timezone=zone)
            audited(
                db,
                "activities.publish",
                f"activity:{activity.id}",
                organisation_id=activity.organisation_id,
            )
        return _with_places(db, activity)


def _shift(db: Session, shift_id: int, permission: Any) -> Shift:
    shift = queries.shift(db, actor(), shift_id)
    scope.require(actor(), permission, shift.activity.organisation.path)
    return shift


@blueprint.get("/shifts/<int:shift_id>/sign-ups")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, list_of(SignUpSchema))
def sign_ups(query: dict[str, Any], shift_id: int) -> dict[str, Any]:
    """Who signed up for a shift, given-up places too."""
    with reading() as db:
        shift = _shift(db, shift_id, ATTENDANCE_READ)
        page = queries.sign_ups_page(db, shift.id, cursor=query["cursor"], limit=query["limit"])
        return {"items": page.rows, "next": page.after}


@blueprint.post("/shifts/<int:shift_id>/sign-ups")
@blueprint.arguments(RetryHeadersSchema, location="headers")
@blueprint.arguments(NewSignUpSchema)
@blueprint.response(201, SignUpSchema)
def sign_up(headers: dict[str, Any], content: dict[str, Any], shift_id: int) -> SignUp:
    """Sign a member up; a second time gives the same place again."""
    with transaction() as db:
        shift = _shift(db, shift_id, ACTIVITIES_PUBLISH)
        member = members.member(db, actor(), content["member_id"])

        def make() -> int:
            place = service.sign_up(db, shift=shift, member_id=member.id, by=actor(), at=now())
            audited(
                db,
                "activities.sign_up_other",
                f"shift:{shift.id}",
                organisation_id=shift.activity.organisation_id,
                member=f"member:{member.id}",
            )
            return place.id

        return db.get_one(SignUp, once(db, headers, content, make))
