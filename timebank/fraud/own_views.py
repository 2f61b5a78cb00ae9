"""What a member sees of a case about themselves: what it is about, their answer, the decision, the appeal."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.clock import now
from timebank.fraud import appeals, cases, queries, words
from timebank.fraud.decisions import OUTCOME_WORDS, last_day_to_appeal
from timebank.fraud.forms import ReasonForm
from timebank.fraud.models import Case, Decision
from timebank.fraud.views import alert_sentence, rule_of
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("own_cases", __name__, url_prefix="/my/cases")


@blueprint.get("")
def index() -> str:
    """Cases that the member was told about."""
    with reading() as db:
        return render_template(
            "fraud/own_cases.html", cases=queries.own_cases(db, actor().member_id), words=words
        )


@blueprint.get("/<int:case_id>")
def show(case_id: int) -> str:
    """One case, in plain words."""
    with reading() as db:
        found, _person = queries.own_case(db, actor().member_id, case_id)
        return _page(db, found, ReasonForm(formdata=None))


def _page(db: Session, found: Case, form: ReasonForm) -> str:
    own = [
        (one, rule_of(one), alert_sentence(one))
        for one in queries.alerts_of(db, found.id)
        if any(person.member_id == actor().member_id for person in one.people)
    ]
    decision = _standing(found)
    appeal = (
        next((one for one in decision.appeals if one.member_id == actor().member_id), None)
        if decision
        else None
    )
    last_day = last_day_to_appeal(decision, _timezone()) if decision else None
    answers = [event for event in found.events if event.kind == "answer" and event.actor == actor().label]
    return render_template(
        "fraud/own_case.html",
        case=found,
        alerts=own,
        form=form,
        decision=decision,
        appeal=appeal,
        last_day=last_day,
        may_appeal=appeal is None
        and last_day is not None
        and found.status in ("decided", "appealed")
        and now().astimezone(_timezone()).date() <= last_day,
        answers=answers,
        outcome_words=OUTCOME_WORDS,
        words=words,
    )


def _timezone() -> ZoneInfo:
    return ZoneInfo(house().settings.timezone)


def _standing(found: Case) -> Decision | None:
    """The decision that has taken effect."""
    for one in reversed(found.decisions):
        if not one.needs_second or (one.signature is not None and one.signature.agrees):
            return one
    return None


@blueprint.post("/<int:case_id>/answer")
def answer(case_id: int) -> str | Response:
    """The member says how it was."""
    form = ReasonForm()
    with transaction() as db:
        found, _person = queries.own_case(db, actor().member_id, case_id)
        if not form.validate():
            return _page(db, found, form)
        at = now()
        cases.write_down(
            db,
            found,
            kind="answer",
            says=form.reason.data or "",
            at=at,
            key=f"answer:{actor().label}:{at.isoformat()}",
            actor=actor().label,
            actor_name=actor().name,
        )
        audited(db, "fraud.answered", f"case:{found.id}", organisation_id=found.organisation_id)
    flash(_("Thank you. Your answer is with the case."), "success")
    return redirect(url_for("own_cases.show", case_id=case_id))


@blueprint.post("/<int:case_id>/appeal")
def appeal(case_id: int) -> str | Response:
    """The member does not accept the decision."""
    form = ReasonForm()
    with transaction() as db:
        found, _person = queries.own_case(db, actor().member_id, case_id)
        decision = _standing(found)
        if not form.validate() or decision is None:
            return _page(db, found, form)
        member_id = actor().member_id
        assert member_id is not None, "only members are told about cases"
        appeals.appeal(
            db,
            case=found,
            decision=decision,
            member_id=member_id,
            words=form.reason.data or "",
            by=actor(),
            at=now(),
            timezone=_timezone(),
        )
        audited(db, "fraud.appealed", f"case:{found.id}", organisation_id=found.organisation_id)
    flash(_("Your appeal has been received. Somebody else will look at it."), "success")
    return redirect(url_for("own_cases.show", case_id=case_id))
