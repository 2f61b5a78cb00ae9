"""What is planned, as plain values: for the form, for templates, for copies and repetitions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from timebank.activities.models import Activity, Post
from timebank.activities.rules import Conditions, ShiftPlan

MOST_PLACES = 10_000


@dataclass(frozen=True)
class PostPlan:
    """A post: its places at each shift, and the skill that it alone asks for. ``post_id`` of one that is there."""

    name: str
    capacity: int
    skill: str = ""
    post_id: int | None = None


@dataclass(frozen=True)
class Terms:
    """How one takes part: conditions, posts, whom to ask, what only those with a place may read."""

    conditions: Conditions = field(default_factory=Conditions)
    closes_hours: int = 0
    contact_name: str = ""
    contact_phone: str = ""
    private_details: str = ""
    posts: tuple[PostPlan, ...] = ()


def conditions_of(activity: Activity) -> Conditions:
    """What the activity asks of those who take part."""
    return Conditions(
        skills=tuple(activity.skills or ()),
        age_from=activity.age_from,
        age_until=activity.age_until,
        sex=activity.sex or "",
        needs_insurance=bool(activity.needs_insurance),
    )


def terms_of(activity: Activity, *, with_ids: bool = False) -> Terms:
    """The activity's terms; with the ids of its posts for a change, without for a copy."""
    return Terms(
        conditions=conditions_of(activity),
        closes_hours=activity.closes_hours or 0,
        contact_name=activity.contact_name or "",
        contact_phone=activity.contact_phone or "",
        private_details=activity.private_details or "",
        posts=tuple(_post_plan(post, with_ids) for post in activity.posts),
    )


def _post_plan(post: Post, with_id: bool) -> PostPlan:
    return PostPlan(post.name, post.capacity, post.skill or "", post.id if with_id else None)


def set_terms(activity: Activity, terms: Terms) -> None:
    """Write everything but the posts, whose places people hold."""
    asked = terms.conditions
    activity.skills = [skill.strip() for skill in asked.skills if skill.strip()]
    activity.age_from, activity.age_until = asked.age_from, asked.age_until
    activity.sex, activity.needs_insurance = asked.sex, asked.needs_insurance
    activity.closes_hours = terms.closes_hours
    activity.contact_name, activity.contact_phone = terms.contact_name, terms.contact_phone
    activity.private_details = terms.private_details


def capacity_with_posts(plan: ShiftPlan, posts: Sequence[PostPlan]) -> int | None:
    """Places of a shift: the sum of its posts', or its own where there are none."""
    return sum(post.capacity for post in posts) if posts else plan.capacity


def kept_plan(activity: Activity, timezone: ZoneInfo) -> dict[str, Any]:
    """The activity as a template keeps it: no dates, only days after the first and clock times."""
    shifts = activity.held_shifts or activity.shifts
    first = min((shift.starts_at for shift in shifts), default=None)
    return {
        "title": activity.title,
        "category_id": activity.category_id,
        "place": activity.place,
        "description": activity.description,
        "terms": asdict(terms_of(activity)),
        "shifts": [
            _kept_shift(shift.starts_at, shift.ends_at, shift.capacity, first or shift.starts_at, timezone)
            for shift in shifts
        ],
    }


def _kept_shift(
    starts_at: datetime, ends_at: datetime, capacity: int | None, first: datetime, timezone: ZoneInfo
) -> dict[str, Any]:
    starts, ends = starts_at.astimezone(timezone), ends_at.astimezone(timezone)
    days = starts.date() - first.astimezone(timezone).date()
    return {
        "after_days": days // timedelta(days=1),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "capacity": capacity,
    }


def terms_from(kept: dict[str, Any]) -> Terms:
    """Terms as :func:`kept_plan` wrote them."""
    asked = kept["conditions"]
    return Terms(
        conditions=Conditions(**(asked | {"skills": tuple(asked["skills"])})),
        closes_hours=kept["closes_hours"],
        contact_name=kept["contact_name"],
        contact_phone=kept["contact_phone"],
        private_details=kept["private_details"],
        posts=tuple(PostPlan(post["name"], post["capacity"], post["skill"]) for post in kept["posts"]),
    )


def values_of_terms(terms: Terms) -> dict[str, object]:
    """Terms as the fields of a form name them."""
    asked = terms.conditions
    return {
        "contact_name": terms.contact_name,
        "contact_phone": terms.contact_phone,
        "private_details": terms.private_details,
        "skills": "，".join(asked.skills),
        "age_from": asked.age_from,
        "age_until": asked.age_until,
        "sex": asked.sex,
        "needs_insurance": asked.needs_insurance,
        "closes_hours": terms.closes_hours or None,
        "posts": [
            {"post_id": post.post_id, "name": post.name, "capacity": post.capacity, "skill": post.skill}
            for post in terms.posts
        ],
    }
