"""The organiser's side: the screen with the changing code, and checking in people who have no phone with them."""

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_RECORD
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.checkin import displays, queries, rules, service, tickets
from timebank.checkin.answers import Shown, shown_to_organiser
from timebank.checkin.forms import MemberForm, PhotoForm
from timebank.checkin.photos import read_photo
from timebank.checkin.reasons import Reason
from timebank.checkin.rules import Windows, display_state, kind_due
from timebank.checkin.service import Hand, Outcome
from timebank.checkin.tickets import Minted
from timebank.checkin.tokens import Kind
from timebank.checkin.views import device, timezone
from timebank.clock import now
from timebank.errors import Conflict, Refusal
from timebank.members.codes import try_identify
from timebank.members.errors import CodeInvalid
from timebank.members.models import Member
from timebank.policy.queries import policy_for
from timebank.web.codes import link_qr
from timebank.web.errors import said
from timebank.web.filters import clock_time, masked_name
from timebank.web.requests import actor, audited, house, reading, transaction
from timebank.web.scanning import scans_codes

# The screen around the code is white and gives the rest of the four, so that the code itself is larger.
SCREEN_QUIET_MODULES = 2

blueprint = Blueprint("organiser", __name__, url_prefix="/shifts/<int:shift_id>")


def _shift(db: Session, shift_id: int) -> Shift:
    shift = activities.shift(db, actor(), shift_id)
    scope.require(actor(), ATTENDANCE_RECORD, shift.activity.organisation.path)
    return shift


def _windows(db: Session, shift: Shift) -> Windows:
    policy = policy_for(db, shift.activity.organisation.path)
    return rules.windows(policy, shift.starts_at, shift.ends_at)


def _kind(written: object, due: Kind) -> Kind:
    return Kind(written) if written in ("in", "out") else due


@blueprint.get("/screen")
def screen(shift_id: int) -> str:
    """The code for everybody to scan, as large as the screen is; its script asks for the codes."""
    with reading() as db:
        shift = _shift(db, shift_id)
        kind = _kind(request.args.get("kind"), kind_due(_windows(db, shift), now()))
        return render_template(
            "checkin/screen.html",
            shift=shift,
            kind=kind,
            count=queries.head_count(db, shift_id),
            arrivals=_arrivals(db, shift_id),
        )


@blueprint.post("/screen/codes")
def codes(shift_id: int) -> ResponseReturnValue:
    """The code on show and the next ones. Asking for them is what keeps the display session's record."""
    asked, at = request.get_json(silent=True), now()
    with transaction() as db:
        shift = _shift(db, shift_id)
        if not isinstance(asked, dict):
            abort(400)
        display_id = asked.get("display")
        windows = _windows(db, shift)
        kind = _kind(asked.get("kind"), kind_due(windows, at))
        state = display_state(kind, windows, at)
        if shift.activity.status != "published" or state != "open":
            return jsonify(_closed(shift, kind, state, windows))
        known = display_id if isinstance(display_id, int) and 0 < display_id < 2**62 else None
        display = displays.keep_showing(db, shift=shift, kind=kind, display_id=known, by=actor(), at=at)
        if known is None:
            organisation_id = shift.activity.organisation_id
            audited(
                db, "checkin.screen_opened", f"shift:{shift_id}", organisation_id=organisation_id, kind=kind
            )
        policy = policy_for(db, shift.activity.organisation.path)
        coming = displays.coming_codes(
            house().keyring,
            shift_id=shift_id,
            display_id=display.id,
            kind=kind,
            step_seconds=policy.code_step_seconds,
            at=at,
        )
        step = policy.code_step_seconds * 1000
        return jsonify(state="open", display=display.id, step=step, codes=[_drawn(code) for code in coming])


def _drawn(code: displays.ShownCode) -> dict[str, object]:
    address = f"{house().settings.public_url}/s/"
    return {
        "svg": link_qr(address, tail=code.token, level="M", quiet=SCREEN_QUIET_MODULES),
        "short": code.short,
        "begins": code.begins_in,
        "ends": code.ends_in,
    }


def _closed(shift: Shift, kind: Kind, state: str, windows: Windows) -> dict[str, object]:
    if shift.activity.status != "published":
        said_now = _("This activity is not open: it is a draft or was cancelled.")
    elif kind is Kind.IN:
        early = _("Check-in opens at %(time)s.", time=clock_time(windows.in_opens))
        late = _(
            "Check-in closed at %(time)s. Who comes now is checked in by you, below.",
            time=clock_time(windows.in_closes),
        )
        said_now = early if state == "early" else late
    else:
        early = _("The code for leaving can be shown from %(time)s.", time=clock_time(windows.out_opens))
        late = _("Check-out closed at %(time)s.", time=clock_time(windows.out_closes))
        said_now = early if state == "early" else late
    return {"state": "closed", "said": said_now}


@blueprint.get("/screen/arrivals")
def arrivals(shift_id: int) -> ResponseReturnValue:
    """Who has come and gone, masked to the surname, because the screen hangs on a wall."""
    with reading() as db:
        _shift(db, shift_id)
        count = queries.head_count(db, shift_id)
        return jsonify(
            inside=count.inside,
            arrived=count.arrived,
            left=count.left,
            expected=count.expected,
            rows=_arrivals(db, shift_id),
        )


def _arrivals(db: Session, shift_id: int) -> list[dict[str, str]]:
    return [
        {
            "name": masked_name(line.name),
            "at": clock_time(line.at),
            "kind": line.kind.value,
            "word": _("came") if line.kind is Kind.IN else _("left"),
        }
        for line in queries.arrivals(db, shift_id)
    ]


@blueprint.route("/help", methods=["GET", "POST"])
@scans_codes
def help_member(shift_id: int) -> ResponseReturnValue:
    """Scan or type somebody's code, card or number. A scanner gun types digits and presses Enter."""
    form, photo = MemberForm(), PhotoForm()
    with reading() as db:
        shift = _shift(db, shift_id)
        kind = _kind(request.values.get("kind"), kind_due(_windows(db, shift), now()))
    if request.method == "POST":
        field = photo.photo if photo.photo.data else form.written
        try:
            if (photo if photo.photo.data else form).validate():
                written = read_photo(photo.photo.data.read()) if photo.photo.data else form.written.data or ""
                minted = _recognise(shift_id, kind, written)
                return redirect(url_for("organiser.member", shift_id=shift_id, secret=minted.secret))
        except Refusal as refusal:
            field.errors = [f"{said(refusal)} {_(refusal.next_step)}" if refusal.next_step else said(refusal)]
    return _help_page(shift_id, kind, form, photo)


def _recognise(shift_id: int, kind: Kind, written: str) -> Minted:
    """Recognise first and commit: a phone code is spent by the attempt. Then say who it is, or why not."""
    at = now()
    with transaction() as db:
        shift = _shift(db, shift_id)
        found = try_identify(db, house().keyring, written, by=f"shift:{shift_id}", at=at)
        if not isinstance(found, Refusal) and not _is_of_this_county(found.member, shift):
            found = CodeInvalid()
        if not isinstance(found, Refusal):
            return tickets.scan_member(db, shift=shift, kind=kind, found=found, device=device(), at=at)
        tickets.log_unrecognised(
            db, shift=shift, kind=kind, refusal=found, by=actor(), device=device(), at=at
        )
    raise found


def _is_of_this_county(member: Member, shift: Shift) -> bool:
    return member.organisation.path.split("/")[1] == shift.activity.organisation.path.split("/")[1]


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
        outcome = service.preview(db, _hand(db, shift, secret), at=now())
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
    try:
        with transaction() as db:
            shift = _shift(db, shift_id)
            hand = _hand(db, shift, secret, lock=True)
            was_done = hand.ticket.used_at is not None
            outcome = service.redeem(
                db, hand, at=now(), timezone=timezone(), also=request.form.get("also", "")
            )
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


def _hand(db: Session, shift: Shift, secret: str, *, lock: bool = False) -> Hand:
    ticket = queries.ticket(db, secret, device(), lock=lock, for_organiser=True)
    holder = db.get(Member, ticket.for_member_id)
    if ticket.shift_id != shift.id or holder is None:
        abort(404)
    return service.in_hand(db, ticket=ticket, member=holder, by=actor(), is_organiser=True)
