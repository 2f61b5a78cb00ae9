"""Volunteers find activities, sign up, and say that they cannot come."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import permissions
from timebank.activities import queries, service
from timebank.activities.models import Activity, Shift
from timebank.activities.rules import Standing, shift_state, sign_up_obstacle
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.policy import queries as policy
from timebank.policy.models import PointsRule
from timebank.policy.rules import award_for
from timebank.web.errors import said
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("activities", __name__)

PAGE = 24


@dataclass(frozen=True)
class ShiftOnPage:
    """A shift as pages show it to somebody.

    Attributes:
        free: places left, None where everybody is welcome.
        obstacle: why this person cannot sign up now, empty when they can.
        overlaps: the title of what they are signed up for at that time.
    """

    shift: Shift
    state: str
    taken: int
    free: int | None
    is_signed_up: bool
    obstacle: str
    overlaps: str = ""
    points: Decimal | None = None
    arithmetic: str = ""
    rule: PointsRule | None = None


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {"permissions": permissions}


@blueprint.app_template_filter("shift_time")
def shift_time(shift: Shift) -> str:
    """``2026-03-02 Mon 14:00–16:30`` in the county's time; says so when it ends on the next day."""
    starts, ends = shift.starts_at.astimezone(timezone()), shift.ends_at.astimezone(timezone())
    day = f"{starts:%Y-%m-%d} {format_date(starts.date(), 'EEE')}"
    if ends.date() == starts.date():
        return f"{day} {starts:%H:%M}–{ends:%H:%M}"
    last = format_date(ends.date(), "EEE")
    return f"{day} {starts:%H:%M} – {last} {ends:%H:%M}"


def timezone() -> ZoneInfo:
    """The county's time zone."""
    return ZoneInfo(house().settings.timezone)


def _as_shown(shift: Shift, standing: Standing, at: datetime) -> ShiftOnPage:
    free = None if shift.capacity is None else max(0, shift.capacity - standing.taken)
    return ShiftOnPage(
        shift=shift,
        state=shift_state(shift.activity.status, shift.starts_at, shift.ends_at, at),
        taken=standing.taken,
        free=free,
        is_signed_up=standing.is_signed_up,
        obstacle=sign_up_obstacle(standing, at),
        overlaps=standing.overlaps,
    )


def shifts_with_points(
    db: Session, activity: Activity, at: datetime, *, member_id: int | None
) -> list[ShiftOnPage]:
    """The activity's shifts with what each one earns when it is served as planned."""
    return [_with_points(db, shift, at, member_id) for shift in activity.shifts]


def _with_points(db: Session, shift: Shift, at: datetime, member_id: int | None) -> ShiftOnPage:
    if member_id is None:
        taken = queries.places_taken(db, [shift.id])[shift.id]
        standing = Standing(shift.activity.status, shift.starts_at, shift.capacity, taken)
    else:
        standing = service.standing_of(db, shift=shift, member_id=member_id)
    shown = _as_shown(shift, standing, at)
    rule = service.paying_rule(
        db,
        organisation_path=shift.activity.organisation.path,
        category_id=shift.activity.category_id,
        starts_at=shift.starts_at,
        timezone=timezone(),
    )
    if rule is None:
        return shown
    minutes = int((shift.ends_at - shift.starts_at).total_seconds()) // 60
    points, arithmetic = award_for(minutes, policy.values_of(rule), Decimal(0), Decimal(0))
    return ShiftOnPage(**(vars(shown) | {"points": points, "arithmetic": arithmetic, "rule": rule}))


@blueprint.get("/activities")
def index() -> str:
    """Shifts to come, soonest first, by category, words and free places."""
    words, only_free = request.args.get("q", "").strip()[:80], request.args.get("free") == "1"
    category_id, after = request.args.get("category", type=int), _cursor(request.args.get("after"))
    at = now()
    with reading() as db:
        found = queries.upcoming(
            db,
            actor(),
            at=at,
            category_id=category_id,
            words=words,
            only_free=only_free,
            after=after,
            limit=PAGE + 1,
        )
        taken = queries.places_taken(db, [shift.id for shift in found])
        mine = queries.member_sign_ups(db, actor().member_id or 0, [shift.id for shift in found])
        shown = [
            _as_shown(
                shift,
                Standing(
                    shift.activity.status,
                    shift.starts_at,
                    shift.capacity,
                    taken[shift.id],
                    shift.id in mine,
                ),
                at,
            )
            for shift in found[:PAGE]
        ]
        return render_template(
            "activities/index.html",
            shifts=shown,
            words=words,
            only_free=only_free,
            category_id=category_id,
            categories=policy.categories(db),
            after=_cursor_of(found[PAGE - 1]) if len(found) > PAGE else None,
            is_first=after is None,
        )


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
    """One activity: what, where, when, what it earns, and a button per shift."""
    at = now()
    with reading() as db:
        found = queries.activity(db, actor(), activity_id)
        shifts = shifts_with_points(db, found, at, member_id=actor().member_id)
        return render_template("activities/activity.html", activity=found, shifts=shifts)


@blueprint.post("/shifts/<int:shift_id>/sign-up")
def sign_up(shift_id: int) -> Response:
    """The member takes a place; a refusal is said on the activity's page."""
    member_id = _own_member_id()
    with reading() as db:
        activity_id = queries.shift(db, actor(), shift_id).activity_id
    try:
        with transaction() as db:
            shift = queries.shift(db, actor(), shift_id)
            service.sign_up(db, shift=shift, member_id=member_id, by=actor(), at=now())
            audited(
                db,
                "activities.sign_up",
                f"shift:{shift.id}",
                organisation_id=shift.activity.organisation_id,
                member=member_id,
            )
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(_("You are signed up. We look forward to seeing you."), "success")
    return redirect(url_for("activities.activity", activity_id=activity_id))


def _own_member_id() -> int:
    member_id = actor().member_id
    if member_id is None:
        raise Forbidden
    return member_id


@blueprint.post("/shifts/<int:shift_id>/give-up")
def give_up(shift_id: int) -> Response:
    """The member cannot come."""
    member_id = _own_member_id()
    with reading() as db:
        queries.shift(db, actor(), shift_id)
    try:
        with transaction() as db:
            shift = queries.shift(db, actor(), shift_id)
            place = queries.current_sign_up(db, shift.id, member_id)
            if place is not None:
                service.cancel_sign_up(db, sign_up=place, at=now())
                audited(
                    db,
                    "activities.give_up",
                    f"shift:{shift.id}",
                    organisation_id=shift.activity.organisation_id,
                    member=member_id,
                )
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(_("Your place is free for somebody else. Thank you for telling us."), "success")
    return redirect(url_for("activities.mine"))


@blueprint.get("/my/activities")
def mine() -> str:
    """What the member is signed up for, and the past."""
    at, past = now(), request.args.get("past") == "1"
    with reading() as db:
        shifts = queries.shifts_of_member(db, _own_member_id(), at=at, past=past)
        shown = [
            (shift, shift_state(shift.activity.status, shift.starts_at, shift.ends_at, at))
            for shift in shifts
        ]
        return render_template("activities/mine.html", shifts=shown, past=past)
