"""Households: proposed by one person, agreed to by another."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import MEMBERS_READ, MEMBERS_WRITE
from timebank.clock import now
from timebank.errors import N_, Refusal
from timebank.members import families, queries
from timebank.members.errors import HouseholdLinkAbsent, MemberAbsent
from timebank.members.forms import RelativeForm
from timebank.members.models import HouseholdLink, Member
from timebank.members.views import writable
from timebank.notices import service as notices
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("families", __name__)

_ASKED = N_("%(name)s says that you live in one household. Do you agree?")
_SECOND_NEEDED = N_("A household of %(name)s and %(relative)s waits for a second person.")
_SENTENCES = {
    "household.linked": N_("%(name)s and you now count as one household."),
    "household.declined": N_("%(name)s did not agree to be one household with you."),
    "household.ended": N_("You no longer count as one household with %(name)s."),
}


@blueprint.route("/members/<int:member_id>/household", methods=["GET", "POST"])
def show(member_id: int) -> str | Response:
    """Who lives with the member, and, for coordinators, a proposal that a second one decides."""
    form = RelativeForm()
    with reading() as db:
        member = queries.member(db, actor(), member_id)
        scope.require(actor(), MEMBERS_READ, member.organisation.path)
        may_write = actor().may(MEMBERS_WRITE, member.organisation.path)
    if may_write and form.validate_on_submit():
        try:
            _propose_in_office(member_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Proposed. A second person has to agree now."), "success")
            return redirect(url_for("families.show", member_id=member_id))
    with reading() as db:
        return _rendered(db, member, form, own=False, may_write=may_write)


def _propose_in_office(member_id: int, form: RelativeForm) -> None:
    with transaction() as db:
        member = writable(db, member_id)
        relative = queries.member_numbered(db, form.number.data or "", form.name.data or "")
        scope.require(actor(), MEMBERS_WRITE, relative.organisation.path)
        note = form.note.data or ""
        link = families.propose_link(
            db, member=member, relative=relative, by=actor(), means="office", note=note, at=now()
        )
        notices.tell_holders(
            db,
            permission=MEMBERS_WRITE,
            organisation_path=member.organisation.path,
            kind="household.proposed",
            sentence=_SECOND_NEEDED,
            facts={"name": member.name, "relative": relative.name},
            href=url_for("families.show", member_id=member.id),
            at=now(),
            key=f"household-link:{link.id}",
            besides_user_id=actor().user_id,
        )
        _audit(db, "household.proposed", link)


@blueprint.route("/me/household", methods=["GET", "POST"])
def own() -> str | Response:
    """One's own household, and a proposal to somebody who has to agree themselves."""
    form = RelativeForm()
    with reading() as db:
        member = _own(db)
    if form.validate_on_submit():
        try:
            _propose_for_oneself(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("We have asked. You are one household as soon as the other agrees."), "success")
            return redirect(url_for("families.own"))
    with reading() as db:
        return _rendered(db, member, form, own=True, may_write=True)


def _propose_for_oneself(form: RelativeForm) -> None:
    with transaction() as db:
        member = _own(db)
        relative = queries.member_numbered(db, form.number.data or "", form.name.data or "")
        if relative.organisation.path.split("/")[1] != member.organisation.path.split("/")[1]:
            raise MemberAbsent(field="number")
        link = families.propose_link(
            db, member=member, relative=relative, by=actor(), means="consent", at=now()
        )
        notices.tell(
            db,
            member_id=relative.id,
            kind="household.asked",
            sentence=_ASKED,
            facts={"name": member.name},
            href=url_for("families.own"),
            at=now(),
            key=f"household-link:{link.id}",
        )
        _audit(db, "household.proposed", link)


def _own(db: Session) -> Member:
    who = actor()
    if who.member_id is None:
        raise MemberAbsent
    return queries.member(db, who, who.member_id)


def _rendered(db: Session, member: Member, form: RelativeForm, *, own: bool, may_write: bool) -> str:
    household_id = families.household_of(db, member.id)
    who = actor()
    links = [
        (link, families.may_agree(link, who) and (own or _both_writable(link)))
        for link in families.open_links(db, member.id)
    ]
    return render_template(
        "members/household.html",
        form=form,
        member=member,
        own=own,
        rows=families.household_members(db, household_id) if household_id is not None else [],
        links=links,
        may_write=may_write,
    )


def _both_writable(link: HouseholdLink) -> bool:
    return all(actor().may(MEMBERS_WRITE, one.organisation.path) for one in (link.member, link.relative))


def _decidable(db: Session, link_id: int) -> HouseholdLink:
    """A proposal that concerns the actor, as one of the two or as a coordinator of one of them."""
    link = families.link(db, link_id)
    pair = (link.member, link.relative)
    if not any(
        one.id == actor().member_id or actor().may(MEMBERS_WRITE, one.organisation.path) for one in pair
    ):
        raise HouseholdLinkAbsent
    return link


def _back(link: HouseholdLink) -> Response:
    if actor().member_id in (link.member_id, link.relative_id) and link.means == "consent":
        return redirect(url_for("families.own"))
    return redirect(url_for("families.show", member_id=link.member_id))


@blueprint.post("/households/links/<int:link_id>/agree")
def agree(link_id: int) -> Response:
    """The second person says yes."""
    with transaction() as db:
        link = _decidable(db, link_id)
        if link.means == "office":
            for one in (link.member, link.relative):
                scope.require(actor(), MEMBERS_WRITE, one.organisation.path)
        families.agree(db, link=link, by=actor(), at=now())
        for one, other in ((link.member, link.relative), (link.relative, link.member)):
            if one.id != actor().member_id:
                _tell(db, one.id, "household.linked", other.name, key=f"household-linked:{link.id}:{one.id}")
        _audit(db, "household.agreed", link)
    flash(_("They are one household now."), "success")
    return _back(link)


@blueprint.post("/households/links/<int:link_id>/decline")
def decline(link_id: int) -> Response:
    """Somebody concerned says no, or the proposal is taken back."""
    with transaction() as db:
        link = _decidable(db, link_id)
        families.decline(db, link=link, by=actor(), at=now())
        if link.means == "consent" and actor().member_id == link.relative_id:
            key = f"household-declined:{link.id}"
            _tell(db, link.member_id, "household.declined", link.relative.name, key=key)
        _audit(db, "household.declined", link)
    flash(_("The proposal is off the table."), "success")
    return _back(link)


@blueprint.post("/members/<int:member_id>/household/leave")
def leave(member_id: int) -> Response:
    """A coordinator writes down that the member lives elsewhere now."""
    with transaction() as db:
        _leave(db, writable(db, member_id))
    return redirect(url_for("families.show", member_id=member_id))


@blueprint.post("/me/household/leave")
def leave_own() -> Response:
    """The member leaves the household."""
    with transaction() as db:
        _leave(db, _own(db))
    return redirect(url_for("families.own"))


def _leave(db: Session, member: Member) -> None:
    household_id = families.household_of(db, member.id)
    if household_id is None:
        return
    others = [row.member_id for row in families.household_members(db, household_id)]
    families.leave(db, member=member, by=actor(), at=now())
    for member_id in others:
        if member_id not in (member.id, actor().member_id):
            _tell(db, member_id, "household.ended", member.name)
    audited(db, "household.left", f"member:{member.id}", organisation_id=member.organisation_id)
    flash(_("%(name)s is in no household now.", name=member.name), "success")


def _tell(db: Session, member_id: int, kind: str, name: str, *, key: str | None = None) -> None:
    notices.tell(
        db,
        member_id=member_id,
        kind=kind,
        sentence=_SENTENCES[kind],
        facts={"name": name},
        href=url_for("families.own"),
        at=now(),
        key=key,
    )


def _audit(db: Session, action: str, link: HouseholdLink) -> None:
    audited(
        db,
        action,
        f"member:{link.member_id}",
        organisation_id=link.member.organisation_id,
        relative=link.relative_id,
        link=link.id,
    )
