"""Every answer that a scan can get: a stable machine word, a heading, a sentence, what to do next.

The sentences speak of nobody in particular, because the same answer is read by a volunteer on her own
phone and by an organiser about somebody else.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from timebank.checkin.tokens import Kind
from timebank.errors import N_

Tone = Literal["go", "ask", "stop"]


class Reason(StrEnum):
    """Machine words, part of the public interface and of the ``scans`` table."""

    OK = "ok"
    ALREADY_IN = "already_in"
    ALREADY_OUT = "already_out"
    NOT_INSIDE = "not_inside"
    EXPIRED = "expired"
    BAD_CODE = "bad_code"
    WRONG_ACTIVITY = "wrong_activity"
    NOT_SIGNED_UP = "not_signed_up"
    FULL = "full"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    CANCELLED = "cancelled"
    OVERLAP = "overlap"
    DEVICE_OTHER_MEMBER = "device_other_member"
    MEMBER_SUSPENDED = "member_suspended"
    CARD_REVOKED = "card_revoked"
    NEEDS_COORDINATOR = "needs_coordinator"
    HELD_FOR_REVIEW = "held_for_review"
    OFFLINE_CONFLICT = "offline_conflict"


class Step(StrEnum):
    """What the button under an answer does; the page knows the address."""

    HOME = "home"
    SCAN_AGAIN = "scan_again"
    RECORDS = "records"
    ACTIVITY = "activity"
    ACTIVITIES = "activities"
    MY_CODE = "my_code"
    SIGN_UP = "sign_up"
    LEAVE_OTHER = "leave_other"


@dataclass(frozen=True)
class Answer:
    """How one reason is said. ``sentence`` may name ``%(time)s`` and ``%(title)s``."""

    tone: Tone
    heading: str
    sentence: str
    step: Step


_SAID: dict[Reason, Answer] = {
    Reason.ALREADY_IN: Answer(
        "go",
        N_("Checked in already"),
        N_("Since %(time)s. When leaving, scan the code for leaving."),
        Step.HOME,
    ),
    Reason.ALREADY_OUT: Answer(
        "go", N_("Checked out already"), N_("At %(time)s. Nothing more is needed."), Step.RECORDS
    ),
    Reason.NOT_INSIDE: Answer(
        "ask",
        N_("Not checked in here"),
        N_("This is the code for leaving, but there was no check-in. Please speak to the organiser."),
        Step.MY_CODE,
    ),
    Reason.EXPIRED: Answer(
        "ask", N_("The code has refreshed"), N_("Please scan the screen once more."), Step.SCAN_AGAIN
    ),
    Reason.BAD_CODE: Answer(
        "stop",
        N_("This code is not valid"),
        N_("Scan the code that is on the organiser's screen now."),
        Step.SCAN_AGAIN,
    ),
    Reason.WRONG_ACTIVITY: Answer(
        "stop",
        N_("Not one of your activities"),
        N_("This code belongs to an activity of another place."),
        Step.ACTIVITIES,
    ),
    Reason.NOT_SIGNED_UP: Answer(
        "ask",
        N_("Not signed up yet"),
        N_("There is a free place: sign up and check in with one tap."),
        Step.SIGN_UP,
    ),
    Reason.FULL: Answer(
        "ask", N_("All places are taken"), N_("Please speak to the organiser."), Step.ACTIVITIES
    ),
    Reason.TOO_EARLY: Answer(
        "ask", N_("Check-in has not opened yet"), N_("It opens at %(time)s. Scan again then."), Step.ACTIVITY
    ),
    Reason.TOO_LATE: Answer(
        "ask",
        N_("Check-in is closed"),
        N_("It closed at %(time)s. The organiser can still check people in: show your code or card."),
        Step.MY_CODE,
    ),
    Reason.CANCELLED: Answer(
        "stop", N_("This activity was cancelled"), N_("Nobody can check in to it."), Step.ACTIVITIES
    ),
    Reason.OVERLAP: Answer(
        "ask",
        N_("Still checked in elsewhere"),
        N_("At “%(title)s” since %(time)s. Check out there and check in here?"),
        Step.LEAVE_OTHER,
    ),
    Reason.DEVICE_OTHER_MEMBER: Answer(
        "stop",
        N_("This phone belongs to somebody else"),
        N_("Other members have used it for this activity. Show the organiser your card or volunteer number."),
        Step.HOME,
    ),
    Reason.MEMBER_SUSPENDED: Answer(
        "stop", N_("Membership suspended"), N_("Please ask the coordinator."), Step.HOME
    ),
    Reason.CARD_REVOKED: Answer(
        "stop",
        N_("This card was replaced"),
        N_("Ask for the new card or the volunteer number, and keep the old card."),
        Step.SCAN_AGAIN,
    ),
    Reason.NEEDS_COORDINATOR: Answer(
        "stop",
        N_("Somebody else must do this"),
        N_("Nobody checks themselves in as organiser. Another organiser scans your code."),
        Step.SCAN_AGAIN,
    ),
    Reason.HELD_FOR_REVIEW: Answer(
        "ask",
        N_("Waiting for a person to look"),
        N_("The scan is kept. The coordinator decides about it."),
        Step.RECORDS,
    ),
    Reason.OFFLINE_CONFLICT: Answer(
        "ask",
        N_("Two lists disagree"),
        N_("Another list has this member at another time. The coordinator decides which is right."),
        Step.RECORDS,
    ),
}

# One shift is off while the activity's others take place; ``%(why)s`` is the organiser's reason.
SHIFT_OFF = Answer(
    "stop",
    N_("This shift was called off"),
    N_("%(why)s Other dates of the activity stand on its page."),
    Step.ACTIVITY,
)

# What is said otherwise about leaving.
_SAID_OUT: dict[Reason, Answer] = {
    Reason.TOO_EARLY: Answer(
        "ask",
        N_("Too early to check out"),
        N_("Check-out is possible from %(time)s. Scan again then."),
        Step.ACTIVITY,
    ),
    Reason.TOO_LATE: Answer(
        "ask",
        N_("Check-out is closed"),
        N_("It closed at %(time)s. The coordinator can still settle your hours."),
        Step.RECORDS,
    ),
}

# What is said otherwise about being seen in between.
_SAID_SPOT: dict[Reason, Answer] = {
    Reason.ALREADY_IN: Answer(
        "go", N_("Seen already"), N_("Nothing more is needed until you leave."), Step.HOME
    ),
    Reason.NOT_INSIDE: Answer(
        "ask",
        N_("Not checked in here"),
        N_("This is the code of a spot check, but there was no check-in. Please speak to the organiser."),
        Step.MY_CODE,
    ),
    Reason.TOO_LATE: Answer(
        "ask",
        N_("The spot check is over"),
        N_("It is noted as missed. The organiser can see why; your hours are not lost by it."),
        Step.HOME,
    ),
}

_OK = {
    Kind.IN: Answer("go", N_("Checked in"), N_("When leaving, scan the code for leaving."), Step.HOME),
    Kind.OUT: Answer(
        "go", N_("Checked out"), N_("Thank you! The coordinator confirms the hours."), Step.RECORDS
    ),
    Kind.SPOT: Answer(
        "go", N_("Seen. Thank you!"), N_("Carry on. When leaving, scan the code for leaving."), Step.HOME
    ),
}


def answer_for(reason: Reason, kind: Kind) -> Answer:
    """How ``reason`` is said to somebody who arrives or leaves."""
    if reason is Reason.OK:
        return _OK[kind]
    own = {Kind.OUT: _SAID_OUT, Kind.SPOT: _SAID_SPOT}.get(kind, {})
    return own.get(reason, _SAID[reason])
