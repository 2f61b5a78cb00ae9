"""Users and their roles, as administrators see and decide about them within their own subtrees."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import directory, scope, service
from timebank.access.actors import Role
from timebank.access.admin_forms import GrantForm, OutsiderForm
from timebank.access.errors import LabelInvalid
from timebank.access.models import User
from timebank.access.permissions import ROLES_GRANT
from timebank.access.rules import label_is_acceptable
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members.errors import PhoneInvalid
from timebank.members.identity_numbers import mobile_number
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.codes import link_qr
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("users", __name__, url_prefix="/users")


@blueprint.get("")
def index() -> str:
    """Holders of roles; with a search, everybody within scope."""
    scope.require_somewhere(actor(), ROLES_GRANT)
    words, role = request.args.get("q", "").strip()[:100], request.args.get("role", "")
    role = role if role in tuple(Role) else ""
    with reading() as db:
        page = directory.users_page(db, actor(), words=words, role=role, cursor=request.args.get("cursor"))
        held = directory.held_roles(db, [user.id for user in page.rows])
        return render_template(
            "access/users.html", page=page, held=held, words=words, role=role, roles=tuple(Role)
        )


def _visible(db: Session, user_id: int) -> User:
    """A user whom the actor may look at; raises ``UserAbsent`` or ``Forbidden``."""
    found = directory.user(db, actor(), user_id)
    home = directory.home_of(db, found)
    paths = [held.path for held in directory.held_roles(db, [found.id])[found.id]]
    if not any(actor().may(ROLES_GRANT, path) for path in [*paths, *([home[1]] if home else [])]):
        scope.require_somewhere(actor(), ROLES_GRANT)
        scope.require(actor(), ROLES_GRANT, home[1] if home else "/")
    return found


@blueprint.route("/<int:user_id>", methods=["GET", "POST"])
def show(user_id: int) -> str | Response:
    """One user: log-in, roles, and a form to give one more."""
    form = GrantForm()
    with reading() as db:
        found = _visible(db, user_id)
        form.organisation_id.choices = _options(db)
        if form.validate_on_submit():
            try:
                _granted(user_id, form)
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                return redirect(url_for("users.show", user_id=user_id))
        held = directory.held_roles(db, [found.id])[found.id]
        return render_template(
            "access/user.html",
            form=form,
            user=found,
            names=[row.name for row in found.login_names],
            home=directory.home_of(db, found),
            held=held,
            mine=[one.id for one in held if actor().may(ROLES_GRANT, one.path)],
            is_self=found.id == actor().user_id,
        )


def _options(db: Session) -> list[Any]:

    return organisation_choices(places.organisations(db, actor(), ROLES_GRANT))


def _granted(user_id: int, form: GrantForm) -> None:

    with transaction() as db:
        found = _visible(db, user_id)
        place = places.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), ROLES_GRANT, place.path)
        role = Role(form.role.data)
        service.grant_role(db, user=found, role=role, organisation_id=place.id, by=actor(), at=now())
        audited(
            db,
            "role.granted",
            f"user:{found.id}",
            organisation_id=place.id,
            role=role.value,
            organisation=place.name,
            name=found.name,
        )
    flash(_("The role is given. It works from the next page that the person opens."), "success")


@blueprint.post("/<int:user_id>/roles/<int:grant_id>/revoke")
def revoke(user_id: int, grant_id: int) -> Response:
    """Take a role back."""
    with transaction() as db:
        found = _visible(db, user_id)
        grant, path = directory.grant(db, actor(), found, grant_id)
        scope.require(actor(), ROLES_GRANT, path)
        service.revoke_role(db, grant=grant, by=actor(), at=now())
        audited(
            db,
            "role.revoked",
            f"user:{found.id}",
            organisation_id=grant.organisation_id,
            role=grant.role,
            name=found.name,
        )
    flash(_("The role is taken back."), "success")
    return redirect(url_for("users.show", user_id=user_id))


@blueprint.post("/<int:user_id>/suspend")
def suspend(user_id: int) -> Response:
    """Log the user out everywhere and keep them out."""
    with transaction() as db:
        found = _decided_about(db, user_id)
        service.suspend_user(db, user=found, by=actor(), at=now())
        audited(db, "user.suspended", f"user:{found.id}", organisation_id=_place(db, found), name=found.name)
    flash(_("%(name)s can no longer log in.", name=found.name), "success")
    return redirect(url_for("users.show", user_id=user_id))


@blueprint.post("/<int:user_id>/reinstate")
def reinstate(user_id: int) -> Response:
    """Let the user log in again."""
    with transaction() as db:
        found = _decided_about(db, user_id)
        service.reinstate_user(db, user=found)
        audited(db, "user.reinstated", f"user:{found.id}", organisation_id=_place(db, found), name=found.name)
    flash(_("%(name)s can log in again.", name=found.name), "success")
    return redirect(url_for("users.show", user_id=user_id))


def _decided_about(db: Session, user_id: int) -> User:
    found = _visible(db, user_id)
    directory.ensure_decides_about(db, actor(), found)
    return found


def _place(db: Session, found: User) -> int | None:
    """The organisation that an act about the user's log-in is filed under: the home, else the first role's."""
    home = directory.home_of(db, found)
    held = directory.held_roles(db, [found.id])[found.id]
    path = home[1] if home else held[0].path if held else ""
    return int(path.rstrip("/").rpartition("/")[2]) if path else None


@blueprint.post("/<int:user_id>/invitation")
def invite(user_id: int) -> str:
    """A sheet with a one-use link to choose a (new) password."""
    with transaction() as db:
        found = _decided_about(db, user_id)
        secret = service.invite(db, user=found, by=actor(), at=now())
        audited(db, "user.invited", f"user:{found.id}", organisation_id=_place(db, found), name=found.name)
        names = [row.name for row in found.login_names]
        home = directory.home_of(db, found)
    return _invitation_sheet(found, names, home[0] if home else "", secret)


def _invitation_sheet(found: User, names: list[str], place: str, secret: str) -> str:
    address = house().settings.public_url + url_for("access.accept_invitation", secret=secret)
    phones = [name for name in names if len(name) == 11]
    return render_template(
        "members/invitation.html",
        name=found.name,
        number=next((name for name in names if name not in phones), None),
        phone=phones[0] if phones else None,
        place=place,
        address=address,
        qr=link_qr(address, level="Q"),
        expires_at=now() + timedelta(days=service.INVITATION_DAYS),
        back=(url_for("users.show", user_id=found.id), found.name),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> str | Response:
    """A user who is no member, with the role that brings them here."""
    scope.require_somewhere(actor(), ROLES_GRANT)
    form = OutsiderForm()
    with reading() as db:
        form.organisation_id.choices = _options(db)
    if form.validate_on_submit():
        try:
            created = _created(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("users.show", user_id=created))
    return render_template("access/new_user.html", form=form)


def _created(form: OutsiderForm) -> int:

    phone, name = mobile_number(form.phone.data or ""), " ".join((form.name.data or "").split())
    if not label_is_acceptable(name):
        raise LabelInvalid(field="name")
    if phone is None:
        raise PhoneInvalid(field="phone")
    with transaction() as db:
        place = places.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), ROLES_GRANT, place.path)
        user = service.create_user(db, name=name, member_id=None, login_names=(phone,), at=now())
        role = Role(form.role.data)
        service.grant_role(db, user=user, role=role, organisation_id=place.id, by=actor(), at=now())
        audited(
            db,
            "user.created",
            f"user:{user.id}",
            organisation_id=place.id,
            name=name,
            role=role.value,
            organisation=place.name,
        )
        flash(_("%(name)s is created. Print an invitation now.", name=name), "success")
        return user.id
