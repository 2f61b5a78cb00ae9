"""Calling off: a whole activity, or one of its shifts while the others take place. A reason is read by everybody."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import errors, holdings, telling
from timebank.activities.drafting import lock_activity, lock_shifts
from timebank.activities.models import Activity, Shift
from timebank.activities.rules import CANCELLED, USUAL_TIMEZONE

# What other rooms do when running shifts are called off: close the attendances of those inside, and say
# whose they were. ``house.calling_off`` lists them.
CallingOff = Callable[..., Sequence[int]]


def cancel(
    session: Session,
    *,
    activity: Activity,
    reason: str,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
    calling_off: Sequence[CallingOff] = (),
) -> int:
    """Call an activity off, or discard a draft, with a reason that everybody reads; how many are told.

    Args:
        calling_off: ``house.calling_off``; what becomes of those who are inside a shift that runs.

    Raises:
        ActivityOver: the last shift has ended.
    """
    lock_activity(session, activity)
    if activity.status == "cancelled":
        return 0
    was_public = activity.status == "published"
    shifts = activity.held_shifts
    if was_public and max((shift.ends_at for shift in shifts), default=at) <= at:
        raise errors.ActivityOver
    inside = _those_inside(session, shifts, reason=reason, at=at, timezone=timezone, calling_off=calling_off)
    _mark(activity, reason, at)
    session.flush()
    return telling.cancelled(session, shifts, reason=reason, inside=inside, at=at) if was_public else 0


def cancel_shift(
    session: Session,
    *,
    shift: Shift,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
    calling_off: Sequence[CallingOff] = (),
) -> int:
    """Call one shift off: its places are free, its waiting list is closed, and everybody concerned is told.

    Who is inside is checked out and keeps the place, because they came. When no shift is left that takes place,
    the whole activity is off. Doing it twice changes nothing.

    Args:
        calling_off: as in :func:`cancel`.

    Returns:
        how many are told.

    Raises:
        NotPublished: nobody knows of a draft; take the shift out of it instead.
        ReasonMissing, ActivityOver, ShiftConfirmed.
    """
    lock_shifts(session, [shift.id])
    session.refresh(shift, ["starts_at", "ends_at", "confirmed_at", "cancelled_at", "cancel_reason"])
    session.refresh(shift.activity, ["status"])
    if shift.status == "cancelled":
        return 0
    _ensure_can_be_called_off(shift, reason, at)
    inside = _those_inside(session, [shift], reason=reason, at=at, timezone=timezone, calling_off=calling_off)
    shift.cancelled_at, shift.cancel_reason = at, reason.strip()
    activity = shift.activity
    activity.changed_at, activity.revision = at, (activity.revision or 0) + 1
    told = telling.cancelled(session, [shift], reason=shift.cancel_reason, inside=inside, at=at)
    _release(session, shift, by=by, at=at)
    if not activity.held_shifts:
        _mark(activity, shift.cancel_reason, at)
    session.flush()
    return told


def _ensure_can_be_called_off(shift: Shift, reason: str, at: datetime) -> None:
    if not reason.strip():
        raise errors.CancelReasonMissing(field="reason")
    if shift.activity.status != "published":
        raise errors.NotPublished
    if shift.ends_at <= at:
        raise errors.ActivityOver
    if shift.confirmed_at is not None:
        raise errors.ShiftConfirmed


def _those_inside(
    session: Session,
    shifts: Sequence[Shift],
    *,
    reason: str,
    at: datetime,
    timezone: ZoneInfo,
    calling_off: Sequence[CallingOff],
) -> list[int]:
    return [
        member_id
        for close in calling_off
        for member_id in close(session, shifts=shifts, reason=reason, at=at, timezone=timezone)
    ]


def _mark(activity: Activity, reason: str, at: datetime) -> None:
    activity.status, activity.cancelled_at, activity.cancel_reason = "cancelled", at, reason
    activity.changed_at, activity.revision = at, (activity.revision or 0) + 1


def _release(session: Session, shift: Shift, *, by: Actor, at: datetime) -> None:
    """Nobody holds a place, an offer or a turn any more, except who came before it was called off."""
    came = telling.members_who_came(session, shift.id)
    for row in holdings.concerned(session, [shift.id]):
        if row.member_id not in came:
            row.status, row.offered_until = CANCELLED, None
            row.cancelled_at, row.cancelled_by = at, by.label
            row.revision += 1
    session.flush()
