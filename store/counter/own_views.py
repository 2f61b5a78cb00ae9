"""The member's side of the counter: yes or no to what is being taken, on her own phone."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from store.counter import limits, queries
from store.counter.errors import AgreementAbsent
from timebank.clock import now
from timebank.members.pin_requests import pin_first
from timebank.web.requests import actor, reading, transaction

blueprint = Blueprint("agreements", __name__)


@blueprint.get("/my/agreements")
def index() -> str:
    """What a counter asks right now."""
    member_id = actor().member_id
    with reading() as db:
        found = [] if member_id is None else queries.agreements_of(db, member_id, now())
        return render_template("counter/agreements.html", agreements=found)


@blueprint.post("/my/agreements/<int:agreement_id>/<any(yes, no):said>")
def answer(agreement_id: int, said: str) -> ResponseReturnValue:
    """Yes or no, once."""
    member_id = actor().member_id
    if member_id is None:
        raise AgreementAbsent
    if said == "yes" and (asked := pin_first(url_for(".index"))) is not None:
        return asked
    with transaction() as db:
        limits.answer(db, agreement_id=agreement_id, member_id=member_id, yes=said == "yes", at=now())
    flash(_("You have agreed.") if said == "yes" else _("You have said no. Nothing is taken."), "success")
    return redirect(url_for(".index"), 303)
