"""The county's named groups and who belongs to them from when to when."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import GROUPS_WRITE, MEMBERS_READ, MEMBERS_WRITE
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import groups, queries
from timebank.members.forms import GroupForm, MembershipForm
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.fields import day_in, show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("groups", __name__, url_prefix="/groups")


@blueprint.get("")
def index() -> str:
    """Every group of the county, with how many of one's own members belong to it."""
    scope.require_somewhere(actor(), MEMBERS_READ)
    with reading() as db:
        return render_template(
            "groups/index.html",
            groups=groups.groups(db, actor(), closed=True),
            counts=groups.member_counts(db, actor(), local(now()).date()),
            may_name=actor().may_somewhere(GROUPS_WRITE),
        )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> str | Response:
    """Name a group."""
    scope.require_somewhere(actor(), GROUPS_WRITE)
    form = GroupForm()
    with reading() as db:
        form.organisation_id.choices = organisation_choices(places.organisations(db, actor(), GROUPS_WRITE))
    if form.validate_on_submit():
        try:
            with transaction() as db:
                place = places.organisation(db, actor(), form.organisation_id.data)
                scope.require(actor(), GROUPS_WRITE, place.path)
                group = groups.name_group(
                    db,
                    organisation=place,
                    name=form.name.data or "",
                    description=form.description.data or "",
                    from_age=form.from_age.data,
                    at=now(),
                )
                audited(db, "group.named", f"group:{group.id}", organisation_id=place.id, name=group.name)
                group_id = group.id
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("groups.show", group_id=group_id))
    return render_template("groups/new.html", form=form)


@blueprint.route("/<int:group_id>", methods=["GET", "POST"])
def show(group_id: int) -> str | Response:
    """One group: who belongs to it, and entering somebody."""
    form = MembershipForm()
    with reading() as db:
        group = groups.group(db, actor(), group_id)
        scope.require_somewhere(actor(), MEMBERS_READ if request.method == "GET" else MEMBERS_WRITE)
    if form.validate_on_submit():
        try:
            name = _entered(group_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("%(name)s is entered.", name=name), "success")
            return redirect(url_for("groups.show", group_id=group_id))
    elif request.method == "GET":
        form.since.data = local(now()).date()
        form.number.data = request.args.get("number", "")[:20]
    with reading() as db:
        return render_template(
            "groups/show.html",
            form=form,
            group=group,
            rows=groups.memberships(db, actor(), group_id),
            today=local(now()).date(),
            may_write=actor().may_somewhere(MEMBERS_WRITE),
            may_close=actor().may(GROUPS_WRITE, group.organisation.path),
        )


def _entered(group_id: int, form: MembershipForm) -> str:
    with transaction() as db:
        group = groups.group(db, actor(), group_id)
        member = queries.member_by_number(db, actor(), form.number.data or "")
        scope.require(actor(), MEMBERS_WRITE, member.organisation.path)
        row = groups.enter(
            db,
            group=group,
            member=member,
            since=day_in(form.since),
            until=form.until.data,
            evidence=form.evidence.data or "",
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "group.entered",
            f"member:{member.id}",
            organisation_id=member.organisation_id,
            group=group.name,
            since=row.since.isoformat(),
            until=row.until.isoformat() if row.until else "",
        )
        return member.name


@blueprint.post("/<int:group_id>/close")
def close(group_id: int) -> Response:
    """Nobody is entered any more."""
    with transaction() as db:
        group = groups.group(db, actor(), group_id)
        scope.require(actor(), GROUPS_WRITE, group.organisation.path)
        groups.close_group(db, group=group, at=now())
        audited(db, "group.closed", f"group:{group_id}", organisation_id=group.organisation_id)
    flash(_("The group is closed."), "success")
    return redirect(url_for("groups.show", group_id=group_id))


@blueprint.post("/memberships/<int:membership_id>/end")
def end(membership_id: int) -> Response:
    """Today is the last day."""
    with transaction() as db:
        row = groups.membership(db, actor(), membership_id)
        scope.require(actor(), MEMBERS_WRITE, row.member.organisation.path)
        groups.end(db, membership=row, last_day=local(now()).date(), by=actor())
        audited(
            db,
            "group.ended",
            f"member:{row.member_id}",
            organisation_id=row.member.organisation_id,
            group_id=row.group_id,
        )
        group_id = row.group_id
    flash(_("Ends with today."), "success")
    return redirect(url_for("groups.show", group_id=group_id))
