"""The tree of organisations: as a whole, one by one, growing and pruning it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import (
    AUDIT_READ,
    MEMBERS_READ,
    MEMBERS_WRITE,
    ORGANISATIONS_READ,
    ORGANISATIONS_WRITE,
)
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries, service
from timebank.orgs.forms import NameForm, OrganisationForm, kind_word
from timebank.orgs.models import Organisation
from timebank.orgs.rules import grown, usual_child
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("orgs", __name__, url_prefix="/organisations")

# Above this many organisations the tree opens only at its first levels.
OPEN_TREE = 40


@blueprint.get("")
def index() -> str:
    """The tree, with the number of members in each branch."""
    scope.require_somewhere(actor(), ORGANISATIONS_READ)
    with reading() as db:
        nodes = queries.tree(db, actor())
        roots = grown(nodes, queries.members_per_organisation(db, actor()))
        return render_template(
            "orgs/index.html",
            roots=roots,
            count=sum(1 for node in nodes if node.closed_at is None),
            open_depth=9 if len(nodes) <= OPEN_TREE else 2,
            kind_word=kind_word,
        )


@blueprint.get("/<int:organisation_id>")
def show(organisation_id: int) -> str:
    """One organisation: where it stands, what is below it, who belongs to it."""
    with reading() as db:
        node = queries.organisation(db, actor(), organisation_id)
        scope.require(actor(), ORGANISATIONS_READ, node.path)
        branch = [one for one in queries.tree(db, actor()) if one.path.startswith(node.path)]
        counts = queries.members_per_organisation(db, actor())
        return render_template(
            "orgs/show.html",
            node=node,
            branch=grown(branch, counts)[0],
            ancestors=queries.visible_ancestors(db, actor(), node),
            kind_word=kind_word,
            may_write=actor().may(ORGANISATIONS_WRITE, node.path),
            may_read_members=actor().may(MEMBERS_READ, node.path),
            may_register=actor().may(MEMBERS_WRITE, node.path),
            may_audit=actor().may(AUDIT_READ, node.path),
        )


def _writable(db: Session, organisation_id: int) -> Organisation:
    node = queries.organisation(db, actor(), organisation_id)
    scope.require(actor(), ORGANISATIONS_WRITE, node.path)
    return node


@blueprint.route("/<int:organisation_id>/new", methods=["GET", "POST"])
def create(organisation_id: int) -> str | Response:
    """A new organisation below this one."""
    form = OrganisationForm()
    with reading() as db:
        parent = _writable(db, organisation_id)
    if request.method == "GET":
        form.kind.data = usual_child(parent.kind)
    if form.validate_on_submit():
        try:
            created = _created(organisation_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("orgs.show", organisation_id=created))
    return render_template("orgs/create.html", form=form, parent=parent)


def _created(parent_id: int, form: OrganisationForm) -> int:
    with transaction() as db:
        parent = _writable(db, parent_id)
        node = service.create(db, name=form.name.data or "", kind=form.kind.data, parent=parent, at=now())
        audited(
            db, "organisation.created", f"organisation:{node.id}", organisation_id=node.id, name=node.name
        )
        flash(_("%(name)s is created.", name=node.name), "success")
        return node.id


@blueprint.route("/<int:organisation_id>/rename", methods=["GET", "POST"])
def rename(organisation_id: int) -> str | Response:
    """Change the name."""
    form = NameForm()
    with reading() as db:
        node = _writable(db, organisation_id)
    if request.method == "GET":
        form.name.data = node.name
    if form.validate_on_submit():
        try:
            _renamed(organisation_id, form.name.data or "")
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("orgs.show", organisation_id=organisation_id))
    return render_template("orgs/rename.html", form=form, node=node)


def _renamed(organisation_id: int, name: str) -> None:
    with transaction() as db:
        node = _writable(db, organisation_id)
        former = node.name
        service.rename(db, organisation=node, name=name)
        if node.name != former:
            audited(
                db,
                "organisation.renamed",
                f"organisation:{node.id}",
                organisation_id=node.id,
                from_name=former,
                to_name=node.name,
            )
            flash(_("The name is changed."), "success")


@blueprint.post("/<int:organisation_id>/close")
def close(organisation_id: int) -> Response:
    """End an organisation that nobody belongs to any more."""
    with transaction() as db:
        node = _writable(db, organisation_id)
        service.close(db, organisation=node, at=now())
        audited(db, "organisation.closed", f"organisation:{node.id}", organisation_id=node.id, name=node.name)
    flash(_("%(name)s is closed.", name=node.name), "success")
    return redirect(url_for("orgs.show", organisation_id=organisation_id))


@blueprint.post("/<int:organisation_id>/reopen")
def reopen(organisation_id: int) -> Response:
    """Let a closed organisation work again."""
    with transaction() as db:
        node = _writable(db, organisation_id)
        service.reopen(db, organisation=node)
        audited(
            db, "organisation.reopened", f"organisation:{node.id}", organisation_id=node.id, name=node.name
        )
    flash(_("%(name)s is open again.", name=node.name), "success")
    return redirect(url_for("orgs.show", organisation_id=organisation_id))
