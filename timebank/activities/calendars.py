"""Activities as calendars (RFC 5545): one member's feed under a secret address, and one activity as a file.

Every shift keeps its UID for ever; SEQUENCE rises with every change, STATUS says what is off. Times are in
UTC, so that no calendar needs our time zone.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from timebank.access.keys import Keyring
from timebank.activities.errors import CalendarAbsent
from timebank.activities.models import Activity, CalendarAddress, Shift, SignUp
from timebank.activities.rules import OFFERED, SIGNED_UP, WAITING
from timebank.members.models import Member

PRODUCT = "-//Community time bank//Activities//ZH"
SECRET_PURPOSE, UID_PURPOSE = "calendar-address", "calendar-uid"
SECRET_LETTERS = 40
LATEST_EVENTS = 500
# What is longer ago has left every calendar that looks now and then.
LOOKS_BACK = timedelta(days=180)


@dataclass(frozen=True)
class Entry:
    """A shift as one calendar shows it; ``place`` is the member's own row, None in the file of an activity."""

    shift: Shift
    place: SignUp | None = None


def secret_of(keyring: Keyring, address: CalendarAddress) -> str:
    """The word in the member's address; worthless as soon as the address is renewed."""
    subject = f"{address.member_id}:{address.generation}"
    return keyring.mac(SECRET_PURPOSE, subject.encode()).hex()[:SECRET_LETTERS]


def address_of(session: Session, member_id: int) -> CalendarAddress | None:
    """The member's address, None while they never asked for one."""
    return session.get(CalendarAddress, member_id)


def open_address(session: Session, *, member_id: int, at: datetime) -> CalendarAddress:
    """A new secret address; the one before, if any, no longer leads anywhere."""
    found = session.get(CalendarAddress, member_id, with_for_update=True)
    if found is None:
        found = CalendarAddress(member_id=member_id, generation=0, renewed_at=at)
        session.add(found)
    found.generation, found.renewed_at, found.is_on = found.generation + 1, at, True
    session.flush()
    return found


def close_address(session: Session, *, member_id: int) -> None:
    """The address no longer leads anywhere, until the member asks for a new one."""
    found = session.get(CalendarAddress, member_id, with_for_update=True)
    if found is not None:
        found.is_on = False
        session.flush()


def member_behind(session: Session, keyring: Keyring, number: str, secret: str) -> Member:
    """Whose calendar it is; raises ``CalendarAbsent`` for a wrong, renewed or closed address."""
    member = session.scalar(select(Member).where(Member.number == number))
    address = None if member is None else session.get(CalendarAddress, member.id)
    if member is None or address is None or not address.is_on:
        raise CalendarAbsent
    if not hmac.compare_digest(secret_of(keyring, address).encode(), secret.encode("utf-8", "replace")):
        raise CalendarAbsent
    return member


def entries_of(session: Session, member_id: int, *, at: datetime) -> list[Entry]:
    """Everything that the member has, waits for, was offered or gave up, from half a year ago on."""
    rows = session.scalars(
        select(SignUp)
        .join(SignUp.shift)
        .join(Shift.activity)
        .options(contains_eager(SignUp.shift).contains_eager(Shift.activity))
        .where(
            SignUp.member_id == member_id,
            SignUp.status != WAITING,
            Shift.ends_at > at - LOOKS_BACK,
            Activity.status != "draft",
        )
        .order_by(Shift.starts_at.desc(), Shift.id.desc())
        .limit(LATEST_EVENTS)
    ).all()
    return [Entry(row.shift, row) for row in reversed(rows)]


def calendar(
    entries: Iterable[Entry], *, name: str, keyring: Keyring, address: str, words: dict[str, str]
) -> bytes:
    """The calendar as RFC 5545 bytes.

    Args:
        address: the house's own, for links into it, without a slash at the end.
        words: ``offered``, ``contact`` and ``private`` in the reader's language.
    """
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    for entry in entries:
        found.add_component(_event(entry, keyring, address, words))
    return bytes(found.to_ical())


def uid_of(keyring: Keyring, shift_id: int) -> str:
    """The same for ever, and no other installation's."""
    return f"shift-{shift_id}-{keyring.mac(UID_PURPOSE, str(shift_id).encode()).hex()[:16]}@timebank"


def _event(entry: Entry, keyring: Keyring, address: str, words: dict[str, str]) -> Event:
    shift, activity, place = entry.shift, entry.shift.activity, entry.place
    event = Event()
    event.add("uid", uid_of(keyring, shift.id))
    event.add("dtstamp", _last_change(activity, place))
    event.add("last-modified", _last_change(activity, place))
    event.add("dtstart", shift.starts_at)
    event.add("dtend", shift.ends_at)
    event.add("summary", _summary(entry, words))
    event.add("location", activity.place)
    event.add("description", _description(entry, words))
    event.add("url", f"{address}/activities/{activity.id}")
    event.add("sequence", (activity.revision or 0) + (place.revision if place else 0))
    event.add("status", _status(shift, place))
    event.add("transp", "OPAQUE" if _status(shift, place) == "CONFIRMED" else "TRANSPARENT")
    return event


def _last_change(activity: Activity, place: SignUp | None) -> datetime:
    moments = [activity.created_at, activity.published_at, activity.changed_at, activity.cancelled_at]
    if place is not None:
        moments += [place.signed_up_at, place.cancelled_at]
    return max(moment for moment in moments if moment is not None)


def _status(shift: Shift, place: SignUp | None) -> str:
    if shift.status == "cancelled":
        return "CANCELLED"
    if place is None or place.status == SIGNED_UP:
        return "CONFIRMED"
    return "TENTATIVE" if place.status == OFFERED else "CANCELLED"


def _summary(entry: Entry, words: dict[str, str]) -> str:
    title = entry.shift.activity.title
    if entry.place is not None and entry.place.post is not None:
        title = f"{title} · {entry.place.post.name}"
    is_offered = entry.place is not None and entry.place.status == OFFERED
    return f"{title} ({words['offered']})" if is_offered else title


def _description(entry: Entry, words: dict[str, str]) -> str:
    """Private details stay out of it: whoever knows the address of a calendar has shown no place of theirs."""
    activity = entry.shift.activity
    contact = " ".join(filter(None, (activity.contact_name, activity.contact_phone)))
    lines = [
        entry.shift.why_cancelled,
        activity.description,
        f"{words['contact']} {contact}" if contact else "",
    ]
    return "\n".join(line for line in lines if line)
