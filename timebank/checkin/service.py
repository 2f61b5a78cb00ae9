"""Redeeming a ticket: the tap that checks somebody in or out, once.

Lock order: ticket (only where an organiser taps), device, shift (only where somebody signs up on arrival),
member; then what the rooms below lock, which begins with the same rows. Who has a place waits for nobody but
themselves, so that a hall full of phones does not queue for one row. What decides is read after the locks, by
one statement (``checkin.hands``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.checkin import hands, log, presence, queries, rules, spots, turns
from timebank.checkin.errors import TicketAbsent
from timebank.checkin.hands import Held, MemberSeen, PlanSeen, ShiftSeen, Stay, TicketSeen
from timebank.checkin.places import Place
from timebank.checkin.reasons import Reason
from timebank.checkin.rules import Judgement, Situation
from timebank.checkin.tokens import Kind
from timebank.hours import queries as hours_queries
from timebank.hours import service as hours
from timebank.hours.models import Attendance, ServiceRecord
from timebank.policy.queries import policy_for
from timebank.policy.rules import GRADE_OTHER_PERSON, GRADE_SECOND_PERSON, WALK_INS_WELCOME, Policy

Written = tuple[Stay | Attendance | None, ServiceRecord | None]
# What the member, or the organiser for them, adds to the tap on the large button.
_OTHERS_DECIDE = frozenset({GRADE_OTHER_PERSON, GRADE_SECOND_PERSON})
SIGN_UP, LEAVE_OTHER = "sign_up", "leave_other"


@dataclass(frozen=True)
class Outcome:
    """What came of a ticket.

    Attributes:
        moment: what the answer's ``%(time)s`` stands for.
        title: the other activity, where the answer names one.
        walk_in: the step offered for ``not_signed_up`` may be taken.
        record: what is credited, once somebody has left.
        is_done: the ticket has been used.
    """

    reason: Reason
    kind: Kind
    shift: ShiftSeen
    member: MemberSeen
    moment: datetime | None = None
    title: str = ""
    walk_in: bool = True
    attendance: Stay | Attendance | None = None
    record: ServiceRecord | None = None
    is_done: bool = False


@dataclass(frozen=True)
class Hand:
    """A ticket and whose hand it is in.

    Attributes:
        secret, device: by which it is found again.
        by: who taps: the member, or the organiser for them.
        is_organiser: the organiser scanned the member.
    """

    secret: str
    device: str
    held: Held
    by: Actor
    is_organiser: bool = False

    @property
    def ticket(self) -> TicketSeen:
        """The ticket itself."""
        return self.held.ticket

    @property
    def shift(self) -> ShiftSeen:
        """What it is for."""
        return self.held.shift

    @property
    def member(self) -> MemberSeen:
        """Who comes or leaves."""
        return self.held.member

    @property
    def plan(self) -> PlanSeen | None:
        """What the activity asks for beyond the code."""
        return self.held.plan

    @property
    def policy(self) -> Policy:
        """What held when the code was scanned, and nothing that was changed afterwards."""
        return self.held.policy

    @property
    def operator(self) -> Actor | None:
        """The organiser, where it is the organiser who taps."""
        return self.by if self.is_organiser else None

    @property
    def kind(self) -> Kind:
        """Arriving, leaving, or being seen in between."""
        return Kind(self.ticket.kind)


def in_hand(session: Session, secret: str, *, device: str, by: Actor, is_organiser: bool = False) -> Hand:
    """The ticket behind ``secret`` with all that decides about it.

    Args:
        device: digest of this browser's cookie.
        by: who holds it: the member who scanned, or with ``is_organiser`` whoever scanned the member.

    Raises:
        TicketAbsent: made in another browser, for another way of scanning, or used by somebody else.
    """
    member_id = None if is_organiser else by.member_id or 0
    held = hands.held(session, secret, device, member_id=member_id)
    if held is None or held.ticket.used_by_member_id not in (None, held.member.id):
        raise TicketAbsent
    return Hand(secret, device, held, by, is_organiser)


def take(
    session: Session, secret: str, *, device: str, by: Actor, is_organiser: bool = False, also: str = ""
) -> Hand:
    """As :func:`in_hand`, for a tap: one decision at a time about a ticket, a device and a member.

    Args:
        also: ``sign_up`` where a place on the shift is decided about too.
    """
    if not is_organiser and also != SIGN_UP:
        turns.queue_on_device_and_member(session, device, by.member_id or 0)
        return in_hand(session, secret, device=device, by=by)
    if is_organiser:
        turns.lock_ticket(session, secret, device)
    else:
        turns.queue_on_device(session, device)
    hand = in_hand(session, secret, device=device, by=by, is_organiser=is_organiser)
    if also == SIGN_UP:
        turns.lock_shift(session, hand.shift.id)
    hours_queries.lock_members(session, [hand.member.id])
    return _read_anew(session, hand)


def _read_anew(session: Session, hand: Hand) -> Hand:
    return in_hand(session, hand.secret, device=hand.device, by=hand.by, is_organiser=hand.is_organiser)


def preview(session: Session, hand: Hand, *, at: datetime) -> Outcome:
    """What would come of the ticket if the button were tapped now; a refusal is kept in the log, once."""
    outcome = look(session, hand, at=at)
    keep_refusal(session, hand, outcome)
    return outcome


def look(session: Session, hand: Hand, *, at: datetime) -> Outcome:
    """The same, and nothing is kept."""
    if hand.ticket.used_at is not None:
        return _first_answer(session, hand)
    situation, judgement = _judged(session, hand, at)
    return _outcome(session, hand, situation, judgement)


def keep_refusal(session: Session, hand: Hand, outcome: Outcome) -> None:
    """Keep in the log that the page said no; once for each answer to a ticket."""
    if outcome.is_done or outcome.reason is Reason.OK:
        return
    if not queries.has_scan(session, hand.ticket.id, hand.member.id, outcome.reason):
        log.keep_answer(session, hand.ticket, hand.member, Judgement(outcome.reason), operator=hand.operator)


def asks_place(hand: Hand) -> bool:
    """Whether the page asks the phone where it is: only the member's own phone, only where the activity wants it."""
    return not hand.is_organiser and presence.centre_of(hand.plan) is not None


def redeem(
    session: Session, hand: Hand, *, at: datetime, timezone: ZoneInfo, also: str = "", where: str = ""
) -> Outcome:
    """The tap: check in or out, once per ticket; a repeat gets the first answer again.

    Args:
        hand: from :func:`take`, in this transaction.
        timezone: the county's, for the day of the service.
        also: ``sign_up`` or ``leave_other``, where the member agreed to that too.
        where: ``latitude,longitude,accuracy`` as the phone says it; becomes a word here and is forgotten.

    Raises:
        ShiftFull, ShiftOverlaps and the like, from signing up on arrival.
    """
    if hand.ticket.used_at is not None:
        return _first_answer(session, hand)
    if hand.kind is Kind.OUT:
        spots.settle(session, shift_id=hand.shift.id, at=at)
    place = _place(hand, where)
    situation, judgement = _judged(session, hand, at, place)
    if _agreed(hand, also, judgement.reason):
        _clear_the_way(session, hand, judgement.reason, timezone)
        hand = _read_anew(session, hand)
        situation, judgement = _judged(session, hand, at, place)
    log.keep_answer(session, hand.ticket, hand.member, judgement, operator=hand.operator, place=place)
    written: Written = (None, None)
    if judgement.reason is Reason.OK:
        written = _write(session, hand, judgement, timezone)
        turns.use_ticket(session, hand.ticket.id, member_id=hand.member.id, place=place, at=at)
    return _outcome(session, hand, situation, judgement, written)


def _place(hand: Hand, where: str) -> Place | None:
    return None if hand.is_organiser else presence.place_said(hand.plan, where, hand.policy)


def _judged(
    session: Session, hand: Hand, at: datetime, place: Place | None = None
) -> tuple[Situation, Judgement]:
    situation = queries.situation(
        session,
        ticket=hand.ticket,
        shift=hand.shift,
        member=hand.member,
        policy=hand.policy,
        by=hand.by,
        operator=hand.operator,
        place=place,
        known=hand.held.known,
    )
    is_late = at >= hand.ticket.expires_at
    return situation, Judgement(Reason.EXPIRED) if is_late else rules.judge(situation)


def _agreed(hand: Hand, also: str, reason: Reason) -> bool:
    if also == LEAVE_OTHER:
        return reason is Reason.OVERLAP
    return also == SIGN_UP and reason is Reason.NOT_SIGNED_UP and _walk_in(hand)


def _walk_in(hand: Hand) -> bool:
    # A photo of a printed code lives for ever: it lets only those in who had a place before.
    if hand.ticket.method == "static":
        return False
    by_hand = hand.is_organiser and hand.ticket.kiosk_id is None
    return by_hand or hand.policy.walk_ins == WALK_INS_WELCOME


def _clear_the_way(session: Session, hand: Hand, reason: Reason, timezone: ZoneInfo) -> None:
    at, member_id = hand.ticket.scanned_at, hand.member.id
    if reason is Reason.NOT_SIGNED_UP:
        shift = session.get_one(Shift, hand.shift.id)
        activities.sign_up(session, shift=shift, member_id=member_id, by=hand.by, at=at, on_arrival=True)
        return
    other = hours_queries.open_attendance_of(session, member_id)
    if other is not None:
        _leave(session, other, at, timezone)


def _leave(session: Session, other: Attendance, at: datetime, timezone: ZoneInfo) -> None:
    """Close the other attendance on the member's word alone: the weakest proof, and a person looks at it."""
    policy = policy_for(session, other.shift.activity.organisation.path)
    opens = rules.windows(policy, other.shift.starts_at, other.shift.ends_at, other.checked_in_at).out_opens
    flags = [rules.LEFT_ELSEWHERE, *([rules.LEFT_EARLY] if at < opens else [])]
    hours.close_attendance(session, attendance=other, at=at, method="manual", timezone=timezone, flags=flags)


def _write(session: Session, hand: Hand, judgement: Judgement, timezone: ZoneInfo) -> Written:
    at, method = hand.ticket.scanned_at, hand.ticket.method
    if hand.kind is Kind.SPOT:
        _answer_spot_check(session, hand)
        return None, None
    if hand.kind is Kind.IN:
        # Whether there is one already was asked a moment ago, under the member's lock.
        attendance_id = hours.begin_attendance(
            session,
            shift_id=hand.shift.id,
            member_id=hand.member.id,
            at=at,
            method=method,
            flags=judgement.flags,
            typist=_typist(hand),
            operator=_operator(session, hand, judgement),
        )
        return Stay(attendance_id, at, None), None
    standing = hours_queries.attendance_of(session, hand.shift.id, hand.member.id)
    assert standing is not None, "the rules let only those leave who are inside"
    record = hours.close_attendance(
        session,
        attendance=standing,
        at=at,
        method=method,
        timezone=timezone,
        flags=judgement.flags,
        typist=_typist(hand),
        operator=_operator(session, hand, judgement),
    )
    return standing, record


def _answer_spot_check(session: Session, hand: Hand) -> None:
    check = spots.open_check(session, hand.shift.id, at=hand.ticket.scanned_at)
    assert check is not None, "the rules let only those answer who are asked"
    spots.keep_seen(session, check, hand.member.id, at=hand.ticket.scanned_at)


def _typist(hand: Hand) -> Actor | None:
    """The organiser who typed a number, where nothing was scanned that only the member could show."""
    return hand.operator if hand.ticket.identified_by == "number" else None


def _operator(session: Session, hand: Hand, judgement: Judgement) -> Actor | None:
    """Through whose hands the proof passed, who does not decide where the county wants a second person.

    The organiser who scanned the member; else whoever showed the code or printed it. Nobody is that for
    themselves: scanning one's own screen is flagged instead.
    """
    asked = {hand.policy.grade_a, hand.policy.grade_b, hand.policy.grade_c}
    wants_second = asked & _OTHERS_DECIDE or rules.SECOND_PERSON in judgement.flags
    found = hand.operator or (_shower(session, hand) if wants_second else None)
    return None if found is None or found.member_id == hand.member.id else found


def _shower(session: Session, hand: Hand) -> Actor | None:
    """Who put the scanned code on a screen, or printed it."""
    known = hand.held.known
    if known.shower_id is not None:
        return Actor(f"user:{known.shower_id}", "", user_id=known.shower_id, member_id=known.shower_member_id)
    return queries.printed_by(session, hand.ticket)


def _first_answer(session: Session, hand: Hand) -> Outcome:
    reason = Reason(hand.ticket.outcome or Reason.OK)
    outcome = Outcome(reason, hand.kind, hand.shift, hand.member, is_done=True)
    return _with_evidence(session, outcome, hand.held.known.stay)


def _with_evidence(session: Session, outcome: Outcome, stay: Stay | None) -> Outcome:
    has_left = stay is not None and stay.checked_out_at is not None
    record = hours_queries.record_of_attendance(session, stay.id) if stay and has_left else None
    return replace(outcome, attendance=stay, record=record)


_MOMENTS: dict[tuple[Reason, Kind], Callable[[Situation], datetime]] = {
    (Reason.TOO_EARLY, Kind.IN): lambda s: s.windows.in_opens,
    (Reason.TOO_EARLY, Kind.OUT): lambda s: s.windows.out_opens,
    (Reason.TOO_LATE, Kind.IN): lambda s: s.windows.in_closes,
    (Reason.TOO_LATE, Kind.OUT): lambda s: s.windows.out_closes,
}


def _outcome(
    session: Session,
    hand: Hand,
    situation: Situation,
    judgement: Judgement,
    written: Written = (None, None),
) -> Outcome:
    reason = judgement.reason
    known = Outcome(reason, hand.kind, hand.shift, hand.member, attendance=written[0], record=written[1])
    if known.attendance is None and situation.here != "absent":
        known = _with_evidence(session, known, hand.held.known.stay)
    if reason is Reason.OVERLAP:
        other = hours_queries.open_attendance_of(session, hand.member.id)
        assert other is not None, "an overlap has another attendance"
        return replace(known, moment=other.checked_in_at, title=other.shift.activity.title)
    if (reason, hand.kind) in _MOMENTS:
        return replace(known, moment=_MOMENTS[reason, hand.kind](situation))
    if reason is Reason.NOT_SIGNED_UP:
        return replace(known, walk_in=_walk_in(hand))
    here = known.attendance
    return replace(known, moment=here.checked_out_at or here.checked_in_at) if here else known
