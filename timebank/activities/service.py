"""Planning, publishing, changing, extending and repeating activities.

Lock order: shift, then member. Signing up and waiting lists are in ``signing_up``, calling off in
``calling_off``; their verbs are gathered here for their callers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import errors, holdings, telling
from timebank.activities.budget import StockValue, ensure_covered, queue_for_budget
from timebank.activities.calling_off import CallingOff, cancel, cancel_shift
from timebank.activities.changing import update
from timebank.activities.drafting import create, lock_activity, lock_shifts, new_shift
from timebank.activities.models import Activity, Shift, ShiftExtension
from timebank.activities.rules import ShiftPlan, may_extend
from timebank.activities.signing_up import (
    accept_offer,
    cancel_sign_up,
    move_queues_on,
    sign_up,
    sign_up_family,
    wait,
)
from timebank.activities.standings import standing_of
from timebank.policy import queries as policy_queries
from timebank.policy.models import PointsRule
from timebank.policy.rules import ON_CONVERSION

__all__ = [
    "CallingOff",
    "PastActivity",
    "accept_offer",
    "add_past_shifts",
    "cancel",
    "cancel_shift",
    "cancel_sign_up",
    "create",
    "create_past_activities",
    "extend",
    "move_queues_on",
    "paying_rule",
    "planned_end",
    "publish",
    "sign_up",
    "sign_up_family",
    "standing_of",
    "update",
    "wait",
]


@dataclass(frozen=True)
class PastActivity:
    """A row of an old register; ``category_id`` and ``organisation_id`` are known to exist."""

    organisation_id: int
    category_id: int
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    capacity: int | None = None
    description: str = ""


def paying_rule(
    session: Session, *, organisation_path: str, category_id: int, starts_at: datetime, timezone: ZoneInfo
) -> PointsRule | None:
    """The rule for a shift that begins at ``starts_at``: of its category, or, where hours are converted later, the general one."""
    style = policy_queries.policy_for(session, organisation_path).points_booked
    category = None if style == ON_CONVERSION else category_id
    return policy_queries.rule_for(
        session, organisation_path, category, starts_at.astimezone(timezone).date()
    )


def publish(
    session: Session,
    *,
    activity: Activity,
    at: datetime,
    timezone: ZoneInfo,
    stock_values: Sequence[StockValue] = (),
) -> bool:
    """Make a draft public; False for a published one, which stays as it is.

    Args:
        stock_values: ``house.stock_values``, for a county whose budget is binding; without any, nothing is covered.

    Raises:
        ActivityCancelled: it was called off.
        PublishedTooLate: a shift has begun.
        NoPointsRule: nothing says what a shift would earn.
        OverBudget, PlacesUnlimited: the county's budget is binding.
    """
    queue_for_budget(session, activity)
    lock_activity(session, activity)
    if activity.status == "published":
        return False
    if activity.status == "cancelled":
        raise errors.ActivityCancelled
    if not activity.shifts:
        raise errors.ShiftsMissing
    if min(shift.starts_at for shift in activity.shifts) <= at:
        raise errors.PublishedTooLate
    for shift in activity.shifts:
        rule = paying_rule(
            session,
            organisation_path=activity.organisation.path,
            category_id=activity.category_id,
            starts_at=shift.starts_at,
            timezone=timezone,
        )
        if rule is None:
            raise errors.NoPointsRule(day=shift.starts_at.astimezone(timezone).date().isoformat())
    ensure_covered(session, activity, stock_values=stock_values, at=at, timezone=timezone)
    activity.status, activity.published_at = "published", at
    session.flush()
    return True


def planned_end(shift: Shift) -> datetime:
    """When the shift is planned to end now, extensions included: what all time rules go by."""
    return shift.ends_at


def extend(
    session: Session, *, shift: Shift, until: datetime, reason: str, by: Actor, at: datetime
) -> ShiftExtension:
    """Make the plan of a shift that runs longer, for everybody alike; logged, and everybody concerned is told.

    Repeating the same extension gives the first one again.

    Raises:
        CannotExtend: it has not begun, its end has passed, or the new end is not later or far too late.
        ActivityCancelled, NotPublished, ShiftConfirmed.
    """
    lock_shifts(session, [shift.id])
    session.refresh(shift, ["ends_at", "confirmed_at", "cancelled_at"])
    session.refresh(shift.activity, ["status"])
    last = holdings.last_extension(session, shift.id)
    if last is not None and last.ends_at == until == shift.ends_at:
        return last
    _ensure_extensible(session, shift, until, at)
    extension = ShiftExtension(
        shift_id=shift.id,
        ended_at=shift.ends_at,
        ends_at=until,
        reason=reason,
        extended_by=by.label,
        extended_at=at,
    )
    shift.ends_at = until
    shift.activity.changed_at, shift.activity.revision = at, (shift.activity.revision or 0) + 1
    session.add(extension)
    session.flush()
    telling.extended(session, shift, reason=reason, at=at)
    return extension


def _ensure_extensible(session: Session, shift: Shift, until: datetime, at: datetime) -> None:
    if shift.activity.status == "cancelled":
        raise errors.ActivityCancelled
    if shift.cancelled_at is not None:
        raise errors.ShiftCancelled(reason=shift.cancel_reason)
    if shift.activity.status != "published":
        raise errors.NotPublished
    if shift.confirmed_at is not None:
        raise errors.ShiftConfirmed
    policy = policy_queries.policy_for(session, shift.activity.organisation.path)
    obstacle = may_extend(
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        until=until,
        at=at,
        tolerance_minutes=policy.end_tolerance_minutes,
    )
    if obstacle:
        raise errors.CannotExtend(field="until")


def create_past_activities(
    session: Session, plans: Sequence[PastActivity], *, by: Actor, at: datetime
) -> list[Activity]:
    """Activities of an old register in bulk, each with its one shift, in the order of ``plans``.

    Those that began before ``at`` have no ``published_at``: when they were made public is not known here.
    """
    activities = []
    for plan in plans:
        activity = Activity(
            organisation_id=plan.organisation_id,
            category_id=plan.category_id,
            title=plan.title,
            place=plan.place,
            description=plan.description,
            status="published",
            created_by=by.label,
            created_at=at,
            published_at=at if plan.starts_at > at else None,
        )
        activity.shifts = [new_shift(ShiftPlan(plan.starts_at, plan.ends_at, plan.capacity))]
        activities.append(activity)
    session.add_all(activities)
    session.flush()
    return activities


def add_past_shifts(session: Session, plans: Sequence[tuple[int, ShiftPlan]]) -> list[Shift]:
    """Shifts of days on which, by an old register, an activity (by id) took place besides its planned ones."""
    shifts = [new_shift(plan) for _activity_id, plan in plans]
    for shift, (activity_id, _plan) in zip(shifts, plans, strict=True):
        shift.activity_id = activity_id
    session.add_all(shifts)
    session.flush()
    return shifts
