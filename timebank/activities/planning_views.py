"""Coordinators plan, publish, change and cancel activities."""

from contextlib import AbstractContextManager

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities import queries, service
from timebank.activities.errors import ShiftHasSignUps, ShiftsMissing, ShiftTimesInvalid
from timebank.activities.forms import ActivityForm, CancelForm, rows_of
from timebank.activities.models import Activity
from timebank.activities.views import shifts_with_points, timezone
from timebank.clock import now
from timebank.errors import Conflict, Refusal
from timebank.orgs import queries as orgs
from timebank.policy import queries as policy
from timebank.web.errors import said
from timebank.web.fields import choices
from timebank.web.locale import current_locale
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("planning", __name__, url_prefix="/desk/activities")

PAGE = 30


@blueprint.get("")
def index() -> str:
    """The coordinator's activities, by state and words."""
    scope.require_somewhere(actor(), ACTIVITIES_PUBLISH)
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()[:80]
    before, at = request.args.get("before", type=int), now()
    with reading() as db:
        found = queries.managed(
            db,
            actor(),
            ACTIVITIES_PUBLISH,
            at=at,
            state=state,
            words=words,
            before=before,
            limit=PAGE + 1,
        )
        taken = queries.places_taken(db, [shift.id for row in found for shift in row.shifts])
        return render_template(
            "activities/planning.html",
            activities=found[:PAGE],
            taken=taken,
            state=state,
            words=words,
            counts=queries.counts_by_state(db, actor(), ACTIVITIES_PUBLISH, at=at),
            before=found[PAGE - 1].id if len(found) > PAGE else None,
            is_first=before is None,
            at=at,
        )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A draft, which its publication page shows with its points rule."""
    scope.require_somewhere(actor(), ACTIVITIES_PUBLISH)
    form = ActivityForm()
    with _session() as db:
        _offer_choices(db, form)
        if _wants_another_shift(form) or not form.validate_on_submit():
            return _form_page(db, form, None)
        organisation = orgs.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), ACTIVITIES_PUBLISH, organisation.path)
        category = policy.category(db, form.category_id.data)
        activity = service.create(
            db,
            organisation=organisation,
            category_id=category.id,
            title=form.title.data or "",
            place=form.place.data or "",
            description=form.description.data or "",
            shifts=[plan for _id, plan in form.plans(timezone())],
            by=actor(),
            at=now(),
        )
        _audit(db, "activities.create", activity)
        return redirect(url_for("planning.publish", activity_id=activity.id))


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _audit(db: Session, action: str, activity: Activity, **facts: object) -> None:
    audited(db, action, f"activity:{activity.id}", organisation_id=activity.organisation_id, **facts)


def _offer_choices(db: Session, form: ActivityForm) -> None:
    english = current_locale() == "en"
    form.category_id.choices = choices(
        [(row.id, (english and row.english_name) or row.name) for row in policy.categories(db)]
    )
    form.organisation_id.choices = choices(
        [
            (row.id, "　" * (row.path.count("/") - 2) + row.name)
            for row in orgs.organisations(db, actor(), ACTIVITIES_PUBLISH)
        ]
    )


def _wants_another_shift(form: ActivityForm) -> bool:
    if "another_shift" not in request.form:
        return False
    form.shifts.append_entry()
    return True


def _form_page(db: Session, form: ActivityForm, activity: Activity | None) -> str:
    return render_template(
        "activities/form.html", form=form, activity=activity, has_categories=bool(policy.categories(db))
    )


def _own_activity(db: Session, activity_id: int) -> Activity:
    """The activity, or ``Absent``; ``Forbidden`` for whoever may see but not plan it."""
    found = queries.activity(db, actor(), activity_id)
    scope.require(actor(), ACTIVITIES_PUBLISH, found.organisation.path)
    return found


@blueprint.route("/<int:activity_id>/edit", methods=["GET", "POST"])
def edit(activity_id: int) -> str | Response:
    """Change an activity that has not begun."""
    with _session() as db:
        activity = _own_activity(db, activity_id)
        form = ActivityForm(data=_values_of(activity) if request.method == "GET" else None)
        _offer_choices(db, form)
        if activity.status == "published":
            # Its points rule has been promised for this category, its organisation answers for it.
            form.category_id.data, form.organisation_id.data = activity.category_id, activity.organisation_id
            form.category_id.choices = choices([(activity.category_id, activity.category.name)])
        form.organisation_id.choices = choices([(activity.organisation_id, activity.organisation.name)])
        if _wants_another_shift(form) or not form.validate_on_submit():
            return _form_page(db, form, activity)
        try:
            # A refusal must not leave half of the change in this transaction.
            with db.begin_nested():
                _change(db, activity, form)
        except (ShiftTimesInvalid, ShiftsMissing, ShiftHasSignUps, Conflict) as refusal:
            form.shifts.errors = [said(refusal)]
            return _form_page(db, form, activity)
        flash(_("The changes are saved."), "success")
        page = "activities.activity" if activity.status == "published" else "planning.publish"
        return redirect(url_for(page, activity_id=activity.id))


def _values_of(activity: Activity) -> dict[str, object]:
    return {
        "title": activity.title,
        "category_id": activity.category_id,
        "organisation_id": activity.organisation_id,
        "place": activity.place,
        "description": activity.description,
        "shifts": rows_of(activity, timezone()),
    }


def _change(db: Session, activity: Activity, form: ActivityForm) -> None:
    service.update(
        db,
        activity=activity,
        category_id=form.category_id.data,
        title=form.title.data or "",
        place=form.place.data or "",
        description=form.description.data or "",
        shifts=form.plans(timezone()),
        at=now(),
    )
    _audit(db, "activities.update", activity)


@blueprint.route("/<int:activity_id>/publish", methods=["GET", "POST"])
def publish(activity_id: int) -> str | Response:
    """Show the activity and the points rule that will apply; then make it public."""
    with _session() as db:
        activity = _own_activity(db, activity_id)
        if request.method == "POST":
            try:
                service.publish(db, activity=activity, at=now(), timezone=timezone())
            except Refusal as refusal:
                flash(said(refusal), "warning")
                return redirect(url_for("planning.publish", activity_id=activity.id))
            _audit(db, "activities.publish", activity)
            flash(_("The activity is published. Volunteers can sign up now."), "success")
            return redirect(url_for("activities.activity", activity_id=activity.id))
        if activity.status != "draft":
            return redirect(url_for("activities.activity", activity_id=activity.id))
        shifts = shifts_with_points(db, activity, now(), member_id=None)
        return render_template(
            "activities/publish.html",
            activity=activity,
            shifts=shifts,
            policy=policy.policy_for(db, activity.organisation.path),
            has_begun=any(row.shift.starts_at <= now() for row in shifts),
            without_rule=[row.shift for row in shifts if row.rule is None],
        )


@blueprint.route("/<int:activity_id>/cancel", methods=["GET", "POST"])
def cancel(activity_id: int) -> str | Response:
    """Call the activity off, with a reason."""
    form = CancelForm()
    with _session() as db:
        activity = _own_activity(db, activity_id)
        if form.validate_on_submit():
            service.cancel(db, activity=activity, reason=(form.reason.data or "").strip(), at=now())
            _audit(db, "activities.cancel", activity, reason=form.reason.data or "")
            flash(_("The activity is cancelled."), "success")
            return redirect(url_for("planning.index"))
        taken = queries.places_taken(db, [shift.id for shift in activity.shifts])
        return render_template(
            "activities/cancel.html", form=form, activity=activity, signed_up=sum(taken.values())
        )
