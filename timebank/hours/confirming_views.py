"""Coordinators: the roster of a shift, confirming it, the member's word in person, pardons, taking back."""

from contextlib import AbstractContextManager

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.actors import Permission
from timebank.access.permissions import ACTIVITIES_PUBLISH, ATTENDANCE_READ, HOURS_CONFIRM, HOURS_ENTER
from timebank.activities import queries as activities
from timebank.activities import service as activities_service
from timebank.activities.errors import ShiftFull, SkillMissing
from timebank.activities.forms import SignUpOtherForm
from timebank.activities.models import Shift
from timebank.activities.shown import timezone
from timebank.activities.standings import standings
from timebank.clock import now
from timebank.errors import Refusal
from timebank.hours import booking, queries, service
from timebank.hours.decisions import kin_of, may_decide
from timebank.hours.entry_views import member_written
from timebank.hours.errors import HeadCountUnexplained
from timebank.hours.forms import ReasonForm
from timebank.hours.head_counts import head_count_of, peak_of
from timebank.hours.lists import open_corrections
from timebank.hours.member_word import say_in_person, wants_word
from timebank.hours.models import ServiceRecord
from timebank.hours.no_shows import pardon_no_show, pardons_of_shift
from timebank.hours.records import policy_of
from timebank.hours.rules import APPROVED, FLAG_WORDS, METHOD_WORDS, PENDING, head_count_differs
from timebank.members import queries as members
from timebank.members.codes import Identified, try_identify
from timebank.members.models import Member
from timebank.policy.rules import HEAD_COUNT_ASKED
from timebank.web.errors import said
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("confirming", __name__, url_prefix="/desk")


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {"flag_words": FLAG_WORDS, "method_words": METHOD_WORDS}


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _shift(db: Session, shift_id: int, permission: Permission) -> Shift:
    """The shift, or ``Absent``; ``Forbidden`` without the permission."""
    found = activities.shift(db, actor(), shift_id)
    scope.require(actor(), permission, found.activity.organisation.path)
    return found


def _record(db: Session, record_id: int, permission: Permission) -> ServiceRecord:
    found = queries.record(db, actor(), record_id)
    scope.require(actor(), permission, found.attendance.shift.activity.organisation.path)
    return found


def _audit_shift(db: Session, action: str, shift: Shift, **facts: object) -> None:
    organisation_id = shift.activity.organisation_id
    audited(db, action, f"shift:{shift.id}", organisation_id=organisation_id, **facts)


def _audit_record(db: Session, action: str, record: ServiceRecord, **facts: object) -> None:
    facts = {"member": record.member_id, "minutes": record.minutes} | facts
    audited(db, action, f"record:{record.id}", organisation_id=record.organisation_id, **facts)


@blueprint.get("/hours")
def index() -> str:
    """What waits: shifts to confirm, and entries by hand that want a second person."""
    scope.require_somewhere(actor(), HOURS_CONFIRM)
    with reading() as db:
        kin = kin_of(db, actor())
        return render_template(
            "hours/waiting.html",
            shifts=queries.shifts_to_confirm(db, actor(), HOURS_CONFIRM),
            entries=queries.manual_waiting(db, actor(), HOURS_CONFIRM),
            may_decide=lambda record: may_decide(record, actor(), kin),
            corrections=open_corrections(db, actor(), HOURS_CONFIRM),
            at=now(),
        )


@blueprint.route("/shifts/<int:shift_id>", methods=["GET", "POST"])
def roster(shift_id: int) -> str | Response:
    """Who is expected, inside, done; and signing somebody up who has no phone."""
    form = SignUpOtherForm()
    with _session() as db:
        shift = _shift(db, shift_id, ACTIVITIES_PUBLISH if request.method == "POST" else ATTENDANCE_READ)
        form.offer_posts(shift.activity.posts)
        if form.validate_on_submit() and _sign_up_other(db, shift, form):
            return redirect(url_for("confirming.roster", shift_id=shift.id))
        rows = queries.roster(db, shift, at=now())
        standing = standings(db, [shift], None, timezone=timezone())[shift.id]
        return render_template(
            "hours/roster.html",
            shift=shift,
            rows=rows,
            form=form,
            standing=standing,
            at=now(),
            states=[row.state for row in rows],
            pardons=pardons_of_shift(db, shift.id),
            may_plan=actor().may(ACTIVITIES_PUBLISH, shift.activity.organisation.path),
            may_confirm=actor().may(HOURS_CONFIRM, shift.activity.organisation.path),
            may_enter=actor().may(HOURS_ENTER, shift.activity.organisation.path),
        )


def _sign_up_other(db: Session, shift: Shift, form: SignUpOtherForm) -> bool:
    """Sign the member up; what is wrong is written beside the field."""
    member = member_written(db, form.member)
    if member is None:
        return False
    try:
        with db.begin_nested():
            activities_service.sign_up(
                db,
                shift=shift,
                member_id=member.id,
                by=actor(),
                at=now(),
                post_id=form.post_id.data or None,
                timezone=timezone(),
            )
    except Refusal as refusal:
        # What is wrong with the post stands beside the post.
        field = (
            form.post_id
            if form.has_posts and refusal.code in (ShiftFull.code, SkillMissing.code)
            else form.member
        )
        field.errors = [said(refusal)]
        return False
    _audit_shift(db, "activities.sign_up_other", shift, member=member.id)
    flash(_("%(name)s is signed up.", name=member.name), "success")
    return True


@blueprint.route("/shifts/<int:shift_id>/confirm", methods=["GET", "POST"])
def confirm(shift_id: int) -> str | Response:
    """Exceptions first, each with its reason and evidence; then one button for everybody else."""
    with _session() as db:
        shift = _shift(db, shift_id, HOURS_CONFIRM)
        if request.method == "POST":
            try:
                with db.begin_nested():
                    _confirm_all(db, shift)
            except HeadCountUnexplained as question:
                return _confirm_page(db, shift, question)
            return redirect(url_for("confirming.confirm", shift_id=shift.id))
        return _confirm_page(db, shift)


def _confirm_all(db: Session, shift: Shift) -> None:
    """One act for every row without a reason; it says how many people were there."""
    written, note = request.form.get("head_count", "").strip(), request.form.get("note", "")[:500]
    counted = int(written[:6]) if written.isascii() and written.isdecimal() else None
    if counted is None and (written or _wants_head_count(db, shift)):
        flash(_("Write how many people you counted, for example 12."), "warning")
        return
    done = service.confirm_shift(
        db, shift=shift, by=actor(), at=now(), head_count=counted, note=note, timezone=timezone()
    )
    if counted is not None:
        explained = {"reason": note.strip()} if note.strip() else {}
        _audit_shift(db, "hours.head_count", shift, counted=counted, **explained)
    if done.records:
        _audit_shift(
            db,
            "hours.confirm_shift",
            shift,
            records=[row.id for row in done.records],
            members=[f"{row.member.name} {row.member.number}" for row in done.records],
        )
    if done.left_to_others:
        flash(
            ngettext(
                "%(num)s row waits for somebody else, who was told.",
                "%(num)s rows wait for somebody else, who was told.",
                done.left_to_others,
            ),
            "info",
        )
    if done.records or not done.left_to_others:
        _tell_confirmed(len(done.records), only_counted=counted is not None and not done.records)


def _wants_head_count(db: Session, shift: Shift) -> bool:
    policy = policy_of(db, shift, now())
    return policy.head_count == HEAD_COUNT_ASKED and head_count_of(db, shift.id) is None


def _tell_confirmed(count: int, *, only_counted: bool) -> None:
    if only_counted:
        flash(_("The head count is kept."), "success")
    elif count:
        flash(ngettext("%(num)s record is confirmed.", "%(num)s records are confirmed.", count), "success")
    else:
        flash(_("There was nothing left to confirm."), "info")


def _confirm_page(db: Session, shift: Shift, question: HeadCountUnexplained | None = None) -> str:
    records = queries.records_of_shift(db, shift.id)
    pending = [row for row in records if row.status == PENDING]
    ordinary = [row for row in pending if not row.flags]
    kin = kin_of(db, actor())
    return render_template(
        "hours/confirm.html",
        shift=shift,
        exceptions=[row for row in pending if row.flags],
        ordinary=[row for row in ordinary if may_decide(row, actor(), kin)],
        own=[row for row in ordinary if row.member_id == actor().member_id],
        own_scans=[
            row
            for row in ordinary
            if row.member_id != actor().member_id and not may_decide(row, actor(), kin)
        ],
        kin=kin,
        decided=[row for row in records if row.status != PENDING],
        inside=[row for row in queries.attendances_of_shift(db, shift.id) if row.checked_out_at is None],
        prices=booking.preview(db, pending),
        asks_head_count=question is not None or _wants_head_count(db, shift),
        question=question,
        head_count=(said := head_count_of(db, shift.id)),
        head_count_differs=said is not None and head_count_differs(said.counted, said.inside_at_peak),
        peak=peak_of(db, shift.id, at=now()),
        wants_word=wants_word,
        may_decide=lambda record: may_decide(record, actor(), kin),
        may_enter=actor().may(HOURS_ENTER, shift.activity.organisation.path),
    )


@blueprint.post("/records/<int:record_id>/decide")
def decide(record_id: int) -> Response:
    """Approve or reject one record, with a reason."""
    reason, approve = request.form.get("reason", "").strip()[:500], request.form.get("decision") == "approve"
    with reading() as db:
        shift_id = _record(db, record_id, HOURS_CONFIRM).attendance.shift_id
    try:
        with transaction() as db:
            record = _record(db, record_id, HOURS_CONFIRM)
            standing = queries.locked(db, record.id).status
            if approve:
                service.confirm_record(
                    db, record=record, by=actor(), at=now(), reason=reason, timezone=timezone()
                )
            else:
                service.reject_record(db, record=record, by=actor(), reason=reason, at=now())
            if record.status != standing:
                # A second click decides nothing, so the trail does not say that it did.
                verb = "hours.approve" if approve else "hours.reject"
                _audit_record(db, verb, record, reason=reason)
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(_("The record is confirmed.") if approve else _("The record is not accepted."), "success")
    if request.form.get("back") == "waiting":
        return redirect(url_for("confirming.index"))
    return redirect(url_for("confirming.confirm", shift_id=shift_id))


@blueprint.post("/records/<int:record_id>/word")
def word_in_person(record_id: int) -> Response:
    """The member is here without a phone of her own: her card or her code is her yes."""
    written = request.form.get("code", "")[:60]
    with transaction() as db:
        record = _record(db, record_id, HOURS_CONFIRM)
        shift_id = record.attendance.shift_id
        # A code is worth nothing once it was shown, whatever becomes of the record; so this is committed first.
        shown = try_identify(db, house().keyring, written, by=f"shift:{shift_id}", at=now())
        identity = shown if isinstance(shown, Refusal) else (shown.member.id, shown.how)
    try:
        if isinstance(identity, Refusal):
            raise identity
        with transaction() as db:
            record = _record(db, record_id, HOURS_CONFIRM)
            known = Identified(db.get_one(Member, identity[0]), identity[1])
            standing = record.said
            kept = say_in_person(db, record=record, shown=known, by=actor(), at=now())
            if kept.said != standing:
                _audit_record(db, "hours.word_in_person", record, how=known.how)
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(_("Her yes is kept. You can decide now."), "success")
    return redirect(url_for("confirming.confirm", shift_id=shift_id) + f"#record-{record_id}")


@blueprint.route("/shifts/<int:shift_id>/no-shows/<int:member_id>", methods=["GET", "POST"])
def pardon(shift_id: int, member_id: int) -> str | Response:
    """A missed shift that had a good reason is not counted."""
    form = ReasonForm()
    with _session() as db:
        shift = _shift(db, shift_id, HOURS_CONFIRM)
        member = members.member(db, actor(), member_id)
        if form.validate_on_submit():
            at, reason = now(), form.reason.data or ""
            try:
                done = pardon_no_show(db, shift=shift, member_id=member.id, reason=reason, by=actor(), at=at)
            except Refusal as refusal:
                form.reason.errors = [said(refusal)]
            else:
                if done.pardoned_at == at:
                    _audit_shift(db, "hours.pardon", shift, member=member.id, reason=reason)
                flash(_("The missed shift is not counted."), "success")
                return redirect(url_for("confirming.roster", shift_id=shift.id))
        return render_template("hours/pardon.html", shift=shift, member=member, form=form)


@blueprint.route("/records/<int:record_id>/take-back", methods=["GET", "POST"])
def take_back(record_id: int) -> str | Response:
    """Undo an approved record by a reversal, with a reason."""
    form = ReasonForm()
    with reading() as db:
        record = _record(db, record_id, HOURS_CONFIRM)
        if not form.validate_on_submit():
            return render_template(
                "hours/take_back.html",
                record=record,
                form=form,
                is_own=record.member_id == actor().member_id,
                is_approved=record.status == APPROVED,
            )
    try:
        with transaction() as db:
            record = _record(db, record_id, HOURS_CONFIRM)
            standing, reason = queries.locked(db, record.id).status, form.reason.data or ""
            service.take_back(db, record=record, by=actor(), at=now(), reason=reason)
            if record.status != standing:
                _audit_record(db, "hours.take_back", record, reason=reason)
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(_("The record is taken back."), "success")
    return redirect(url_for("account.record", record_id=record_id))
