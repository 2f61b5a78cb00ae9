"""Coordinators extend a shift that runs, call one off, repeat an activity, publish a series, and keep plans as templates."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities import holdings, queries, series, service, telling, templates
from timebank.activities.models import Activity, Shift
from timebank.activities.running_forms import CancelForm, ExtendForm, RepeatForm, TemplateForm
from timebank.activities.shown import timezone
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.errors import said
from timebank.web.fields import choices, show_refusal
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("running", __name__, url_prefix="/desk")


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _activity(db: Session, activity_id: int) -> Activity:
    found = queries.activity(db, actor(), activity_id)
    scope.require(actor(), ACTIVITIES_PUBLISH, found.organisation.path)
    return found


def _audit(db: Session, action: str, activity: Activity, **facts: object) -> None:
    audited(db, action, f"activity:{activity.id}", organisation_id=activity.organisation_id, **facts)


@blueprint.route("/shifts/<int:shift_id>/extend", methods=["GET", "POST"])
def extend(shift_id: int) -> str | Response:
    """Make the plan of a shift that runs longer, for everybody; logged and told."""
    form = ExtendForm()
    with _session() as db:
        shift = queries.shift(db, actor(), shift_id)
        scope.require(actor(), ACTIVITIES_PUBLISH, shift.activity.organisation.path)
        if form.validate_on_submit() and _extended(db, shift, form):
            return redirect(url_for("activities.activity", activity_id=shift.activity_id))
        return render_template(
            "activities/extend.html",
            form=form,
            shift=shift,
            at=now(),
            inside=len(telling.members_inside(db, [shift.id])),
            extensions=holdings.extensions(db, [shift.id]),
        )


def _extended(db: Session, shift: Shift, form: ExtendForm) -> bool:
    try:
        with db.begin_nested():
            log = service.extend(
                db,
                shift=shift,
                until=_next_time(shift, form),
                reason=(form.reason.data or "").strip(),
                by=actor(),
                at=now(),
            )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    _audit(db, "activities.extend", shift.activity, shift=shift.id, until=log.ends_at.isoformat())
    flash(_("The shift now lasts longer, for everybody. Everybody concerned was told."), "success")
    return True


def _next_time(shift: Shift, form: ExtendForm) -> datetime:
    """The moment at which the clock next shows the time that was written, after the shift began."""
    clock = form.until.data
    assert clock is not None
    starts = shift.starts_at.astimezone(timezone())
    until = datetime.combine(starts.date(), clock, timezone())
    return until if until > starts else datetime.combine(starts.date() + timedelta(days=1), clock, timezone())


@blueprint.route("/shifts/<int:shift_id>/cancel", methods=["GET", "POST"])
def cancel_shift(shift_id: int) -> str | Response:
    """Call one shift off, with a reason; the others of the activity take place."""
    form = CancelForm()
    with _session() as db:
        shift = queries.shift(db, actor(), shift_id)
        scope.require(actor(), ACTIVITIES_PUBLISH, shift.activity.organisation.path)
        if form.validate_on_submit() and _called_off(db, shift, form):
            return redirect(url_for("activities.activity", activity_id=shift.activity_id))
        return render_template(
            "activities/cancel_shift.html",
            form=form,
            shift=shift,
            is_last=all(row.id == shift.id for row in shift.activity.held_shifts),
            concerned=len(holdings.concerned(db, [shift.id])),
            inside=len(telling.members_inside(db, [shift.id])),
        )


def _called_off(db: Session, shift: Shift, form: CancelForm) -> bool:
    reason, was = (form.reason.data or "").strip(), shift.status
    try:
        with db.begin_nested():
            told = service.cancel_shift(
                db,
                shift=shift,
                reason=reason,
                by=actor(),
                at=now(),
                timezone=timezone(),
                calling_off=house().calling_off,
            )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    if was != "cancelled":
        # A second click calls nothing off, so the trail does not say that it did.
        _audit(db, "activities.cancel_shift", shift.activity, shift=shift.id, reason=reason, told=told)
    flash(_("The shift is called off."), "success")
    if told:
        flash(ngettext("%(num)s person was told.", "%(num)s people were told.", told), "info")
    return True


@blueprint.route("/activities/<int:activity_id>/repeat", methods=["GET", "POST"])
def repeat(activity_id: int) -> str | Response:
    """Choose days, look at the dates, then make one draft for each."""
    with _session() as db:
        activity = _activity(db, activity_id)
        first = series.first_day(activity, timezone())
        form = RepeatForm(weekdays=[first.weekday()], until=first + timedelta(weeks=4))
        names = get_locale().days["format"]["wide"]
        form.weekdays.choices = choices((day, names[day]) for day in range(7))
        found: list[series.Preview] = []
        if form.validate_on_submit():
            found = series.preview(db, activity, form.repeat(), timezone=timezone())
            if not found:
                form.until.errors = [_("No date fits: choose days, and a last day after the first date.")]
            elif "make" in request.form:
                return _made(db, activity, form)
        return render_template(
            "activities/repeat.html", form=form, activity=activity, first=first, preview=found
        )


def _made(db: Session, activity: Activity, form: RepeatForm) -> Response:
    drafts = series.repeat_activity(
        db, activity=activity, repeat=form.repeat(), by=actor(), at=now(), timezone=timezone()
    )
    _audit(db, "activities.repeat", activity, drafts=len(drafts))
    flash(ngettext("%(num)s draft was made.", "%(num)s drafts were made.", len(drafts)), "success")
    return redirect(url_for("running.series_page", activity_id=activity.id))


@blueprint.get("/activities/<int:activity_id>/series")
def series_page(activity_id: int) -> str:
    """All dates of a series with their state, and one act to publish its drafts."""
    at = now()
    with reading() as db:
        activity = _activity(db, activity_id)
        rows = series.series_of(db, activity)
        drafts = [row for row in rows if row.status == "draft" and row.shifts[0].starts_at > at]
        return render_template("activities/series.html", activity=activity, rows=rows, drafts=drafts, at=at)


@blueprint.post("/activities/<int:activity_id>/series/publish")
def publish_series(activity_id: int) -> Response:
    """Publish every draft of the series that has not begun; one that cannot be says why, the others go on."""
    published = 0
    with transaction() as db:
        activity = _activity(db, activity_id)
        for row in series.series_of(db, activity):
            if row.status != "draft" or not actor().may(ACTIVITIES_PUBLISH, row.organisation.path):
                continue
            try:
                with db.begin_nested():
                    is_new = service.publish(
                        db, activity=row, at=now(), timezone=timezone(), stock_values=house().stock_values
                    )
            except Refusal as refusal:
                flash(said(refusal), "warning")
                continue
            if is_new:
                _audit(db, "activities.publish", row)
                published += 1
    if published:
        words = ngettext("%(num)s activity is published.", "%(num)s activities are published.", published)
        flash(words, "success")
    return redirect(url_for("running.series_page", activity_id=activity_id))


@blueprint.route("/activities/<int:activity_id>/template", methods=["GET", "POST"])
def keep_template(activity_id: int) -> str | Response:
    """Keep the activity's plan under a name."""
    with _session() as db:
        activity = _activity(db, activity_id)
        form = TemplateForm(name=activity.title[:60])
        if form.validate_on_submit() and _kept(db, activity, form):
            return redirect(url_for("running.template_list"))
        return render_template("activities/template.html", form=form, activity=activity)


def _kept(db: Session, activity: Activity, form: TemplateForm) -> bool:
    try:
        templates.keep(
            db,
            activity=activity,
            name=form.name.data or "",
            by=actor(),
            at=now(),
            timezone=timezone(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    _audit(db, "activities.keep_template", activity, name=form.name.data)
    flash(_("The template is kept. New activities can begin from it."), "success")
    return True


@blueprint.get("/templates")
def template_list() -> str:
    """Every template of the coordinator's organisations."""
    scope.require_somewhere(actor(), ACTIVITIES_PUBLISH)
    with reading() as db:
        return render_template("activities/templates.html", templates=templates.templates(db, actor()))


@blueprint.post("/templates/<int:template_id>/remove")
def remove_template(template_id: int) -> Response:
    """Forget a template; activities made from it stay."""
    with transaction() as db:
        found = templates.template(db, actor(), template_id)
        scope.require(actor(), ACTIVITIES_PUBLISH, found.organisation.path)
        audited(
            db,
            "activities.remove_template",
            f"template:{found.id}",
            organisation_id=found.organisation_id,
            name=found.name,
        )
        templates.remove(db, template=found)
    flash(_("The template is removed."), "success")
    return redirect(url_for("running.template_list"))
