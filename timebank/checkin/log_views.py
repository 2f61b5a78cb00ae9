"""Every attempt at a shift, accepted or refused, with how it was made: on the page and as a table to take away."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.checkin import queries, spots
from timebank.checkin.models import Scan
from timebank.checkin.reasons import Reason, answer_for
from timebank.checkin.tokens import Kind
from timebank.checkin.words import KIND_WORDS, PLACE_WORDS
from timebank.hours.rules import FLAG_WORDS, METHOD_WORDS, proof_grade
from timebank.web.filters import local_time
from timebank.web.requests import actor, audited, reading, transaction
from timebank.web.spreadsheets import csv_file

blueprint = Blueprint("scans", __name__, url_prefix="/shifts/<int:shift_id>/scans")

PAGE_ROWS = 100


def _shift(db: Session, shift_id: int) -> Shift:
    shift = activities.shift(db, actor(), shift_id)
    scope.require(actor(), ATTENDANCE_READ, shift.activity.organisation.path)
    return shift


@blueprint.get("")
def index(shift_id: int) -> str:
    """The attempts, newest first."""
    written = request.args.get("before", "")
    before = int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else None
    with reading() as db:
        shift = _shift(db, shift_id)
        rows = queries.scans_of_shift(db, shift_id, before=before, limit=PAGE_ROWS + 1)
        shown = [
            _line(scan, member.name if member else "", user.name if user else "")
            for scan, member, user in rows
        ]
        return render_template(
            "checkin/scans.html",
            shift=shift,
            lines=shown[:PAGE_ROWS],
            older=rows[PAGE_ROWS - 1][0].id if len(rows) > PAGE_ROWS else None,
            is_first=before is None,
            displays=queries.displays_of_shift(db, shift_id),
            checks=spots.counts(db, shift_id),
        )


def _line(scan: Scan, name: str, operator: str) -> dict[str, str]:
    kind, reason = Kind(scan.kind), Reason(scan.outcome)
    flags: Sequence[str] = scan.facts.get("flags", ())
    return {
        "at": local_time(scan.at),
        "name": name,
        "kind": _(KIND_WORDS[kind]),
        "method": _(METHOD_WORDS[scan.method]),
        # A refused attempt proves nothing.
        "grade": proof_grade(scan.method, scan.method) if reason is Reason.OK else "",
        "tone": answer_for(reason, kind).tone,
        "reason": _(answer_for(reason, kind).heading),
        "code": scan.outcome,
        "place": _(PLACE_WORDS[scan.place]) if scan.place else "",
        "operator": operator,
        "flags": _("; ").join(_(FLAG_WORDS.get(flag, flag)) for flag in flags),
    }


@blueprint.post("/table")
def table(shift_id: int) -> Response:
    """The same as a CSV file. It holds names, so taking it is in the audit trail."""
    with transaction() as db:
        shift = _shift(db, shift_id)
        rows = queries.scans_of_shift(db, shift_id, limit=None)
        audited(
            db,
            "checkin.scans_exported",
            f"shift:{shift_id}",
            organisation_id=shift.activity.organisation_id,
            records=len(rows),
        )
        lines = [
            _line(scan, member.name if member else "", user.name if user else "")
            for scan, member, user in rows
        ]
    heads = {
        "at": _("Time"),
        "name": _("Name"),
        "kind": _("Arriving or leaving"),
        "method": _("How"),
        "grade": _("Proof grade"),
        "reason": _("Outcome"),
        "code": _("Outcome code"),
        "place": _("Where the phone was"),
        "operator": _("Scanned by"),
        "flags": _("To be looked at"),
    }
    cells = ([line[key] for key in heads] for line in reversed(lines))
    return csv_file(f"scans-{shift_id}.csv", list(heads.values()), cells)
