"""Log in and out, invitations, own password, language and elder mode."""

import unicodedata
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import lockouts, queries, service
from timebank.access.errors import LogInFailed, PasswordTooWeak
from timebank.access.forms import ChangePasswordForm, LogInForm, NewPasswordForm
from timebank.access.models import User
from timebank.access.passwords import password_matches
from timebank.clock import now
from timebank.web.errors import said
from timebank.web.frame import NEW_DEVICE, device_word
from timebank.web.locale import LOCALES
from timebank.web.requests import actor, actor_or_none, audited, own_address, public, reading, transaction

blueprint = Blueprint("access", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def log_in() -> str | Response:
    """Ask for name and password; go back to where the person was heading."""
    form = LogInForm()
    if form.validate_on_submit():
        try:
            _log_in_with(form.login_name.data or "", form.password.data or "")
        except LogInFailed as refusal:
            form.password.errors = [said(refusal)]
        else:
            return redirect(own_address(request.args.get("next")))
    return render_template("access/log_in.html", form=form)


def _log_in_with(written_name: str, password: str) -> None:
    """Log in, or raise ``LogInFailed`` or ``LockedOut``.

    The try is counted before the password is looked at and forgotten when it was right, so that a
    hundred guesses sent at once cannot all slip past the lock. The slow hash holds no transaction.
    """
    name = _as_registered(written_name)
    with reading() as db:
        subject = queries.log_in_subject(db, name)
    _count_try(subject)
    with reading() as db:
        user = service.user_with_password(db, login_name=name, password=password)
    if user is None:
        raise LogInFailed
    with transaction() as db:
        lockouts.succeeded(db, subject)
        service.keep_log_in(db, user_id=user.id, device=device_word(), how="password", at=now())
    _begin_session(user)


def _count_try(subject: str) -> None:
    """Raise ``LockedOut``, or count the try before it is looked at."""
    at = now()
    with transaction() as db:
        lockouts.ensure_open(db, subject, at=at)
        lockouts.failed(db, subject, at=at)


def _as_registered(written_name: str) -> str:
    """The name without the blanks, dashes and country code with which people write phone numbers."""
    plain = unicodedata.normalize("NFKC", written_name)
    return "".join(sign for sign in plain if not sign.isspace() and sign != "-").removeprefix("+86")


def _begin_session(user: User) -> None:
    kept = {name: session[name] for name in ("locale", "elder_mode") if name in session}
    session.clear()
    session.update(kept)
    with reading() as db:
        login_user(queries.actor_of_user(db, user.id), remember=False, duration=timedelta(days=30))
        since = queries.new_device_since(db, user.id, device_word())
    if since is not None:
        session[NEW_DEVICE] = since.isoformat()
    session.permanent = True


@blueprint.post("/logout")
@public
def log_out() -> Response:
    """End the session; ``next`` is kept for whoever logs in now, such as the scan of a phone that is passed on."""
    target = request.form.get("next")
    logout_user()
    session.clear()
    flash(_("You are logged out."), "info")
    return redirect(url_for("access.log_in", next=own_address(target) if target else None))


@blueprint.route("/invite/<secret>", methods=["GET", "POST"])
@public
def accept_invitation(secret: str) -> str | Response:
    """Set the first password through an invitation."""
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                user = service.accept_invitation(db, secret, password=form.password.data or "", at=now())
                service.keep_log_in(db, user_id=user.id, device=device_word(), how="invitation", at=now())
        except PasswordTooWeak as refusal:
            form.password.errors = [said(refusal)]
        else:
            _begin_session(user)
            flash(_("Welcome! Your password is set."), "success")
            return redirect(url_for("desks.home"))
    with reading() as db:
        invited = db.get_one(User, service.invitation(db, secret, at=now()).user_id)
        return render_template("access/invitation.html", form=form, name=invited.name)


@blueprint.route("/password", methods=["GET", "POST"])
def change_password() -> str | Response:
    """Change one's own password; every other session ends."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        _count_try(f"password:{actor().user_id}")
        with transaction() as db:
            user = db.get_one(User, actor().user_id)
            changed = _changed(db, user, form)
        if changed:
            _begin_session(user)
            flash(_("Your password is changed. Other devices are logged out."), "success")
            return redirect(url_for("desks.home"))
    return render_template("access/change_password.html", form=form)


def _changed(db: Session, user: User, form: ChangePasswordForm) -> bool:
    """Try the change; what is wrong is written beside the field. A right guess forgets the wrong ones."""
    if not password_matches(user.password_hash, form.current.data or ""):
        form.current.errors = [_("This is not your current password.")]
        return False
    lockouts.succeeded(db, f"password:{user.id}")
    try:
        service.set_password(db, user=user, password=form.password.data or "")
    except PasswordTooWeak as refusal:
        form.password.errors = [said(refusal)]
        return False
    audited(db, "password.changed", f"user:{user.id}")
    return True


@blueprint.post("/locale")
@public
def choose_locale() -> Response:
    """Switch the language, here and for the next log-in."""
    chosen = request.form.get("locale", "")
    if chosen in LOCALES:
        session["locale"] = chosen
        _keep_preference("locale", chosen)
    return redirect(own_address(request.form.get("next")))


@blueprint.post("/elder")
@public
def choose_elder_mode() -> Response:
    """Switch the large, plain mode on or off."""
    chosen = request.form.get("on") == "1"
    session["elder_mode"] = chosen
    _keep_preference("elder_mode", chosen)
    return redirect(own_address(request.form.get("next")))


def _keep_preference(name: str, value: object) -> None:
    who = actor_or_none()
    if who is not None and who.user_id is not None:
        with transaction() as db:
            setattr(db.get_one(User, who.user_id), name, value)
