"""The office's side: who may take a list, which lists are out, what was odd and what becomes of it."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Permission
from timebank.access.models import User
from timebank.access.permissions import ACTIVITIES_PUBLISH, ATTENDANCE_READ, HOURS_CONFIRM
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.clock import now
from timebank.errors import Refusal
from timebank.hours import queries as hours
from timebank.hours.rules import METHOD_WORDS
from timebank.offline import queries, service
from timebank.offline.forms import AssignForm, DecisionForm
from timebank.offline.models import OfflineConflict
from timebank.offline.rules import ODDITY_WORDS, TAKEN_AT_MOST_BEFORE
from timebank.web.errors import said
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("offline_desk", __name__, url_prefix="/desk")


def _shift(db: Session, shift_id: int, permission: Permission) -> Shift:
    found = activities.shift(db, actor(), shift_id)
    scope.require(actor(), permission, found.activity.organisation.path)
    return found


@blueprint.get("/shifts/<int:shift_id>/offline")
def prepare(shift_id: int) -> str:
    """The list of one shift: who may take it, on which devices it is, what came back."""
    with reading() as db:
        return _prepare_page(db, _shift(db, shift_id, ATTENDANCE_READ), AssignForm(formdata=None))


def _prepare_page(db: Session, shift: Shift, form: AssignForm) -> str:
    path = shift.activity.organisation.path
    assigned = queries.assigned_users(db, shift)
    form.user.choices = _choices(db, shift)
    return render_template(
        "offline/prepare.html",
        shift=shift,
        form=form,
        assigned=assigned,
        is_assigned=queries.is_assigned(db, shift, actor()),
        opens_at=shift.starts_at - TAKEN_AT_MOST_BEFORE,
        at=now(),
        rosters=queries.rosters_of_shift(db, shift.id),
        conflicts=queries.conflicts_of_shift(db, shift.id),
        may_assign=actor().may(ACTIVITIES_PUBLISH, path),
    )


def _choices(db: Session, shift: Shift) -> list[tuple[int, str]]:
    taken = {user.id for user in queries.assigned_users(db, shift)} | {actor().user_id}
    users = queries.coordinators_of(db, shift.activity.organisation.path)
    return [(user.id, user.name) for user in users if user.id not in taken]


@blueprint.post("/shifts/<int:shift_id>/offline")
def assign(shift_id: int) -> ResponseReturnValue:
    """Name a coordinator who may take the list."""
    form = AssignForm()
    with transaction() as db:
        shift = _shift(db, shift_id, ACTIVITIES_PUBLISH)
        form.user.choices = _choices(db, shift)
        if not form.validate_on_submit():
            return _prepare_page(db, shift, form)
        user = db.get_one(User, form.user.data)
        service.assign(db, shift=shift, user=user, by=actor(), at=now())
        organisation_id = shift.activity.organisation_id
        audited(db, "offline.assigned", f"shift:{shift.id}", organisation_id=organisation_id, user=user.id)
        flash(_("%(name)s may take the list.", name=user.name), "success")
    return redirect(url_for(".prepare", shift_id=shift_id))


@blueprint.post("/shifts/<int:shift_id>/offline/<int:roster_id>/lost")
def report_lost(shift_id: int, roster_id: int) -> ResponseReturnValue:
    """A device is gone: nothing from it counts any more without a decision."""
    with transaction() as db:
        shift = _shift(db, shift_id, ACTIVITIES_PUBLISH)
        service.report_lost(queries.roster_of_shift(db, shift.id, roster_id), at=now())
        organisation_id = shift.activity.organisation_id
        audited(
            db, "offline.device_lost", f"shift:{shift.id}", organisation_id=organisation_id, list=roster_id
        )
        flash(_("Nothing from that device counts any more without a decision."), "success")
    return redirect(url_for(".prepare", shift_id=shift_id))


@blueprint.get("/offline")
def index() -> str:
    """What came from devices without network and waits to be decided."""
    scope.require_somewhere(actor(), HOURS_CONFIRM)
    with reading() as db:
        return render_template(
            "offline/conflicts.html",
            conflicts=queries.open_conflicts(db, actor()),
            words=ODDITY_WORDS,
        )


@blueprint.route("/offline/<int:conflict_id>", methods=["GET", "POST"])
def conflict(conflict_id: int) -> ResponseReturnValue:
    """Both sides of one odd scan, and the decision by somebody who did not record it."""
    form, at = DecisionForm(), now()
    refusal: Refusal | None = None
    with reading() as db:
        _found(db, conflict_id)
    if form.validate_on_submit() and request.form.get("decision") in ("accept", "refuse"):
        try:
            with transaction() as db:
                found = _found(db, conflict_id)
                settled = service.decide(
                    db,
                    found,
                    accept=request.form["decision"] == "accept",
                    reason=form.reason.data or "",
                    by=actor(),
                    at=at,
                    timezone=ZoneInfo(house().settings.timezone),
                )
                for row in settled:
                    _audit(db, row)
                flash(ngettext("%(num)s entry decided.", "%(num)s entries decided.", len(settled)), "success")
            return redirect(url_for(".index"))
        except Refusal as raised:
            refusal = raised
    with reading() as db:
        return _conflict_page(db, _found(db, conflict_id), form, refusal)


def _found(db: Session, conflict_id: int) -> OfflineConflict:
    found = queries.conflict(db, actor(), conflict_id)
    scope.require(actor(), HOURS_CONFIRM, found.shift.activity.organisation.path)
    return found


def _audit(db: Session, row: OfflineConflict) -> None:
    audited(
        db,
        f"offline.conflict_{row.status}",
        f"shift:{row.shift_id}",
        organisation_id=row.shift.activity.organisation_id,
        member=row.member_id,
        reasons=row.reasons,
    )


def _conflict_page(db: Session, found: OfflineConflict, form: DecisionForm, refusal: Refusal | None) -> str:
    attendance = hours.attendance_of(db, found.shift_id, found.member_id) if found.member_id else None
    others = queries.scans_of_member(db, found.shift_id, found.member_id) if found.member_id else []
    return render_template(
        "offline/conflict.html",
        conflict=found,
        scan=found.scan,
        form=form,
        refusal=said(refusal) if refusal else "",
        next_step=_(refusal.next_step) if refusal and refusal.next_step else "",
        attendance=attendance,
        others=[scan for scan in others if scan.id != found.scan_id],
        neighbours=queries.neighbours(db, found.scan),
        is_signed_up=bool(
            found.member_id and activities.current_sign_up(db, found.shift_id, found.member_id)
        ),
        words=ODDITY_WORDS,
        method_words=METHOD_WORDS,
        may_decide=actor().user_id != found.recorded_by_user_id
        and (actor().member_id is None or actor().member_id != found.member_id),
    )
