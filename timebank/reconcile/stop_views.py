"""Stopped redemptions as a page for those who reconcile, and the notice that counters and catalogue show."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import RECONCILIATION_RUN
from timebank.clock import now
from timebank.reconcile import item_queries, queries, stops
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("redemption_stops", __name__, url_prefix="/reconciliation/stops")


@blueprint.get("")
def index() -> str:
    """Where redeeming is paused, why, and who has asked to let it go on."""
    scope.require_somewhere(actor(), RECONCILIATION_RUN)
    with reading() as db:
        proves = {check.code: check.proves for check in house().checks}
        rows = [
            {
                "stop": stop,
                "why": [_(proves[code]) for code in stop.checks if code in proves],
                "asked_by": queries.starter(db, f"user:{stop.asked_by_user_id}")
                if stop.asked_by_user_id
                else "",
                "is_own": stop.asked_by_user_id == actor().user_id,
            }
            for stop in item_queries.stops(db, actor())
        ]
        return render_template("reconcile/stops.html", rows=rows)


@blueprint.post("/<int:stop_id>/ask")
def ask(stop_id: int) -> Response:
    """One person says why redeeming may go on."""
    with transaction() as db:
        stop = item_queries.stop(db, actor(), stop_id)
        stops.ask_to_lift(db, stop, reason=request.form.get("reason", ""), by=actor(), at=now())
        audited(db, "reconciliation.stop_asked", f"stop:{stop.id}", organisation_id=stop.organisation_id)
    flash(_("Somebody else has to agree."), "success")
    return redirect(url_for("redemption_stops.index"))


@blueprint.post("/<int:stop_id>/lift")
def lift(stop_id: int) -> Response:
    """The second person agrees."""
    with transaction() as db:
        stop = item_queries.stop(db, actor(), stop_id)
        at = now()
        stops.lift(db, stop, by=actor(), at=at)
        for hear in house().stop_hearers:
            hear(db, stop, at)
        audited(db, "reconciliation.stop_lifted", f"stop:{stop.id}", organisation_id=stop.organisation_id)
    flash(_("Goods are handed out again."), "success")
    return redirect(url_for("redemption_stops.index"))


@blueprint.app_context_processor
def _for_shops() -> dict[str, Any]:
    return {"redeeming_is_paused": _is_paused}


def _is_paused(organisation_path: str) -> bool:
    """For the pages of a shop: whether nothing is handed out there now."""
    with reading() as db:
        return stops.standing(db, organisation_path) is not None
