"""The register of members: list, registering, one member's page, changing particulars, moving."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import MEMBERS_FACE, MEMBERS_READ, MEMBERS_REVEAL, MEMBERS_WRITE, ROLES_GRANT
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import accounts, families, groups, queries, service
from timebank.members.forms import OrganisationForm, ParticularsForm, RegistrationForm, sex_word, split_skills
from timebank.members.identity import masked_identity
from timebank.members.models import Member, MemberGroup
from timebank.members.rules import age_on
from timebank.members.service import Particulars
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.orgs.models import Organisation
from timebank.web.fields import show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("members", __name__, url_prefix="/members")

STATUSES = ("active", "suspended")


@blueprint.get("")
def index() -> str:
    """The register, searched and filtered."""
    scope.require_somewhere(actor(), MEMBERS_READ)
    words = request.args.get("q", "").strip()[:100]
    status = request.args.get("status", "")
    with reading() as db:
        place, group = _chosen_place(db), _chosen_group(db)
        page = queries.members_page(
            db,
            actor(),
            words=words,
            status=status if status in STATUSES else "",
            below=place.path if place else "",
            among=groups.members_on(group, local(now()).date()) if group else None,
            cursor=request.args.get("cursor"),
        )
        return render_template(
            "members/index.html",
            page=page,
            words=words,
            status=status,
            place=place,
            group=group,
            groups=groups.groups(db, actor()),
            groups_of=groups.names_by_member(db, page.rows, local(now()).date()),
            households=families.households_of(db, [row.id for row in page.rows]),
            may_register=actor().may_somewhere(MEMBERS_WRITE),
        )


def _chosen_place(db: Session) -> Organisation | None:
    written = request.args.get("organisation", "")
    if not written.isascii() or not written.isdecimal() or len(written) > 18:
        return None
    return places.organisation(db, actor(), int(written))


def _chosen_group(db: Session) -> MemberGroup | None:
    written = request.args.get("group", "")
    if not written.isascii() or not written.isdecimal() or len(written) > 18:
        return None
    return groups.group(db, actor(), int(written))


@blueprint.route("/new", methods=["GET", "POST"])
def register() -> str | Response:
    """Register a member and make the log-in that belongs to it."""
    scope.require_somewhere(actor(), MEMBERS_WRITE)
    form = RegistrationForm()
    with reading() as db:
        options = places.organisations(db, actor(), MEMBERS_WRITE)
        form.organisation_id.choices = organisation_choices(options)
        if request.method == "GET" and (place := _chosen_place(db)) is not None:
            form.organisation_id.data = place.id
    if form.validate_on_submit():
        try:
            member_id = _registered(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("members.show", member_id=member_id))
    return render_template("members/register.html", form=form)


def _registered(form: RegistrationForm) -> int:
    at = now()
    person = service.checked(
        replace(_written(form), consented=bool(form.consented.data), joined_on=local(at).date()),
        today=local(at).date(),
    )
    with transaction() as db:
        place = places.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), MEMBERS_WRITE, place.path)
        member = service.register(db, person=person, organisation=place, keyring=house().keyring, at=at)
        accounts.open_account(db, member=member, at=at)
        audited(db, "member.registered", f"member:{member.id}", organisation_id=place.id)
        flash(
            _(
                "%(name)s is registered with volunteer number %(number)s.",
                name=member.name,
                number=member.number,
            ),
            "success",
        )
        return member.id


def _written(form: ParticularsForm) -> Particulars:
    return Particulars(
        name=form.name.data or "",
        phone=form.phone.data or "",
        sex=form.sex.data or "unknown",
        born_on=form.born_on.data,
        identity=form.identity.data or None,
        skills=split_skills(form.skills.data or ""),
    )


@blueprint.get("/<int:member_id>")
def show(member_id: int) -> str:
    """One member: particulars, and what may be done."""
    with reading() as db:
        member = queries.member(db, actor(), member_id)
        path = member.organisation.path
        scope.require(actor(), MEMBERS_READ, path)
        user = accounts.account_of(db, member)
        return render_template(
            "members/show.html",
            member=member,
            user=user,
            sex=sex_word(member.sex),
            age=age_on(member.born_on, local(now()).date()) if member.born_on else None,
            identity=masked_identity(house().keyring, member.identity_cipher),
            ancestors=places.visible_ancestors(db, actor(), member.organisation),
            logs_in_by_phone=accounts.logs_in_by_phone(db, member),
            groups=groups.groups_named(db, groups.groups_of(db, member.id, local(now()).date())),
            household=[row.member for row in families.household_with(db, member.id)],
            may_see_face=actor().may(MEMBERS_FACE, path) or member.id == actor().member_id,
            may_write=actor().may(MEMBERS_WRITE, path),
            may_reveal=actor().may(MEMBERS_REVEAL, path) and member.identity_cipher is not None,
            may_grant=actor().may(ROLES_GRANT, path) and user is not None,
        )


def writable(db: Session, member_id: int) -> Member:
    """A member whom the actor may change; raises ``MemberAbsent`` or ``Forbidden``."""
    member = queries.member(db, actor(), member_id)
    scope.require(actor(), MEMBERS_WRITE, member.organisation.path)
    return member


@blueprint.route("/<int:member_id>/edit", methods=["GET", "POST"])
def edit(member_id: int) -> str | Response:
    """Change the particulars."""
    form = ParticularsForm()
    with reading() as db:
        member = writable(db, member_id)
        if request.method == "GET":
            _fill_in(form, member)
        if form.validate_on_submit():
            try:
                _changed(member_id, form)
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                return redirect(url_for("members.show", member_id=member_id))
        masked = masked_identity(house().keyring, member.identity_cipher)
        return render_template(
            "members/edit.html", form=form, member=member, identity=masked if member.identity_cipher else None
        )


def _fill_in(form: ParticularsForm, member: Member) -> None:
    for name in ("name", "phone", "sex", "born_on"):
        form[name].data = getattr(member, name)
    form.skills.data = _("、").join(member.skills)


def _changed(member_id: int, form: ParticularsForm) -> None:
    at = now()
    person = service.checked(_written(form), today=local(at).date())
    with transaction() as db:
        member = writable(db, member_id)
        former_phone = member.phone
        changed = service.change_particulars(db, member=member, person=person, keyring=house().keyring)
        accounts.follow_particulars(db, member=member, former_phone=former_phone)
        if changed:
            # The names of the fields, never their contents: the trail outlives the data.
            audited(
                db,
                "member.changed",
                f"member:{member_id}",
                organisation_id=member.organisation_id,
                fields=", ".join(changed),
            )
    flash(_("The particulars are saved."), "success")


@blueprint.route("/<int:member_id>/move", methods=["GET", "POST"])
def move(member_id: int) -> str | Response:
    """Let the member belong to another organisation."""
    form = OrganisationForm()
    with reading() as db:
        member = writable(db, member_id)
        options = places.organisations(db, actor(), MEMBERS_WRITE)
        form.organisation_id.choices = organisation_choices(options)
        if request.method == "GET":
            form.organisation_id.data = member.organisation_id
        if form.validate_on_submit():
            try:
                _moved(member_id, form.organisation_id.data)
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                return redirect(url_for("members.show", member_id=member_id))
        return render_template("members/move.html", form=form, member=member)


def _moved(member_id: int, organisation_id: int) -> None:
    with transaction() as db:
        member = writable(db, member_id)
        place = places.organisation(db, actor(), organisation_id)
        scope.require(actor(), MEMBERS_WRITE, place.path)
        former = member.organisation
        service.move(db, member=member, organisation=place)
        audited(
            db,
            "member.moved",
            f"member:{member_id}",
            organisation_id=former.id,
            from_organisation=former.name,
            to_organisation=place.name,
        )
        flash(_("%(name)s now belongs to %(place)s.", name=member.name, place=place.name), "success")
