"""Published points rules for everybody; new versions, categories and settings for administrators."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import POLICY_READ, POLICY_WRITE
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries as orgs
from timebank.orgs.models import Organisation
from timebank.policy import queries, service
from timebank.policy.errors import CategoryShared, SettingUnusable
from timebank.policy.forms import CategoryForm, RuleForm, SettingsForm
from timebank.policy.models import Category, PointsRule
from timebank.policy.rules import RuleValues, award_for, rule_state
from timebank.policy.settings import SETTINGS
from timebank.web.errors import said
from timebank.web.fields import choices
from timebank.web.locale import current_locale
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("policy", __name__)

EXAMPLE_MINUTES = 150
EVERY_CATEGORY = 0


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _today() -> date:
    return now().astimezone(ZoneInfo(house().settings.timezone)).date()


@blueprint.app_template_filter("category")
def category_word(category: Category | None) -> str:
    """A category's name in the reader's language; without one, all of them."""
    if category is None:
        return str(_("All categories"))
    english: str = category.english_name if current_locale() == "en" else ""
    return english or category.name


@blueprint.app_template_filter("arithmetic")
def arithmetic_words(shown: str) -> str:
    """The stored arithmetic ("2.5 h × 10 = 25, rule 3") in the reader's language."""
    shown = re.sub(r"([\d.]+) h\b", lambda found: _("%(count)s h", count=found[1]), shown)
    shown = re.sub(r"(\d+) min\b", lambda found: _("%(count)s min", count=found[1]), shown)
    shown = re.sub(
        r"\(day cap ([\d.]+)\)", lambda found: _("(at most %(points)s a day)", points=found[1]), shown
    )
    shown = re.sub(
        r"\(month cap ([\d.]+)\)", lambda found: _("(at most %(points)s a month)", points=found[1]), shown
    )
    return re.sub(r", rule (\d+)", lambda found: str(_(", rule %(number)s", number=found[1])), shown)


def example_of(rule: PointsRule | RuleValues) -> str:
    """What two and a half hours earn by the rule, as arithmetic."""
    values = queries.values_of(rule) if isinstance(rule, PointsRule) else rule
    return award_for(EXAMPLE_MINUTES, values, Decimal(0), Decimal(0))[1]


@blueprint.get("/rules")
def rules() -> str:
    """All versions of the county's points rules: current, coming, past."""
    today = _today()
    with reading() as db:
        found = queries.rules(db, actor())
        groups: dict[str, list[PointsRule]] = {"current": [], "future": [], "past": []}
        for rule in found:
            groups[rule_state(rule, found, today)].append(rule)
        return render_template(
            "policy/rules.html",
            groups=groups,
            categories=queries.category_names(db, (rule.category_id or 0 for rule in found)),
            organisations=_names(db, found),
            example_of=example_of,
            may_write=actor().may_somewhere(POLICY_WRITE),
        )


def _names(db: Session, found: Sequence[PointsRule]) -> dict[int, str]:
    ids = {rule.organisation_id for rule in found}
    return {organisation_id: db.get_one(Organisation, organisation_id).name for organisation_id in ids}


@blueprint.route("/rules/new", methods=["GET", "POST"])
def new_rule() -> str | Response:
    """A new version; the old ones never change."""
    scope.require_somewhere(actor(), POLICY_WRITE)
    form = RuleForm(valid_from=_today())
    with _session() as db:
        _offer_choices(db, form)
        if form.validate_on_submit() and _added(db, form):
            flash(_("The new version is published."), "success")
            return redirect(url_for("policy.rules"))
        return render_template("policy/new_rule.html", form=form)


def _offer_choices(db: Session, form: RuleForm) -> None:
    form.organisation_id.choices = choices(
        [
            (row.id, "　" * (row.path.count("/") - 2) + row.name)
            for row in orgs.organisations(db, actor(), POLICY_WRITE)
        ]
    )
    form.category_id.choices = choices(
        [
            (EVERY_CATEGORY, category_word(None)),
            *((row.id, category_word(row)) for row in queries.categories(db, actor())),
        ]
    )


def _category_at(db: Session, category_id: int, path: str) -> int | None:
    return queries.category_at(db, category_id, path).id if category_id else None


def _added(db: Session, form: RuleForm) -> bool:
    """Make the version; what is wrong is written beside the field."""
    organisation = orgs.organisation(db, actor(), form.organisation_id.data)
    scope.require(actor(), POLICY_WRITE, organisation.path)
    try:
        rule = service.add_rule(
            db,
            organisation_id=organisation.id,
            organisation_path=organisation.path,
            category_id=_category_at(db, form.category_id.data, organisation.path),
            points_per_hour=form.points_per_hour.points or Decimal(0),
            rounding=form.rounding.data,
            rounding_step=Decimal(form.rounding_step.data),
            cap_points_per_day=form.cap_points_per_day.points,
            cap_points_per_month=form.cap_points_per_month.points,
            valid_from=form.valid_from.data or _today(),
            valid_until=form.valid_until.data,
            today=_today(),
            by=actor().label,
            at=now(),
        )
    except Refusal as refusal:
        field = getattr(form, refusal.field or "", form.valid_from)
        field.errors = [said(refusal)]
        return False
    audited(
        db,
        "policy.add_rule",
        f"rule:{rule.id}",
        organisation_id=organisation.id,
        number=rule.number,
        points_per_hour=str(rule.points_per_hour),
        valid_from=rule.valid_from.isoformat(),
    )
    return True


@blueprint.route("/categories", methods=["GET", "POST"])
def categories() -> str | Response:
    """The list of categories, and a new one."""
    scope.require_somewhere(actor(), POLICY_WRITE if request.method == "POST" else POLICY_READ)
    form = CategoryForm()
    with _session() as db:
        if form.validate_on_submit():
            try:
                category = service.create_category(
                    db,
                    name=form.name.data or "",
                    english_name=form.english_name.data or "",
                    organisation_id=queries.county_of(actor().paths(POLICY_WRITE)[0]),
                    at=now(),
                )
            except Refusal as refusal:
                form.name.errors = [said(refusal)]
            else:
                audited(db, "policy.add_category", f"category:{category.id}", name=category.name)
                flash(_("The category is added."), "success")
                return redirect(url_for("policy.categories"))
        return render_template(
            "policy/categories.html",
            form=form,
            categories=queries.categories(db, actor()),
            may_write=actor().may_somewhere(POLICY_WRITE),
        )


@blueprint.route("/categories/<int:category_id>", methods=["GET", "POST"])
def category(category_id: int) -> str | Response:
    """Correct a category's words."""
    scope.require_somewhere(actor(), POLICY_WRITE)
    with _session() as db:
        found = queries.category(db, actor(), category_id)
        _ensure_own_word(db, found)
        form = CategoryForm(obj=found)
        if form.validate_on_submit():
            before = found.name
            try:
                service.rename_category(
                    db,
                    category=found,
                    name=form.name.data or "",
                    english_name=form.english_name.data or "",
                )
            except Refusal as refusal:
                form.name.errors = [said(refusal)]
            else:
                audited(db, "policy.rename_category", f"category:{found.id}", before=before, after=found.name)
                flash(_("The changes are saved."), "success")
                return redirect(url_for("policy.categories"))
        return render_template("policy/category.html", form=form, category=found)


def _ensure_own_word(db: Session, found: Category) -> None:
    """A word that several counties share is nobody's to change here; in a house of one county it is hers."""
    if found.organisation_id is not None:
        county = db.get_one(Organisation, found.organisation_id)
        scope.require(actor(), POLICY_WRITE, county.path)
    elif orgs.only_county(db) is None:
        raise CategoryShared


@blueprint.get("/settings")
def settings_index() -> str | Response:
    """Which organisation's settings? With only one to choose, straight to it."""
    scope.require_somewhere(actor(), POLICY_READ)
    with reading() as db:
        found = orgs.organisations(db, actor(), POLICY_READ)
        return redirect(url_for("policy.settings", organisation_id=found[0].id))


@blueprint.route("/settings/<int:organisation_id>", methods=["GET", "POST"])
def settings(organisation_id: int) -> str | Response:
    """Every setting of an organisation with its explanation, limits and where its value comes from."""
    form = SettingsForm()
    with _session() as db:
        organisation = orgs.organisation(db, actor(), organisation_id)
        scope.require(actor(), POLICY_WRITE if request.method == "POST" else POLICY_READ, organisation.path)
        errors: dict[str, str] = {}
        if form.validate_on_submit():
            try:
                changed = service.change_settings(
                    db,
                    organisation_id=organisation.id,
                    written=request.form.to_dict(),
                    by_name=actor().name,
                    at=now(),
                )
            except SettingUnusable as refusal:
                errors[refusal.field or ""] = said(refusal)
            else:
                if changed:
                    audited(
                        db,
                        "policy.change_settings",
                        f"organisation:{organisation.id}",
                        organisation_id=organisation.id,
                        **changed,
                    )
                flash(_("The settings are saved."), "success")
                return redirect(url_for("policy.settings", organisation_id=organisation.id))
        return render_template(
            "policy/settings.html",
            form=form,
            organisation=organisation,
            organisations=orgs.organisations(db, actor(), POLICY_READ),
            settings=SETTINGS,
            policy=queries.policy_for(db, organisation.path),
            own=queries.own_settings(db, organisation.id),
            history=queries.setting_history(db, organisation.id)[::-1],
            labels={setting.name: setting.label for setting in SETTINGS},
            words={(setting.name, value): word for setting in SETTINGS for value, word in setting.choices},
            errors=errors,
            written=request.form,
            may_write=actor().may(POLICY_WRITE, organisation.path),
        )
