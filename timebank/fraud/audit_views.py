"""Random audits, the rules' settings, and the month's public report."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, has_request_context, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import FRAUD_SET, FRAUD_WORK
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.fraud import draws, integrity, queries, settings, words
from timebank.fraud.decisions import OUTCOME_WORDS
from timebank.fraud.errors import DrawAbsent, OwnDrawn, RuleAbsent, SettingChangedMeanwhile
from timebank.fraud.forms import RuleForm
from timebank.fraud.models import RuleSetting
from timebank.fraud.rules import Rule
from timebank.orgs import queries as places
from timebank.orgs.models import Organisation
from timebank.web.errors import said
from timebank.web.requests import actor, audited, house, public, reading, transaction

blueprint = Blueprint("fraud_audit", __name__)


def _timezone() -> ZoneInfo:
    return ZoneInfo(house().settings.timezone)


def _month(written: str) -> date | None:
    try:
        return date.fromisoformat(f"{written}-01")
    except ValueError:
        return None


@blueprint.get("/fraud-rules")
def rules() -> str:
    """Every rule with how it is used today and what it has found so far."""
    who = actor()
    if not who.may_somewhere(FRAUD_WORK):
        scope.require_somewhere(who, FRAUD_SET)
    today = now().astimezone(_timezone()).date()
    with reading() as db:
        counts = queries.counts_by_rule(db, who)
        rows = [
            {
                "rule": rule,
                "force": settings.in_force(db, rule, today),
                "live": counts.get((rule.code, "live"), 0),
                "shadow": counts.get((rule.code, "shadow"), 0),
            }
            for rule in house().fraud_rules
        ]
        return render_template("fraud/rules.html", rows=rows, words=words)


@blueprint.get("/fraud-rules/<rule_code>")
def rule(rule_code: str) -> str:
    """One rule: what it looks for, what it cannot see, how it is used."""
    who = actor()
    if not who.may_somewhere(FRAUD_WORK):
        scope.require_somewhere(who, FRAUD_SET)
    with reading() as db:
        return _rule_page(db, _rule(rule_code), RuleForm(formdata=None), fresh=True)


def _rule(code: str) -> Rule:
    found = next((one for one in house().fraud_rules if one.code == code), None)
    if found is None:
        raise RuleAbsent
    return found


def _counties(db: Session) -> list[tuple[str, str]]:
    """Where the actor may set rules: each county, and the whole installation for whoever holds all of it."""
    roots = places.counties(db)
    held = [one for one in roots if actor().may(FRAUD_SET, one.path)]
    everywhere = [("", _("The whole installation"))] if len(held) == len(roots) else []
    return everywhere + [(str(one.id), one.name) for one in held]


def _rule_page(db: Session, found: Rule, form: RuleForm, *, fresh: bool) -> str:
    today = now().astimezone(_timezone()).date()
    # Who sets nothing reads what holds everywhere.
    counties = _counties(db) or [("", _("The whole installation"))]
    form.place.choices = counties
    county_id = (
        int(form.place.data) if not fresh and form.place.data in dict(counties) and form.place.data else None
    )
    if fresh:
        form.place.data = counties[0][0]
        county_id = int(form.place.data) if form.place.data else None
    force = settings.in_force(db, found, today, county_id)
    form.mode.choices = [(code, _(word)) for code, word in words.MODE_WORDS.items()]
    if fresh:
        form.mode.data, form.weight.data, form.valid_from.data = force.mode, force.weight, today
    history = settings.history(db, found, [one.id for one in queries.roots_of(db, actor())])
    form.seen.data = _newest(history)
    return render_template(
        "fraud/rule.html",
        rule=found,
        force=force,
        form=form,
        history=history,
        places=dict(counties),
        may_set=bool(_counties(db)),
        words=words,
    )


def _newest(history: Sequence[RuleSetting]) -> str:
    return str(max((one.id for one in history), default=0))


@blueprint.post("/fraud-rules/<rule_code>")
def change_rule(rule_code: str) -> str | Response:
    """Use the rule in another way from a day on."""
    scope.require_somewhere(actor(), FRAUD_SET)
    found, form = _rule(rule_code), RuleForm()
    form.mode.choices = [(one, _(word)) for one, word in words.MODE_WORDS.items()]
    with transaction() as db:
        form.place.choices = _counties(db)
        if not form.place.choices:
            # Rules are a county's; whoever administers a part of it sets none.
            raise Forbidden(permission=FRAUD_SET.code)
        if not form.validate():
            return _rule_page(db, found, form, fresh=False)
        at = now()
        try:
            history = settings.history(db, found, [one.id for one in queries.roots_of(db, actor())])
            if form.seen.data and form.seen.data != _newest(history):
                raise SettingChangedMeanwhile(field="reason")
            settings.change(
                db,
                rule=found,
                mode=form.mode.data,
                weight=form.weight.data or 0,
                thresholds=_thresholds(found),
                valid_from=form.valid_from.data or at.date(),
                today=at.astimezone(_timezone()).date(),
                reason=form.reason.data or "",
                by=actor(),
                at=at,
                county_id=int(form.place.data) if form.place.data else None,
            )
        except Refusal as refusal:
            form.reason.errors = [*form.reason.errors, said(refusal)]
            return _rule_page(db, found, form, fresh=False)
        audited(db, "fraud.rule_set", f"fraud_rule:{rule_code}", mode=form.mode.data, weight=form.weight.data)
    flash(_("Saved. It holds from the day that you chose."), "success")
    return redirect(url_for("fraud_audit.rule", rule_code=rule_code))


def _thresholds(found: Rule) -> dict[str, int]:
    written = {one.name: request.form.get(one.name, "").strip() for one in found.thresholds}
    # What is no whole number is out of every limit, and is refused as such.
    return {
        name: int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1
        for name, value in written.items()
    }


@blueprint.get("/audits")
def index() -> str:
    """Random audits and what they found."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    with reading() as db:
        rows = [
            (one, draws.estimate([item for item, _record, _member in queries.drawn_records(db, one.id)]))
            for one in queries.draws(db, actor())
        ]
        return render_template(
            "fraud/audits.html",
            rows=rows,
            places=queries.places(db, actor(), FRAUD_WORK),
            month=_last_month(),
            permille=draws.PERMILLE,
        )


def _last_month() -> str:
    today = now().astimezone(_timezone()).date()
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"{year:04d}-{month:02d}"


@blueprint.post("/audits")
def draw() -> Response:
    """Draw a month's audit."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    with transaction() as db:
        chosen = _chosen(db)
        if chosen is None:
            return redirect(url_for("fraud_audit.index"))
        place, month = chosen
        row = draws.draw(db, organisation=place, month=month, by=actor(), at=now(), timezone=_timezone())
        audited(db, "fraud.drawn", f"draw:{row.id}", organisation_id=place.id, month=row.month)
        return redirect(url_for("fraud_audit.show", draw_id=row.id))


def _chosen(db: Session) -> tuple[Organisation, date] | None:
    """The place and the month of the form; None, with a word to the reader, where one is missing."""
    written, month = request.form.get("organisation", ""), _month(request.form.get("month", ""))
    if not (written.isascii() and written.isdecimal() and len(written) < 19) or month is None:
        flash(_("Please choose a place and a month."), "warning")
        return None
    place = places.organisation(db, actor(), int(written))
    scope.require(actor(), FRAUD_WORK, place.path)
    return place, month


@blueprint.get("/audits/<int:draw_id>")
def show(draw_id: int) -> str:
    """One audit with its checklist for every drawn record."""
    with reading() as db:
        found = queries.draw(db, actor(), draw_id)
        scope.require(actor(), FRAUD_WORK, found.organisation.path)
        items = queries.drawn_records(db, found.id)
        return render_template(
            "fraud/audit.html",
            draw=found,
            items=items,
            own=queries.own_drawn(db, actor(), found.id),
            estimate=draws.estimate([item for item, _record, _member in items]),
            questions=draws.QUESTIONS,
            words=words,
        )


@blueprint.post("/audits/<int:draw_id>/records/<int:drawn_id>")
def look(draw_id: int, drawn_id: int) -> Response:
    """Keep what was found about one drawn record."""
    with transaction() as db:
        found = queries.draw(db, actor(), draw_id)
        scope.require(actor(), FRAUD_WORK, found.organisation.path)
        item = queries.drawn_record(db, found, drawn_id)
        if item.id in queries.own_drawn(db, actor(), found.id):
            raise OwnDrawn
        outcome = draws.look(
            db,
            drawn=item,
            answers={code: request.form.get(code, "") for code in draws.QUESTIONS},
            note=request.form.get("note", "")[:2000],
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "fraud.looked",
            f"record:{item.record_id}",
            organisation_id=found.organisation_id,
            outcome=outcome,
        )
    flash(_("Kept: %(word)s.", word=_(words.FOUND_WORDS[outcome])), "success")
    return redirect(url_for("fraud_audit.show", draw_id=draw_id))


@blueprint.post("/integrity")
def publish() -> Response:
    """Publish a month's report."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    with transaction() as db:
        chosen = _chosen(db)
        if chosen is None:
            return redirect(url_for("fraud_audit.index"))
        place, month = chosen
        row = integrity.publish(
            db, organisation=place, month=month, timezone=_timezone(), by=actor(), at=now()
        )
        audited(db, "fraud.published", f"integrity:{row.id}", organisation_id=place.id, month=row.month)
    return redirect(url_for("fraud_audit.integrity_report", organisation_id=place.id, month=row.month))


@blueprint.get("/integrity")
@public
def board() -> str:
    """The public board: every report that has been published."""
    with reading() as db:
        return render_template("fraud/board.html", rows=queries.published(db))


@blueprint.app_context_processor
def _for_every_foot() -> dict[str, str]:
    """The way to the public board stands below every page."""
    return {"board_href": url_for("fraud_audit.board")} if has_request_context() else {}


@blueprint.get("/integrity/<int:organisation_id>/<month>")
@public
def integrity_report(organisation_id: int, month: str) -> str:
    """The month's report for everybody: counts, no names."""
    with reading() as db:
        found = queries.report(db, organisation_id, month)
        if found is None:
            raise DrawAbsent
        return render_template(
            "fraud/integrity.html",
            report=found,
            place=db.get_one(Organisation, organisation_id),
            others=queries.reports(db, organisation_id),
            outcome_words=OUTCOME_WORDS,
        )
