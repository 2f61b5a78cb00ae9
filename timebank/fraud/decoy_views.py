"""Pages of decoys, for whoever may know of them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import FRAUD_DECOY
from timebank.clock import now
from timebank.errors import Refusal
from timebank.fraud import decoys, words
from timebank.fraud.decoy_models import Decoy
from timebank.fraud.forms import DecoyForm
from timebank.web.errors import said
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("decoys", __name__, url_prefix="/decoys")


@blueprint.get("")
def index() -> str:
    """Every decoy within scope, and the form for another."""
    scope.require_somewhere(actor(), FRAUD_DECOY)
    with reading() as db:
        return _page(db, DecoyForm(formdata=None))


def _page(db: Session, form: DecoyForm) -> str:
    form.kind.choices = [(code, _(word)) for code, word in words.DECOY_WORDS.items()]
    return render_template(
        "fraud/decoys.html",
        rows=[(one, name, _state(one)) for one, name in decoys.decoys(db, actor())],
        form=form,
        own=actor().user_id,
        words=words,
    )


def _state(one: Decoy) -> str:
    if one.end is not None:
        return "ended"
    return "planted" if one.signature is not None else "proposed"


@blueprint.post("")
def propose() -> str | Response:
    """Propose a decoy; a second person signs."""
    scope.require_somewhere(actor(), FRAUD_DECOY)
    form = DecoyForm()
    form.kind.choices = [(code, _(word)) for code, word in words.DECOY_WORDS.items()]
    with transaction() as db:
        if not form.validate():
            return _page(db, form)
        try:
            row = decoys.propose(
                db,
                kind=form.kind.data,
                number=form.number.data or "",
                note=form.note.data or "",
                by=actor(),
                at=now(),
            )
        except Refusal as refusal:
            form.number.errors = [*form.number.errors, said(refusal)]
            return _page(db, form)
        _written(db, "fraud.decoy_proposed", row, digest=row.note_digest)
    flash(_("Proposed. It counts when a second person has signed."), "info")
    return redirect(url_for("decoys.index"))


def _written(db: Session, action: str, row: Decoy, **facts: str) -> None:
    """The trail knows that there is a decoy, and the note's digest; never which activity or member it is."""
    audited(db, action, f"decoy:{row.id}", organisation_id=row.organisation_id, **facts)


@blueprint.post("/<int:decoy_id>/signature")
def sign(decoy_id: int) -> Response:
    """The second person signs."""
    with transaction() as db:
        row = decoys.decoy(db, actor(), decoy_id)
        scope.require(actor(), FRAUD_DECOY, row.organisation.path)
        decoys.sign(db, decoy=row, by=actor(), at=now())
        _written(db, "fraud.decoy_planted", row)
    flash(_("Signed. From now on it is a decoy."), "success")
    return redirect(url_for("decoys.index"))


@blueprint.post("/<int:decoy_id>/end")
def end(decoy_id: int) -> Response:
    """It is a decoy no longer."""
    with transaction() as db:
        row = decoys.decoy(db, actor(), decoy_id)
        scope.require(actor(), FRAUD_DECOY, row.organisation.path)
        decoys.end(db, decoy=row, reason=request.form.get("reason", "")[:2000], by=actor(), at=now())
        _written(db, "fraud.decoy_ended", row)
    flash(_("It is a decoy no longer. What was found stays."), "success")
    return redirect(url_for("decoys.index"))
