"""Drafts: an activity with its posts and shifts, before anybody sees it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import errors
from timebank.activities.models import Activity, Post, Shift
from timebank.activities.plans import MOST_PLACES, PostPlan, Terms, capacity_with_posts, set_terms
from timebank.activities.rules import ShiftPlan, shift_is_sound
from timebank.orgs.models import Organisation


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
    terms: Terms | None = None,
    series_id: int | None = None,
) -> Activity:
    """A draft. Raises ``ShiftsMissing``, ``ShiftTimesInvalid``, ``PostsInvalid``."""
    terms = terms or Terms()
    check_shifts(shifts)
    check_posts(terms.posts)
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
        series_id=series_id,
        revision=0,
    )
    set_terms(activity, terms)
    activity.posts = [new_post(plan) for plan in terms.posts]
    activity.shifts = [new_shift(plan, terms.posts) for plan in shifts]
    session.add(activity)
    session.flush()
    return activity


def check_posts(posts: Sequence[PostPlan]) -> None:
    """Each post has a name of its own and places; raises ``PostsInvalid``."""
    names = [post.name.strip() for post in posts]
    sound = all(names) and len(set(names)) == len(names)
    if not sound or not all(0 < post.capacity <= MOST_PLACES for post in posts):
        raise errors.PostsInvalid(field="posts")


def new_post(plan: PostPlan) -> Post:
    """A post as planned."""
    return Post(name=plan.name.strip(), capacity=plan.capacity, skill=plan.skill.strip())


def check_shifts(shifts: Sequence[ShiftPlan]) -> None:
    """At least one, each with sound times; raises ``ShiftsMissing``, ``ShiftTimesInvalid``."""
    if not shifts:
        raise errors.ShiftsMissing(field="shifts")
    if not all(shift_is_sound(plan) for plan in shifts):
        raise errors.ShiftTimesInvalid(field="shifts")


def new_shift(plan: ShiftPlan, posts: Sequence[PostPlan] = ()) -> Shift:
    """A shift as planned; where there are posts, its places are theirs."""
    capacity = capacity_with_posts(plan, posts)
    return Shift(starts_at=plan.starts_at, ends_at=plan.ends_at, capacity=capacity)


def lock_activity(session: Session, activity: Activity) -> None:
    """Nobody signs up, publishes, changes or calls off until the transaction ends; all of it is read anew.

    Shifts before their activity, as everywhere.
    """
    lock_shifts(session, [shift.id for shift in activity.shifts])
    session.refresh(activity, ["status", "revision"], with_for_update={"key_share": True})
    for shift in activity.shifts:
        session.expire(shift)
    session.expire(activity, ["shifts"])


def lock_shifts(session: Session, shift_ids: Sequence[int]) -> None:
    """Nobody signs up for these shifts until the transaction ends."""
    session.execute(
        select(Shift.id).where(Shift.id.in_(shift_ids)).order_by(Shift.id).with_for_update(key_share=True)
    ).all()
