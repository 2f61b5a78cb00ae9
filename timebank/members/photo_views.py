"""A member's photo: looked at, put, removed, by the member or by a coordinator."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from timebank.access import scope
from timebank.access.permissions import MEMBERS_FACE
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import photos, queries
from timebank.members.errors import MemberAbsent, PhotoAbsent
from timebank.members.forms import PhotoForm
from timebank.members.models import Member
from timebank.members.views import blueprint as member_pages
from timebank.members.views import writable
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("member_photos", __name__)

BROWSER_KEEPS_SECONDS = 3600


@blueprint.app_template_global("member_photo")
def member_photo(member_id: int) -> str | None:
    """The address of the member's photo for the reader of this page, or None where there is none.

    Whoever calls it has decided already that the reader may know who this is: the address carries a pass.
    """
    with reading() as db:
        digest = photos.digest_of(db, member_id)
    if digest is None:
        return None
    word = photos.pass_word(house().keyring, member_id=member_id, viewer=actor().label, at=now())
    return url_for("members.photo", member_id=member_id, v=digest, by=word)


@member_pages.get("/<int:member_id>/photo")
def photo(member_id: int) -> Response:
    """The photo, for the member, for staff within whose scope the member is, and for whoever has a pass."""
    with reading() as db:
        _ensure_may_see(db, member_id)
        picture, digest = photos.picture(db, member_id)
    answer = Response(picture, mimetype=photos.STORED_TYPE)
    answer.set_etag(digest)
    answer.headers["Cache-Control"] = f"private, max-age={BROWSER_KEEPS_SECONDS}"
    answer.make_conditional(request)
    return answer


def _ensure_may_see(db: Session, member_id: int) -> None:
    who = actor()
    written = request.args.get("by", "")
    if photos.pass_holds(house().keyring, written, member_id=member_id, viewer=who.label, at=now()):
        return
    try:
        member = queries.member(db, who, member_id)
    except MemberAbsent:
        # Nobody learns here whether there is such a member.
        raise PhotoAbsent from None
    if member.id != who.member_id:
        scope.require(who, MEMBERS_FACE, member.organisation.path)


@blueprint.route("/members/<int:member_id>/photo/change", methods=["GET", "POST"])
def change(member_id: int) -> str | WerkzeugResponse:
    """A coordinator puts a photo, with the member beside them."""
    with reading() as db:
        member = writable(db, member_id)
    back = url_for("members.show", member_id=member_id)
    return _put_page(member, back=back, action=url_for("member_photos.change", member_id=member_id))


@blueprint.route("/me/photo", methods=["GET", "POST"])
def change_own() -> str | WerkzeugResponse:
    """The member puts their own photo."""
    with reading() as db:
        member = _own(db)
    return _put_page(member, back=url_for("me.show"), action=url_for("member_photos.change_own"))


def _own(db: Session) -> Member:
    who = actor()
    if who.member_id is None:
        raise MemberAbsent
    return queries.member(db, who, who.member_id)


def _put_page(member: Member, *, back: str, action: str) -> str | WerkzeugResponse:
    form = PhotoForm()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                photos.put(db, member=member, content=form.photo.data.read(), by=actor(), at=now())
                audited(db, "member.photo_put", f"member:{member.id}", organisation_id=member.organisation_id)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The photo is saved."), "success")
            return redirect(back)
    own = member.id == actor().member_id
    remove = (
        url_for("member_photos.remove_own") if own else url_for("member_photos.remove", member_id=member.id)
    )
    return render_template(
        "members/photo.html", form=form, member=member, back_href=back, action=action, remove=remove, own=own
    )


@blueprint.post("/members/<int:member_id>/photo/remove")
def remove(member_id: int) -> WerkzeugResponse:
    """A coordinator removes the photo."""
    with transaction() as db:
        _remove(db, writable(db, member_id))
    return redirect(url_for("members.show", member_id=member_id))


@blueprint.post("/me/photo/remove")
def remove_own() -> WerkzeugResponse:
    """The member removes their own photo."""
    with transaction() as db:
        _remove(db, _own(db))
    return redirect(url_for("me.show"))


def _remove(db: Session, member: Member) -> None:
    if photos.remove(db, member=member):
        audited(db, "member.photo_removed", f"member:{member.id}", organisation_id=member.organisation_id)
        flash(_("The photo is removed."), "success")
