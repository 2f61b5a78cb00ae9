"""Who holds what on shifts: places, offers, turns in the queue, and the extensions of their plans."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from timebank.access.models import User
from timebank.activities.models import Activity, Shift, ShiftExtension, SignUp
from timebank.activities.rules import CONCERNED, WAITING


def concerned(session: Session, shift_ids: Iterable[int]) -> Sequence[SignUp]:
    """Everybody who has a place on the shifts, is offered one or waits for one."""
    return session.scalars(
        select(SignUp)
        .where(SignUp.shift_id.in_(set(shift_ids)), SignUp.status.in_(CONCERNED))
        .order_by(SignUp.signed_up_at, SignUp.id)
    ).all()


def own_places(session: Session, member_id: int, shift_ids: Iterable[int]) -> Sequence[SignUp]:
    """The member's places, offers and turns on the shifts."""
    return session.scalars(
        select(SignUp).where(
            SignUp.member_id == member_id,
            SignUp.shift_id.in_(set(shift_ids)),
            SignUp.status.in_(CONCERNED),
        )
    ).all()


def queue(session: Session, shift_id: int) -> Sequence[SignUp]:
    """The waiting list of the shift, who waited longest first."""
    return session.scalars(
        select(SignUp)
        .where(SignUp.shift_id == shift_id, SignUp.status == WAITING)
        .order_by(SignUp.signed_up_at, SignUp.id)
    ).all()


def places_of_member(session: Session, member_id: int, *, at: datetime, limit: int = 50) -> Sequence[SignUp]:
    """Everything to come that the member has a place on, is offered or waits for, soonest first; what was called off too."""
    return session.scalars(
        select(SignUp)
        .join(SignUp.shift)
        .join(Shift.activity)
        .options(
            contains_eager(SignUp.shift).contains_eager(Shift.activity).joinedload(Activity.organisation),
            joinedload(SignUp.post),
        )
        .where(
            SignUp.member_id == member_id,
            or_(SignUp.status.in_(CONCERNED), SignUp.cancelled_at == Shift.cancelled_at),
            Shift.ends_at > at,
        )
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit)
    ).all()


def extensions(session: Session, shift_ids: Iterable[int]) -> Sequence[ShiftExtension]:
    """Every extension of the shifts, in the order in which they were made."""
    return session.scalars(
        select(ShiftExtension)
        .where(ShiftExtension.shift_id.in_(set(shift_ids)))
        .order_by(ShiftExtension.extended_at, ShiftExtension.id)
    ).all()


def last_extension(session: Session, shift_id: int) -> ShiftExtension | None:
    """The newest extension of the shift, None when its plan never changed."""
    found = extensions(session, [shift_id])
    return found[-1] if found else None


def every_place_of(session: Session, member_id: int) -> Sequence[SignUp]:
    """All rows of the member, whatever became of them, newest first."""
    return session.scalars(
        select(SignUp)
        .join(SignUp.shift)
        .options(contains_eager(SignUp.shift).joinedload(Shift.activity), joinedload(SignUp.post))
        .where(SignUp.member_id == member_id)
        .order_by(Shift.starts_at.desc(), SignUp.id.desc())
    ).all()


def user_of_label(session: Session, label: str) -> int | None:
    """The id of the user behind a label such as ``user:5``; None for programs, jobs and users who are gone."""
    number = label.removeprefix("user:")
    if number == label or not number.isdecimal():
        return None
    return session.scalar(select(User.id).where(User.id == int(number)))


def names_of_labels(session: Session, labels: Iterable[str]) -> dict[str, str]:
    """Names of the users behind labels such as ``user:5``; programs and jobs keep their label."""
    ids = {int(label.removeprefix("user:")): label for label in labels if label.startswith("user:")}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {ids[row[0]]: row[1] for row in rows}
