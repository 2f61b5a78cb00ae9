"""“This is wrong”: the volunteer asks, somebody else answers; and recording anew what was not accepted."""

from contextlib import AbstractContextManager

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import HOURS_CONFIRM, HOURS_ENTER
from timebank.activities.views import timezone
from timebank.clock import now
from timebank.errors import Refusal
from timebank.hours import corrections, lists, queries
from timebank.hours.errors import NotYourRecord
from timebank.hours.forms import ReasonForm, TimesForm
from timebank.hours.models import CorrectionRequest, ServiceRecord
from timebank.hours.records import policy_of
from timebank.web.errors import said
from timebank.web.filters import local_date
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("corrections", __name__)


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _audit(db: Session, action: str, record: ServiceRecord, **facts: object) -> None:
    facts = {"member": record.member_id} | facts
    audited(db, action, f"record:{record.id}", organisation_id=record.organisation_id, **facts)


def _times(record: ServiceRecord) -> TimesForm:
    """The form, filled with what the record says now."""
    came, left = record.credited_from, record.credited_until
    return TimesForm(came=came.astimezone(timezone()).time(), left=left.astimezone(timezone()).time())


@blueprint.route("/records/<int:record_id>/correction", methods=["GET", "POST"])
def ask(record_id: int) -> str | Response:
    """The volunteer says what would be right."""
    with _session() as db:
        record = queries.record(db, actor(), record_id)
        if record.member_id != actor().member_id:
            raise NotYourRecord
        form = _times(record)
        if form.validate_on_submit():
            came_at, left_at = form.moments(record.attendance.shift, timezone())
            try:
                asked = corrections.request_correction(
                    db,
                    record=record,
                    came_at=came_at,
                    left_at=left_at,
                    reason=form.reason.data or "",
                    by=actor(),
                    at=now(),
                )
            except Refusal as refusal:
                field = form.came if refusal.field == "came_at" else form.reason
                field.errors = [said(refusal)]
            else:
                _audit(db, "hours.correction_asked", record, reason=form.reason.data)
                flash(
                    _(
                        "Your request is on its way. You get an answer by %(day)s and read it here.",
                        day=local_date(asked.answer_due_at),
                    ),
                    "success",
                )
                return redirect(url_for("account.record", record_id=record.id))
        policy = policy_of(db, record.attendance.shift, now())
        return render_template(
            "hours/ask_correction.html",
            record=record,
            form=form,
            answer_days=policy.answer_days,
            closes_at=corrections.correction_closes_at(record, policy),
            at=now(),
        )


@blueprint.route("/desk/corrections/<int:correction_id>", methods=["GET", "POST"])
def answer(correction_id: int) -> str | Response:
    """Both sides of a request, and the answer to it."""
    form = ReasonForm()
    with _session() as db:
        asked = lists.correction(db, actor(), correction_id)
        scope.require(actor(), HOURS_CONFIRM, asked.record.attendance.shift.activity.organisation.path)
        if form.validate_on_submit():
            try:
                with db.begin_nested():
                    _answered(db, asked, form.reason.data or "")
            except Refusal as refusal:
                form.reason.errors = [said(refusal)]
                asked = lists.correction(db, actor(), correction_id)
            else:
                return redirect(url_for("confirming.index"))
        return render_template(
            "hours/answer_correction.html",
            asked=asked,
            record=asked.record,
            form=form,
            may_answer=corrections.may_answer(asked, actor()),
            at=now(),
        )


def _answered(db: Session, asked: CorrectionRequest, answer: str) -> None:
    if request.form.get("decision") == "grant":
        done = corrections.grant_correction(
            db, asked=asked, answer=answer, by=actor(), at=now(), timezone=timezone()
        )
        _audit(
            db, "hours.correction_granted", asked.record, reason=answer, new=f"record:{done.new_record_id}"
        )
        flash(_("Corrected. The old record and the new one are joined in the passbook."), "success")
    else:
        corrections.refuse_correction(db, asked=asked, answer=answer, by=actor(), at=now())
        _audit(db, "hours.correction_refused", asked.record, reason=answer)
        flash(_("The volunteer reads your reason."), "success")


@blueprint.route("/desk/records/<int:record_id>/anew", methods=["GET", "POST"])
def anew(record_id: int) -> str | Response:
    """Record again what was not accepted or taken back; a second person and the volunteer decide."""
    with _session() as db:
        record = queries.record(db, actor(), record_id)
        scope.require(actor(), HOURS_ENTER, record.attendance.shift.activity.organisation.path)
        form = _times(record)
        if form.validate_on_submit():
            came_at, left_at = form.moments(record.attendance.shift, timezone())
            try:
                new = corrections.record_anew(
                    db,
                    record=record,
                    came_at=came_at,
                    left_at=left_at,
                    reason=form.reason.data or "",
                    by=actor(),
                    at=now(),
                )
            except Refusal as refusal:
                field = form.came if refusal.field == "came_at" else form.reason
                field.errors = [said(refusal)]
            else:
                _audit(db, "hours.record_anew", new, reason=form.reason.data)
                flash(_("Entered. The volunteer says yes, then a second person confirms it."), "success")
                return redirect(url_for("confirming.confirm", shift_id=record.attendance.shift_id))
        return render_template("hours/anew.html", record=record, form=form)
