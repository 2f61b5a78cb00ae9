"""What is done about one member's standing: suspension, card, PIN, invitation, showing the identity number."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import directory, scope
from timebank.access import service as access
from timebank.access.errors import ActOnSelf
from timebank.access.permissions import MEMBERS_REVEAL
from timebank.clock import now
from timebank.errors import N_, Refusal
from timebank.members import accounts, queries, service
from timebank.members.forms import PinForm, ReasonForm
from timebank.members.identity import plain_identity
from timebank.members.models import Member
from timebank.members.views import writable
from timebank.notices import service as notices
from timebank.web.codes import link_qr
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, house, reading, transaction

# What a member is told when somebody else holds the pen: whoever can use a card or a PIN can spend.
_SAID = {
    "member.card_replaced": N_("Your card was made invalid at the desk by %(by)s. A new one can be printed."),
    "member.pin_set": N_("A new PIN for the counter was set at the desk by %(by)s."),
    "member.pin_cleared": N_("Your PIN for the counter was removed at the desk by %(by)s."),
    "member.card_printed": N_(
        "A card with your code was printed by %(by)s. Whoever holds it can identify as you."
    ),
}

blueprint = Blueprint("member_standing", __name__, url_prefix="/members/<int:member_id>")


def tell_member(db: Session, member: Member, kind: str) -> None:
    """Tell the member what was done to their card or PIN, unless they did it themselves."""
    if member.id != actor().member_id:
        notices.tell(
            db,
            member_id=member.id,
            kind=kind,
            sentence=_SAID[kind],
            facts={"by": actor().name},
            href=url_for("me.show"),
            at=now(),
        )


def _back(member_id: int) -> Response:
    return redirect(url_for("members.show", member_id=member_id))


@blueprint.route("/suspend", methods=["GET", "POST"])
def suspend(member_id: int) -> str | Response:
    """Stop check-ins and redemptions, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        with reading() as db:
            return render_template("members/suspend.html", form=form, member=writable(db, member_id))
    with transaction() as db:
        member = writable(db, member_id)
        service.suspend(db, member=member, at=now())
        audited(
            db,
            "member.suspended",
            f"member:{member_id}",
            organisation_id=member.organisation_id,
            reason=form.reason.data,
        )
    flash(_("%(name)s is suspended.", name=member.name), "success")
    return _back(member_id)


@blueprint.post("/reinstate")
def reinstate(member_id: int) -> Response:
    """End the suspension; one's own is for somebody else to end."""
    with transaction() as db:
        member = writable(db, member_id)
        if member.id == actor().member_id:
            raise ActOnSelf
        service.reinstate(db, member=member)
        audited(db, "member.reinstated", f"member:{member_id}", organisation_id=member.organisation_id)
    flash(_("%(name)s is active again.", name=member.name), "success")
    return _back(member_id)


@blueprint.post("/new-card")
def replace_card(member_id: int) -> Response:
    """Make every printed card worthless, after a loss."""
    with transaction() as db:
        member = writable(db, member_id)
        service.replace_card(db, member=member)
        audited(
            db,
            "member.card_replaced",
            f"member:{member_id}",
            organisation_id=member.organisation_id,
            generation=member.card_generation,
        )
        tell_member(db, member, "member.card_replaced")
    flash(_("The old card no longer works. Print the new one now."), "success")
    return _back(member_id)


@blueprint.route("/pin", methods=["GET", "POST"])
def set_pin(member_id: int) -> str | Response:
    """The member types a new PIN at the coordinator's desk."""
    form = PinForm()
    with reading() as db:
        member = writable(db, member_id)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                own = writable(db, member_id)
                service.set_pin(db, member=own, pin=form.pin.data or "")
                audited(db, "member.pin_set", f"member:{member_id}", organisation_id=own.organisation_id)
                tell_member(db, own, "member.pin_set")
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The PIN is set."), "success")
            return _back(member_id)
    return render_template("members/pin.html", form=form, member=member)


@blueprint.post("/pin/clear")
def clear_pin(member_id: int) -> Response:
    """Forget the PIN."""
    with transaction() as db:
        member = writable(db, member_id)
        service.clear_pin(db, member=member)
        audited(db, "member.pin_cleared", f"member:{member_id}", organisation_id=member.organisation_id)
        tell_member(db, member, "member.pin_cleared")
    flash(_("The PIN is removed."), "success")
    return _back(member_id)


@blueprint.post("/invitation")
def invite(member_id: int) -> str:
    """A sheet with a one-use link and its QR code; shown once, since only its digest is kept.

    It answers the POST itself instead of redirecting: an address that could be opened again would
    need the secret in it.
    """
    at = now()
    with transaction() as db:
        member = writable(db, member_id)
        user = accounts.open_account(db, member=member, at=at)
        directory.ensure_above_roles_of(db, actor(), user)
        secret = access.invite(db, user=user, by=actor(), at=at)
        audited(db, "member.invited", f"member:{member_id}", organisation_id=member.organisation_id)
        phone = member.phone if accounts.logs_in_by_phone(db, member) else None
    address = house().settings.public_url + url_for("access.accept_invitation", secret=secret)
    return render_template(
        "members/invitation.html",
        name=member.name,
        number=member.number,
        phone=phone,
        place=member.organisation.name,
        address=address,
        qr=link_qr(address, level="Q"),
        expires_at=at + timedelta(days=access.INVITATION_DAYS),
        back=(url_for("members.show", member_id=member_id), member.name),
    )


@blueprint.route("/identity", methods=["GET", "POST"])
def reveal_identity(member_id: int) -> str:
    """Show the whole identity number, once, for a reason that goes into the audit trail."""
    form = ReasonForm()
    reason = form.reason.data if form.validate_on_submit() else None
    with transaction() if request.method == "POST" else reading() as db:
        member = queries.member(db, actor(), member_id)
        scope.require(actor(), MEMBERS_REVEAL, member.organisation.path)
        identity = None
        if reason:
            identity = plain_identity(house().keyring, member.identity_cipher)
            audited(
                db,
                "member.identity_revealed",
                f"member:{member_id}",
                organisation_id=member.organisation_id,
                reason=reason,
            )
        return render_template("members/identity.html", form=form, member=member, identity=identity)
