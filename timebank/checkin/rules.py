"""May this member check in or out now? Pure decisions over plain values.

Defaults and order follow the attendance reference, sections 2 to 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from timebank.checkin.places import Place
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.policy.rules import GRADE_HELD, GRADE_PAYS, GRADE_SECOND_PERSON, Policy

# A display is on show while its page has asked for codes so recently; pages ask at every step.
DISPLAY_SILENCE = timedelta(minutes=2)
# The present code and three to come: forty-five seconds without network, at fifteen a step.
CODES_SENT = 4

# Why a coordinator has to look at a row; said in words by ``hours.rules.FLAG_WORDS``.
DEVICE_SHARED, OWN_DISPLAY, SHORT_CODE = "device_shared", "own_display", "short_code"
BY_NUMBER, CAME_LATE = "by_number", "too_late"
LEFT_EARLY, LEFT_ELSEWHERE = "too_early", "left_elsewhere"
PLACE_FAR, STATIC_UNPLACED = "place_far", "static_unplaced"
OWN_PRINT, CARD_UNATTENDED, SPOT_MISSED = "own_print", "card_unattended", "spot_missed"
# Somebody other than whoever showed the code or held the scanner decides.
SECOND_PERSON = "second_person"
# All that this room may say about a row; each has its words in ``hours.rules.FLAG_WORDS``.
FLAGS: tuple[str, ...] = (
    DEVICE_SHARED,
    OWN_DISPLAY,
    SHORT_CODE,
    BY_NUMBER,
    CAME_LATE,
    LEFT_EARLY,
    LEFT_ELSEWHERE,
    PLACE_FAR,
    STATIC_UNPLACED,
    OWN_PRINT,
    CARD_UNATTENDED,
    SPOT_MISSED,
    SECOND_PERSON,
)

Here = Literal["absent", "inside", "left"]
Spot = Literal["none", "open", "answered"]


@dataclass(frozen=True)
class Windows:
    """When one member may check in to and out of one shift.

    Attributes:
        in_closes: later only by the organiser, until the planned end.
        out_opens: for who is inside since a certain time, or for the code on the screen.
    """

    in_opens: datetime
    in_closes: datetime
    out_opens: datetime
    out_closes: datetime


@dataclass(frozen=True)
class Situation:
    """What decides about one scan.

    Attributes:
        at: when the code was scanned, which is earlier than now where the log-in came between.
        is_known_here: the activity is published, or was, in the member's county.
        here: what the attendance of this shift says.
        is_elsewhere: inside another shift.
        places_left: None where everybody is welcome.
        device_owners: members who checked in on this device at this activity before, first come first.
        is_organiser: an organiser scans the member, rather than the member the organiser's screen.
        is_self: the organiser who scans is the member.
        shows_it: the member opened the display whose code was scanned.
        is_typed: six digits were typed, or the volunteer number, instead of scanning a code.
        is_printed: the code hangs on a wall and never changes.
        place: where the phone says that it is, where the activity asks.
        device_members: how many members one device may check in.
        is_family_of_owner: the device's first member here lives in the same household.
        printed_it: the organiser who scans the paper card printed it not long ago.
        is_unattended: the card was read by a tablet with nobody beside it.
        spot: whether a spot check can be answered now.
        has_missed_spots: somebody who leaves did not answer one.
        if_far, if_unplaced: what the county wants of a phone far from the place, and of a printed code that
            nothing shows to have been scanned there: ``pay``, ``hold`` or ``second``.
    """

    kind: Kind
    at: datetime
    windows: Windows
    ends_at: datetime
    member_id: int
    is_known_here: bool = True
    is_cancelled: bool = False
    is_suspended: bool = False
    is_signed_up: bool = True
    places_left: int | None = None
    here: Here = "absent"
    is_elsewhere: bool = False
    device_owners: Sequence[int] = field(default_factory=tuple)
    is_organiser: bool = False
    is_self: bool = False
    shows_it: bool = False
    is_typed: bool = False
    is_printed: bool = False
    place: Place | None = None
    device_members: int = 2
    is_family_of_owner: bool = False
    printed_it: bool = False
    is_unattended: bool = False
    spot: Spot = "none"
    has_missed_spots: bool = False
    if_far: str = GRADE_HELD
    if_unplaced: str = GRADE_HELD


@dataclass(frozen=True)
class Judgement:
    """The answer, and for a yes the machine words that a coordinator has to look at."""

    reason: Reason
    flags: tuple[str, ...] = ()


def windows(
    policy: Policy, starts_at: datetime, ends_at: datetime, checked_in_at: datetime | None = None
) -> Windows:
    """The windows of a shift; with ``checked_in_at``, of a member who is inside since then."""
    out_opens = starts_at + (ends_at - starts_at) * policy.earliest_check_out_percent / 100
    if checked_in_at is not None:
        out_opens = max(out_opens, checked_in_at + timedelta(minutes=policy.earliest_check_out_minutes))
    return Windows(
        in_opens=starts_at - timedelta(minutes=policy.opens_before_minutes),
        in_closes=starts_at + timedelta(minutes=policy.closes_after_minutes),
        out_opens=out_opens,
        out_closes=ends_at + timedelta(minutes=policy.latest_check_out_minutes),
    )


def judge(situation: Situation) -> Judgement:
    """Yes or why not. The reason that the member can do least about is said first."""
    own = {Kind.IN: _refusals_to_enter, Kind.OUT: _refusals_to_leave, Kind.SPOT: _refusals_to_be_seen}
    refusals = (*_refusals_to_all(situation), *own[situation.kind](situation))
    reason = next((reason for reason, holds in refusals if holds), Reason.OK)
    return Judgement(reason, _flags(situation) if reason is Reason.OK else ())


def device_rank(owners: Sequence[int], member_id: int) -> int:
    """0 for the device's owner at this activity, 1 for the second member on it, and so on."""
    return owners.index(member_id) if member_id in owners else len(owners)


def display_state(kind: Kind, shift: Windows, at: datetime) -> Literal["early", "open", "late"]:
    """Whether the screen may show the code of ``kind``: the one for leaving never too early."""
    opens, closes = window_of(kind, shift)
    if at < opens:
        return "early"
    return "late" if at >= closes else "open"


def window_of(kind: Kind, shift: Windows) -> tuple[datetime, datetime]:
    """From when to when the code of ``kind`` counts."""
    if kind is Kind.IN:
        return shift.in_opens, shift.in_closes
    return shift.out_opens, shift.out_closes


def kind_due(shift: Windows, at: datetime) -> Kind:
    """Which code the screen begins with: leaving, once people may leave."""
    return Kind.OUT if at >= shift.out_opens else Kind.IN


def _refusals_to_all(s: Situation) -> tuple[tuple[Reason, bool], ...]:
    return (
        (Reason.WRONG_ACTIVITY, not s.is_known_here),
        (Reason.CANCELLED, s.is_cancelled),
        (Reason.MEMBER_SUSPENDED, s.is_suspended),
        (Reason.NEEDS_COORDINATOR, s.is_organiser and s.is_self),
    )


def _refusals_to_enter(s: Situation) -> tuple[tuple[Reason, bool], ...]:
    closes = s.ends_at if s.is_organiser else s.windows.in_closes
    return (
        (Reason.ALREADY_IN, s.here == "inside"),
        (Reason.ALREADY_OUT, s.here == "left"),
        (Reason.TOO_EARLY, s.at < s.windows.in_opens),
        (Reason.TOO_LATE, s.at >= closes),
        (Reason.DEVICE_OTHER_MEMBER, _is_too_many_on_device(s)),
        (Reason.OVERLAP, s.is_elsewhere),
        (Reason.FULL, not s.is_signed_up and s.places_left is not None and s.places_left <= 0),
        (Reason.NOT_SIGNED_UP, not s.is_signed_up),
    )


def _refusals_to_leave(s: Situation) -> tuple[tuple[Reason, bool], ...]:
    return (
        (Reason.NOT_INSIDE, s.here == "absent"),
        (Reason.ALREADY_OUT, s.here == "left"),
        (Reason.TOO_EARLY, s.at < s.windows.out_opens),
        (Reason.TOO_LATE, s.at >= s.windows.out_closes),
        (Reason.DEVICE_OTHER_MEMBER, _is_too_many_on_device(s)),
    )


def _refusals_to_be_seen(s: Situation) -> tuple[tuple[Reason, bool], ...]:
    return (
        (Reason.NOT_INSIDE, s.here == "absent"),
        (Reason.ALREADY_OUT, s.here == "left"),
        (Reason.ALREADY_IN, s.spot == "answered"),
        (Reason.TOO_LATE, s.spot == "none"),
        (Reason.DEVICE_OTHER_MEMBER, _is_too_many_on_device(s)),
    )


def _is_too_many_on_device(s: Situation) -> bool:
    return not s.is_organiser and device_rank(s.device_owners, s.member_id) >= s.device_members


def _flags(s: Situation) -> tuple[str, ...]:
    is_guest = device_rank(s.device_owners, s.member_id) > 0
    is_far = s.place is Place.FAR
    is_unplaced = s.is_printed and s.place not in (Place.INSIDE, Place.NEAR)
    raised = (
        (DEVICE_SHARED, not s.is_organiser and is_guest and not s.is_family_of_owner),
        (OWN_DISPLAY, not s.is_organiser and s.shows_it),
        (SHORT_CODE, not s.is_organiser and s.is_typed),
        (BY_NUMBER, s.is_organiser and s.is_typed),
        (CAME_LATE, s.kind is Kind.IN and s.at >= s.windows.in_closes),
        (PLACE_FAR, is_far and s.if_far != GRADE_PAYS),
        (STATIC_UNPLACED, is_unplaced and s.if_unplaced != GRADE_PAYS),
        (OWN_PRINT, s.printed_it),
        (CARD_UNATTENDED, s.is_unattended),
        (SPOT_MISSED, s.kind is Kind.OUT and s.has_missed_spots),
        (
            SECOND_PERSON,
            GRADE_SECOND_PERSON in (s.if_far if is_far else "", s.if_unplaced if is_unplaced else ""),
        ),
    )
    return tuple(flag for flag, holds in raised if holds)
