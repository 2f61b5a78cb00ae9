"""Volunteers sign up, wait, answer an offer, sign their family up, and say that they cannot come."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.activities import holdings, queries, service
from timebank.activities.errors import OfferGone
from timebank.activities.models import Shift, SignUp
from timebank.activities.rules import OFFERED, SIGNED_UP, WAITING, shift_state
from timebank.activities.shown import timezone
from timebank.activities.views import blueprint as activity_pages
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.members.families import same_household
from timebank.members.models import Member
from timebank.web.errors import said
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("places", __name__)


def _own_member_id() -> int:
    member_id = actor().member_id
    if member_id is None:
        raise Forbidden
    return member_id


def _post_id() -> int | None:
    return request.form.get("post_id", type=int)


def _acted(shift_id: int, act: Callable[[Session, Shift], str]) -> Response:
    """Do it, and say on the activity's page what came of it; a refusal is said there too."""
    with reading() as db:
        activity_id = queries.shift(db, actor(), shift_id).activity_id
    try:
        with transaction() as db:
            done = act(db, queries.shift(db, actor(), shift_id))
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(done, "success")
    return redirect(url_for("activities.activity", activity_id=activity_id))


def _revision(db: Session, shift: Shift, member_id: int) -> int:
    """How often the member's row on the shift has changed; 0 where there is none."""
    row = queries.place_of(db, shift.id, member_id)
    return row.revision if row is not None else 0


def _audit(db: Session, action: str, shift: Shift, row: SignUp, before: int) -> None:
    """A second tap changes nothing, so the trail does not say that it did."""
    if row.revision == before:
        return
    organisation_id = shift.activity.organisation_id
    audited(db, action, f"shift:{shift.id}", organisation_id=organisation_id, member=row.member_id)


@activity_pages.post("/shifts/<int:shift_id>/sign-up")
def sign_up(shift_id: int) -> Response:
    """The member takes a place; a refusal is said on the activity's page."""
    member_id = _own_member_id()

    def act(db: Session, shift: Shift) -> str:
        before = _revision(db, shift, member_id)
        row = service.sign_up(
            db,
            shift=shift,
            member_id=member_id,
            by=actor(),
            at=now(),
            post_id=_post_id(),
            timezone=timezone(),
        )
        _audit(db, "activities.sign_up", shift, row, before)
        return str(_("You are signed up. We look forward to seeing you."))

    return _acted(shift_id, act)


@blueprint.post("/shifts/<int:shift_id>/wait")
def wait(shift_id: int) -> Response:
    """The member stands in the queue for a place."""
    member_id = _own_member_id()

    def act(db: Session, shift: Shift) -> str:
        before = _revision(db, shift, member_id)
        row = service.wait(
            db,
            shift=shift,
            member_id=member_id,
            by=actor(),
            at=now(),
            post_id=_post_id(),
            timezone=timezone(),
        )
        _audit(db, "activities.wait", shift, row, before)
        return str(_("You are on the waiting list. We tell you as soon as a place is free for you."))

    return _acted(shift_id, act)


@blueprint.post("/shifts/<int:shift_id>/accept")
def accept(shift_id: int) -> Response:
    """The member takes the place that is kept for them."""
    member_id = _own_member_id()

    def act(db: Session, shift: Shift) -> str:
        place = queries.place_of(db, shift.id, member_id)
        if place is None:
            raise OfferGone
        before = place.revision
        row = service.accept_offer(db, sign_up=place, by=actor(), at=now(), timezone=timezone())
        _audit(db, "activities.accept_offer", shift, row, before)
        return str(_("The place is yours. We look forward to seeing you."))

    return _acted(shift_id, act)


@blueprint.post("/shifts/<int:shift_id>/sign-up-family")
def sign_up_family(shift_id: int) -> Response:
    """A helper signs up somebody of their household, who is told."""
    _own_member_id()
    member_id = request.form.get("member_id", default=0, type=int)

    def act(db: Session, shift: Shift) -> str:
        before = _revision(db, shift, member_id)
        row = service.sign_up_family(
            db,
            shift=shift,
            member_id=member_id,
            by=actor(),
            at=now(),
            post_id=_post_id(),
            timezone=timezone(),
        )
        _audit(db, "activities.sign_up_other", shift, row, before)
        return str(_("%(name)s is signed up.", name=db.get_one(Member, member_id).name))

    return _acted(shift_id, act)


@activity_pages.post("/shifts/<int:shift_id>/give-up")
def give_up(shift_id: int) -> Response:
    """The member cannot come, or a helper says so for somebody of the household."""
    member_id = _whose_place()
    with reading() as db:
        activity_id = queries.shift(db, actor(), shift_id).activity_id
    try:
        with transaction() as db:
            words = _gave_up(db, queries.shift(db, actor(), shift_id), member_id)
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(words, "success")
    if member_id != actor().member_id:
        return redirect(url_for("activities.activity", activity_id=activity_id))
    return redirect(url_for("activities.mine"))


def _whose_place() -> int:
    own, other = _own_member_id(), request.form.get("member_id", type=int)
    if other is None or other == own:
        return own
    with reading() as db:
        if not same_household(db, own, other):
            raise Forbidden
    return other


def _gave_up(db: Session, shift: Shift, member_id: int) -> str:
    place = queries.place_of(db, shift.id, member_id)
    if place is None:
        return str(_("You have no place there."))
    had_place, before = place.status == SIGNED_UP, place.revision
    service.cancel_sign_up(db, sign_up=place, at=now(), by=actor(), timezone=timezone())
    _audit(db, "activities.give_up", shift, place, before)
    if member_id != actor().member_id:
        return str(
            _("%(name)s no longer has a place there, and is told.", name=db.get_one(Member, member_id).name)
        )
    if had_place:
        return str(
            _(
                "Your place is free for somebody else. Thank you for telling us: this does not count as staying away."
            )
        )
    return str(_("You no longer wait for a place there."))


@activity_pages.get("/my/activities")
def mine() -> str:
    """What the member is signed up for, waits for or is offered, and the past."""
    at, past = now(), request.args.get("past") == "1"
    member_id = _own_member_id()
    with reading() as db:
        rows: list[tuple[Shift, str, SignUp | None]]
        if past:
            rows = [
                (shift, _past_state(shift.status), None)
                for shift in queries.shifts_of_member(db, member_id, at=at, past=True)
            ]
        else:
            rows = [
                (place.shift, _state_of(place, place.shift), place)
                for place in holdings.places_of_member(db, member_id, at=at)
            ]
        return render_template("activities/mine.html", rows=rows, past=past, at=at)


def _past_state(status: str) -> str:
    return "finished" if status == "published" else status


def _state_of(place: SignUp, shift: Shift) -> str:
    if shift.status == "published" and place.status in (WAITING, OFFERED):
        return place.status
    return shift_state(shift.status, shift.starts_at, shift.ends_at, now())
