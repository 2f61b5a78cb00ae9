"""API keys: made, listed, revoked by administrators within their own subtrees."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from timebank.access import directory, scope, service
from timebank.access.actors import Role
from timebank.access.admin_forms import ApiKeyForm
from timebank.access.permissions import API_KEYS_MANAGE
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("api_keys", __name__, url_prefix="/api-keys")


@blueprint.get("")
def index() -> str:
    """Every key within scope."""
    scope.require_somewhere(actor(), API_KEYS_MANAGE)
    with reading() as db:
        return render_template("access/api_keys.html", keys=directory.api_keys(db, actor()))


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> str:
    """Make a key. The answer to the form shows the secret, once: only its digest is kept."""

    scope.require_somewhere(actor(), API_KEYS_MANAGE)
    form = ApiKeyForm()
    with reading() as db:
        form.organisation_id.choices = organisation_choices(
            places.organisations(db, actor(), API_KEYS_MANAGE)
        )
    if form.validate_on_submit():
        try:
            secret = _created(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return render_template("access/api_key_secret.html", label=form.label.data, secret=secret)
    return render_template("access/new_api_key.html", form=form)


def _created(form: ApiKeyForm) -> str:

    with transaction() as db:
        place = places.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), API_KEYS_MANAGE, place.path)
        role = Role(form.role.data)
        key, secret = service.create_api_key(
            db, label=form.label.data or "", role=role, organisation_id=place.id, by=actor(), at=now()
        )
        audited(
            db,
            "api_key.created",
            f"key:{key.id}",
            organisation_id=place.id,
            label=key.label,
            role=role.value,
            organisation=place.name,
        )
        return secret


@blueprint.post("/<int:key_id>/revoke")
def revoke(key_id: int) -> Response:
    """End a key, at once."""
    with transaction() as db:
        key, path = directory.api_key(db, actor(), key_id)
        scope.require(actor(), API_KEYS_MANAGE, path)
        service.revoke_api_key(db, key=key, at=now())
        audited(db, "api_key.revoked", f"key:{key.id}", organisation_id=key.organisation_id, label=key.label)
    flash(_("The key no longer works."), "success")
    return redirect(url_for("api_keys.index"))
