"""Scanning as a volunteer: the address in the code, the large button, the answer, and scanning inside the pages.

A GET never checks anybody in. Opening a code's address mints a ticket for this browser, and an answer of
no is written into the log; nothing else is written before somebody taps.
"""

import re
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import lockouts
from timebank.access.actors import Actor
from timebank.access.keys import digest
from timebank.checkin import printed, service, tickets
from timebank.checkin.answers import shown
from timebank.checkin.errors import NotAVolunteer, PhotoUnreadable, ShortCodeWrong
from timebank.checkin.forms import PhotoForm, ShortCodeForm
from timebank.checkin.photos import read_photo
from timebank.checkin.reasons import Reason
from timebank.checkin.service import Outcome
from timebank.checkin.tickets import Minted
from timebank.errors import Conflict, Refusal
from timebank.members import queries as members
from timebank.members.codes import only_digits
from timebank.policy.queries import policy_for
from timebank.policy.rules import Policy
from timebank.web.errors import said, said_with_step
from timebank.web.filters import clock_time
from timebank.web.frame import device_word
from timebank.web.requests import actor, arrived, carries_log_in, house, public, transaction
from timebank.web.scanning import scans_codes

blueprint = Blueprint("checkin", __name__)

# The end of a code's address, in whatever writing an app hands it over.
_CODE_ADDRESS = re.compile(r"/s/([A-Za-z2-7]{32}|[A-Za-z2-7]{24})/?$", re.IGNORECASE)
_ACTIVITY_ADDRESS = re.compile(r"/activities/(\d{1,18})/?$")


def device() -> str:
    """The digest of this browser's cookie."""
    return digest(device_word())


def timezone() -> ZoneInfo:
    """The county's time zone."""
    return ZoneInfo(house().settings.timezone)


@blueprint.get("/s/<token>")
@public
def open_code(token: str) -> ResponseReturnValue:
    """What the camera opens. Verified before any log-in; then the token leaves the address bar."""
    at, keyring = arrived(), house().keyring
    if printed.looks_printed(token):
        with transaction() as db:
            return _after(tickets.scan_token(db, keyring, token, device=device(), at=at))
    # Verified as it arrived, before waiting for the turn to write: a full hall makes no honest scan late.
    with house().database.glance() as db:
        verified = tickets.verify(db, keyring, token, at=at)
    with transaction() as db:
        minted = tickets.keep(db, verified, device=device())
    return _after(minted)


def _after(minted: Minted) -> ResponseReturnValue:
    if minted.reason is Reason.OK:
        if not carries_log_in() and minted.expires_at is not None:
            # The log-in page comes next; nobody should hurry, or go back and scan again.
            until = clock_time(minted.expires_at)
            flash(_("Your scan is kept until %(time)s. Log in, then tap once.", time=until), "info")
        return redirect(url_for("checkin.confirm", secret=minted.secret))
    return render_template("checkin/answer.html", shown=shown(minted.reason, minted.kind), outcome=None)


@blueprint.get("/scan/<secret>")
def confirm(secret: str) -> ResponseReturnValue:
    """The one large button; or at once why there is none."""
    with house().database.glance() as db:
        hand = service.in_hand(db, secret, device=device(), by=_volunteer())
        outcome = service.look(db, hand, at=arrived())
    if outcome.is_done:
        return redirect(url_for("checkin.result", secret=secret))
    if outcome.reason is not Reason.OK:
        with transaction() as db:
            service.keep_refusal(db, hand, outcome)
        return _answer(outcome, secret)
    asks = service.asks_place(hand)
    return render_template("checkin/confirm.html", outcome=outcome, secret=secret, asks_place=asks)


@blueprint.post("/scan/<secret>")
def tap(secret: str) -> Response:
    """Check in or out, once; a second tap leads to the same answer."""
    also, where = request.form.get("also", ""), request.form.get("where", "")
    who, at = _volunteer(), arrived()
    try:
        with transaction() as db:
            hand = service.take(db, secret, device=device(), by=who, also=also)
            outcome = service.redeem(db, hand, at=at, timezone=timezone(), also=also, where=where)
    except Conflict as refusal:
        # Signing up on arrival was refused; the button's page says what the scan itself came to.
        flash(said(refusal), "warning")
        return redirect(url_for("checkin.confirm", secret=secret))
    page = "checkin.result" if outcome.reason is Reason.OK else "checkin.confirm"
    return redirect(url_for(page, secret=secret))


@blueprint.get("/scan/<secret>/result")
def result(secret: str) -> ResponseReturnValue:
    """The answer, filling the screen."""
    with house().database.glance() as db:
        hand = service.in_hand(db, secret, device=device(), by=_volunteer())
        outcome = service.look(db, hand, at=arrived())
    if not outcome.is_done:
        return redirect(url_for("checkin.confirm", secret=secret))
    return _answer(outcome, secret)


def _answer(outcome: Outcome, secret: str) -> str:
    return render_template(
        "checkin/answer.html",
        shown=shown(outcome.reason, outcome.kind, outcome),
        outcome=outcome,
        secret=secret,
    )


def _volunteer() -> Actor:
    who = actor()
    if who.member_id is None:
        raise NotAVolunteer
    return who


@blueprint.get("/scan")
@scans_codes
def scan() -> str:
    """Scanning inside the pages: camera, else a photo, else the six digits."""
    return _scan_page(PhotoForm(), ShortCodeForm())


def _scan_page(photo: PhotoForm, short: ShortCodeForm) -> str:
    return render_template(
        "checkin/scan.html",
        photo_form=photo,
        short_form=short,
        page_has_errors=bool(photo.errors or short.errors),
    )


@blueprint.post("/scan/photo")
@scans_codes
def scan_photo() -> ResponseReturnValue:
    """A photo of the organiser's code, or of an activity's poster, read by the server."""
    form = PhotoForm()
    if form.validate_on_submit():
        try:
            return _lead_to(read_photo(form.photo.data.read()))
        except PhotoUnreadable as refusal:
            form.photo.errors = [said_with_step(refusal)]
    return _scan_page(form, ShortCodeForm(formdata=None))


def _lead_to(text: str) -> ResponseReturnValue:
    """To the page that a scanned address of this house means; foreign addresses are never followed."""
    if found := _CODE_ADDRESS.search(text):
        return redirect(url_for("checkin.open_code", token=found[1]))
    if found := _ACTIVITY_ADDRESS.search(text):
        return redirect(url_for("activities.activity", activity_id=int(found[1])))
    return _after(Minted(Reason.BAD_CODE))


@blueprint.post("/scan/digits")
@scans_codes
def scan_digits() -> ResponseReturnValue:
    """The six digits, for a broken camera: five tries per member and per browser, unless the county says otherwise."""
    form = ShortCodeForm()
    if form.validate_on_submit():
        try:
            return _after(_try_digits(only_digits(form.digits.data or "")))
        except Refusal as refusal:
            form.digits.errors = [said_with_step(refusal)]
    return _scan_page(PhotoForm(formdata=None), form)


def _short_tries(db: Session, member_id: int | None) -> int:
    if member_id is None:
        return Policy().short_tries
    return policy_for(db, members.member(db, actor(), member_id).organisation.path).short_tries


def _try_digits(digits: str) -> Minted:
    who, at = actor(), arrived()
    subjects = (f"short:{who.member_id or who.label}", f"short-device:{device()}")
    with transaction() as db:
        free = _short_tries(db, who.member_id)
        # Counted before looking, so that many guesses sent at once cannot slip past the lock.
        for subject in subjects:
            lockouts.ensure_open(db, subject, at=at)
            lockouts.failed(db, subject, at=at, free=free)
    with transaction() as db:
        minted = tickets.scan_short_code(db, house().keyring, digits, by=who, device=device(), at=at)
        if minted.reason is Reason.OK:
            for subject in subjects:
                lockouts.succeeded(db, subject)
    if minted.reason is not Reason.OK:
        raise ShortCodeWrong
    return minted
