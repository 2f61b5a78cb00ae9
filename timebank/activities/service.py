"""Planning, publishing and cancelling activities; signing up and giving up a place.

Lock order: shift, then member. A shift's places are counted under the shift's own lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import errors, queries
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan, Standing, shift_is_sound, sign_up_obstacle
from timebank.members.errors import MemberSuspended
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy_queries
from timebank.policy.models import PointsRule
from timebank.policy.rules import ON_CONVERSION


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


def create(
    session: Session,
    *,
    organisation: Organisation,
    category_id: int,
    title: str,
    place: str,
    description: str,
    shifts: Sequence[ShiftPlan],
    by: Actor,
    at: datetime,
) -> Activity:
    """A draft. Raises ``ShiftsMissing``, ``ShiftTimesInvalid``."""
    _check_shifts(shifts)
    activity = Activity(
        organisation_id=organisation.id,
        organisation=organisation,
        category_id=category_id,
        title=title,
        place=place,
        description=description,
        status="draft",
        created_by=by.label,
        created_at=at,
    )
    activity.shifts = [_new_shift(plan) for plan in shifts]
    session.add(activity)
    session.flush()
    return activity


def _check_shifts(shifts: Sequence[ShiftPlan]) -> None:
    if not shifts:
        raise errors.ShiftsMissing(field="shifts")
    if not all(shift_is_sound(plan) for plan in shifts):
        raise errors.ShiftTimesInvalid(field="shifts")


def _new_shift(plan: ShiftPlan) -> Shift:
    return Shift(starts_at=plan.starts_at, ends_at=plan.ends_at, capacity=plan.capacity)


def update(
    session: Session,
    *,
    activity: Activity,
    category_id: int,
    title: str,
    place: str,
    description: str,
    shifts: Sequence[tuple[int | None, ShiftPlan]],
    at: datetime,
) -> None:
    """Change an activity that has not begun; shifts carry their id, new ones None, missing ones are removed.

    The category of a published activity stays: its points rule has been promised.

    Raises:
        AlreadyBegun, ActivityCancelled: too late.
        ShiftHasSignUps: a shift with sign-ups would vanish or shrink below them.
        ShiftInUse: a shift whose code was shown would vanish.
        PublishedTooLate: a published shift would begin in the past.
    """
    _ensure_not_begun(activity, at)
    plans = [plan for _id, plan in shifts]
    _check_shifts(plans)
    if activity.status == "published" and min(plan.starts_at for plan in plans) <= at:
        raise errors.PublishedTooLate(field="shifts")
    _replace_shifts(session, activity, shifts)
    if activity.status == "draft":
        activity.category_id = category_id
    activity.title, activity.place, activity.description = title, place, description
    session.flush()


def _ensure_not_begun(activity: Activity, at: datetime) -> None:
    if activity.status == "cancelled":
        raise errors.ActivityCancelled
    if activity.status == "published" and min(shift.starts_at for shift in activity.shifts) <= at:
        raise errors.AlreadyBegun


def _replace_shifts(
    session: Session, activity: Activity, shifts: Sequence[tuple[int | None, ShiftPlan]]
) -> None:
    standing = {shift.id: shift for shift in activity.shifts}
    _lock_shifts(session, list(standing))
    planned = {shift_id: plan for shift_id, plan in shifts if shift_id is not None and shift_id in standing}
    _ensure_places_stay(queries.places_taken(session, standing), planned)
    for shift_id in set(standing) - set(planned):
        _delete_shift(session, shift_id)
    for shift_id, plan in planned.items():
        shift = standing[shift_id]
        shift.starts_at, shift.ends_at, shift.capacity = plan.starts_at, plan.ends_at, plan.capacity
    for known_id, plan in shifts:
        if known_id not in planned:
            shift = _new_shift(plan)
            shift.activity_id = activity.id
            session.add(shift)
    session.flush()
    session.expire(activity, ["shifts"])


def _ensure_places_stay(taken: dict[int, int], planned: dict[int, ShiftPlan]) -> None:
    """Nobody loses a place by a change: no shift with sign-ups vanishes or becomes smaller than they are."""
    for shift_id, count in taken.items():
        plan = planned.get(shift_id)
        if count and (plan is None or (plan.capacity is not None and plan.capacity < count)):
            raise errors.ShiftHasSignUps(field="shifts", count=count)


def _delete_shift(session: Session, shift_id: int) -> None:
    try:
        with session.begin_nested():
            # Only given-up places are left, and they say nothing without their shift.
            session.execute(delete(SignUp).where(SignUp.shift_id == shift_id))
            session.execute(delete(Shift).where(Shift.id == shift_id))
    except IntegrityError as fault:
        # Its code was shown or somebody scanned it: that is evidence, and stays with its shift.
        raise errors.ShiftInUse(field="shifts") from fault


def paying_rule(
    session: Session, *, organisation_path: str, category_id: int, starts_at: datetime, timezone: ZoneInfo
) -> PointsRule | None:
    """The rule for a shift that begins at ``starts_at``: of its category, or, where hours are converted later, the general one."""
    style = policy_queries.policy_for(session, organisation_path).points_booked
    category = None if style == ON_CONVERSION else category_id
    return policy_queries.rule_for(
        session, organisation_path, category, starts_at.astimezone(timezone).date()
    )


def publish(session: Session, *, activity: Activity, at: datetime, timezone: ZoneInfo) -> None:
    """Make a draft public; a published one stays as it is.

    Raises:
        ActivityCancelled: it was called off.
        PublishedTooLate: a shift has begun.
        NoPointsRule: nothing says what a shift would earn.
    """
    if activity.status == "published":
        return
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
    activity.status, activity.published_at = "published", at
    session.flush()


def cancel(session: Session, *, activity: Activity, reason: str, at: datetime) -> None:
    """Call an activity off, or discard a draft, with a reason that everybody reads. Raises ``ActivityOver``."""
    if activity.status == "cancelled":
        return
    if activity.status == "published" and max(shift.ends_at for shift in activity.shifts) <= at:
        raise errors.ActivityOver
    activity.status, activity.cancelled_at, activity.cancel_reason = "cancelled", at, reason
    session.flush()


def _lock_shifts(session: Session, shift_ids: Sequence[int]) -> None:
    session.execute(
        select(Shift.id).where(Shift.id.in_(shift_ids)).order_by(Shift.id).with_for_update(key_share=True)
    ).all()


def standing_of(session: Session, *, shift: Shift, member_id: int) -> Standing:
    """Everything that decides whether the member can sign up for the shift."""
    member = session.get_one(Member, member_id)
    elsewhere = queries.overlapping_sign_up(session, member_id, shift)
    return Standing(
        status=shift.activity.status,
        starts_at=shift.starts_at,
        capacity=shift.capacity,
        taken=queries.places_taken(session, [shift.id])[shift.id],
        is_signed_up=queries.current_sign_up(session, shift.id, member_id) is not None,
        is_suspended=member.suspended_at is not None,
        overlaps=elsewhere.activity.title if elsewhere else "",
    )


def sign_up(
    session: Session, *, shift: Shift, member_id: int, by: Actor, at: datetime, on_arrival: bool = False
) -> SignUp:
    """A place on the shift; a second tap gives the same place again.

    Args:
        by: the member, or the organiser who signs somebody up; recorded either way.
        on_arrival: the member is at the place, where it may have begun already.

    Raises:
        NotPublished, ActivityCancelled, AlreadyBegun, MemberSuspended, ShiftFull, ShiftOverlaps.
    """
    # Read anew under the lock: places and times may have changed since the page was made.
    session.refresh(shift, ["starts_at", "ends_at", "capacity"], with_for_update={"key_share": True})
    session.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True)).all()
    standing = standing_of(session, shift=shift, member_id=member_id)
    obstacle = sign_up_obstacle(standing, at, on_arrival=on_arrival)
    if obstacle not in ("", "already_signed_up"):
        raise _refusal(obstacle, standing)
    place = session.scalar(select(SignUp).where(SignUp.shift_id == shift.id, SignUp.member_id == member_id))
    if place is None:
        place = SignUp(shift_id=shift.id, member_id=member_id, status="cancelled")
        session.add(place)
    if place.status != queries.SIGNED_UP:
        place.status, place.signed_up_at, place.signed_up_by = queries.SIGNED_UP, at, by.label
        place.cancelled_at = None
    session.flush()
    return place


def _refusal(obstacle: str, standing: Standing) -> Exception:
    if obstacle == "full":
        return errors.ShiftFull(capacity=standing.capacity)
    if obstacle == "overlap":
        return errors.ShiftOverlaps(title=standing.overlaps)
    return {
        "cancelled": errors.ActivityCancelled,
        "not_published": errors.NotPublished,
        "already_begun": errors.AlreadyBegun,
        "suspended": MemberSuspended,
    }[obstacle]()


def cancel_sign_up(session: Session, *, sign_up: SignUp, at: datetime) -> None:
    """Give a place up before the shift begins; giving it up twice changes nothing. Raises ``AlreadyBegun``."""
    if sign_up.status != queries.SIGNED_UP:
        return
    if session.get_one(Shift, sign_up.shift_id).starts_at <= at:
        raise errors.AlreadyBegun
    sign_up.status, sign_up.cancelled_at = "cancelled", at
    session.flush()


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
        activity.shifts = [_new_shift(ShiftPlan(plan.starts_at, plan.ends_at, plan.capacity))]
        activities.append(activity)
    session.add_all(activities)
    session.flush()
    return activities


def add_past_shifts(session: Session, plans: Sequence[tuple[int, ShiftPlan]]) -> list[Shift]:
    """Shifts of days on which, by an old register, an activity (by id) took place besides its planned ones."""
    shifts = [_new_shift(plan) for _activity_id, plan in plans]
    for shift, (activity_id, _plan) in zip(shifts, plans, strict=True):
        shift.activity_id = activity_id
    session.add_all(shifts)
    session.flush()
    return shifts
