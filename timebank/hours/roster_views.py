"""The roster of a shift as a table to take away: who came, how they were seen, what it proves, what became of it."""

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ
from timebank.activities import queries as activities
from timebank.activities.shown import shift_time
from timebank.clock import now
from timebank.errors import N_
from timebank.hours import queries
from timebank.hours.queries import RosterRow
from timebank.hours.rules import FLAG_WORDS, METHOD_WORDS
from timebank.web.filters import clock_time
from timebank.web.requests import actor, audited, transaction
from timebank.web.spreadsheets import csv_file

blueprint = Blueprint("roster_table", __name__, url_prefix="/desk")

STATE_WORDS: dict[str, str] = {
    "signed_up": N_("Signed up"),
    "inside": N_("Checked in"),
    "absent": N_("Did not come"),
    "pending": N_("Waiting for confirmation"),
    "approved": N_("Confirmed"),
    "rejected": N_("Not accepted"),
    "reversed": N_("Reversed"),
}


@blueprint.post("/shifts/<int:shift_id>/table")
def download(shift_id: int) -> Response:
    """One row for each person, as on the roster. It holds names, so taking it is in the audit trail."""
    with transaction() as db:
        rows = _lines(db, shift_id)
    heads = (
        _("Activity"),
        _("When"),
        _("Number"),
        _("Name"),
        _("State"),
        _("Came at"),
        _("How they came"),
        _("Left at"),
        _("How they left"),
        _("Proof grade"),
        _("Minutes credited"),
        _("Points"),
        _("To be looked at"),
        _("Decision"),
    )
    return csv_file(f"roster-{shift_id}.csv", heads, rows)


def _lines(db: Session, shift_id: int) -> list[tuple[object, ...]]:
    shift = activities.shift(db, actor(), shift_id)
    scope.require(actor(), ATTENDANCE_READ, shift.activity.organisation.path)
    rows = queries.roster(db, shift, at=now())
    audited(
        db,
        "hours.roster_exported",
        f"shift:{shift.id}",
        organisation_id=shift.activity.organisation_id,
        records=len(rows),
    )
    about = (shift.activity.title, shift_time(shift))
    return [(*about, *_presence(row), *_record(row)) for row in rows]


def _presence(row: RosterRow) -> tuple[str, ...]:
    seen = row.attendance
    came = (clock_time(seen.checked_in_at), _method(seen.check_in_method)) if seen else ("", "")
    # A check-out that nobody saw is no moment at which somebody left.
    left = ("", "")
    if seen is not None and seen.check_out_method:
        left = (clock_time(seen.checked_out_at), _method(seen.check_out_method))
    return (row.member.number, row.member.name, _(STATE_WORDS[row.state]), *came, *left)


def _method(code: str) -> str:
    return str(_(METHOD_WORDS.get(code, code)))


def _record(row: RosterRow) -> tuple[object, ...]:
    record = row.record
    if record is None:
        return ("", "", "", "", "")
    flags = _("; ").join(_(FLAG_WORDS.get(flag, flag)) for flag in record.flags)
    # Numbers stay numbers, so that a spreadsheet can add them up.
    points = "" if record.points is None else record.points
    return (record.proof_grade, record.minutes, points, flags, record.decision_reason or "")
