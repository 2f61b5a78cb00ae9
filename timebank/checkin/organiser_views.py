"""The organiser's side: the screen with the changing code, and checking in people who have no phone with them."""

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_RECORD
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.checkin import doorway, kiosks, presence, queries, screens, service, spots
from timebank.checkin.answers import Shown, shown_to_organiser
from timebank.checkin.forms import MemberForm, PhotoForm
from timebank.checkin.photos import read_photo
from timebank.checkin.reasons import Reason
from timebank.checkin.service import Hand, Outcome
from timebank.checkin.tickets import Minted
from timebank.checkin.tokens import Kind
from timebank.checkin.views import device, timezone
from timebank.clock import now
from timebank.errors import Conflict, Refusal
from timebank.policy.queries import policy_for
from timebank.web.errors import said, said_with_step
from timebank.web.requests import actor, arrived, audited, reading, transaction
from timebank.web.scanning import scans_codes

blueprint = Blueprint("organiser", __name__, url_prefix="/shifts/<int:shift_id>")


def _shift(db: Session, shift_id: int) -> Shift:
    shift = activities.shift(db, actor(), shift_id)
    scope.require(actor(), ATTENDANCE_RECORD, shift.activity.organisation.path)
    return shift


@blueprint.get("/screen")
def screen(shift_id: int) -> str:
    """The code for everybody to scan, as large as the screen is; its script asks for the codes."""
    at = now()
    with reading() as db:
        shift = _shift(db, shift_id)
        policy = policy_for(db, shift.activity.organisation.path)
        plan = presence.plan_of(db, shift.activity_id)
        return render_template(
            "checkin/screen.html",
            shift=shift,
            kind=screens.kind_asked(request.args.get("kind"), screens.due(db, shift, at)),
            count=queries.head_count(db, shift_id),
            arrivals=screens.arrivals(db, shift_id),
            has_spot_checks=plan is not None and plan.spot_checks and spots.is_long_enough(shift, policy),
            spot_counts=spots.counts(db, shift_id),
            kiosks=kiosks.running(db, shift_id, at=at),
        )


@blueprint.post("/screen/codes")
def codes(shift_id: int) -> ResponseReturnValue:
    """The code on show and the next ones. Asking for them is what keeps the display session's record."""
    asked, at = request.get_json(silent=True), now()
    with transaction() as db:
        shift = _shift(db, shift_id)
        if not isinstance(asked, dict):
            abort(400)
        kind = screens.kind_asked(asked.get("kind"), screens.due(db, shift, at))
        told = screens.codes_told(db, shift, kind, display=asked.get("display"), by=actor(), at=at)
        if told.get("began"):
            organisation_id = shift.activity.organisation_id
            audited(
                db, "checkin.screen_opened", f"shift:{shift_id}", organisation_id=organisation_id, kind=kind
            )
        return jsonify(told)


@blueprint.get("/screen/arrivals")
def arrivals(shift_id: int) -> ResponseReturnValue:
    """Who has come and gone, masked to the surname, because the screen hangs on a wall."""
    with reading() as db:
        return jsonify(screens.arrivals_told(db, _shift(db, shift_id), at=now()))


@blueprint.post("/spot-check")
def spot_check(shift_id: int) -> Response:
    """Ask everybody inside to scan once more; the screen then shows the code of the spot check."""
    at = now()
    with transaction() as db:
        shift = _shift(db, shift_id)
        db.refresh(shift, ["starts_at", "ends_at"], with_for_update={"key_share": True})
        policy = policy_for(db, shift.activity.organisation.path)
        check = spots.begin(db, shift=shift, policy=policy, by=actor(), at=at)
        if check.opened_at == at:
            audited(
                db,
                "checkin.spot_check",
                f"shift:{shift_id}",
                organisation_id=shift.activity.organisation_id,
                minutes=policy.spot_minutes,
            )
    return redirect(url_for("organiser.screen", shift_id=shift_id, kind="spot"))


@blueprint.route("/help", methods=["GET", "POST"])
@scans_codes
def help_member(shift_id: int) -> ResponseReturnValue:
    """Scan or type somebody's code, card or number. A scanner gun types digits and presses Enter."""
    form, photo = MemberForm(), PhotoForm()
    with reading() as db:
        shift = _shift(db, shift_id)
        kind = screens.kind_asked(request.values.get("kind"), screens.due(db, shift, now()))
    if request.method == "POST":
        field = photo.photo if photo.photo.data else form.written
        try:
            if (photo if photo.photo.data else form).validate():
                written = read_photo(photo.photo.data.read()) if photo.photo.data else form.written.data or ""
                minted = _recognise(shift_id, kind, written)
                return redirect(url_for("organiser.member", shift_id=shift_id, secret=minted.secret))
        except Refusal as refusal:
            field.errors = [said_with_step(refusal)]
    return _help_page(shift_id, kind, form, photo)


def _recognise(shift_id: int, kind: Kind, written: str) -> Minted:
    return doorway.recognise(lambda db: _shift(db, shift_id), kind, written, by=actor(), at=arrived())


def _help_page(
    shift_id: int,
    kind: Kind,
    form: MemberForm,
    photo: PhotoForm,
    *,
    done: Shown | None = None,
    outcome: Outcome | None = None,
) -> str:
    with reading() as db:
        return render_template(
            "checkin/help.html",
            shift=_shift(db, shift_id),
            kind=kind,
            member_form=form,
            photo_form=photo,
            page_has_errors=bool(form.errors or photo.errors),
            count=queries.head_count(db, shift_id),
            done=done,
            outcome=outcome,
        )


@blueprint.get("/help/<secret>")
@scans_codes
def member(shift_id: int, secret: str) -> ResponseReturnValue:
    """Who it is, large, for the organiser to look at the face before tapping; afterwards the answer and the next."""
    with transaction() as db:
        shift = _shift(db, shift_id)
        hand = service.in_hand(db, secret, device=device(), by=actor(), is_organiser=True)
        outcome = service.preview(db, _ours(hand, shift), at=now())
        answer = shown_to_organiser(outcome)
        if outcome.reason is Reason.OK and not outcome.is_done:
            return render_template("checkin/help_confirm.html", outcome=outcome, shift=shift, secret=secret)
        if answer.agree:
            return render_template(
                "checkin/help_confirm.html", outcome=outcome, shift=shift, secret=secret, answer=answer
            )
    return _help_page(
        shift_id,
        outcome.kind,
        MemberForm(formdata=None),
        PhotoForm(formdata=None),
        done=answer,
        outcome=outcome,
    )


@blueprint.post("/help/<secret>")
def tap(shift_id: int, secret: str) -> Response:
    """The organiser's tap: this is the person, check them in or out."""
    also = request.form.get("also", "")
    try:
        with transaction() as db:
            shift = _shift(db, shift_id)
            hand = service.take(db, secret, device=device(), by=actor(), is_organiser=True, also=also)
            was_done = _ours(hand, shift).ticket.used_at is not None
            outcome = service.redeem(db, hand, at=arrived(), timezone=timezone(), also=also)
            if outcome.reason is Reason.OK and not was_done:
                audited(
                    db,
                    "checkin.member_scanned",
                    f"member:{hand.member.id}",
                    organisation_id=shift.activity.organisation_id,
                    shift=shift_id,
                    kind=outcome.kind,
                    by=hand.ticket.identified_by,
                )
    except Conflict as refusal:
        flash(said(refusal), "warning")
    return redirect(url_for("organiser.member", shift_id=shift_id, secret=secret))


def _ours(hand: Hand, shift: Shift) -> Hand:
    if hand.shift.id != shift.id:
        abort(404)
    return hand
