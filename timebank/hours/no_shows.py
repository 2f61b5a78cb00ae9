"""Missed shifts: signed up, not seen. Counted and explained, without negative points; forgiven with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, contains_eager

from timebank.access.actors import Actor
from timebank.activities.models import Activity, Shift, SignUp
from timebank.hours import queries
from timebank.hours.errors import NoShowAbsent, OwnRecord, ReasonMissing
from timebank.hours.models import Attendance, NoShowPardon
from timebank.members.models import Member
from timebank.policy.queries import policy_for


@dataclass(frozen=True)
class NoShow:
    """A shift that a member signed up for and was not seen at, with the pardon where there is one."""

    shift: Shift
    pardon: NoShowPardon | None


@dataclass(frozen=True)
class NoShows:
    """A member's missed shifts of the last ``days`` days, newest first; ``counted`` are those not forgiven."""

    rows: Sequence[NoShow]
    days: int

    @property
    def counted(self) -> int:
        """How many count."""
        return sum(1 for row in self.rows if row.pardon is None)


def _missed(at: datetime) -> ColumnElement[bool]:
    """A place kept at a shift that is over and was not called off, and nobody seen or written down there."""
    seen = exists(
        select(Attendance.id).where(
            Attendance.shift_id == SignUp.shift_id, Attendance.member_id == SignUp.member_id
        )
    )
    was_held = and_(Activity.status == "published", Shift.cancelled_at.is_(None), Shift.ends_at <= at)
    return and_(SignUp.status == "signed_up", was_held, ~seen)


def no_shows_of(session: Session, member: Member, *, at: datetime) -> NoShows:
    """The member's missed shifts, as far back as the county counts them."""
    days = policy_for(session, member.organisation.path, at).no_show_days
    rows = session.execute(
        select(Shift, NoShowPardon)
        .join(SignUp, SignUp.shift_id == Shift.id)
        .join(Shift.activity)
        .outerjoin(
            NoShowPardon,
            and_(NoShowPardon.shift_id == Shift.id, NoShowPardon.member_id == SignUp.member_id),
        )
        .options(contains_eager(Shift.activity))
        .where(SignUp.member_id == member.id, _missed(at), Shift.ends_at > at - timedelta(days=days))
        .order_by(Shift.starts_at.desc())
    ).all()
    return NoShows([NoShow(row[0], row[1]) for row in rows], days)


def pardons_of_shift(session: Session, shift_id: int) -> dict[int, NoShowPardon]:
    """What was forgiven at a shift, by member id."""
    rows = session.scalars(select(NoShowPardon).where(NoShowPardon.shift_id == shift_id))
    return {row.member_id: row for row in rows}


def pardon_no_show(
    session: Session, *, shift: Shift, member_id: int, reason: str, by: Actor, at: datetime
) -> NoShowPardon:
    """The missed shift is not counted; a repeat changes nothing.

    Raises:
        OwnRecord: nobody forgives their own.
        ReasonMissing: no word why.
        NoShowAbsent: the member did not miss this shift.
    """
    if by.user_id is None or by.member_id == member_id:
        raise OwnRecord
    if not reason.strip():
        raise ReasonMissing(field="reason")
    queries.lock_members(session, [member_id])
    standing = pardons_of_shift(session, shift.id).get(member_id)
    if standing is not None:
        return standing
    missed = session.scalar(
        select(SignUp.id)
        .join(SignUp.shift)
        .join(Shift.activity)
        .where(SignUp.shift_id == shift.id, SignUp.member_id == member_id, _missed(at))
    )
    if missed is None:
        raise NoShowAbsent
    pardon = NoShowPardon(
        shift_id=shift.id,
        member_id=member_id,
        reason=reason.strip(),
        pardoned_by_user_id=by.user_id,
        pardoned_at=at,
    )
    session.add(pardon)
    session.flush()
    return pardon
