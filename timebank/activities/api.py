"""Activities, shifts and sign-ups over the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH, ATTENDANCE_READ
from timebank.activities import holdings, queries, service
from timebank.activities.models import Activity, Shift, ShiftExtension, SignUp
from timebank.activities.plans import PostPlan, Terms, conditions_of
from timebank.activities.rules import Conditions, ShiftPlan, Standing
from timebank.activities.schemas import (
    ActivityQuerySchema,
    ActivitySchema,
    NewActivitySchema,
    NewSignUpSchema,
    SignUpSchema,
)
from timebank.activities.standings import standings
from timebank.api.schemas import ListQuerySchema, RetryHeadersSchema, list_of
from timebank.api.v1 import ApiBlueprint, once
from timebank.clock import now
from timebank.members import queries as members
from timebank.orgs import queries as places
from timebank.policy import queries as policy
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = ApiBlueprint("activities", __name__, "Activities, their shifts and sign-ups")


@dataclass(frozen=True)
class Known:
    """What is read once for all activities of an answer."""

    standings: dict[int, Standing]
    extensions: Sequence[ShiftExtension]


def _shown(activity: Activity, known: Known) -> dict[str, Any]:
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
        "contact_name",
        "contact_phone",
        "closes_hours",
        "series_id",
    ]
    return {
        **{name: getattr(activity, name) for name in plain},
        "organisation": {"id": activity.organisation_id, "name": activity.organisation.name},
        "category": {"id": activity.category_id, "name": activity.category.name},
        "conditions": vars(conditions_of(activity)),
        "shifts": [_shown_shift(shift, known) for shift in activity.shifts],
    }


def _shown_shift(shift: Shift, known: Known) -> dict[str, Any]:
    plain = (
        "id",
        "starts_at",
        "ends_at",
        "capacity",
        "confirmed_at",
        "status",
        "cancelled_at",
        "cancel_reason",
    )
    standing = known.standings[shift.id]
    return {
        **{name: getattr(shift, name) for name in plain},
        "places_taken": standing.taken,
        "waiting": standing.waiting,
        "posts": [
            {
                "id": post.post_id,
                "name": post.name,
                "skill": post.skill,
                "capacity": post.capacity,
                "places_taken": post.taken,
            }
            for post in standing.posts
        ],
        "extensions": [row for row in known.extensions if row.shift_id == shift.id],
    }


def _known(db: Session, activities: Sequence[Activity]) -> Known:
    shifts = [shift for activity in activities for shift in activity.shifts]
    return Known(standings(db, shifts, None), holdings.extensions(db, [shift.id for shift in shifts]))


def _with_places(db: Session, activity: Activity) -> dict[str, Any]:
    return _shown(activity, _known(db, [activity]))


def own_sign_ups(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Every place and turn of a member, for their own export, with the activity, the post and who did it."""
    rows = holdings.every_place_of(session, member_id)
    dumped = SignUpSchema(many=True).dump(rows)
    return [
        {
            "activity": row.shift.activity.title,
            "starts_at": row.shift.starts_at.isoformat(),
            "post": row.post.name if row.post else "",
            **shown,
        }
        for row, shown in zip(rows, dumped, strict=True)
    ]


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
        known = _known(db, page.rows)
        return {"items": [_shown(row, known) for row in page.rows], "next": page.after}


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
    category = policy.category_at(db, content["category_id"], place.path)
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
        terms=_terms(content),
    )
    audited(db, "activities.create", f"activity:{activity.id}", organisation_id=place.id)
    return activity.id


def _terms(content: dict[str, Any]) -> Terms:
    asked = content["conditions"]
    return Terms(
        conditions=Conditions(**(asked | {"skills": tuple(asked.get("skills", ()))})),
        closes_hours=content["closes_hours"],
        contact_name=content["contact_name"],
        contact_phone=content["contact_phone"],
        private_details=content["private_details"],
        posts=tuple(PostPlan(**post) for post in content["posts"]),
    )


@blueprint.post("/activities/<int:activity_id>/publish")
@blueprint.response(200, ActivitySchema)
def publish(activity_id: int) -> dict[str, Any]:
    """Make a draft public; repeating it changes nothing."""
    zone = ZoneInfo(house().settings.timezone)
    with transaction() as db:
        activity = queries.activity(db, actor(), activity_id)
        scope.require(actor(), ACTIVITIES_PUBLISH, activity.organisation.path)
        if service.publish(db, activity=activity, at=now(), timezone=zone, stock_values=house().stock_values):
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
    """Who signed up for a shift: places, offers, the waiting list, given-up places too."""
    with reading() as db:
        shift = _shift(db, shift_id, ATTENDANCE_READ)
        page = queries.sign_ups_page(db, shift.id, cursor=query["cursor"], limit=query["limit"])
        return {"items": page.rows, "next": page.after}


@blueprint.post("/shifts/<int:shift_id>/sign-ups")
@blueprint.arguments(RetryHeadersSchema, location="headers")
@blueprint.arguments(NewSignUpSchema)
@blueprint.response(201, SignUpSchema)
def sign_up(headers: dict[str, Any], content: dict[str, Any], shift_id: int) -> SignUp:
    """Sign a member up, or put them on the waiting list; a second time gives the same place again.

    The member is told who did it.
    """
    zone = ZoneInfo(house().settings.timezone)
    with transaction() as db:
        shift = _shift(db, shift_id, ACTIVITIES_PUBLISH)
        member = members.member(db, actor(), content["member_id"])

        def make() -> int:
            act = service.wait if content["wait"] else service.sign_up
            place = act(
                db,
                shift=shift,
                member_id=member.id,
                by=actor(),
                at=now(),
                post_id=content["post_id"],
                timezone=zone,
            )
            audited(
                db,
                "activities.sign_up_other",
                f"shift:{shift.id}",
                organisation_id=shift.activity.organisation_id,
                member=f"member:{member.id}",
            )
            return place.id

        return db.get_one(SignUp, once(db, headers, content, make))
