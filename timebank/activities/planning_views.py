"""Coordinators plan, publish, change and cancel activities."""

from contextlib import AbstractContextManager

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities import pictures, queries, series, service, telling, templates
from timebank.activities.budget import budget_of
from timebank.activities.changing import may_change
from timebank.activities.forms import MOST_POSTS, MOST_SHIFTS, ActivityForm, values_of
from timebank.activities.models import Activity
from timebank.activities.running_forms import CancelForm
from timebank.activities.shown import shifts_with_points, timezone
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries as orgs
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy
from timebank.web.errors import said
from timebank.web.fields import choices, show_refusal
from timebank.web.locale import current_locale
from timebank.web.requests import actor, audited, house, reading, transaction

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
    """A draft, which its publication page shows with its points rule; empty, a copy, or from a template."""
    scope.require_somewhere(actor(), ACTIVITIES_PUBLISH)
    with _session() as db:
        form = ActivityForm(data=_first_values(db) if request.method == "GET" else None)
        _offer_choices(db, form)
        if _wants_another_row(form) or not form.validate_on_submit():
            return _form_page(db, form, None)
        organisation = orgs.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), ACTIVITIES_PUBLISH, organisation.path)
        try:
            with db.begin_nested():
                activity = _created(db, form, organisation)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return _form_page(db, form, None)
        _audit(db, "activities.create", activity)
        return redirect(url_for("planning.publish", activity_id=activity.id))


def _first_values(db: Session) -> dict[str, object] | None:
    """What the form begins with: the activity that is copied, on the same weekday to come, or a template."""
    source_id, template_id = request.args.get("from", type=int), request.args.get("template", type=int)
    if source_id is not None:
        source = _own_activity(db, source_id)
        return values_of(source, timezone(), with_ids=False) | {
            "shifts": series.rows_to_come(source, at=now(), timezone=timezone())
        }
    if template_id is not None:
        template = templates.template(db, actor(), template_id)
        return templates.values_of(template, at=now(), timezone=timezone())
    return None


def _created(db: Session, form: ActivityForm, organisation: Organisation) -> Activity:
    activity = service.create(
        db,
        organisation=organisation,
        category_id=policy.category_at(db, form.category_id.data, organisation.path).id,
        title=form.title.data or "",
        place=form.place.data or "",
        description=form.description.data or "",
        shifts=[plan for _id, plan in form.plans(timezone())],
        by=actor(),
        at=now(),
        terms=form.terms(),
    )
    source_id = request.args.get("from", type=int)
    if source_id is not None and not form.photo.data and not form.remove_photo.data:
        pictures.copy(db, source_id=_own_activity(db, source_id).id, target=activity)
    _change_photo(db, form, activity)
    return activity


def _change_photo(db: Session, form: ActivityForm, activity: Activity) -> None:
    if form.photo.data:
        pictures.put(db, activity=activity, content=form.photo.data.read())
    elif form.remove_photo.data:
        pictures.remove(db, activity=activity)


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _audit(db: Session, action: str, activity: Activity, **facts: object) -> None:
    audited(db, action, f"activity:{activity.id}", organisation_id=activity.organisation_id, **facts)


def _offer_choices(db: Session, form: ActivityForm) -> None:
    english = current_locale() == "en"
    form.category_id.choices = choices(
        [(row.id, (english and row.english_name) or row.name) for row in policy.categories(db, actor())]
    )
    form.organisation_id.choices = choices(
        [
            (row.id, "　" * (row.path.count("/") - 2) + row.name)
            for row in orgs.organisations(db, actor(), ACTIVITIES_PUBLISH)
        ]
    )


def _wants_another_row(form: ActivityForm) -> bool:
    """Another empty shift or post was asked for; nothing is stored by it."""
    if "another_shift" in request.form and len(form.shifts) < MOST_SHIFTS:
        form.shifts.append_entry()
    if "another_post" in request.form and len(form.posts) < MOST_POSTS:
        form.posts.append_entry()
    return "another_shift" in request.form or "another_post" in request.form


def _form_page(db: Session, form: ActivityForm, activity: Activity | None) -> str:
    return render_template(
        "activities/form.html",
        form=form,
        activity=activity,
        has_categories=bool(policy.categories(db, actor())),
        templates=templates.templates(db, actor()),
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
        if activity.published_at is not None and not may_change(activity, now()):
            flash(
                _("This plan no longer changes. A shift that runs can be extended, for everybody."), "warning"
            )
            return redirect(url_for("activities.activity", activity_id=activity.id))
        form = ActivityForm(data=values_of(activity, timezone()) if request.method == "GET" else None)
        _offer_choices(db, form)
        if activity.status == "published":
            # Its points rule has been promised for this category, its organisation answers for it.
            form.category_id.data, form.organisation_id.data = activity.category_id, activity.organisation_id
            form.category_id.choices = choices([(activity.category_id, activity.category.name)])
        form.organisation_id.choices = choices([(activity.organisation_id, activity.organisation.name)])
        if _wants_another_row(form) or not form.validate_on_submit():
            return _form_page(db, form, activity)
        try:
            # A refusal must not leave half of the change in this transaction.
            with db.begin_nested():
                _change(db, activity, form)
        except Refusal as refusal:
            # What does not fit the present state of the shifts stands beside them.
            if refusal.field in form:
                show_refusal(form, refusal)
            else:
                form.shifts.errors = [said(refusal)]
            return _form_page(db, form, activity)
        page = "activities.activity" if activity.status == "published" else "planning.publish"
        return redirect(url_for(page, activity_id=activity.id))


def _change(db: Session, activity: Activity, form: ActivityForm) -> None:
    told = service.update(
        db,
        activity=activity,
        category_id=policy.category_at(db, form.category_id.data, activity.organisation.path).id,
        title=form.title.data or "",
        place=form.place.data or "",
        description=form.description.data or "",
        shifts=form.plans(timezone()),
        at=now(),
        terms=form.terms(),
        timezone=timezone(),
    )
    _change_photo(db, form, activity)
    _audit(db, "activities.update", activity, told=told)
    flash(_("The changes are saved."), "success")
    if told:
        flash(ngettext("%(num)s person was told.", "%(num)s people were told.", told), "info")


@blueprint.route("/<int:activity_id>/publish", methods=["GET", "POST"])
def publish(activity_id: int) -> str | Response:
    """Show the activity and the points rule that will apply; then make it public."""
    with _session() as db:
        activity = _own_activity(db, activity_id)
        if request.method == "POST":
            try:
                is_new = service.publish(
                    db,
                    activity=activity,
                    at=now(),
                    timezone=timezone(),
                    stock_values=house().stock_values,
                )
            except Refusal as refusal:
                flash(said(refusal), "warning")
                return redirect(url_for("planning.publish", activity_id=activity.id))
            if is_new:
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
            budget=budget_of(db, activity, stock_values=house().stock_values, at=now(), timezone=timezone()),
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
            told = _cancelled(db, activity, (form.reason.data or "").strip())
            flash(_("The activity is cancelled."), "success")
            if told:
                flash(ngettext("%(num)s person was told.", "%(num)s people were told.", told), "info")
            return redirect(url_for("planning.index"))
        taken = queries.places_taken(db, [shift.id for shift in activity.shifts])
        return render_template(
            "activities/cancel.html",
            form=form,
            activity=activity,
            signed_up=sum(taken.values()),
            inside=len(telling.members_inside(db, taken)),
        )


def _cancelled(db: Session, activity: Activity, reason: str) -> int:
    told = service.cancel(
        db,
        activity=activity,
        reason=reason,
        at=now(),
        timezone=timezone(),
        calling_off=house().calling_off,
    )
    _audit(db, "activities.cancel", activity, reason=reason, told=told)
    return told
