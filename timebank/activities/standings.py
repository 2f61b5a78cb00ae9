"""How members stand towards shifts: everything that decides about a sign-up, read for many shifts at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.activities import queries
from timebank.activities.models import Activity, InsuranceNote, Shift, SignUp
from timebank.activities.plans import conditions_of
from timebank.activities.rules import (
    CONCERNED,
    HOLDING,
    SIGNED_UP,
    USUAL_TIMEZONE,
    WAITING,
    Candidate,
    PostStanding,
    Standing,
    has_skill,
    overlap,
    unmet_condition,
)
from timebank.members.models import Member

Counts = dict[tuple[int, int | None], int]


@dataclass(frozen=True)
class _Counted:
    """What is counted once for all shifts asked about."""

    taken: dict[int, int]
    by_post: Counts
    waiting: Counts


@dataclass(frozen=True)
class _Visitor:
    """The member who asks, with what they hold already."""

    member: Member
    candidate: Candidate
    places: dict[int, str]
    elsewhere: Sequence[Shift]


def standings(
    session: Session, shifts: Sequence[Shift], member_id: int | None, *, timezone: ZoneInfo = USUAL_TIMEZONE
) -> dict[int, Standing]:
    """Standings by shift id; of nobody in particular where ``member_id`` is None."""
    if not shifts:
        return {}
    ids = [shift.id for shift in shifts]
    counted = _Counted(
        taken=queries.places_taken(session, ids),
        by_post=queries.places_by_post(session, ids),
        waiting=queries.places_by_post(session, ids, (WAITING,)),
    )
    visitor = None if member_id is None else _visitor(session, member_id, shifts)
    return {shift.id: _standing(shift, counted, visitor, timezone) for shift in shifts}


def standing_of(
    session: Session, *, shift: Shift, member_id: int, timezone: ZoneInfo = USUAL_TIMEZONE
) -> Standing:
    """Everything that decides whether the member can sign up for the shift."""
    return standings(session, [shift], member_id, timezone=timezone)[shift.id]


def candidate_of(session: Session, member: Member) -> Candidate:
    """What conditions look at of the member."""
    insured_until = insured_until_of(session, [member.id]).get(member.id)
    return Candidate(tuple(member.skills or ()), member.born_on, member.sex, insured_until)


def insured_until_of(session: Session, member_ids: Iterable[int]) -> dict[int, date]:
    """The last day that a note of insurance covers, by member id; without those who have none."""
    rows = session.execute(
        select(InsuranceNote.member_id, func.max(InsuranceNote.insured_until))
        .where(InsuranceNote.member_id.in_(set(member_ids)))
        .group_by(InsuranceNote.member_id)
    )
    return {row[0]: row[1] for row in rows}


def _visitor(session: Session, member_id: int, shifts: Sequence[Shift]) -> _Visitor:
    member = session.get_one(Member, member_id)
    ids = [shift.id for shift in shifts]
    rows = session.execute(
        select(SignUp.shift_id, SignUp.status).where(
            SignUp.member_id == member_id, SignUp.shift_id.in_(ids), SignUp.status.in_(CONCERNED)
        )
    )
    elsewhere = session.scalars(
        select(Shift)
        .join(SignUp, SignUp.shift_id == Shift.id)
        .join(Shift.activity)
        .where(
            SignUp.member_id == member_id,
            SignUp.status.in_(HOLDING),
            Activity.status == "published",
            Shift.cancelled_at.is_(None),
            Shift.starts_at < max(shift.ends_at for shift in shifts),
            Shift.ends_at > min(shift.starts_at for shift in shifts),
        )
    ).all()
    places = {row[0]: row[1] for row in rows}
    return _Visitor(member, candidate_of(session, member), places, elsewhere)


def _standing(shift: Shift, counted: _Counted, visitor: _Visitor | None, timezone: ZoneInfo) -> Standing:
    activity = shift.activity
    closes = timedelta(hours=activity.closes_hours or 0)
    common = Standing(
        status=shift.status,
        starts_at=shift.starts_at,
        closes_at=shift.starts_at - closes if closes else None,
        capacity=shift.capacity,
        taken=counted.taken[shift.id],
        waiting=sum(count for (shift_id, _post), count in counted.waiting.items() if shift_id == shift.id),
        posts=_posts(shift, counted, visitor),
    )
    if visitor is None:
        return common
    place = visitor.places.get(shift.id, "")
    day = shift.starts_at.astimezone(timezone).date()
    county = visitor.member.organisation.path.split("/")[1]
    return Standing(
        **vars(common)
        | {
            "place": place,
            "is_signed_up": place == SIGNED_UP,
            "is_suspended": visitor.member.suspended_at is not None,
            "is_other_county": county != activity.organisation.path.split("/")[1],
            "unmet": unmet_condition(conditions_of(activity), visitor.candidate, day)
            or _unmet_by_every_post(common.posts),
            "overlaps": _title_elsewhere(shift, visitor.elsewhere),
        }
    )


def _posts(shift: Shift, counted: _Counted, visitor: _Visitor | None) -> tuple[PostStanding, ...]:
    return tuple(
        PostStanding(
            post_id=post.id,
            name=post.name,
            capacity=post.capacity,
            taken=counted.by_post.get((shift.id, post.id), 0),
            skill=post.skill or "",
            lacks_skill=bool(
                post.skill and visitor is not None and not has_skill(visitor.candidate.skills, post.skill)
            ),
            waiting=counted.waiting.get((shift.id, post.id), 0),
        )
        for post in shift.activity.posts
    )


def _unmet_by_every_post(posts: Sequence[PostStanding]) -> str:
    return "skill" if posts and all(post.lacks_skill for post in posts) else ""


def _title_elsewhere(shift: Shift, elsewhere: Sequence[Shift]) -> str:
    for other in elsewhere:
        if other.id != shift.id and overlap(shift.starts_at, shift.ends_at, other.starts_at, other.ends_at):
            return other.activity.title
    return ""
