"""What a decision about a scan has to know, and what the organiser's screen shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.activities import queries as activities
from timebank.activities.models import Activity, Shift, SignUp
from timebank.audit import queries as audit
from timebank.checkin import hands, presence, rules, scan_keys, spots
from timebank.checkin.hands import Known, MemberSeen, ShiftSeen, Stay, TicketSeen
from timebank.checkin.models import DisplaySession, Kiosk, PrintedCode, Scan, ScanTicket
from timebank.checkin.places import Place
from timebank.checkin.reasons import Reason
from timebank.checkin.rules import Here, Situation, Spot
from timebank.checkin.tokens import Kind, display_number
from timebank.hours.models import Attendance
from timebank.members import families
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orm import BigId
from timebank.policy import queries as policies
from timebank.policy.queries import policy_for
from timebank.policy.rules import Policy
from timebank.prepared import Prepared

ARRIVALS_SHOWN = 12


@dataclass(frozen=True)
class Arrival:
    """A line on the organiser's screen."""

    name: str
    at: datetime
    kind: Kind


@dataclass(frozen=True)
class HeadCount:
    """How many have come, have left, and have a place."""

    arrived: int
    left: int
    expected: int

    @property
    def inside(self) -> int:
        """How many are there now."""
        return self.arrived - self.left


def shift_of(session: Session, shift_id: int) -> Shift | None:
    """A shift with its activity and organisation, for whoever holds a genuine code of it."""
    return session.scalar(
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organisation))
        .where(Shift.id == shift_id)
    )


def shift_of_printed(session: Session, code: PrintedCode, kind: Kind, *, at: datetime) -> Shift | None:
    """The shift that a code on paper means at ``at``, with its activity and organisation."""
    shifts = session.scalars(
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organisation))
        .where(Shift.activity_id == code.activity_id)
    ).all()
    if not shifts:
        return None
    policy = policy_for(session, shifts[0].activity.organisation.path, at)
    return presence.shift_meant(shifts, kind, policy, at)


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """What the database says about a code that has not been proven yet.

    Attributes:
        path: of the shift's organisation; None with ``shift_id`` where there is no such shift.
        display_id: the display session of that very number, where it is the shift's.
    """

    shift_id: int | None
    path: str | None
    display_id: int | None
    keys_stamp: str
    settings_stamp: str


@cache
def _code_seen() -> Prepared:
    shift_id, display = bindparam("shift_id", type_=BigId), bindparam("display", type_=BigId)
    found = (
        select(Organisation.path)
        .join(Activity, Activity.organisation_id == Organisation.id)
        .join(Shift, Shift.activity_id == Activity.id)
        .where(Shift.id == shift_id)
    )
    on_screen = select(DisplaySession.id).where(
        DisplaySession.id == display, DisplaySession.shift_id == shift_id
    )
    return Prepared(
        select(
            select(Shift.id).where(Shift.id == shift_id).scalar_subquery(),
            found.scalar_subquery(),
            on_screen.scalar_subquery(),
            scan_keys.stamp(),
            policies.settings_stamp(),
        )
    )


def code_seen(session: Session, shift_id: int, display: int) -> CodeSeen:
    """All that verifying a code needs, in one question."""
    (row,) = _code_seen().rows(session, shift_id=shift_id, display=display)
    return CodeSeen(*row)


def display_shown(session: Session, shift_id: int, number: int) -> int | None:
    """The display session of the shift whose number ends as the code says; the newest of several."""
    rows = session.scalars(
        select(DisplaySession.id)
        .where(DisplaySession.shift_id == shift_id)
        .order_by(DisplaySession.id.desc())
    )
    return next((row for row in rows if display_number(row) == number), None)


def situation(
    session: Session,
    *,
    ticket: ScanTicket | TicketSeen,
    shift: Shift | ShiftSeen,
    member: Member | MemberSeen,
    policy: Policy,
    by: Actor,
    operator: Actor | None = None,
    place: Place | None = None,
    known: Known | None = None,
) -> Situation:
    """Everything that decides about a ticket in the hands of ``member``.

    Args:
        by: who taps.
        operator: the organiser who scanned the member; None where the member scanned the screen.
        place: how near the phone is, where the activity asks.
        known: what was read together with the ticket, where it was.
    """
    known = known or _known(session, ticket, shift, member)
    stay = known.stay
    path = shift.activity.organisation.path
    owners = () if operator else known.device_owners
    return Situation(
        kind=Kind(ticket.kind),
        at=ticket.scanned_at,
        windows=rules.windows(
            policy,
            shift.starts_at,
            shift.ends_at,
            stay.checked_in_at if stay else None,
        ),
        ends_at=shift.ends_at,
        member_id=member.id,
        is_known_here=shift.status != "draft" and _same_county(path, member.organisation.path),
        is_cancelled=shift.status == "cancelled",
        is_suspended=member.suspended_at is not None,
        is_signed_up=known.is_signed_up,
        places_left=None if known.is_signed_up else _places_left(session, ticket, shift, member.id),
        here=_here(stay),
        is_elsewhere=known.is_elsewhere,
        device_owners=owners,
        is_organiser=operator is not None,
        is_self=operator is not None and operator.member_id == member.id,
        shows_it=operator is None and known.shower_id is not None and known.shower_id == by.user_id,
        is_typed=ticket.method == "short" or ticket.identified_by == "number",
        is_printed=ticket.method == "static",
        place=place,
        device_members=policy.device_members,
        is_family_of_owner=_is_family_of_owner(session, owners, member.id),
        printed_it=_printed_card(session, ticket, member, operator, policy),
        is_unattended=_is_unattended(session, ticket),
        if_far=policy.place_far,
        if_unplaced=policy.printed_unplaced,
        spot=_spot(session, ticket, shift, member),
        has_missed_spots=ticket.kind == Kind.OUT and spots.missed_by(session, shift.id, member.id) > 0,
    )


def _known(
    session: Session, ticket: ScanTicket | TicketSeen, shift: Shift | ShiftSeen, member: Member | MemberSeen
) -> Known:
    return hands.known(
        session,
        shift_id=shift.id,
        activity_id=shift.activity_id,
        member_id=member.id,
        device=ticket.browser_digest,
        display_session_id=ticket.display_session_id,
    )


def _is_family_of_owner(session: Session, owners: Sequence[int], member_id: int) -> bool:
    return bool(owners) and owners[0] != member_id and families.same_household(session, owners[0], member_id)


def _printed_card(
    session: Session,
    ticket: ScanTicket | TicketSeen,
    member: Member | MemberSeen,
    operator: Actor | None,
    policy: Policy,
) -> bool:
    if operator is None or ticket.identified_by != "card":
        return False
    since = ticket.scanned_at - timedelta(days=policy.card_print_days)
    subject = f"member:{member.id}"
    return audit.has_acted(session, operator.label, "member.card_printed", subject, since=since)


def _is_unattended(session: Session, ticket: ScanTicket | TicketSeen) -> bool:
    if ticket.kiosk_id is None or ticket.identified_by == "code":
        return False
    return not session.get_one(Kiosk, ticket.kiosk_id).is_attended


def _spot(
    session: Session, ticket: ScanTicket | TicketSeen, shift: Shift | ShiftSeen, member: Member | MemberSeen
) -> Spot:
    if ticket.kind != Kind.SPOT:
        return "none"
    check = spots.open_check(session, shift.id, at=ticket.scanned_at)
    if check is None:
        return "none"
    return "answered" if spots.answered(session, check.id, member.id) else "open"


def printed_by(session: Session, ticket: TicketSeen) -> Actor | None:
    """Who put the scanned code on paper."""
    if ticket.printed_code_id is None:
        return None
    user = session.get_one(User, session.get_one(PrintedCode, ticket.printed_code_id).made_by_user_id)
    return Actor(f"user:{user.id}", user.name, user_id=user.id, member_id=user.member_id)


def _same_county(path: str, other: str) -> bool:
    return path.split("/")[1] == other.split("/")[1]


def _here(stay: Stay | None) -> Here:
    if stay is None:
        return "absent"
    return "inside" if stay.checked_out_at is None else "left"


def _places_left(
    session: Session, ticket: ScanTicket | TicketSeen, shift: Shift | ShiftSeen, member_id: int
) -> int | None:
    if shift.capacity is None:
        return None
    kept = or_(SignUp.status == activities.SIGNED_UP, SignUp.offered_until > ticket.scanned_at)
    # A place that is offered to her is kept for her and stands in nobody's way but others'.
    taken = select(func.count()).where(SignUp.shift_id == shift.id, SignUp.member_id != member_id, kept)
    return shift.capacity - (session.scalar(taken) or 0)


def has_scan(session: Session, ticket_id: int, member_id: int, outcome: Reason) -> bool:
    """Whether this answer to this ticket is in the log already."""
    return (
        session.scalar(
            select(Scan.id)
            .where(Scan.ticket_id == ticket_id, Scan.member_id == member_id, Scan.outcome == outcome)
            .limit(1)
        )
        is not None
    )


def shifts_on_show(session: Session, actor: Actor, *, at: datetime) -> list[tuple[Shift, DisplaySession]]:
    """Shifts of the actor's county whose code is on a screen now; the actor's own sign-ups first."""
    rows = session.execute(
        select(Shift, DisplaySession)
        .join(DisplaySession, DisplaySession.shift_id == Shift.id)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organisation))
        .where(
            DisplaySession.last_seen_at > at - rules.DISPLAY_SILENCE,
            DisplaySession.last_seen_at <= at + rules.DISPLAY_SILENCE,
            scope.within_county(actor, Organisation.path),
        )
        .order_by(DisplaySession.id.desc())
    )
    found = [(row[0], row[1]) for row in rows]
    mine = activities.member_sign_ups(session, actor.member_id or 0, [shift.id for shift, _display in found])
    return sorted(found, key=lambda row: row[0].id not in mine)


def head_count(session: Session, shift_id: int) -> HeadCount:
    """Who has come and gone, and how many have a place."""
    arrived, left = session.execute(
        select(func.count(), func.count(Attendance.checked_out_at)).where(Attendance.shift_id == shift_id)
    ).one()
    return HeadCount(arrived, left, activities.places_taken(session, [shift_id])[shift_id])


def arrivals(session: Session, shift_id: int, *, limit: int = ARRIVALS_SHOWN) -> list[Arrival]:
    """The latest comings and goings, newest first."""
    rows = session.scalars(
        select(Attendance)
        .options(joinedload(Attendance.member))
        .where(Attendance.shift_id == shift_id)
        .order_by(
            func.coalesce(Attendance.checked_out_at, Attendance.checked_in_at).desc(), Attendance.id.desc()
        )
        .limit(limit)
    ).all()
    return [Arrival(row.member.name, row.checked_out_at or row.checked_in_at, _kind_of(row)) for row in rows]


def _kind_of(row: Attendance) -> Kind:
    return Kind.IN if row.checked_out_at is None else Kind.OUT


def wrong_codes(session: Session, shift_id: int, *, since: datetime) -> int:
    """Wrong and old codes that were tried at the shift since then."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Scan)
            .where(
                Scan.shift_id == shift_id,
                Scan.at >= since,
                Scan.outcome.in_((Reason.BAD_CODE, Reason.EXPIRED)),
            )
        )
        or 0
    )


def scans_of_shift(
    session: Session, shift_id: int, *, before: int | None = None, limit: int | None = 100
) -> Sequence[tuple[Scan, Member | None, User | None]]:
    """Every attempt at the shift, newest first, with the member and the organiser where they are known.

    Args:
        before: id of the last row of the page before.
    """
    query = (
        select(Scan, Member, User)
        .outerjoin(Member, Member.id == Scan.member_id)
        .outerjoin(User, User.id == Scan.operator_user_id)
        .where(Scan.shift_id == shift_id)
        .order_by(Scan.at.desc(), Scan.id.desc())
        .limit(limit)
    )
    if before is not None:
        # Scans without network come in late, so that their ids say nothing about their order.
        edge = select(Scan.at).where(Scan.id == before).scalar_subquery()
        query = query.where(or_(Scan.at < edge, and_(Scan.at == edge, Scan.id < before)))
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def displays_of_shift(session: Session, shift_id: int) -> Sequence[DisplaySession]:
    """Who showed the code of the shift, from when to when."""
    return session.scalars(
        select(DisplaySession).where(DisplaySession.shift_id == shift_id).order_by(DisplaySession.id)
    ).all()
