"""Changing an activity that has not begun: nobody loses a place, and everybody concerned is told."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy import update as change_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.activities import errors, holdings, queries, telling
from timebank.activities.drafting import check_posts, check_shifts, lock_activity, new_post, new_shift
from timebank.activities.models import Activity, Post, Shift, SignUp
from timebank.activities.plans import PostPlan, Terms, capacity_with_posts, set_terms
from timebank.activities.rules import CONCERNED, USUAL_TIMEZONE, ShiftPlan
from timebank.activities.signing_up import offer_freed_places


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
    terms: Terms | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> int:
    """Change an activity that has not begun; shifts carry their id, new ones None, missing ones are removed.

    The category of a published activity stays: its points rule has been promised. Whoever has a place, an
    offer or a turn is told when time, place, contact or the way in changed; returns how many they are.

    Args:
        terms: conditions, posts, contact; None leaves them. Posts carry their ids as shifts do.

    Raises:
        AlreadyBegun, ActivityCancelled: too late.
        ShiftHasSignUps: a shift or post with sign-ups would vanish or shrink below them.
        ShiftInUse: a shift whose code was shown would vanish.
        PublishedTooLate: a published shift would begin in the past.
    """
    lock_activity(session, activity)
    _ensure_not_begun(activity, at)
    plans = [plan for _id, plan in shifts]
    check_shifts(plans)
    if activity.status == "published" and min(plan.starts_at for plan in plans) <= at:
        raise errors.PublishedTooLate(field="shifts")
    before = _what_people_know(activity)
    if terms is not None:
        check_posts(terms.posts)
        _replace_posts(session, activity, terms.posts)
        set_terms(activity, terms)
    standing_posts = [PostPlan(post.name, post.capacity) for post in activity.posts]
    _replace_shifts(session, activity, shifts, standing_posts)
    if activity.status == "draft":
        activity.category_id = category_id
    activity.title, activity.place, activity.description = title, place, description
    return _changed(session, activity, before, at=at, timezone=timezone)


def _what_people_know(activity: Activity) -> tuple[object, ...]:
    times = [(shift.id, shift.starts_at, shift.ends_at) for shift in activity.held_shifts]
    # How to get in and whom to ask is told to those who come, so they have to hear of another door or number.
    doors = (activity.private_details, activity.contact_name, activity.contact_phone)
    return (activity.title, activity.place, *doors, sorted(times))


def _changed(
    session: Session,
    activity: Activity,
    before: tuple[object, ...],
    *,
    at: datetime,
    timezone: ZoneInfo,
) -> int:
    activity.changed_at = at
    activity.revision = (activity.revision or 0) + 1
    session.flush()
    if activity.status != "published":
        return 0
    told = telling.changed(session, activity, at=at) if _what_people_know(activity) != before else 0
    for shift in activity.shifts:
        offer_freed_places(session, shift, at=at, timezone=timezone)
    return told


def _replace_posts(session: Session, activity: Activity, planned: Sequence[PostPlan]) -> None:
    """Posts by their ids: changed, added, removed; nobody loses a place by it."""
    standing = {post.id: post for post in activity.posts}
    kept = {plan.post_id: plan for plan in planned if plan.post_id in standing}
    held = queries.places_by_post(session, [shift.id for shift in activity.shifts], CONCERNED)
    places = queries.places_by_post(session, [shift.id for shift in activity.shifts])
    for (_shift_id, post_id), count in held.items():
        if post_id not in kept and (post_id is not None or planned):
            raise errors.ShiftHasSignUps(field="posts", count=count)
    for (_shift_id, post_id), count in places.items():
        if post_id in kept and kept[post_id].capacity < count:
            raise errors.ShiftHasSignUps(field="posts", count=count)
    gone = set(standing) - set(kept)
    # Places that were given up stay on record, without the post.
    session.execute(change_rows(SignUp).where(SignUp.post_id.in_(gone)).values(post_id=None))
    activity.posts = [_changed_post(standing, plan) for plan in planned]
    session.flush()


def _changed_post(standing: dict[int, Post], plan: PostPlan) -> Post:
    post = standing.get(plan.post_id or 0)
    if post is None:
        return new_post(plan)
    post.name, post.capacity, post.skill = plan.name.strip(), plan.capacity, plan.skill.strip()
    return post


def may_change(activity: Activity, at: datetime) -> bool:
    """Whether the plan still changes at will: a draft's, and a published one's until its first shift begins."""
    if activity.status == "published":
        return min((shift.starts_at for shift in activity.held_shifts), default=at) > at
    return activity.status == "draft"


def _ensure_not_begun(activity: Activity, at: datetime) -> None:
    if activity.status == "cancelled":
        raise errors.ActivityCancelled
    if not may_change(activity, at):
        raise errors.AlreadyBegun


def _replace_shifts(
    session: Session,
    activity: Activity,
    shifts: Sequence[tuple[int | None, ShiftPlan]],
    posts: Sequence[PostPlan],
) -> None:
    # What was called off alone is neither changed nor removed: people were told of it.
    standing = {shift.id: shift for shift in activity.held_shifts}
    planned = {shift_id: plan for shift_id, plan in shifts if shift_id is not None and shift_id in standing}
    _ensure_places_stay(queries.places_taken(session, standing), planned, has_posts=bool(posts))
    _ensure_nobody_waits_for(session, set(standing) - set(planned))
    for shift_id in set(standing) - set(planned):
        _delete_shift(session, shift_id)
    for shift_id, plan in planned.items():
        shift = standing[shift_id]
        shift.starts_at, shift.ends_at = plan.starts_at, plan.ends_at
        shift.capacity = capacity_with_posts(plan, posts)
    for known_id, plan in shifts:
        if known_id not in planned:
            shift = new_shift(plan, posts)
            shift.activity_id = activity.id
            session.add(shift)
    session.flush()
    session.expire(activity, ["shifts"])


def _ensure_places_stay(
    taken: dict[int, int], planned: dict[int, ShiftPlan], *, has_posts: bool = False
) -> None:
    """Nobody loses a place by a change: no shift with sign-ups vanishes or becomes smaller than they are."""
    for shift_id, count in taken.items():
        plan = planned.get(shift_id)
        if count and (
            plan is None or (not has_posts and plan.capacity is not None and plan.capacity < count)
        ):
            raise errors.ShiftHasSignUps(field="shifts", count=count)


def _ensure_nobody_waits_for(session: Session, vanishing: set[int]) -> None:
    waiting = holdings.concerned(session, vanishing)
    if waiting:
        raise errors.ShiftHasSignUps(field="shifts", count=len(waiting))


def _delete_shift(session: Session, shift_id: int) -> None:
    try:
        with session.begin_nested():
            # Only given-up places are left, and they say nothing without their shift.
            session.execute(delete(SignUp).where(SignUp.shift_id == shift_id))
            session.execute(delete(Shift).where(Shift.id == shift_id))
    except IntegrityError as fault:
        # Its code was shown or somebody scanned it: that is evidence, and stays with its shift.
        raise errors.ShiftInUse(field="shifts") from fault
