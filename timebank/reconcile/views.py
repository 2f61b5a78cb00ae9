"""The auditor's board: what was compared, what was found, what to do about it."""

from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import RECONCILIATION_RUN
from timebank.audit.views import subject_link
from timebank.clock import now
from timebank.errors import N_
from timebank.orgs import queries as places
from timebank.reconcile import item_queries, queries, runner, totals
from timebank.reconcile.checks import KINDS, Check
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("reconciliation", __name__, url_prefix="/reconciliation")

KIND_WORDS = {
    "vouchers": N_("Books and evidence"),
    "books": N_("Books and books"),
    "shelf": N_("Books and shelf"),
}
STARTER_WORDS = {"job": N_("every night, by itself"), "command": N_("command line")}


@dataclass(frozen=True)
class Line:
    """A check as the page shows it: from the list of checks, with what the run found."""

    check: Check
    examined: int
    breaks: list[dict[str, Any]]
    unlisted: int
    before: "Line | None" = None
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many differences."""
        return len(self.breaks) + self.unlisted


@blueprint.get("")
def index() -> str | Response:
    """The newest run, or an invitation to make the first."""
    scope.require_somewhere(actor(), RECONCILIATION_RUN)
    with reading() as db:
        newest = queries.latest(db, actor())
        if newest is None:
            return render_template("reconcile/none.html", choices=_choices(db))
        return _board(db, newest)


@blueprint.get("/<int:run_id>")
def show(run_id: int) -> str:
    """One run; those outside the actor's own scope do not exist."""
    with reading() as db:
        return _board(db, run_id)


@blueprint.get("/history")
def history() -> str:
    """Earlier runs, so that today can be compared with yesterday."""
    scope.require_somewhere(actor(), RECONCILIATION_RUN)
    with reading() as db:
        rows = [
            {"run": run, "place": place, "starter": _starter(db, run.started_by)}
            for run, place in queries.history(db, actor())
        ]
        return render_template("reconcile/history.html", rows=rows)


@blueprint.get("/days")
def days() -> str:
    """The frozen totals of the days that are over, the newest first."""
    scope.require_somewhere(actor(), RECONCILIATION_RUN)
    with reading() as db:
        shown = [
            {
                "place": place,
                "day": day,
                "frozen_at": frozen_at,
                "totals": {name: totals.shown(name, amount) for name, amount in amounts.items()},
            }
            for place, day, frozen_at, amounts in queries.frozen_days(db, actor())
        ]
        return render_template("reconcile/days.html", days=shown)


@blueprint.post("")
def run() -> Response:
    """Compare now and keep the result."""
    scope.require_somewhere(actor(), RECONCILIATION_RUN)
    with reading() as db:
        organisation_id = _chosen(db)
    result, run_id = runner.reconcile(
        house(), house().checks, organisation_id=organisation_id, started_by=actor().label, clock=now
    )
    with transaction() as db:
        audited(
            db,
            "reconciliation.run",
            f"reconciliation:{run_id}",
            organisation_id=organisation_id,
            breaks=result.count,
        )
    if result.clean:
        flash(_("Everything was compared and agrees."), "success")
    else:
        flash(_("Differences were found: %(count)s.", count=result.count), "warning")
    return redirect(url_for("reconciliation.show", run_id=run_id))


def _chosen(db: Session) -> int | None:
    """The organisation to look at: as chosen, else everything, or the auditor's own highest."""
    written = request.form.get("organisation", "")
    if written.isascii() and written.isdecimal() and len(written) <= 18:
        place = places.organisation(db, actor(), int(written))
        scope.require(actor(), RECONCILIATION_RUN, place.path)
        return place.id
    if queries.audits_everything(db, actor()):
        return None
    return queries.own_places(db, actor())[0].id


def _choices(db: Session) -> list[tuple[str, str]]:
    """What may be looked at: value and label of each choice; one choice needs no question."""
    found = [(str(place.id), place.name) for place in queries.own_places(db, actor())]
    return [("", _("The whole installation")), *found] if queries.audits_everything(db, actor()) else found


def _board(db: Session, run_id: int) -> str:
    found, place = queries.run(db, actor(), run_id)
    previous = queries.before(db, found)
    earlier = {line.check.code: line for line in _lines(previous.result)} if previous else {}
    lines = [
        replace(
            line,
            before=earlier.get(line.check.code),
            numbers=item_queries.numbers_of(
                db, actor(), line.check.code, [one["subject"] for one in line.breaks]
            )
            if line.breaks
            else {},
        )
        for line in _lines(found.result)
    ]
    counts = {kind: sum(line.count for line in lines if line.check.kind == kind) for kind in KINDS}
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        kind = next((one for one in KINDS if counts[one]), KINDS[0])
    return render_template(
        "reconcile/board.html",
        run=found,
        place=place,
        starter=_starter(db, found.started_by),
        kind=kind,
        kinds=[(one, _(KIND_WORDS[one]), counts[one]) for one in KINDS],
        lines=sorted((line for line in lines if line.check.kind == kind), key=lambda line: -line.count),
        examined=sum(line.examined for line in lines),
        mode=found.result.get("mode", "full"),
        previous=previous,
        change=found.breaks - previous.breaks if previous else 0,
        changed=[line for line in lines if line.before is not None and line.before.count != line.count],
        waiting=item_queries.waiting_count(db, actor()),
        checks=len(lines),
        choices=_choices(db),
        said=_said,
        subject=_subject,
    )


def _lines(result: dict[str, Any]) -> list[Line]:
    """What a kept run found, by the checks that there still are, in their order."""
    kept = {one["code"]: one for one in result["checks"]}
    return [
        Line(check, kept[check.code]["examined"], kept[check.code]["breaks"], kept[check.code]["unlisted"])
        for check in house().checks
        if check.code in kept
    ]


def _said(found: dict[str, Any]) -> str:
    """A break's sentence in the reader's language."""
    says = found["says"]
    sentence = str(_(says))
    return sentence % found["facts"] if found["facts"] else sentence


def _subject(found: dict[str, Any]) -> Markup:
    return subject_link(found["subject"])


def _starter(db: Session, started_by: str) -> str:
    word = STARTER_WORDS.get(started_by)
    return str(_(word)) if word else queries.starter(db, started_by)
