"""How an answer looks on a page: its words in the reader's language and the button that leads on."""

from dataclasses import dataclass, field, replace
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from timebank.checkin.reasons import SHIFT_OFF, Reason, Step, answer_for
from timebank.checkin.service import LEAVE_OTHER, SIGN_UP, Outcome
from timebank.checkin.tokens import Kind
from timebank.web.filters import clock_time


@dataclass(frozen=True)
class Shown:
    """One answer as a page draws it.

    Attributes:
        tone: ``go`` green, ``ask`` amber, ``stop`` red.
        agree: what the button agrees to (``sign_up``, ``leave_other``), empty for a plain link.
    """

    reason: Reason
    tone: str
    heading: str
    sentence: str
    next_label: str
    next_href: str
    agree: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def shown(reason: Reason, kind: Kind, outcome: Outcome | None = None) -> Shown:
    """The answer with its times and names filled in, for the volunteer's own phone."""
    answer = answer_for(reason, kind)
    if reason is Reason.CANCELLED and outcome is not None and outcome.shift.cancelled_at is not None:
        answer = SHIFT_OFF
    facts = {
        "why": _as_sentence(outcome.shift.cancel_reason or "") if outcome else "",
        "time": clock_time(outcome.moment) if outcome else "",
        "title": outcome.title if outcome else "",
    }
    step, sentence = answer.step, _(answer.sentence) % facts
    if reason is Reason.NOT_SIGNED_UP and outcome is not None and not outcome.walk_in:
        step, sentence = Step.MY_CODE, _("The organiser can sign people up here: show your code or card.")
    label, href = _way_on(step, outcome)
    return Shown(reason, answer.tone, _(answer.heading), sentence, label, href, _agreement(step), facts)


def _as_sentence(words: str) -> str:
    """Words of somebody that another sentence follows."""
    if not words or words[-1] in "。.!?！？":
        return words
    return f"{words}." if words.isascii() else f"{words}。"


def _agreement(step: Step) -> str:
    return {Step.SIGN_UP: SIGN_UP, Step.LEAVE_OTHER: LEAVE_OTHER}.get(step, "")


def _way_on(step: Step, outcome: Outcome | None) -> tuple[str, str]:
    activity = outcome.shift.activity_id if outcome else 0
    ways: dict[Step, tuple[str, str, dict[str, Any]]] = {
        Step.HOME: (_("Home"), "desks.home", {}),
        Step.SCAN_AGAIN: (_("Scan again"), "checkin.scan", {}),
        Step.RECORDS: (_("My service records"), "account.records", {}),
        Step.ACTIVITY: (_("To the activity"), "activities.activity", {"activity_id": activity}),
        Step.ACTIVITIES: (_("Find an activity"), "activities.index", {}),
        Step.MY_CODE: (_("Show my code"), "cards.my_code", {}),
        Step.SIGN_UP: (_("Sign up and check in"), "", {}),
        Step.LEAVE_OTHER: (_("Check out there, check in here"), "", {}),
    }
    label, endpoint, values = ways[step]
    if not endpoint:
        return label, ""
    if endpoint not in current_app.view_functions or (step is Step.ACTIVITY and not activity):
        label, endpoint, values = ways[Step.HOME]
    return label, url_for(endpoint, **values)


def shown_to_organiser(outcome: Outcome) -> Shown:
    """The answer about somebody else. There is no way on but to the next member, or to agree for this one."""
    own = shown(outcome.reason, outcome.kind, outcome)
    sentence = own.sentence
    if outcome.reason in (Reason.NOT_INSIDE, Reason.TOO_LATE):
        sentence = {
            Reason.NOT_INSIDE: _(
                "There was no check-in. Check the member in first, or enter the hours by hand later."
            ),
            Reason.TOO_LATE: _(
                "It closed at %(time)s. Enter the hours by hand after the shift.", **own.facts
            ),
        }[outcome.reason]
    if outcome.is_done:
        sentence = ""
    return replace(own, sentence=sentence)
