"""Entries afterwards: by hand with evidence (补录), and the rows of a printed sign-in sheet with its photo."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ, HOURS_ENTER
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.activities.views import timezone
from timebank.clock import now
from timebank.errors import Refusal
from timebank.hours import evidence as files
from timebank.hours import queries, service
from timebank.hours.errors import EvidenceInvalid, EvidenceMissing, EvidenceTooLarge, SheetRefused
from timebank.hours.forms import ManualEntryForm, SheetForm, moments_around
from timebank.hours.manual import Row, entries_left, entry_closes_at
from timebank.hours.models import ServiceRecord
from timebank.hours.records import policy_of
from timebank.members import queries as members
from timebank.members.models import Member
from timebank.web.errors import said
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("entries", __name__)

BLANK_ROWS = 8
_ABOUT_THE_FILE = (EvidenceMissing, EvidenceTooLarge, EvidenceInvalid)


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _shift(db: Session, shift_id: int) -> Shift:
    found = activities.shift(db, actor(), shift_id)
    scope.require(actor(), HOURS_ENTER, found.activity.organisation.path)
    return found


def member_written(db: Session, field: StringField) -> Member | None:
    """The one member with this number or phone within scope; else a message beside the field."""
    written = "".join((field.data or "").split())
    found: Sequence[Member] = [
        row
        for row in members.search(db, actor(), words=written, limit=20)
        if written in (row.number, row.phone)
    ]
    if len(found) == 1:
        return found[0]
    field.errors = [
        _("Several members share this phone. Enter the volunteer number.")
        if found
        else _("No member of your organisation has this number or phone.")
    ]
    return None


def _sent(name: str) -> bytes:
    """The content of the file that was sent, empty where none was."""
    file: FileStorage | None = request.files.get(name)
    return file.read() if file else b""


@blueprint.route("/desk/shifts/<int:shift_id>/entries/new", methods=["GET", "POST"])
def enter(shift_id: int) -> str | AnyResponse:
    """An entry by hand (补录), which the volunteer and a second person confirm."""
    with _session() as db:
        shift = _shift(db, shift_id)
        start, end = shift.starts_at.astimezone(timezone()), shift.ends_at.astimezone(timezone())
        form = ManualEntryForm(member=request.args.get("member", ""), came=start.time(), left=end.time())
        if form.validate_on_submit():
            record = _entered(db, shift, form)
            if record is not None:
                facts = {"member": record.member_id, "minutes": record.minutes, "reason": form.reason.data}
                _audit(db, "hours.enter", f"record:{record.id}", shift, **facts)
                flash(_("Entered. The volunteer says yes, then a second person confirms it."), "success")
                return redirect(url_for("confirming.roster", shift_id=shift.id))
        policy = policy_of(db, shift, now())
        return render_template(
            "hours/enter.html",
            shift=shift,
            form=form,
            left=entries_left(db, shift, now()),
            quota=policy.manual_quota,
            megabytes=policy.evidence_megabytes,
            closes_at=entry_closes_at(shift, policy),
            at=now(),
        )


def _audit(db: Session, action: str, subject: str, shift: Shift, **facts: object) -> None:
    audited(db, action, subject, organisation_id=shift.activity.organisation_id, **facts)


def _entered(db: Session, shift: Shift, form: ManualEntryForm) -> ServiceRecord | None:
    member = member_written(db, form.member)
    if member is None:
        return None
    came_at, left_at = form.moments(shift, timezone())
    try:
        # A refusal takes back what was written before it, the evidence above all; the page is shown from the rest.
        with db.begin_nested():
            return service.enter_manually(
                db,
                shift=shift,
                member_id=member.id,
                came_at=came_at,
                left_at=left_at,
                reason=form.reason.data or "",
                evidence=_sent("evidence"),
                by=actor(),
                at=now(),
                timezone=timezone(),
            )
    except _ABOUT_THE_FILE as refusal:
        form.evidence.errors = [said(refusal)]
    except Refusal as refusal:
        field = form.came if refusal.field == "came_at" else form.member
        field.errors = [said(refusal)]
    return None


@blueprint.route("/desk/shifts/<int:shift_id>/sheet", methods=["GET", "POST"])
def sheet(shift_id: int) -> str | AnyResponse:
    """Everybody who signed the printed sheet, entered together with one photo of it."""
    form, wrong = SheetForm(), {}
    with _session() as db:
        shift = _shift(db, shift_id)
        people = _people(db, shift)
        if form.validate_on_submit():
            try:
                rows = _rows(shift, people)
                with db.begin_nested():
                    records = service.enter_sheet(
                        db,
                        shift=shift,
                        rows=rows,
                        photo=_sent("photo"),
                        by=actor(),
                        at=now(),
                        timezone=timezone(),
                    )
            except SheetRefused as refusal:
                wrong = {member_id: said(why) for member_id, why in refusal.rows.items()}
                form.photo.errors = [said(refusal)]
            except Refusal as refusal:
                form.photo.errors = [said(refusal)]
            else:
                _audit_sheet(db, shift, records)
                return redirect(url_for("confirming.roster", shift_id=shift.id))
        policy = policy_of(db, shift, now())
        return render_template(
            "hours/sheet.html",
            shift=shift,
            form=form,
            people=people,
            wrong=wrong,
            typed=request.form,
            megabytes=policy.evidence_megabytes,
            closes_at=entry_closes_at(shift, policy),
            at=now(),
        )


def _audit_sheet(db: Session, shift: Shift, records: Sequence[ServiceRecord]) -> None:
    _audit(
        db,
        "hours.enter_sheet",
        f"shift:{shift.id}",
        shift,
        records=[row.id for row in records],
        members=[f"{row.attendance.member.name} {row.attendance.member.number}" for row in records],
    )
    words = ngettext("%(num)s row is entered.", "%(num)s rows are entered.", len(records))
    flash(f"{words} {_('A second person confirms them.')}", "success")


def _people(db: Session, shift: Shift) -> list[Member]:
    """Whoever signed up and was not seen, and whoever else was written on the page."""
    rows = queries.roster(db, shift, at=now())
    expected = [row.member for row in rows if row.attendance is None]
    known = {member.id for member in expected}
    numbers = "".join(request.values.get("others", "")[:2000]).replace("，", " ").replace(",", " ").split()
    for number in dict.fromkeys(numbers):
        expected += [
            row
            for row in members.search(db, actor(), words=number, limit=5)
            if number in (row.number, row.phone) and row.id not in known
        ]
    return expected


def _rows(shift: Shift, people: Sequence[Member]) -> list[Row]:
    """The ticked rows with their times; what is no time is the shift's own."""
    start, end = (moment.astimezone(timezone()) for moment in (shift.starts_at, shift.ends_at))
    rows = []
    for member in people:
        if request.form.get(f"row-{member.id}"):
            came = _clock(request.form.get(f"came-{member.id}", ""), start)
            left = _clock(request.form.get(f"left-{member.id}", ""), end)
            rows.append(Row(member.id, *moments_around(shift, came.time(), left.time(), timezone())))
    return rows


def _clock(written: str, otherwise: datetime) -> datetime:
    try:
        return datetime.combine(otherwise.date(), datetime.strptime(written, "%H:%M").time())  # noqa: DTZ007 - a clock's face alone.
    except ValueError:
        return otherwise


@blueprint.get("/desk/shifts/<int:shift_id>/sheet/print")
def printed_sheet(shift_id: int) -> str:
    """The sign-in sheet for the table at the door."""
    with reading() as db:
        shift = activities.shift(db, actor(), shift_id)
        scope.require(actor(), ATTENDANCE_READ, shift.activity.organisation.path)
        rows = queries.roster(db, shift, at=now())
        return render_template(
            "hours/print_sheet.html",
            shift=shift,
            members=[row.member for row in rows],
            blank=BLANK_ROWS,
            back=(url_for("confirming.roster", shift_id=shift.id), ""),
        )


@blueprint.get("/evidence/<int:evidence_id>")
def evidence(evidence_id: int) -> Response:
    """A photo to look at, a PDF to save; never anything that a browser would run."""
    with reading() as db:
        file, path = files.evidence(db, actor(), evidence_id)
        if not files.is_own_evidence(db, actor(), evidence_id):
            scope.require(actor(), ATTENDANCE_READ, path)
        answer = Response(file.content, mimetype=file.media_type)
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if file.media_type == files.PDF:
        answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{evidence_id}.pdf"'
    return answer
