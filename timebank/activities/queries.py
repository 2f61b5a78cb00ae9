"""Reading activities, shifts and sign-ups, within what the actor may see.

Published and cancelled activities are public within the county; drafts are seen by those who hold a role there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.activities.errors import ActivityAbsent
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import HOLDING, SIGNED_UP
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page

__all__ = ["SIGNED_UP"]


def _visible(actor: Actor) -> ColumnElement[bool]:
    public = and_(Activity.status != "draft", scope.within_county(actor, Organisation.path))
    return or_(scope.within(actor, Organisation.path), public)


def activity(session: Session, actor: Actor, activity_id: int) -> Activity:
    """One activity with its shifts; raises ``ActivityAbsent``."""
    found = session.scalar(
        select(Activity)
        .join(Activity.organisation)
        .options(
            contains_eager(Activity.organisation),
            joinedload(Activity.category),
            selectinload(Activity.shifts),
            selectinload(Activity.posts),
        )
        .where(Activity.id == activity_id, _visible(actor))
    )
    if found is None:
        raise ActivityAbsent
    return found


def _shifts() -> Select[Shift]:
    return (
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(
            contains_eager(Shift.activity).contains_eager(Activity.organisation),
            contains_eager(Shift.activity).joinedload(Activity.category),
            contains_eager(Shift.activity).selectinload(Activity.posts),
        )
    )


def shift(session: Session, actor: Actor, shift_id: int) -> Shift:
    """One shift with its activity; raises ``ActivityAbsent``."""
    found = session.scalar(_shifts().where(Shift.id == shift_id, _visible(actor)))
    if found is None:
        raise ActivityAbsent
    return found


def current_sign_up(session: Session, shift_id: int, member_id: int) -> SignUp | None:
    """The member's place on the shift, None when there is none or it was given up."""
    return session.scalar(
        select(SignUp).where(
            SignUp.shift_id == shift_id, SignUp.member_id == member_id, SignUp.status == SIGNED_UP
        )
    )


def sign_ups(session: Session, shift_id: int) -> Sequence[SignUp]:
    """Everybody who has a place on the shift, in the order of signing up."""
    return session.scalars(
        select(SignUp)
        .where(SignUp.shift_id == shift_id, SignUp.status == SIGNED_UP)
        .order_by(SignUp.signed_up_at, SignUp.id)
    ).all()


def places_taken(session: Session, shift_ids: Iterable[int]) -> dict[int, int]:
    """Places taken, or kept for somebody to whom one is offered, by shift id; 0 where nobody signed up."""
    wanted = set(shift_ids)
    rows = session.execute(
        select(SignUp.shift_id, func.count())
        .where(SignUp.shift_id.in_(wanted), SignUp.status.in_(HOLDING))
        .group_by(SignUp.shift_id)
    )
    return dict.fromkeys(wanted, 0) | {row[0]: row[1] for row in rows}


def places_by_post(
    session: Session, shift_ids: Iterable[int], statuses: Sequence[str] = HOLDING
) -> dict[tuple[int, int | None], int]:
    """Sign-ups of ``statuses`` by shift id and post id; None where the activity has no posts."""
    rows = session.execute(
        select(SignUp.shift_id, SignUp.post_id, func.count())
        .where(SignUp.shift_id.in_(set(shift_ids)), SignUp.status.in_(statuses))
        .group_by(SignUp.shift_id, SignUp.post_id)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def place_of(session: Session, shift_id: int, member_id: int) -> SignUp | None:
    """The member's row on the shift, whatever its status; None when they never signed up."""
    return session.scalar(select(SignUp).where(SignUp.shift_id == shift_id, SignUp.member_id == member_id))


def member_sign_ups(session: Session, member_id: int, shift_ids: Iterable[int]) -> set[int]:
    """Those of ``shift_ids`` that the member is signed up for."""
    return set(
        session.scalars(
            select(SignUp.shift_id).where(
                SignUp.member_id == member_id,
                SignUp.status == SIGNED_UP,
                SignUp.shift_id.in_(set(shift_ids)),
            )
        )
    )


def overlapping_sign_up(session: Session, member_id: int, target: Shift) -> Shift | None:
    """Another published shift at the same time that the member is signed up for."""
    return session.scalar(
        _shifts()
        .join(SignUp, SignUp.shift_id == Shift.id)
        .where(
            SignUp.member_id == member_id,
            SignUp.status.in_(HOLDING),
            Shift.id != target.id,
            Activity.status == "published",
            Shift.cancelled_at.is_(None),
            Shift.starts_at < target.ends_at,
            Shift.ends_at > target.starts_at,
        )
        .limit(1)
    )


def upcoming(
    session: Session,
    actor: Actor,
    *,
    at: datetime,
    category_id: int | None = None,
    words: str = "",
    only_free: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    below: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 24,
) -> Sequence[Shift]:
    """Published shifts of the county that have not begun, soonest first.

    Args:
        words: all must occur in title, place, description or the organisation's name.
        only_free: leave out shifts whose places are all taken.
        since, until: only shifts that begin from ``since`` up to but not including ``until``.
        below: path of an organisation; only it and its subtree.
        after: ``(starts_at, id)`` of the last row of the page before.
    """
    query = _shifts().where(
        Activity.status == "published",
        Shift.cancelled_at.is_(None),
        Shift.starts_at > at,
        scope.within_county(actor, Organisation.path),
    )
    if category_id is not None:
        query = query.where(Activity.category_id == category_id)
    for word in words.split():
        query = query.where(_mentions(word))
    if since is not None:
        query = query.where(Shift.starts_at >= since)
    if until is not None:
        query = query.where(Shift.starts_at < until)
    if below:
        query = query.where(Organisation.path.startswith(below, autoescape=True))
    if only_free:
        query = query.where(or_(Shift.capacity.is_(None), Shift.capacity > _taken()))
    if after is not None:
        query = query.where(tuple_(Shift.starts_at, Shift.id) > after)
    return session.scalars(query.order_by(Shift.starts_at, Shift.id).limit(limit)).all()


def _mentions(word: str) -> ColumnElement[bool]:
    columns = (Activity.title, Activity.place, Activity.description, Organisation.name)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _taken() -> ColumnElement[int]:
    return (
        select(func.count())
        .where(SignUp.shift_id == Shift.id, SignUp.status.in_(HOLDING))
        .correlate(Shift)
        .scalar_subquery()
    )


def places_with_activities(session: Session, actor: Actor, *, at: datetime) -> Sequence[Organisation]:
    """Organisations of the county that have published shifts to come, as in the tree."""
    offering = (
        exists()
        .where(Activity.organisation_id == Organisation.id, Activity.status == "published")
        .where(Shift.activity_id == Activity.id, Shift.starts_at > at, Shift.cancelled_at.is_(None))
    )
    return session.scalars(
        select(Organisation)
        .where(offering, scope.within_county(actor, Organisation.path))
        .order_by(Organisation.path)
    ).all()


def shifts_of_member(
    session: Session, member_id: int, *, at: datetime, past: bool, limit: int = 50
) -> Sequence[Shift]:
    """Shifts that the member has a place on: those not over, soonest first, or the past, newest first."""
    query = (
        _shifts()
        .join(SignUp, SignUp.shift_id == Shift.id)
        .where(SignUp.member_id == member_id, SignUp.status == SIGNED_UP)
    )
    if past:
        query = query.where(Shift.ends_at <= at).order_by(Shift.starts_at.desc(), Shift.id.desc())
    else:
        query = query.where(Shift.ends_at > at).order_by(Shift.starts_at, Shift.id)
    return session.scalars(query.limit(limit)).all()


STATES: tuple[str, ...] = ("draft", "upcoming", "running", "finished", "cancelled")


def _in_state(state: str, at: datetime) -> ColumnElement[bool]:
    """Activities in one of ``STATES``; an activity runs from its first start to its last end."""
    if state in ("draft", "cancelled"):
        return Activity.status == state
    held = exists().where(Shift.activity_id == Activity.id, Shift.cancelled_at.is_(None))
    begun, not_over = held.where(Shift.starts_at <= at), held.where(Shift.ends_at > at)
    wanted = {"upcoming": ~begun, "running": and_(begun, not_over), "finished": ~not_over}[state]
    return and_(Activity.status == "published", wanted)


def managed(
    session: Session,
    actor: Actor,
    permission: Permission,
    *,
    at: datetime,
    state: str = "",
    words: str = "",
    before: int | None = None,
    limit: int = 30,
) -> Sequence[Activity]:
    """Activities where the actor holds ``permission``, newest first.

    Args:
        before: id of the last row of the page before.
    """
    query = (
        select(Activity)
        .join(Activity.organisation)
        .options(
            contains_eager(Activity.organisation),
            joinedload(Activity.category),
            selectinload(Activity.shifts),
            selectinload(Activity.posts),
        )
        .where(scope.within(actor, Organisation.path, permission))
    )
    if state in STATES:
        query = query.where(_in_state(state, at))
    for word in words.split():
        query = query.where(_mentions(word))
    if before is not None:
        query = query.where(Activity.id < before)
    return session.scalars(query.order_by(Activity.id.desc()).limit(limit)).all()


def counts_by_state(
    session: Session, actor: Actor, permission: Permission, *, at: datetime
) -> dict[str, int]:
    """How many managed activities are in each of ``STATES``."""
    return {
        state: session.scalar(
            select(func.count())
            .select_from(Activity)
            .join(Activity.organisation)
            .where(scope.within(actor, Organisation.path, permission), _in_state(state, at))
        )
        or 0
        for state in STATES
    }


def activities_page(
    session: Session,
    actor: Actor,
    *,
    status: str = "",
    below: str = "",
    category_id: int | None = None,
    words: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Activity]:
    """One page of the activities that the actor may see, newest first.

    Args:
        below: path of an organisation; only it and its subtree.
        since, until: only activities of which a shift begins from ``since`` up to but not including ``until``.
    """
    query = (
        select(Activity)
        .join(Activity.organisation)
        .options(
            contains_eager(Activity.organisation),
            joinedload(Activity.category),
            selectinload(Activity.shifts),
            selectinload(Activity.posts),
        )
        .where(_visible(actor))
    )
    if status:
        query = query.where(Activity.status == status)
    if below:
        query = query.where(Organisation.path.startswith(below, autoescape=True))
    if category_id is not None:
        query = query.where(Activity.category_id == category_id)
    for word in words.split():
        query = query.where(_mentions(word))
    if since is not None or until is not None:
        wanted = exists().where(Shift.activity_id == Activity.id)
        wanted = wanted.where(Shift.starts_at >= since) if since is not None else wanted
        query = query.where(wanted.where(Shift.starts_at < until) if until is not None else wanted)
    return page(session, query, key=(Activity.id,), cursor=cursor, limit=limit, descending=True)


def sign_ups_page(
    session: Session, shift_id: int, *, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[SignUp]:
    """One page of the sign-ups for a shift, given-up ones too, in the order in which they were first made."""
    query = select(SignUp).where(SignUp.shift_id == shift_id)
    return page(session, query, key=(SignUp.id,), cursor=cursor, limit=limit)


def number_of(session: Session, member_id: int) -> str:
    """The member's public number."""
    return session.scalars(select(Member.number).where(Member.id == member_id)).one()
