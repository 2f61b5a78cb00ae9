"""Taking a place, waiting for one, answering an offer, giving it up.

Lock order: shift, then member. A shift's places and its waiting list are decided under the shift's own
lock, a member's overlaps under the member's.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import errors, holdings, queries, telling
from timebank.activities.models import Activity, Post, Shift, SignUp
from timebank.activities.rules import (
    AS_FAMILY,
    AS_ORGANISER,
    CANCELLED,
    CONCERNED,
    LAPSED,
    OFFERED,
    SIGNED_UP,
    USUAL_TIMEZONE,
    WAITING,
    Standing,
    offer_deadline,
    sign_up_obstacle,
)
from timebank.activities.standings import standing_of
from timebank.errors import Refusal
from timebank.members.errors import MemberSuspended
from timebank.members.families import same_household
from timebank.members.models import Member
from timebank.policy import queries as policy_queries


def sign_up(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    by: Actor,
    at: datetime,
    on_arrival: bool = False,
    post_id: int | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> SignUp:
    """A place on the shift; a second tap gives the same place again. An offer that stands is taken by it.

    Args:
        by: the member, or the organiser who signs somebody up; recorded either way.
        on_arrival: the member is at the place, where it may have begun already.
        post_id: the post, where the activity has posts; None takes the first that is free and fits.

    Raises:
        NotPublished, ActivityCancelled, AlreadyBegun, SignUpClosed, OtherCounty, MemberSuspended, ShiftFull,
        ShiftOverlaps, and the conditions: SkillMissing, AgeOutside, AgeUnknown, SexOutside, InsuranceMissing.
    """
    _lock(session, shift, member_id)
    _move_queue_on(session, shift, at, timezone)
    standing = standing_of(session, shift=shift, member_id=member_id, timezone=timezone)
    if standing.place == SIGNED_UP:
        return _own_row(session, shift, member_id)
    obstacle = sign_up_obstacle(standing, at, on_arrival=on_arrival)
    if obstacle:
        raise refusal(obstacle, standing, shift)
    kept = _own_row(session, shift, member_id).post_id if standing.place == OFFERED else None
    post = kept or _free_post(standing, post_id)
    return _held(session, shift, member_id, SIGNED_UP, by=by, at=at, post_id=post)


def sign_up_family(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    by: Actor,
    at: datetime,
    post_id: int | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> SignUp:
    """A helper signs up somebody of their own household, who is told; recorded as done for them.

    Raises:
        NotFamily: they do not live together by the records; and everything that :func:`sign_up` raises.
    """
    if by.member_id is None or not same_household(session, by.member_id, member_id):
        raise errors.NotFamily
    return sign_up(
        session, shift=shift, member_id=member_id, by=by, at=at, post_id=post_id, timezone=timezone
    )


def wait(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    by: Actor,
    at: datetime,
    post_id: int | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> SignUp:
    """A turn at the end of the waiting list; a second tap keeps the first turn.

    Raises:
        NotFull: there is a place to be had; and what :func:`sign_up` raises, except ``ShiftFull``.
    """
    _lock(session, shift, member_id)
    _move_queue_on(session, shift, at, timezone)
    standing = standing_of(session, shift=shift, member_id=member_id, timezone=timezone)
    if standing.place in CONCERNED:
        return _own_row(session, shift, member_id)
    obstacle = sign_up_obstacle(standing, at)
    post = next((post for post in standing.posts if post.post_id == post_id), None)
    if obstacle not in ("", "full"):
        raise refusal(obstacle, standing, shift)
    if post is not None and post.lacks_skill:
        raise errors.SkillMissing(skill=post.skill)
    if post.free if post is not None else not obstacle:
        raise errors.NotFull
    return _held(
        session, shift, member_id, WAITING, by=by, at=at, post_id=post.post_id if post is not None else None
    )


def accept_offer(
    session: Session, *, sign_up: SignUp, by: Actor, at: datetime, timezone: ZoneInfo = USUAL_TIMEZONE
) -> SignUp:
    """The member takes the place that is kept for them; a second tap gives the same place again.

    Raises:
        OfferGone: nothing is offered to them, or the time to answer is over.
        ShiftOverlaps and the like: something has come between.
    """
    shift = session.get_one(Shift, sign_up.shift_id)
    _lock(session, shift, sign_up.member_id)
    session.refresh(sign_up)
    if sign_up.status == SIGNED_UP:
        return sign_up
    if sign_up.status != OFFERED or sign_up.offered_until is None or sign_up.offered_until <= at:
        raise errors.OfferGone
    standing = standing_of(session, shift=shift, member_id=sign_up.member_id, timezone=timezone)
    obstacle = sign_up_obstacle(standing, at)
    if obstacle:
        raise refusal(obstacle, standing, shift)
    return _held(session, shift, sign_up.member_id, SIGNED_UP, by=by, at=at, post_id=sign_up.post_id)


def cancel_sign_up(
    session: Session,
    *,
    sign_up: SignUp,
    at: datetime,
    by: Actor | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> None:
    """Give a place or a turn up before the shift begins; the place is offered to whoever waits longest.

    Giving it up twice changes nothing. Raises ``AlreadyBegun``.
    """
    shift = session.get_one(Shift, sign_up.shift_id)
    _lock(session, shift, sign_up.member_id)
    session.refresh(sign_up)
    if sign_up.status not in CONCERNED:
        return
    if shift.starts_at <= at:
        raise errors.AlreadyBegun
    had_place = sign_up.status == SIGNED_UP
    _leave(sign_up, CANCELLED, at=at, by=by.label if by else None)
    session.flush()
    if had_place:
        telling.given_up(session, sign_up, shift, by=by, at=at)
    if by is not None and by.member_id != sign_up.member_id:
        telling.given_up_for(session, sign_up, shift, by_name=by.name, at=at)
    _move_queue_on(session, shift, at, timezone)


def move_queues_on(session: Session, *, at: datetime, timezone: ZoneInfo = USUAL_TIMEZONE) -> list[SignUp]:
    """The job's work: offers whose time is over lapse, and places go to whoever is next; returns what was offered."""
    shift_ids = session.scalars(
        select(SignUp.shift_id)
        .join(SignUp.shift)
        .join(Shift.activity)
        .where(
            Activity.status == "published",
            Shift.cancelled_at.is_(None),
            (SignUp.status == OFFERED) & (SignUp.offered_until <= at)
            | (SignUp.status == WAITING) & (Shift.starts_at > at),
        )
        .distinct()
        .order_by(SignUp.shift_id)
    ).all()
    offered = []
    for shift_id in shift_ids:
        shift = session.get_one(Shift, shift_id)
        _lock(session, shift)
        offered += _move_queue_on(session, shift, at, timezone)
    return offered


def offer_freed_places(
    session: Session, shift: Shift, *, at: datetime, timezone: ZoneInfo = USUAL_TIMEZONE
) -> list[SignUp]:
    """More places came about by a change of plan: whoever waits is offered them."""
    _lock(session, shift)
    return _move_queue_on(session, shift, at, timezone)


def _lock(session: Session, shift: Shift, member_id: int | None = None) -> None:
    # Read anew under the lock: places, times and the activity's state may have changed since the page was made.
    session.refresh(
        shift, ["starts_at", "ends_at", "capacity", "cancelled_at"], with_for_update={"key_share": True}
    )
    session.refresh(shift.activity, ["status", "closes_hours"])
    if member_id is not None:
        session.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True)).all()


def _own_row(session: Session, shift: Shift, member_id: int) -> SignUp:
    found = queries.place_of(session, shift.id, member_id)
    assert found is not None, "a standing with a place has its row"
    return found


def _free_post(standing: Standing, post_id: int | None) -> int | None:
    """The post that is asked for, or the first that is free and fits; None where there are no posts."""
    if not standing.posts:
        return None
    if post_id is None:
        return next(post.post_id for post in standing.posts if not post.obstacle)
    chosen = next((post for post in standing.posts if post.post_id == post_id), None)
    if chosen is None:
        raise errors.ActivityAbsent
    if chosen.lacks_skill:
        raise errors.SkillMissing(skill=chosen.skill)
    if not chosen.free:
        raise errors.ShiftFull(capacity=chosen.capacity)
    return chosen.post_id


def _held(
    session: Session,
    shift: Shift,
    member_id: int,
    status: str,
    *,
    by: Actor,
    at: datetime,
    post_id: int | None,
) -> SignUp:
    acting = _acting(session, by, member_id)
    row = queries.place_of(session, shift.id, member_id)
    if row is None:
        row = SignUp(shift_id=shift.id, member_id=member_id, revision=0)
        session.add(row)
    else:
        session.refresh(row)
    answers_offer = row.status == OFFERED
    row.status, row.post_id, row.offered_until = status, post_id, None
    row.cancelled_at = row.cancelled_by = None
    if not answers_offer:
        row.signed_up_at = at
    row.signed_up_by, row.signed_up_as = by.label, acting
    row.revision += 1
    session.flush()
    if acting:
        telling.signed_up_for(session, row, shift, by_name=by.name, at=at)
    return row


def _acting(session: Session, by: Actor, member_id: int) -> str:
    """In whose name somebody else acts: as family, or as an organiser or program; empty for the member."""
    if by.member_id == member_id:
        return ""
    is_family = by.member_id is not None and same_household(session, by.member_id, member_id)
    return AS_FAMILY if is_family else AS_ORGANISER


def _leave(row: SignUp, status: str, *, at: datetime, by: str | None) -> None:
    row.status, row.offered_until = status, None
    row.cancelled_at, row.cancelled_by = at, by
    row.revision += 1


def _move_queue_on(session: Session, shift: Shift, at: datetime, timezone: ZoneInfo) -> list[SignUp]:
    """Let offers lapse whose time is over, then offer every free place to whoever waits longest for it."""
    if shift.status != "published":
        return []
    _let_offers_lapse(session, shift, at)
    waiting = holdings.queue(session, shift.id)
    if not waiting:
        return []
    hours = policy_queries.policy_for(session, shift.activity.organisation.path).offer_hours
    until = offer_deadline(at, starts_at=shift.starts_at, hours=hours, timezone=timezone)
    if until is None:
        return []
    offered = []
    for row in waiting:
        member = session.get_one(Member, row.member_id)
        if member.suspended_at is not None or not _has_room(session, shift, row.post_id):
            continue
        _offer(session, row, shift, until=until, at=at)
        offered.append(row)
    return offered


def _offer(session: Session, row: SignUp, shift: Shift, *, until: datetime, at: datetime) -> None:
    session.execute(
        update(SignUp)
        .where(SignUp.id == row.id, SignUp.status == WAITING)
        .values(status=OFFERED, offered_until=until, revision=SignUp.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    telling.offered(session, row, shift, at=at)


def _has_room(session: Session, shift: Shift, post_id: int | None) -> bool:
    if post_id is not None:
        taken = queries.places_by_post(session, [shift.id]).get((shift.id, post_id), 0)
        return taken < session.get_one(Post, post_id).capacity
    return shift.capacity is None or queries.places_taken(session, [shift.id])[shift.id] < shift.capacity


def _let_offers_lapse(session: Session, shift: Shift, at: datetime) -> None:
    lapsed = session.scalars(
        select(SignUp)
        .where(SignUp.shift_id == shift.id, SignUp.status == OFFERED, SignUp.offered_until <= at)
        .execution_options(populate_existing=True)
    ).all()
    for row in lapsed:
        _leave(row, LAPSED, at=at, by=None)
        telling.lapsed(session, row, shift, at=at)
    session.flush()


def refusal(obstacle: str, standing: Standing, shift: Shift) -> Refusal:
    """The refusal that says ``obstacle`` with its facts."""
    activity = shift.activity
    ages = ages_of(activity)
    is_off_alone = shift.cancelled_at is not None and activity.status != "cancelled"
    missing = next((post.skill for post in standing.posts if post.lacks_skill), "")
    skills = "、".join(activity.skills or ()) or missing
    refusals: dict[str, Refusal] = {
        "full": errors.ShiftFull(capacity=standing.capacity),
        "overlap": errors.ShiftOverlaps(title=standing.overlaps),
        "cancelled": errors.ShiftCancelled(reason=shift.cancel_reason)
        if is_off_alone
        else errors.ActivityCancelled(),
        "not_published": errors.NotPublished(),
        "already_begun": errors.AlreadyBegun(),
        "closed": errors.SignUpClosed(),
        "other_county": errors.OtherCounty(),
        "suspended": MemberSuspended(),
        "condition_skill": errors.SkillMissing(skill=skills),
        "condition_age": errors.AgeOutside(ages=ages),
        "condition_age_unknown": errors.AgeUnknown(ages=ages),
        "condition_sex": errors.WomenOnly() if activity.sex == "female" else errors.MenOnly(),
        "condition_insurance": errors.InsuranceMissing(),
    }
    return refusals[obstacle]


def ages_of(activity: Activity) -> str:
    """The age band in digits: ``18–60``, ``18+``, ``≤60``; empty where there is none."""
    low, high = activity.age_from, activity.age_until
    if low is not None and high is not None:
        return f"{low}–{high}"
    if low is not None:
        return f"{low}+"
    return f"≤{high}" if high is not None else ""


__all__ = [
    "accept_offer",
    "ages_of",
    "cancel_sign_up",
    "move_queues_on",
    "offer_freed_places",
    "refusal",
    "sign_up",
    "sign_up_family",
    "wait",
]
