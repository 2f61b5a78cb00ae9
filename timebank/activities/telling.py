"""Who is told what about activities: every sentence that leaves this room, in one place."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities import holdings, queries
from timebank.activities.models import Activity, Shift, SignUp
from timebank.errors import N_
from timebank.members.models import Member
from timebank.notices import service as notices
from timebank.notices.holders import holders_by_level
from timebank.orm import Base

SIGNED_UP_FOR = N_("%(by)s signed you up for “%(title)s” on %(starts)s.")
WAITING_FOR = N_("%(by)s put you on the waiting list of “%(title)s” on %(starts)s.")
OFFERED = N_(
    "A place at “%(title)s” on %(starts)s is free for you. Take it before %(until)s, or it goes to the next."
)
LAPSED = N_("The time to take the place at “%(title)s” on %(starts)s is over. It has gone to the next.")
CHANGED = N_(
    "“%(title)s” was changed: now %(starts)s to %(ends)s, %(place)s. Please look whether you can still come."
)
CANCELLED = N_("“%(title)s” on %(starts)s is cancelled: %(reason)s")
CANCELLED_INSIDE = N_(
    "“%(title)s” was called off while you were there: %(reason)s You are checked out; the time you served waits for the organiser to confirm it."
)
GIVEN_UP = N_("%(name)s cannot come to “%(title)s” on %(starts)s. Places taken now: %(taken)s.")
GIVEN_UP_FOR = N_("%(by)s gave up your place at “%(title)s” on %(starts)s for you.")
EXTENDED = N_("“%(title)s” now lasts until %(ends)s for everybody: %(reason)s")


def signed_up_for(session: Session, row: SignUp, shift: Shift, *, by_name: str, at: datetime) -> None:
    """Somebody else acted for the member."""
    sentence = SIGNED_UP_FOR if row.status == "signed_up" else WAITING_FOR
    _tell(session, row.member_id, "activities.signed_up_for", sentence, shift, at=at, by=by_name)


def given_up_for(session: Session, row: SignUp, shift: Shift, *, by_name: str, at: datetime) -> None:
    """Somebody else gave up what the member had, so that nobody hears of it only at the door."""
    key = f"place-given-up-for:{row.id}:{row.revision}"
    _tell(session, row.member_id, "activities.given_up_for", GIVEN_UP_FOR, shift, at=at, key=key, by=by_name)


def offered(session: Session, row: SignUp, shift: Shift, *, at: datetime) -> None:
    """A place is kept for the member until the offer ends; once per offer."""
    assert row.offered_until is not None, "an offer has its end"
    key = f"offer:{row.id}:{row.revision}"
    _tell(
        session, row.member_id, "activities.offered", OFFERED, shift, at=at, key=key, until=row.offered_until
    )


def lapsed(session: Session, row: SignUp, shift: Shift, *, at: datetime) -> None:
    """The member did not answer in time."""
    key = f"offer-lapsed:{row.id}:{row.revision}"
    _tell(session, row.member_id, "activities.offer_lapsed", LAPSED, shift, at=at, key=key)


def changed(session: Session, activity: Activity, *, at: datetime) -> int:
    """Everybody with a place, an offer or a turn reads the new time and place; how many they are."""
    shifts = {shift.id: shift for shift in activity.held_shifts}
    rows = holdings.concerned(session, shifts)
    for row in rows:
        key = f"activity-changed:{activity.id}:{activity.revision}:{row.id}"
        _tell(session, row.member_id, "activities.changed", CHANGED, shifts[row.shift_id], at=at, key=key)
    return len(rows)


def cancelled(
    session: Session, called_off: Sequence[Shift], *, reason: str, inside: Iterable[int], at: datetime
) -> int:
    """Everybody concerned by these shifts of one activity reads why; who was inside also reads what becomes of their time."""
    shifts, there = {shift.id: shift for shift in called_off}, set(inside)
    rows = [row for row in holdings.concerned(session, shifts) if shifts[row.shift_id].ends_at > at]
    for row in rows:
        if row.member_id not in there:
            _tell_cancelled(session, row.member_id, CANCELLED, shifts[row.shift_id], reason=reason, at=at)
    running = next((shift for shift in called_off if shift.starts_at <= at), called_off[0])
    for member_id in sorted(there):
        _tell_cancelled(session, member_id, CANCELLED_INSIDE, running, reason=reason, at=at)
    return len({row.member_id for row in rows} | there)


def _tell_cancelled(
    session: Session, member_id: int, sentence: str, shift: Shift, *, reason: str, at: datetime
) -> None:
    key = f"activity-cancelled:{shift.id}:{member_id}"
    _tell(session, member_id, "activities.cancelled", sentence, shift, at=at, key=key, reason=reason)


def extended(session: Session, shift: Shift, *, reason: str, at: datetime) -> int:
    """Everybody signed up and everybody inside reads the new end; how many they are."""
    signed_up = {row.member_id for row in queries.sign_ups(session, shift.id)}
    told = sorted(signed_up | members_inside(session, [shift.id]))
    for member_id in told:
        key = f"shift-extended:{shift.id}:{shift.ends_at.isoformat()}:{member_id}"
        _tell(session, member_id, "activities.extended", EXTENDED, shift, at=at, key=key, reason=reason)
    return len(told)


def members_inside(session: Session, shift_ids: Iterable[int]) -> set[int]:
    """Members who have checked in to one of the shifts and not out."""
    attendances = _attendances()
    rows = session.scalars(
        select(attendances.c.member_id).where(
            attendances.c.shift_id.in_(set(shift_ids)), attendances.c.checked_out_at.is_(None)
        )
    )
    return set(rows)


def members_who_came(session: Session, shift_id: int) -> set[int]:
    """Members who checked in to the shift, whether or not they have left."""
    attendances = _attendances()
    return set(session.scalars(select(attendances.c.member_id).where(attendances.c.shift_id == shift_id)))


def _attendances() -> Table:
    # Attendances lie in a room above this one, so their table is asked for by name.
    return Base.metadata.tables["attendances"]


def given_up(session: Session, row: SignUp, shift: Shift, *, by: Actor | None, at: datetime) -> int:
    """The organisers nearest to the activity read that a place is free; each once per shift and hour. How many they are."""
    activity = shift.activity
    levels = holders_by_level(session, ACTIVITIES_PUBLISH, activity.organisation.path)
    planner = holdings.user_of_label(session, activity.created_by)
    near = set(levels[0] if levels else ())
    # Whoever planned it stands in for the level above, unless the right has gone since.
    if planner is not None and any(planner in level for level in levels):
        near.add(planner)
    facts = {
        "name": session.get_one(Member, row.member_id).name,
        "title": activity.title,
        "starts": shift.starts_at,
        "taken": queries.places_taken(session, [shift.id])[shift.id],
    }
    told = [
        notices.tell_user(
            session,
            user_id=user_id,
            kind="activities.given_up",
            sentence=GIVEN_UP,
            facts=facts,
            href=f"/desk/shifts/{shift.id}/places",
            at=at,
            key=f"place-given-up:{shift.id}:{at.astimezone(UTC):%Y%m%d%H}:{user_id}",
        )
        for user_id in sorted(near - {by.user_id if by else None})
    ]
    return len([notice for notice in told if notice is not None])


def _tell(
    session: Session,
    member_id: int,
    kind: str,
    sentence: str,
    shift: Shift,
    *,
    at: datetime,
    key: str | None = None,
    **facts: object,
) -> None:
    activity = shift.activity
    known = {
        "title": activity.title,
        "place": activity.place,
        "starts": shift.starts_at,
        "ends": shift.ends_at,
    }
    notices.tell(
        session,
        member_id=member_id,
        kind=kind,
        sentence=sentence,
        facts=known | facts,
        href=f"/activities/{activity.id}",
        at=at,
        key=key,
    )
