"""Volunteers find activities and look at one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access import permissions
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities import holdings, pictures, queries
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import WAITING
from timebank.activities.shown import (
    ShiftOnPage,
    shift_time,
    shifts_with_points,
    shown_shifts,
    timezone,
    with_points,
)
from timebank.clock import now
from timebank.members.families import household_members, household_of
from timebank.members.models import Member
from timebank.policy import queries as policy
from timebank.web.requests import actor, reading

__all__ = ["blueprint", "shifts_with_points", "timezone"]

blueprint = Blueprint("activities", __name__)
blueprint.add_app_template_filter(shift_time, "shift_time")

PAGE = 24
PHOTO_SECONDS = 3600
SATURDAY, DAYS_PER_WEEK = 5, 7
# Chips of the list: when a shift begins.
WHENS = ("today", "week", "weekend")


@blueprint.app_template_filter("ages")
def ages_in_words(activity: Activity) -> str:
    """The age band as people say it, both ends within it; empty where there is none."""
    low, high = activity.age_from, activity.age_until
    if low is not None and high is not None:
        return str(_("Ages %(low)s–%(high)s", low=low, high=high))
    if low is not None:
        return str(_("From age %(low)s", low=low))
    return str(_("Up to age %(high)s", high=high)) if high is not None else ""


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {"permissions": permissions}


@blueprint.get("/activities")
def index() -> str:
    """Shifts to come, soonest first, by time, place, category, words and free places."""
    words, only_free = request.args.get("q", "").strip()[:80], request.args.get("free") == "1"
    category_id, after = request.args.get("category", type=int), _cursor(request.args.get("after"))
    place_id, when, day = request.args.get("place", type=int), request.args.get("when", ""), _day()
    at = now()
    since, until = _span(when, day, at)
    with reading() as db:
        places = queries.places_with_activities(db, actor(), at=at)
        below = next((row.path for row in places if row.id == place_id), "")
        found = queries.upcoming(
            db,
            actor(),
            at=at,
            category_id=category_id,
            words=words,
            only_free=only_free,
            since=since,
            until=until,
            below=below,
            after=after,
            limit=PAGE + 1,
        )
        member_id = actor().member_id
        shown = shown_shifts(
            db, found[:PAGE], at, member_id=member_id, places=_places(db, found[:PAGE], member_id)
        )
        return render_template(
            "activities/index.html",
            shifts=shown,
            words=words,
            only_free=only_free,
            category_id=category_id,
            categories=policy.categories(db, actor()),
            places=places,
            place_id=place_id if below else None,
            when=when if when in WHENS else "",
            day=day,
            after=_cursor_of(found[PAGE - 1]) if len(found) > PAGE else None,
            is_first=after is None,
        )


def _day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", "")[:10])
    except ValueError:
        return None


def _span(when: str, day: date | None, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when until when, by the county's own days; Nones where it does not matter."""
    today = at.astimezone(timezone()).date()
    if day is not None and day.year < date.max.year:
        return _midnight(day), _midnight(day + timedelta(days=1))
    next_monday = today + timedelta(days=DAYS_PER_WEEK - today.weekday())
    if when == "today":
        return _midnight(today), _midnight(today + timedelta(days=1))
    if when == "week":
        return _midnight(today), _midnight(next_monday)
    if when == "weekend":
        saturday = max(today, next_monday - timedelta(days=DAYS_PER_WEEK - SATURDAY))
        return _midnight(saturday), _midnight(next_monday)
    return None, None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())


def _places(db: Session, shifts: Sequence[Shift], member_id: int | None) -> dict[int, SignUp]:
    if member_id is None:
        return {}
    rows = holdings.own_places(db, member_id, [shift.id for shift in shifts])
    return {row.shift_id: row for row in rows}


def _cursor(written: str | None) -> tuple[datetime, int] | None:
    """``2026-03-02T04:00:00+00:00~17``; anything else begins at the first page."""
    moment, _tilde, shift_id = (written or "").partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(shift_id[:18])) if at.tzinfo else None
    except ValueError:
        return None


def _cursor_of(shift: Shift) -> str:
    return f"{shift.starts_at.isoformat()}~{shift.id}"


@blueprint.get("/activities/<int:activity_id>")
def activity(activity_id: int) -> str:
    """One activity: what, where, when, on which terms, what it earns, and a button per shift or post."""
    at, member_id = now(), actor().member_id
    with reading() as db:
        found = queries.activity(db, actor(), activity_id)
        rows = _places(db, found.shifts, member_id)
        shown = shown_shifts(db, found.shifts, at, member_id=member_id, places=rows)
        shifts = [_with_turn(db, with_points(db, row)) for row in shown]
        return render_template(
            "activities/activity.html",
            activity=found,
            shifts=shifts,
            extensions=holdings.extensions(db, [shift.id for shift in found.shifts]),
            private_until=(until := _private_until(db, found, rows)),
            may_read_private=_may_plan(found) or (until is not None and at < until),
            may_plan=_may_plan(found),
            family=(family := _family(db, member_id)),
            family_places=_family_places(db, family, found.shifts),
            at=at,
        )


def _with_turn(db: Session, shown: ShiftOnPage) -> ShiftOnPage:
    if shown.place is None or shown.place.status != WAITING:
        return shown
    line = [row.id for row in holdings.queue(db, shown.shift.id) if row.post_id == shown.place.post_id]
    return replace(shown, turn=line.index(shown.place.id) + 1)


def _may_plan(found: Activity) -> bool:
    return actor().may(ACTIVITIES_PUBLISH, found.organisation.path)


def _private_until(db: Session, found: Activity, rows: dict[int, SignUp]) -> datetime | None:
    """Until when the door code is for this person: some hours after the last shift on which they have a place."""
    ends = [
        shift.ends_at
        for shift in found.shifts
        if shift.status == "published" and shift.id in rows and rows[shift.id].status == queries.SIGNED_UP
    ]
    hours = policy.policy_for(db, found.organisation.path).private_details_hours
    return max(ends) + timedelta(hours=hours) if ends else None


def _family(db: Session, member_id: int | None) -> list[Member]:
    """Others of the household, whom this person may sign up."""
    household_id = household_of(db, member_id) if member_id else None
    if household_id is None:
        return []
    return [
        db.get_one(Member, row.member_id)
        for row in household_members(db, household_id)
        if row.member_id != member_id
    ]


def _family_places(
    db: Session, family: Sequence[Member], shifts: Sequence[Shift]
) -> dict[int, list[tuple[Member, SignUp]]]:
    """By shift: who of the household has a place there, is offered one or waits."""
    found: dict[int, list[tuple[Member, SignUp]]] = {shift.id: [] for shift in shifts}
    for person in family:
        for row in holdings.own_places(db, person.id, found):
            found[row.shift_id].append((person, row))
    return found


@blueprint.get("/activities/<int:activity_id>/photo")
def photo(activity_id: int) -> Response:
    """The activity's photo, which the browser may keep for an hour."""
    with reading() as db:
        found = queries.activity(db, actor(), activity_id)
        answer = Response(pictures.content_of(db, found.id), mimetype=pictures.STORED_TYPE)
    answer.cache_control.private, answer.cache_control.max_age = True, PHOTO_SECONDS
    return answer
