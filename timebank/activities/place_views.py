"""Coordinators see who has a place, who waits and by whom each was signed up; they note insurances."""

from contextlib import AbstractContextManager

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH, ATTENDANCE_READ, MEMBERS_WRITE
from timebank.activities import holdings, insurance, queries, service
from timebank.activities.models import Shift, SignUp
from timebank.activities.rules import AS_FAMILY, AS_ORGANISER, OFFERED, SIGNED_UP, WAITING
from timebank.activities.running_forms import InsuranceForm
from timebank.activities.shown import timezone
from timebank.activities.standings import insured_until_of
from timebank.clock import now
from timebank.errors import N_, Refusal
from timebank.members import queries as members
from timebank.members.models import Member
from timebank.web.errors import said
from timebank.web.filters import local_time
from timebank.web.requests import actor, audited, reading, transaction
from timebank.web.spreadsheets import csv_file

blueprint = Blueprint("place_desk", __name__, url_prefix="/desk")

# How the table says in what state a row is, and for whom somebody acted.
_STATES = {SIGNED_UP: N_("Signed up"), OFFERED: N_("A place is kept"), WAITING: N_("On the waiting list")}
_ACTING = {"": N_("themselves"), AS_FAMILY: N_("of the household"), AS_ORGANISER: N_("organiser")}


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


@blueprint.get("/shifts/<int:shift_id>/places")
def show(shift_id: int) -> str:
    """Places by post and the waiting list in its order, each row with who signed whom up."""
    at = now()
    with reading() as db:
        shift = queries.shift(db, actor(), shift_id)
        scope.require(actor(), ATTENDANCE_READ, shift.activity.organisation.path)
        rows = holdings.concerned(db, [shift.id])
        people = {row.member_id: db.get_one(Member, row.member_id) for row in rows}
        return render_template(
            "activities/places.html",
            shift=shift,
            held=[row for row in rows if row.status != "waiting"],
            waiting=[row for row in rows if row.status == "waiting"],
            people=people,
            by_names=holdings.names_of_labels(db, {row.signed_up_by for row in rows}),
            insured=insured_until_of(db, people),
            at=at,
        )


@blueprint.post("/shifts/<int:shift_id>/places/table")
def table(shift_id: int) -> Response:
    """The same as a CSV file. It holds names, so taking it is in the audit trail."""
    with transaction() as db:
        shift = queries.shift(db, actor(), shift_id)
        scope.require(actor(), ATTENDANCE_READ, shift.activity.organisation.path)
        rows = holdings.concerned(db, [shift.id])
        by_names = holdings.names_of_labels(db, {row.signed_up_by for row in rows})
        lines = [_line(db.get_one(Member, row.member_id), row, by_names) for row in rows]
        audited(
            db,
            "activities.places_exported",
            f"shift:{shift.id}",
            organisation_id=shift.activity.organisation_id,
            records=len(lines),
        )
    heads = (_("Number"), _("Name"), _("Post"), _("State"), _("Signed up on"), _("Signed up by"), _("As"))
    return csv_file(f"places-{shift_id}.csv", heads, lines)


def _line(member: Member, row: SignUp, by_names: dict[str, str]) -> tuple[str, ...]:
    return (
        member.number,
        member.name,
        row.post.name if row.post else "",
        _(_STATES[row.status]),
        local_time(row.signed_up_at),
        by_names.get(row.signed_up_by, row.signed_up_by),
        _(_ACTING[row.signed_up_as]),
    )


@blueprint.post("/shifts/<int:shift_id>/places/<int:member_id>/give-up")
def give_up(shift_id: int, member_id: int) -> Redirect:
    """Somebody telephoned that they cannot come: the organiser gives their place up, recorded as done for them."""
    try:
        with transaction() as db:
            shift = _planned_shift(db, shift_id)
            place = queries.place_of(db, shift.id, member_id)
            if place is not None:
                service.cancel_sign_up(db, sign_up=place, at=now(), by=actor(), timezone=timezone())
                _audit_give_up(db, shift, member_id)
    except Refusal as refusal:
        if refusal.code in ("forbidden", "activity_not_found"):
            raise
        flash(said(refusal), "warning")
    else:
        flash(_("The place is free for somebody else."), "success")
    return redirect(url_for("place_desk.show", shift_id=shift_id))


def _planned_shift(db: Session, shift_id: int) -> Shift:
    shift = queries.shift(db, actor(), shift_id)
    scope.require(actor(), ACTIVITIES_PUBLISH, shift.activity.organisation.path)
    return shift


def _audit_give_up(db: Session, shift: Shift, member_id: int) -> None:
    audited(
        db,
        "activities.give_up_other",
        f"shift:{shift.id}",
        organisation_id=shift.activity.organisation_id,
        member=member_id,
    )


@blueprint.route("/members/<int:member_id>/insurance", methods=["GET", "POST"])
def note_insurance(member_id: int) -> str | Redirect:
    """Note an insurance that the member showed; notes are never changed, the farthest counts."""
    form = InsuranceForm()
    with _session() as db:
        member = members.member(db, actor(), member_id)
        scope.require(actor(), MEMBERS_WRITE, member.organisation.path)
        if form.validate_on_submit():
            assert form.insured_until.data is not None
            insurance.note(
                db,
                member_id=member.id,
                insured_until=form.insured_until.data,
                evidence=form.evidence.data or "",
                by=actor(),
                at=now(),
            )
            audited(
                db,
                "member.insurance_noted",
                f"member:{member.id}",
                organisation_id=member.organisation_id,
                until=form.insured_until.data.isoformat(),
            )
            flash(_("The insurance is noted."), "success")
            return redirect(url_for("place_desk.note_insurance", member_id=member.id))
        return render_template(
            "activities/insurance.html", form=form, member=member, notes=insurance.notes_of(db, member.id)
        )
