"""Pages of auditors: alerts, cases and the acts on them."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import FRAUD_DECOY, FRAUD_SIGN, FRAUD_WORK
from timebank.audit.views import subject_link
from timebank.clock import now
from timebank.errors import Refusal
from timebank.fraud import appeals, cases, decisions, queries, runner, words
from timebank.fraud.decisions import ALONE_UP_TO, OUTCOME_WORDS, Wanted
from timebank.fraud.errors import CaseClosed
from timebank.fraud.evidence import digest_of, digests_of, row_of
from timebank.fraud.forms import DecisionForm, ReasonForm
from timebank.fraud.models import CASE_STATES, Alert, Case, Decision
from timebank.fraud.timeline import timeline
from timebank.web.errors import said
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("fraud", __name__)

OPEN_STATES = ("open", "to_sign", "appealed")


@blueprint.get("/cases")
def index() -> str:
    """Cases within scope, those that wait for a person first."""
    who = actor()
    if not who.may_somewhere(FRAUD_SIGN):
        scope.require_somewhere(who, FRAUD_WORK)
    state = request.args.get("state", "")
    states = (state,) if state in CASE_STATES else OPEN_STATES
    with reading() as db:
        return render_template(
            "fraud/cases.html",
            lines=queries.cases(db, who, states=states),
            rules={one.code: one for one in house().fraud_rules},
            state=state if state in CASE_STATES else "",
            states=CASE_STATES,
            may_know=who.may_somewhere(FRAUD_DECOY),
            words=words,
            at=now(),
        )


@blueprint.get("/alerts")
def alerts() -> str:
    """What the rules noticed, those in shadow mode too."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    rule, mode = request.args.get("rule", ""), request.args.get("mode", "")
    before = request.args.get("before", "")
    codes = {one.code: one for one in house().fraud_rules}
    with reading() as db:
        rows = queries.alerts(
            db,
            actor(),
            rule=rule if rule in codes else "",
            mode=mode if mode in ("shadow", "live") else "",
            before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
        )
        return render_template(
            "fraud/alerts.html",
            rows=rows[: queries.PAGE_ROWS],
            older=rows[queries.PAGE_ROWS - 1][0].id if len(rows) > queries.PAGE_ROWS else None,
            rules=codes,
            rule=rule if rule in codes else "",
            mode=mode,
            words=words,
            sentence=alert_sentence,
        )


@blueprint.post("/alerts")
def screen() -> Response:
    """Let the rules look now."""
    scope.require_somewhere(actor(), FRAUD_WORK)
    found = runner.screen(house(), at=now())
    with transaction() as db:
        audited(db, "fraud.screened", "alerts", alerts=len(found.alerts), cases=len(found.cases))
    flash(_("The rules have looked: %(count)s new alerts.", count=len(found.alerts)), "info")
    return redirect(url_for("fraud.alerts"))


@blueprint.get("/alerts/<int:alert_id>")
def alert(alert_id: int) -> str:
    """One alert: what fired, on what evidence, and what an honest explanation would be."""
    with reading() as db:
        found, place, case_id = queries.alert(db, actor(), alert_id)
        scope.require(actor(), FRAUD_WORK, place.path)
        return render_template(
            "fraud/alert.html",
            alert=found,
            place=place,
            case_id=case_id,
            rule=rule_of(found),
            sentence=alert_sentence,
            people=_people(db, [(one.member_id, one.user_id) for one in found.people]),
            evidence=evidence_lines(db, found),
            words=words,
        )


def rule_of(found: Alert) -> Any:
    """The rule that made the alert; None when there is none of its code any more."""
    return next((one for one in house().fraud_rules if one.code == found.rule), None)


def alert_sentence(found: Alert) -> str:
    """What fired, with its numbers, in the reader's language."""
    rule = rule_of(found)
    if rule is None:
        return found.rule
    return str(_(rule.says)) % {key: _code_word(key, value) for key, value in found.facts.items()}


def evidence_lines(db: Session, found: Alert) -> list[tuple[Markup, bool]]:
    """What an alert rests on, and whether each row is still what it was."""
    kinds = house().evidence
    return [
        (subject_link(one.subject), digest_of(row_of(db, kinds, one.subject)) == one.digest)
        for one in found.evidence
    ]


def reported_evidence(db: Session, found: Case) -> list[tuple[Markup, bool]]:
    """What reports in the case's history rest on; rows whose digest was kept are still what they were, or not."""
    lines = []
    for event in found.events:
        digests = event.facts.get("digests", {})
        for subject in event.facts.get("evidence", ()):
            same = subject not in digests or digests_of(db, [subject])[subject] == digests[subject]
            lines.append((subject_link(subject), same))
    return lines


def _people(db: Session, pairs: list[tuple[int | None, int | None]]) -> list[tuple[str, str]]:
    members = {member for member, _user in pairs if member is not None}
    users = {user for _member, user in pairs if user is not None}
    found = queries.names(db, members=members, users=users)
    return [
        (f"member:{member}", found.get(f"member:{member}", ""))
        if member is not None
        else (f"user:{user}", found.get(f"user:{user}", ""))
        for member, user in pairs
    ]


@blueprint.get("/cases/<int:case_id>")
def case(case_id: int) -> str:
    """One case: people, alerts with their numbers, timeline, history, and what can be done."""
    with reading() as db:
        return _case_page(db, _worked(db, case_id), DecisionForm(formdata=None))


def _worked(db: Session, case_id: int) -> Case:
    """The case within scope, for whoever works on it or signs."""
    found = queries.case(db, actor(), case_id)
    path = cases.place_of(db, found).path
    if not actor().may(FRAUD_SIGN, path):
        scope.require(actor(), FRAUD_WORK, path)
    return found


def _case_page(db: Session, found: Case, form: DecisionForm) -> str:
    form.outcome.choices = [(code, _(word)) for code, word in OUTCOME_WORDS.items()]
    waiting = next((one for one in reversed(found.decisions) if found.status == "to_sign"), None)
    waiting = waiting if waiting is not None and waiting.signature is None else None
    answering = [appeal for one in found.decisions for appeal in one.appeals if appeal.answer is None]
    standing = (
        found.decisions[-1] if found.status in ("decided", "appealed", "closed") and found.decisions else None
    )
    path = cases.place_of(db, found).path
    return render_template(
        "fraud/case.html",
        case=found,
        place=cases.place_of(db, found),
        alerts=[
            (one, rule_of(one), alert_sentence(one), evidence_lines(db, one))
            for one in queries.alerts_of(db, found.id)
        ],
        people=_people(db, [(one.member_id, one.user_id) for one in found.people]),
        told_at={f"member:{one.member_id}": one.told_at for one in found.people if one.member_id},
        moments=timeline(db, found, house().timelines),
        records=queries.records_of_case(db, found),
        form=form,
        waiting=waiting,
        standing=standing,
        reported=reported_evidence(db, found),
        wanted=queries.wanted_by(db, shown) if (shown := waiting or standing) is not None else ([], []),
        answering=answering,
        had_a_part=_had_a_part(found),
        may_work=actor().may(FRAUD_WORK, path),
        may_sign=actor().may(FRAUD_SIGN, path),
        alone_up_to=ALONE_UP_TO,
        untold=[one for one in found.people if one.member_id and one.told_at is None],
        event_sentence=event_sentence,
        outcome_words=OUTCOME_WORDS,
        words=words,
        at=now(),
    )


def _had_a_part(found: Case) -> bool:
    """Whether the reader has decided or signed last, and therefore does neither what follows nor the appeal."""
    last = found.decisions[-1] if found.decisions else None
    signer = last.signature.signed_by_user_id if last and last.signature else None
    return last is not None and actor().user_id in (last.decided_by_user_id, signer)


def event_sentence(says: str, facts: dict[str, Any]) -> str:
    """A line of a case's history in the reader's language; people's own words stay as they are."""
    if not facts:
        return str(_(says)) if says else ""
    shown = {key: _code_word(key, value) for key, value in facts.items()}
    try:
        return str(_(says)) % shown
    except (KeyError, ValueError, TypeError):
        # A person's own words may hold a per cent sign.
        return says


def _code_word(key: str, value: Any) -> Any:
    """A fact that is a machine word, as people read it; everything else as it is."""
    known = words.CODE_WORDS.get(key, {})
    if key == "outcome" and value in OUTCOME_WORDS.values():
        return _(value)
    return _(known[value]) if isinstance(value, str | bool) and value in known else value


@blueprint.post("/cases/<int:case_id>/notes")
def note(case_id: int) -> Response:
    """Write a note into the case's history."""
    form = ReasonForm()
    with transaction() as db:
        found = _worked(db, case_id)
        scope.require(actor(), FRAUD_WORK, cases.place_of(db, found).path)
        if not form.validate():
            flash(_("Please write something first."), "warning")
            return redirect(url_for("fraud.case", case_id=case_id))
        at = now()
        cases.write_down(
            db,
            found,
            kind="note",
            says=form.reason.data or "",
            at=at,
            key=f"note:{at.isoformat()}",
            actor=actor().label,
            actor_name=actor().name,
        )
        audited(db, "fraud.noted", f"case:{found.id}", organisation_id=found.organisation_id)
    return redirect(url_for("fraud.case", case_id=case_id, _anchor="history"))


@blueprint.post("/cases/<int:case_id>/tell")
def tell(case_id: int) -> Response:
    """Tell the members whom the case is about, and ask them for an answer."""
    with transaction() as db:
        found = _worked(db, case_id)
        scope.require(actor(), FRAUD_WORK, cases.place_of(db, found).path)
        told = cases.tell_people(db, found, at=now())
        if told:
            cases.write_down(
                db,
                found,
                kind="told",
                says=cases.TOLD,
                at=now(),
                key=f"told:{now().isoformat()}",
                actor=actor().label,
                actor_name=actor().name,
            )
            audited(db, "fraud.told", f"case:{found.id}", organisation_id=found.organisation_id)
    flash(_("The members have been told and can answer."), "success")
    return redirect(url_for("fraud.case", case_id=case_id))


@blueprint.post("/cases/<int:case_id>/decisions")
def decide(case_id: int) -> str | Response:
    """Decide; above the limit, or against staff, it waits for a second signature."""
    form = DecisionForm()
    form.outcome.choices = [(code, _(word)) for code, word in OUTCOME_WORDS.items()]
    with transaction() as db:
        found = _worked(db, case_id)
        scope.require(actor(), FRAUD_WORK, cases.place_of(db, found).path)
        if not form.validate():
            return _case_page(db, found, form)
        wanted = Wanted(form.outcome.data, form.reason.data or "", _numbers("records"), _numbers("members"))
        try:
            decision = decisions.decide(
                db, case=found, wanted=wanted, by=actor(), at=now(), timezone=_timezone()
            )
        except Refusal as refusal:
            if refusal.field not in ("outcome", "reason") and refusal.code not in ("nothing_chosen",):
                raise
            form.outcome.errors = [*form.outcome.errors, said(refusal)]
            return _case_page(db, found, form)
        audited(
            db,
            "fraud.decided",
            f"case:{found.id}",
            organisation_id=found.organisation_id,
            outcome=decision.outcome,
            points=str(decision.points),
        )
        _say_what_follows(decision)
    return redirect(url_for("fraud.case", case_id=case_id, _anchor="history"))


def _say_what_follows(decision: Decision) -> None:
    if decision.needs_second:
        flash(_("Decided. It takes effect when a second person has signed."), "info")
    else:
        flash(_("Decided. It has taken effect, and the members have been told."), "success")


def _numbers(name: str) -> list[int]:
    return [
        int(value)
        for value in request.form.getlist(name)
        if value.isascii() and value.isdecimal() and len(value) < 19
    ]


@blueprint.post("/cases/<int:case_id>/signature")
def sign(case_id: int) -> Response:
    """The second person agrees or does not."""
    with transaction() as db:
        found = _worked(db, case_id)
        scope.require(actor(), FRAUD_SIGN, cases.place_of(db, found).path)
        agrees = request.form.get("agrees") == "yes"
        decisions.sign(
            db,
            decision=_to_sign(found, request.form.get("decision", "")),
            case=found,
            agrees=agrees,
            reason=request.form.get("reason", "")[:2000],
            by=actor(),
            at=now(),
            timezone=_timezone(),
        )
        audited(db, "fraud.signed", f"case:{found.id}", organisation_id=found.organisation_id, agrees=agrees)
    flash(_("Signed. It has taken effect.") if agrees else _("Not signed. The case is open again."), "info")
    return redirect(url_for("fraud.case", case_id=case_id, _anchor="history"))


def _to_sign(found: Case, seen: str) -> Decision:
    """The decision that waits, if it is the one that stood on the page: nobody signs what they have not read."""
    if not found.decisions or (seen and seen != str(found.decisions[-1].id)):
        raise CaseClosed
    return found.decisions[-1]


def _timezone() -> ZoneInfo:
    return ZoneInfo(house().settings.timezone)


@blueprint.post("/cases/<int:case_id>/appeals/<int:appeal_id>")
def answer_appeal(case_id: int, appeal_id: int) -> Response:
    """Somebody who had no part in the decision answers an appeal."""
    with transaction() as db:
        found = _worked(db, case_id)
        scope.require(actor(), FRAUD_SIGN, cases.place_of(db, found).path)
        stands = request.form.get("stands") == "yes"
        appeals.answer_appeal(
            db,
            case=found,
            found=queries.appeal(db, found, appeal_id),
            stands=stands,
            reason=request.form.get("reason", "")[:2000],
            by=actor(),
            at=now(),
            timezone=_timezone(),
        )
        audited(
            db,
            "fraud.appeal_answered",
            f"case:{found.id}",
            organisation_id=found.organisation_id,
            stands=stands,
        )
    flash(_("The appeal has been answered."), "success")
    return redirect(url_for("fraud.case", case_id=case_id, _anchor="history"))
