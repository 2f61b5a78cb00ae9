"""What a scan's decision stands on, as plain values read by one statement.

With a hall full of phones every row that becomes an object, and every statement more, is what people
wait for. So the ticket, its shift, whose hand it is in, and what is known about both come together.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    literal_column,
    select,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.functions import aggregate_strings

from timebank.access.keys import digest
from timebank.access.models import User
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.queries import SIGNED_UP
from timebank.checkin.models import DisplaySession, PresencePlan, Scan, ScanTicket
from timebank.checkin.reasons import Reason
from timebank.hours.models import Attendance
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orm import BigId
from timebank.policy import queries as policies
from timebank.policy.rules import Policy
from timebank.prepared import Prepared


@dataclass(frozen=True, slots=True)
class OrganisationSeen:
    """An organisation, as far as a scan has to know it."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class ActivitySeen:
    """An activity, as far as a scan has to know it."""

    id: int
    title: str
    place: str
    status: str
    organisation_id: int
    organisation: OrganisationSeen


@dataclass(frozen=True, slots=True)
class ShiftSeen:
    """A shift, as far as a scan has to know it."""

    id: int
    activity_id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    cancelled_at: datetime | None
    cancel_reason: str
    activity: ActivitySeen

    @property
    def status(self) -> str:
        """As ``Shift.status``."""
        return "cancelled" if self.cancelled_at is not None else self.activity.status


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """A member, as far as a scan has to know them."""

    id: int
    number: str
    name: str
    suspended_at: datetime | None
    organisation: OrganisationSeen


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """A scan ticket."""

    id: int
    shift_id: int
    browser_digest: str
    kind: str
    method: str
    display_session_id: int | None
    printed_code_id: int | None
    kiosk_id: int | None
    place: str | None
    identified_by: str | None
    scanned_at: datetime
    expires_at: datetime
    used_by_member_id: int | None
    used_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """What the activity asks for beyond the code."""

    asks_place: bool
    latitude_e6: int | None
    longitude_e6: int | None


@dataclass(frozen=True, slots=True)
class Stay:
    """The member's attendance at the shift."""

    id: int
    checked_in_at: datetime
    checked_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known about the member, the shift and the device.

    Attributes:
        stay: None before the member comes.
        shower_id: the user who put the scanned code on a screen; shower_member_id: who they are as a member.
        device_owners: members who checked themselves in on the device at this activity, first come first.
    """

    stay: Stay | None
    is_elsewhere: bool
    is_signed_up: bool
    shower_id: int | None
    shower_member_id: int | None
    device_owners: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that one statement says about a ticket in somebody's hand."""

    ticket: TicketSeen
    shift: ShiftSeen
    member: MemberSeen
    plan: PlanSeen | None
    known: Known
    policy: Policy


_HOME = aliased(Organisation)
# Written into the statement, so that they need not be bound each time.
_COLON: ColumnElement[str] = literal_column("':'", String)
_SPACE: Any = literal_column("' '", String)


def held(session: Session, secret: str, device: str, *, member_id: int | None) -> Held | None:
    """The ticket of this browser in the member's hand; None for one made in another.

    Args:
        member_id: who scanned the organiser's code; None for a ticket of somebody whom the organiser scanned.
    """
    ticket = digest(secret)
    if member_id is None:
        row = _held_by_organiser().first(session, ticket=ticket, device=device)
    else:
        row = _held_by_member().first(session, ticket=ticket, device=device, member_id=member_id)
    return None if row is None else _read(session, row)


def known(
    session: Session,
    *,
    shift_id: int,
    activity_id: int,
    member_id: int,
    device: str,
    display_session_id: int | None,
) -> Known:
    """The same about a ticket that is not kept, such as that of a list without network."""
    (row,) = _asks_known().rows(
        session,
        shift_id=shift_id,
        activity_id=activity_id,
        member_id=member_id,
        device=device,
        display_session_id=display_session_id,
    )
    return _known(row)


@cache
def _held_by_member() -> Prepared:
    member_id = bindparam("member_id", type_=BigId)
    return Prepared(_held(member_id).where(ScanTicket.for_member_id.is_(None)))


@cache
def _held_by_organiser() -> Prepared:
    return Prepared(_held(ScanTicket.for_member_id))


def _held(member_id: Any) -> Select[Any]:
    """Columns in the order in which :func:`_read` takes them."""
    return (
        select(
            *(getattr(ScanTicket, name) for name in TicketSeen.__slots__),
            Shift.activity_id,
            Shift.starts_at,
            Shift.ends_at,
            Shift.capacity,
            Shift.cancelled_at,
            Shift.cancel_reason,
            Activity.title,
            Activity.place,
            Activity.status,
            Activity.organisation_id,
            Organisation.path,
            Organisation.name,
            Member.id,
            Member.number,
            Member.name,
            Member.suspended_at,
            _HOME.path,
            _HOME.name,
            PresencePlan.asks_place,
            PresencePlan.latitude_e6,
            PresencePlan.longitude_e6,
            policies.settings_stamp(),
            *_known_columns(
                Shift.id,
                Shift.activity_id,
                Member.id,
                ScanTicket.browser_digest,
                ScanTicket.display_session_id,
            ),
        )
        .select_from(ScanTicket)
        .join(Shift, Shift.id == ScanTicket.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organisation, Organisation.id == Activity.organisation_id)
        .join(Member, Member.id == member_id)
        .join(_HOME, _HOME.id == Member.organisation_id)
        .outerjoin(PresencePlan, PresencePlan.activity_id == Activity.id)
        .outerjoin(Attendance, and_(Attendance.shift_id == Shift.id, Attendance.member_id == Member.id))
        .where(
            ScanTicket.ticket_digest == bindparam("ticket"), ScanTicket.browser_digest == bindparam("device")
        )
    )


@cache
def _asks_known() -> Prepared:
    shift_id, member_id = bindparam("shift_id", type_=BigId), bindparam("member_id", type_=BigId)
    activity_id = bindparam("activity_id", type_=BigId)
    display_session_id = bindparam("display_session_id", type_=BigId)
    columns = _known_columns(shift_id, activity_id, Member.id, bindparam("device"), display_session_id)
    return Prepared(
        select(*columns)
        .select_from(Member)
        .outerjoin(Attendance, and_(Attendance.shift_id == shift_id, Attendance.member_id == Member.id))
        .where(Member.id == member_id)
    )


def _known_columns(
    shift_id: Any, activity_id: Any, member_id: Any, device: Any, display_session_id: Any
) -> tuple[Any, ...]:
    """In the order in which :func:`_known` takes them; the query itself joins the attendance at the shift."""
    other, owners_shift = aliased(Attendance), aliased(Shift)
    inside_elsewhere = exists().where(
        other.member_id == member_id, other.shift_id != shift_id, other.checked_out_at.is_(None)
    )
    has_place = exists().where(
        SignUp.shift_id == shift_id, SignUp.member_id == member_id, SignUp.status == SIGNED_UP
    )
    shower = select(DisplaySession.shown_by_user_id).where(DisplaySession.id == display_session_id)
    shower_as_member = (
        select(User.member_id)
        .join(DisplaySession, DisplaySession.shown_by_user_id == User.id)
        .where(DisplaySession.id == display_session_id)
    )
    # One line for every time that somebody checked in or out on the device: "scan:member".
    on_device = (
        select(aggregate_strings(cast(Scan.id, String) + _COLON + cast(Scan.member_id, String), _SPACE))
        .join(owners_shift, owners_shift.id == Scan.shift_id)
        .where(
            owners_shift.activity_id == activity_id,
            Scan.device_digest == device,
            Scan.outcome == Reason.OK,
            Scan.operator_user_id.is_(None),
            Scan.member_id.is_not(None),
        )
    )
    return (
        Attendance.id,
        Attendance.checked_in_at,
        Attendance.checked_out_at,
        inside_elsewhere,
        has_place,
        shower.scalar_subquery(),
        shower_as_member.scalar_subquery(),
        on_device.scalar_subquery(),
    )


_TICKET_ENDS = len(TicketSeen.__slots__)
_KNOWN_BEGINS = _TICKET_ENDS + 22


def _read(session: Session, values: tuple[Any, ...]) -> Held:
    ticket = TicketSeen(*values[:_TICKET_ENDS])
    middle = values[_TICKET_ENDS:_KNOWN_BEGINS]
    activity_id, starts_at, ends_at, capacity, cancelled_at, cancel_reason, title, place, status = middle[:9]
    organisation_id, path, organisation = middle[9:12]
    member_id, number, name, suspended_at, home_path, home = middle[12:18]
    asks_place, latitude_e6, longitude_e6, stamp = middle[18:]
    activity = ActivitySeen(
        activity_id, title, place, status, organisation_id, OrganisationSeen(path, organisation)
    )
    times = starts_at, ends_at, capacity, cancelled_at, cancel_reason
    return Held(
        ticket,
        ShiftSeen(ticket.shift_id, activity_id, *times, activity),
        MemberSeen(member_id, number, name, suspended_at, OrganisationSeen(home_path, home)),
        None if asks_place is None else PlanSeen(asks_place, latitude_e6, longitude_e6),
        _known(values[_KNOWN_BEGINS:]),
        # What held when the code was scanned, and nothing that was changed afterwards.
        policies.policy_kept(session, path, ticket.scanned_at, stamp),
    )


def _known(values: tuple[Any, ...]) -> Known:
    stay_id, came, left, is_elsewhere, has_place, shower_id, shower_member_id, on_device = values
    stay = None if stay_id is None else Stay(stay_id, came, left)
    return Known(stay, bool(is_elsewhere), bool(has_place), shower_id, shower_member_id, _owners(on_device))


def _owners(on_device: str | None) -> tuple[int, ...]:
    """Members in the order of their first scan."""
    if not on_device:
        return ()
    pairs = sorted(tuple(map(int, pair.split(":"))) for pair in on_device.split(" "))
    return tuple(dict.fromkeys(member_id for _scan, member_id in pairs))
