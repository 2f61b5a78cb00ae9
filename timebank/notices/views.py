"""One's own notices and how they arrive; for administrators, what could not be delivered."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import NOTICES_MANAGE
from timebank.clock import now
from timebank.errors import Refusal
from timebank.notices import queries, service
from timebank.notices.forms import AddressForm
from timebank.notices.models import Notice
from timebank.notices.rules import own_path, shown_facts
from timebank.notices.transports import smtp, transports
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, actor_or_none, audited, house, public, reading, transaction

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.app_template_global("unread_notices")
def unread_notices() -> int:
    """How many notices the reader of this page has not seen; 0 for visitors."""
    who = actor_or_none()
    if who is None or (who.member_id is None and who.user_id is None):
        return 0
    with reading() as db:
        return queries.unread_count(db, queries.person_of(who))


@blueprint.app_template_global("notice_sentence")
def notice_sentence(notice: Notice) -> str:
    """The notice in the reader's language."""
    facts = shown_facts(notice.facts, ZoneInfo(house().settings.timezone), _)
    return str(_(notice.sentence, **facts))


@blueprint.get("")
def index() -> str:
    """What the person was told, newest first."""
    return _page(AddressForm())


def _page(form: AddressForm) -> str:
    written = request.args.get("before", "")
    before = int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else None
    with reading() as db:
        person = queries.person_of(actor())
        rows = queries.notices_of(db, person, before=before, limit=queries.PAGE_NOTICES + 1)
        return render_template(
            "notices/index.html",
            form=form,
            notices=rows[: queries.PAGE_NOTICES],
            older=rows[queries.PAGE_NOTICES - 1].id if len(rows) > queries.PAGE_NOTICES else None,
            is_first_page=before is None,
            address=queries.address_of(db, person, smtp.CHANNEL),
            sends_mail=smtp.CHANNEL in transports(house().settings),
            may_manage=actor().may_somewhere(NOTICES_MANAGE),
        )


@blueprint.post("/<int:notice_id>/read")
def read(notice_id: int) -> Response:
    """Mark one as seen and go where it leads."""
    with transaction() as db:
        notice = queries.notice(db, actor(), notice_id)
        service.mark_read(db, notice=notice, at=now())
        target = notice.href
    return redirect(target if target and own_path(target) else url_for("notices.index"))


@blueprint.post("/read-all")
def read_all() -> Response:
    """Mark everything as seen."""
    with transaction() as db:
        service.mark_all_read(db, person=queries.person_of(actor()), at=now())
    return redirect(url_for("notices.index"))


@blueprint.post("/email")
def give_address() -> str | Response:
    """Write down an address and ask there whether it is right."""
    form = AddressForm()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                person = queries.person_of(actor())
                written = form.address.data or ""
                service.give_address(db, person=person, channel=smtp.CHANNEL, address=written, at=now())
                audited(db, "notices.address_given", actor().label)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("We are sending a link to this address. Open it to confirm."), "success")
            return redirect(url_for("notices.index"))
    return _page(form)


@blueprint.post("/email/choice")
def choose() -> Response:
    """By e-mail too, or only here."""
    wanted = request.form.get("wanted") == "1"
    with transaction() as db:
        address = queries.address_of(db, queries.person_of(actor()), smtp.CHANNEL)
        if address is None:
            return redirect(url_for("notices.index"))
        service.choose(db, address=address, wanted=wanted)
        audited(db, "notices.channel_chosen", actor().label, wanted=wanted)
    flash(_("Notices also come by e-mail.") if wanted else _("Notices are shown here only."), "success")
    return redirect(url_for("notices.index"))


@blueprint.route("/confirm/<word>", methods=["GET", "POST"])
@public
def confirm(word: str) -> str:
    """Opened from the letter: a button, because mail programs open links by themselves."""
    if request.method == "GET":
        return render_template("notices/confirm.html", word=word, done=False)
    with transaction() as db:
        service.confirm_address(db, keyring=house().keyring, written=word, at=now())
    return render_template("notices/confirm.html", word=word, done=True)


@blueprint.get("/outbox")
def outbox() -> str:
    """What was given up or keeps failing."""
    scope.require_somewhere(actor(), NOTICES_MANAGE)
    with reading() as db:
        return render_template(
            "notices/outbox.html",
            deliveries=queries.undelivered(db, actor()),
            sends_mail=smtp.CHANNEL in transports(house().settings),
        )


@blueprint.post("/outbox/<int:delivery_id>/again")
def again(delivery_id: int) -> Response:
    """Put what was given up back into the outbox."""
    with transaction() as db:
        delivery, path = queries.delivery(db, actor(), delivery_id)
        scope.require(actor(), NOTICES_MANAGE, path)
        service.send_again(db, delivery=delivery, at=now())
        audited(db, "notices.sent_again", f"delivery:{delivery_id}", organisation_id=delivery.organisation_id)
    flash(_("It is in the outbox again."), "success")
    return redirect(url_for("notices.outbox"))


@blueprint.app_template_filter("masked_address")
def masked_address(address: str) -> str:
    """``n***@example.com``."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"
