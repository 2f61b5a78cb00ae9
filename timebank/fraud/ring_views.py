"""Pages of the weekly report on rings."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import FRAUD_WORK
from timebank.clock import now
from timebank.fraud import queries, ring_queries, runner, words
from timebank.fraud.ring_picture import picture
from timebank.fraud.rings import LEAST_ROWS, ONE_IN, WEEKS
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("rings", __name__, url_prefix="/rings")


@blueprint.get("")
def index() -> str:
    """Every week's report, the newest first."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    with reading() as db:
        rows = [(one, ring_queries.groups_of(db, actor(), one)) for one in ring_queries.reports(db, actor())]
        return render_template("fraud/rings.html", rows=rows)


@blueprint.post("")
def make() -> Response:
    """Report the week that is over now, where the night's job has not."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    with reading() as db:
        counties = ring_queries.counties(db, actor())
    made = [
        (county_id, number)
        for county_id in counties
        if (number := runner.report_rings(house(), county_id=county_id, by=actor().label, at=now()))
    ]
    with transaction() as db:
        for county_id, number in made:
            audited(db, "fraud.rings_reported", f"rings:{number}", organisation_id=county_id)
    flash(_("The report has been made.") if made else _("The week's report was there already."), "info")
    return redirect(url_for("rings.index"))


@blueprint.get("/<int:ring_report_id>")
def show(ring_report_id: int) -> str:
    """One week's groups: a table for each, and a picture."""
    with reading() as db:
        found = ring_queries.report(db, actor(), ring_report_id)
        scope.require(actor(), FRAUD_WORK, found.organisation.path)
        groups = ring_queries.groups_of(db, actor(), found)
        names = _names(db, groups)
        return render_template(
            "fraud/ring.html",
            report=found,
            groups=[
                (one | {"points": Decimal(one["points"])}, picture(one["people"], one["pairs"], names))
                for one in groups
            ],
            names=names,
            weeks=WEEKS,
            least=LEAST_ROWS,
            one_in=ONE_IN,
            words=words,
        )


def _names(db: Session, groups: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, set[int]] = {"member": set(), "user": set()}
    for group in groups:
        for word in group["people"]:
            kind, _colon, number = word.partition(":")
            found[kind].add(int(number))
    return queries.names(db, members=found["member"], users=found["user"])
