"""The tablet at the door: set up by a coordinator, then one page for one shift, left by a PIN.

While its cookie is in the browser, every other address of the house leads back to the kiosk's page.
"""

import base64
from datetime import datetime

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import lockouts, scope
from timebank.access.permissions import ATTENDANCE_RECORD
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.checkin import doorway, kiosks, queries, rules, screens, service
from timebank.checkin.answers import shown_to_organiser
from timebank.checkin.errors import KioskClosed, NotForTablet, PinWrong
from timebank.checkin.forms import KioskForm, MemberForm, PinForm
from timebank.checkin.kiosks import Abilities
from timebank.checkin.models import Kiosk
from timebank.checkin.reasons import Reason
from timebank.checkin.service import Hand
from timebank.checkin.views import device, timezone
from timebank.clock import now
from timebank.errors import Conflict, Refusal
from timebank.members import photos
from timebank.members.errors import CodeInvalid, PhotoAbsent
from timebank.policy.queries import policy_for
from timebank.web.errors import said, said_with_step
from timebank.web.locale import current_locale, elder_mode
from timebank.web.requests import actor, arrived, audited, house, public, reading, transaction
from timebank.web.scanning import scans_codes

blueprint = Blueprint("kiosk", __name__)

COOKIE = "kiosk"
# Ways to show pages, and the machine's watchman.
_OPEN_ENDPOINTS = frozenset({"access.choose_locale", "access.choose_elder_mode", "health.health"})


@blueprint.before_app_request
def stay() -> Response | None:
    """Nothing but the kiosk's own pages is reached from a tablet at the door."""
    secret = request.cookies.get(COOKIE)
    endpoint = request.endpoint or ""
    if not secret or endpoint.endswith("static") or endpoint in _OPEN_ENDPOINTS:
        return None
    if endpoint.startswith("kiosk.") and endpoint not in {"kiosk.set_up", "kiosk.end"}:
        return None
    try:
        with reading() as db:
            kiosks.of_secret(db, secret, at=now())
    except KioskClosed:
        return None
    return redirect(url_for("kiosk.show"))


def _shift(db: Session, shift_id: int) -> Shift:
    shift = activities.shift(db, actor(), shift_id)
    scope.require(actor(), ATTENDANCE_RECORD, shift.activity.organisation.path)
    return shift


@blueprint.route("/shifts/<int:shift_id>/kiosk", methods=["GET", "POST"])
def set_up(shift_id: int) -> ResponseReturnValue:
    """Turn this browser into the tablet at the door. The coordinator is logged out of it."""
    form = KioskForm()
    at = now()
    if form.validate_on_submit() and form.does_something():
        with transaction() as db:
            secret, ends_at = _bind(db, _shift(db, shift_id), form, at)
        return _as_tablet(secret, ends_at, at)
    with reading() as db:
        shift = _shift(db, shift_id)
        return render_template(
            "checkin/kiosk_set_up.html", shift=shift, form=form, ends_at=_closes_at(db, shift)
        )


def _closes_at(db: Session, shift: Shift) -> datetime:
    policy = policy_for(db, shift.activity.organisation.path)
    return rules.windows(policy, shift.starts_at, shift.ends_at).out_closes


def _bind(db: Session, shift: Shift, form: KioskForm, at: datetime) -> tuple[str, datetime]:
    ends_at = _closes_at(db, shift)
    if shift.status != "published" or at >= ends_at:
        raise KioskClosed
    abilities = Abilities(
        bool(form.shows_code.data), bool(form.reads_cards.data), bool(form.is_attended.data)
    )
    secret = kiosks.set_up(
        db, shift=shift, abilities=abilities, pin=form.pin.data or "", by=actor(), ends_at=ends_at, at=at
    )
    audited(
        db,
        "checkin.kiosk_set_up",
        f"shift:{shift.id}",
        organisation_id=shift.activity.organisation_id,
        shows_code=abilities.shows_code,
        reads_cards=abilities.reads_cards,
        is_attended=abilities.is_attended,
    )
    return secret, ends_at


def _as_tablet(secret: str, ends_at: datetime, at: datetime) -> Response:
    # The tablet goes on as whoever sets it up reads it; nobody is logged in there to choose.
    kept = {"locale": current_locale(), "elder_mode": elder_mode()}
    logout_user()
    session.clear()
    session.update(kept)
    answer = redirect(url_for("kiosk.show"))
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int((ends_at - at).total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=house().settings.secure_cookies,
    )
    return answer


@blueprint.post("/shifts/<int:shift_id>/kiosk/<int:kiosk_id>/end")
def end(shift_id: int, kiosk_id: int) -> Response:
    """End a tablet from the coordinator's own screen."""
    with transaction() as db:
        shift = _shift(db, shift_id)
        kiosks.close(db, kiosks.kiosk_of_shift(db, shift_id, kiosk_id), by=actor().label, at=now())
        audited(
            db, "checkin.kiosk_ended", f"shift:{shift_id}", organisation_id=shift.activity.organisation_id
        )
    flash(_("The tablet has been ended."), "success")
    return redirect(url_for("organiser.screen", shift_id=shift_id))


def _kiosk(db: Session) -> Kiosk:
    return kiosks.of_secret(db, request.cookies.get(COOKIE, ""), at=now())


def _shift_here(db: Session) -> Shift:
    return kiosks.shift_of_kiosk(db, _kiosk(db))


@blueprint.get("/kiosk")
@public
@scans_codes
def show() -> ResponseReturnValue:
    """The one page of the tablet."""
    return _show(MemberForm(formdata=None))


def _show(form: MemberForm) -> str:
    form.written.label.text = _("Code or card")
    with reading() as db:
        kiosk = _kiosk(db)
        shift = kiosks.shift_of_kiosk(db, kiosk)
        return render_template(
            "checkin/kiosk.html",
            kiosk=kiosk,
            shift=shift,
            kind=screens.due(db, shift, now()),
            count=queries.head_count(db, shift.id),
            arrivals=screens.arrivals(db, shift.id),
            member_form=form,
            page_has_errors=bool(form.errors),
        )


@blueprint.post("/kiosk/codes")
@public
def codes() -> ResponseReturnValue:
    """The code on show and the next ones; the tablet changes by itself from arriving to leaving."""
    asked, at = request.get_json(silent=True), now()
    if not isinstance(asked, dict):
        abort(400)
    with transaction() as db:
        kiosk = _kiosk(db)
        if not kiosk.shows_code:
            abort(404)
        shift = kiosks.shift_of_kiosk(db, kiosk)
        kiosk.last_seen_at = max(at, kiosk.last_seen_at)
        kind = screens.due(db, shift, at)
        display = asked.get("display") if asked.get("kind") == kind else None
        told = screens.codes_told(
            db, shift, kind, display=display, by=kiosks.acting_for(db, kiosk), at=at, kiosk=kiosk
        )
        return jsonify(told)


@blueprint.get("/kiosk/arrivals")
@public
def arrivals() -> ResponseReturnValue:
    """Who has come and gone, masked to the surname. Warnings are for the organiser's own screen."""
    with reading() as db:
        told = screens.arrivals_told(db, _shift_here(db), at=now())
        return jsonify(told | {"warning": "", "reminder": ""})


@blueprint.post("/kiosk/scan")
@public
@scans_codes
def scan() -> ResponseReturnValue:
    """A phone code or a paper card, held before the tablet's camera or its scanner."""
    form = MemberForm()
    if not form.validate():
        return _show(form)
    with reading() as db:
        kiosk = _kiosk(db)
        if not kiosk.reads_cards:
            abort(404)
        by = kiosks.acting_for(db, kiosk)
        kind = screens.due(db, kiosks.shift_of_kiosk(db, kiosk), now())
    try:
        minted = doorway.recognise(
            _shift_here, kind, form.written.data or "", by=by, at=arrived(), kiosk_id=kiosk.id
        )
    except Refusal as refusal:
        answer = NotForTablet() if isinstance(refusal, CodeInvalid) else refusal
        form.written.errors = [said_with_step(answer)]
        # Whoever comes next finds an empty field.
        form.written.data = ""
        return _show(form)
    return redirect(url_for("kiosk.member", secret=minted.secret))


def _hand(db: Session, secret: str, *, also: str | None = None) -> Hand:
    """The ticket of this tablet; with ``also`` for a tap."""
    kiosk = _kiosk(db)
    by = kiosks.acting_for(db, kiosk)
    if also is None:
        hand = service.in_hand(db, secret, device=device(), by=by, is_organiser=True)
    else:
        hand = service.take(db, secret, device=device(), by=by, is_organiser=True, also=also)
    if hand.ticket.kiosk_id != kiosk.id:
        abort(404)
    return hand


@blueprint.get("/kiosk/member/<secret>")
@public
def member(secret: str) -> ResponseReturnValue:
    """Who it is, with the photo, and one large button; afterwards the answer, and back by itself."""
    with transaction() as db:
        hand = _hand(db, secret)
        outcome = service.preview(db, hand, at=now())
        answer = shown_to_organiser(outcome)
        may_tap = outcome.reason is Reason.OK and not outcome.is_done
        return render_template(
            "checkin/kiosk_member.html",
            outcome=outcome,
            shift=hand.shift,
            secret=secret,
            answer=answer,
            may_tap=may_tap or bool(answer.agree and outcome.walk_in),
            photo=_photo(db, hand.member.id),
        )


def _photo(db: Session, member_id: int) -> str:
    """The photo inside the page: nobody is logged in here who could fetch it."""
    try:
        picture, _digest = photos.picture(db, member_id)
    except PhotoAbsent:
        return ""
    return f"data:{photos.STORED_TYPE};base64,{base64.b64encode(picture).decode()}"


@blueprint.post("/kiosk/member/<secret>")
@public
def tap(secret: str) -> Response:
    """The member's tap: yes, this is me."""
    also = request.form.get("also", "")
    try:
        with transaction() as db:
            hand = _hand(db, secret, also=also)
            service.redeem(db, hand, at=arrived(), timezone=timezone(), also=also)
    except Conflict as refusal:
        flash(said(refusal), "warning")
    return redirect(url_for("kiosk.member", secret=secret))


@blueprint.route("/kiosk/leave", methods=["GET", "POST"])
@public
def leave() -> ResponseReturnValue:
    """End the tablet's work with the PIN; the browser is an ordinary one again."""
    form = PinForm()
    if form.validate_on_submit():
        try:
            _leave_with(form.pin.data or "")
        except PinWrong as refusal:
            form.pin.errors = [said_with_step(refusal)]
        else:
            answer = redirect(url_for("access.log_in"))
            answer.delete_cookie(COOKIE)
            return answer
    with reading() as db:
        return render_template("checkin/kiosk_leave.html", shift=_shift_here(db), form=form)


def _leave_with(pin: str) -> None:
    """Counted before it is looked at, as passwords are; the slow hash holds no transaction."""
    at = now()
    with transaction() as db:
        kiosk = _kiosk(db)
        subject = f"kiosk:{kiosk.id}"
        lockouts.ensure_open(db, subject, at=at)
        lockouts.failed(db, subject, at=at)
    if not kiosks.pin_fits(kiosk, pin):
        raise PinWrong
    with transaction() as db:
        lockouts.succeeded(db, subject)
        kiosks.close(db, _kiosk(db), by="pin", at=at)
