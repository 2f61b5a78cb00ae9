"""Groups that the county names, with dated memberships: who counted as what on which day can always be said."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.db import queue_for
from timebank.members.errors import (
    GroupAbsent,
    GroupByAge,
    GroupClosed,
    GroupDaysWrong,
    GroupMembershipAbsent,
    GroupMembershipOverlaps,
    GroupNameInvalid,
    GroupNameTaken,
)
from timebank.members.models import GroupMembership, Member, MemberGroup
from timebank.members.rules import age_on
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids

LONGEST_NAME = 40
OLDEST = 120


def groups_of(session: Session, member_id: int, day: date) -> frozenset[int]:
    """Ids of the groups that the member belongs to on ``day``: entered ones, and those by age."""
    member = session.get_one(Member, member_id)
    entered = select(GroupMembership.group_id).where(
        GroupMembership.member_id == member_id, _holds_on(day), GroupMembership.group_id == MemberGroup.id
    )
    conditions: list[ColumnElement[bool]] = [entered.exists()]
    if member.born_on is not None:
        conditions.append(MemberGroup.from_age <= age_on(member.born_on, day))
    return frozenset(
        session.scalars(
            select(MemberGroup.id).where(
                MemberGroup.organisation_id.in_(ancestor_ids(member.organisation.path)), or_(*conditions)
            )
        )
    )


def _holds_on(day: date) -> ColumnElement[bool]:
    return and_(
        GroupMembership.since <= day, or_(GroupMembership.until.is_(None), GroupMembership.until >= day)
    )


def groups_named(session: Session, group_ids: Iterable[int]) -> Sequence[MemberGroup]:
    """The groups with these ids, by name."""
    wanted = select(MemberGroup).where(MemberGroup.id.in_(list(group_ids)))
    return session.scalars(wanted.order_by(MemberGroup.name)).all()


def members_on(group: MemberGroup, day: date) -> ColumnElement[bool]:
    """The condition that a member belongs to ``group`` on ``day``."""
    if group.from_age is not None:
        return Member.born_on <= _years_before(day, group.from_age)
    return (
        select(GroupMembership.id)
        .where(GroupMembership.group_id == group.id, GroupMembership.member_id == Member.id, _holds_on(day))
        .exists()
    )


def _years_before(day: date, years: int) -> date:
    """The birthday of those who turn ``years`` on ``day``; on 28 February of a common year, nobody of the 29th yet."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        # 29 February, and the year of birth had none: those of the 28th are old enough, those of 1 March are not.
        return day.replace(year=day.year - years, day=28)


def names_by_member(session: Session, members: Sequence[Member], day: date) -> dict[int, list[str]]:
    """The names of the groups of each of ``members`` on ``day``, for a list; few queries for many rows."""
    found: dict[int, list[str]] = {member.id: [] for member in members}
    rows = session.execute(
        select(GroupMembership.member_id, MemberGroup.name)
        .join(MemberGroup, MemberGroup.id == GroupMembership.group_id)
        .where(GroupMembership.member_id.in_(list(found)), _holds_on(day))
        .order_by(MemberGroup.name)
    )
    for member_id, name in rows:
        found[member_id].append(name)
    by_age = session.scalars(select(MemberGroup).where(MemberGroup.from_age.is_not(None))).all()
    for member in members:
        if member.born_on is not None:
            above, age = ancestor_ids(member.organisation.path), age_on(member.born_on, day)
            found[member.id] += [
                one.name for one in by_age if one.organisation_id in above and (one.from_age or 0) <= age
            ]
    return found


def group(session: Session, actor: Actor, group_id: int) -> MemberGroup:
    """One group of the actor's county; raises ``GroupAbsent``. Every office there may know which groups exist."""
    found = session.scalar(
        select(MemberGroup)
        .join(MemberGroup.organisation)
        .options(contains_eager(MemberGroup.organisation))
        .where(MemberGroup.id == group_id, _in_county(actor))
    )
    if found is None:
        raise GroupAbsent
    return found


def groups(session: Session, actor: Actor, *, closed: bool = False) -> Sequence[MemberGroup]:
    """The groups of the actor's county by name."""
    query = (
        select(MemberGroup).join(MemberGroup.organisation).options(contains_eager(MemberGroup.organisation))
    )
    query = query.where(_in_county(actor))
    if not closed:
        query = query.where(MemberGroup.closed_at.is_(None))
    return session.scalars(query.order_by(MemberGroup.name, MemberGroup.id)).all()


def _in_county(actor: Actor) -> ColumnElement[bool]:
    return scope.within_county(actor, Organisation.path)


def member_counts(session: Session, actor: Actor, day: date) -> dict[int, int]:
    """How many members within the actor's scope are entered in each group on ``day``."""
    rows = session.execute(
        select(GroupMembership.group_id, func.count())
        .join(Member, Member.id == GroupMembership.member_id)
        .join(Organisation, Organisation.id == Member.organisation_id)
        .where(_holds_on(day), scope.within(actor, Organisation.path))
        .group_by(GroupMembership.group_id)
    )
    return {int(group_id): int(count) for group_id, count in rows}


def memberships(
    session: Session, actor: Actor, group_id: int, *, limit: int = 500
) -> Sequence[GroupMembership]:
    """Who was entered in the group, within the actor's scope: those who are in it first, then by name."""
    return session.scalars(
        select(GroupMembership)
        .join(GroupMembership.member)
        .join(Member.organisation)
        .options(contains_eager(GroupMembership.member).contains_eager(Member.organisation))
        .where(GroupMembership.group_id == group_id, scope.within(actor, Organisation.path))
        .order_by(GroupMembership.until.is_not(None), Member.sort_name, GroupMembership.id)
        .limit(limit)
    ).all()


def memberships_of(session: Session, member_id: int) -> Sequence[GroupMembership]:
    """Every dated membership of one member, newest first."""
    return session.scalars(
        select(GroupMembership)
        .options(joinedload(GroupMembership.group))
        .where(GroupMembership.member_id == member_id)
        .order_by(GroupMembership.since.desc(), GroupMembership.id.desc())
    ).all()


def membership(session: Session, actor: Actor, membership_id: int) -> GroupMembership:
    """One dated membership of a member within scope; raises ``GroupMembershipAbsent``."""
    found = session.scalar(
        select(GroupMembership)
        .join(GroupMembership.member)
        .join(Member.organisation)
        .options(contains_eager(GroupMembership.member).contains_eager(Member.organisation))
        .where(GroupMembership.id == membership_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise GroupMembershipAbsent
    return found


def name_group(
    session: Session,
    *,
    organisation: Organisation,
    name: str,
    description: str,
    from_age: int | None,
    at: datetime,
) -> MemberGroup:
    """A new group of the organisation's subtree.

    Raises:
        GroupNameInvalid, GroupNameTaken: what was entered.
        GroupDaysWrong: an age from which nobody could belong to it.
    """
    plain = " ".join(name.split())
    if not (0 < len(plain) <= LONGEST_NAME and plain.isprintable()):
        raise GroupNameInvalid(field="name", most=LONGEST_NAME)
    if from_age is not None and not 1 <= from_age <= OLDEST:
        raise GroupDaysWrong(field="from_age")
    row = MemberGroup(
        organisation_id=organisation.id,
        name=plain,
        description=description.strip()[:200],
        from_age=from_age,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise GroupNameTaken(field="name", name=plain) from error
    return row


def close_group(session: Session, *, group: MemberGroup, at: datetime) -> None:
    """Nobody is entered any more; who was in it when stays known."""
    group.closed_at = group.closed_at or at
    session.flush()


def enter(
    session: Session,
    *,
    group: MemberGroup,
    member: Member,
    since: date,
    until: date | None = None,
    evidence: str = "",
    by: Actor,
    at: datetime,
) -> GroupMembership:
    """Let ``member`` belong to ``group`` from ``since`` to ``until`` (both included), or until further notice.

    Raises:
        GroupClosed, GroupByAge: nobody is entered there.
        GroupDaysWrong: it would end before it begins.
        GroupMembershipOverlaps: the member belongs to it on some of these days already.
    """
    if group.closed_at is not None:
        raise GroupClosed(field="group_id", name=group.name)
    if group.from_age is not None:
        raise GroupByAge(field="group_id", name=group.name, age=group.from_age)
    if until is not None and until < since:
        raise GroupDaysWrong(field="until")
    queue_for(session, f"group:{group.id}:{member.id}")
    _ensure_free(session, group, member, since, until)
    row = GroupMembership(
        group_id=group.id,
        member_id=member.id,
        since=since,
        until=until,
        evidence=evidence.strip(),
        entered_by=by.label,
        entered_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _ensure_free(
    session: Session, group: MemberGroup, member: Member, since: date, until: date | None
) -> None:
    overlapping = select(GroupMembership.id).where(
        GroupMembership.group_id == group.id,
        GroupMembership.member_id == member.id,
        or_(GroupMembership.until.is_(None), GroupMembership.until >= since),
    )
    if until is not None:
        overlapping = overlapping.where(GroupMembership.since <= until)
    if session.scalar(overlapping.limit(1)) is not None:
        raise GroupMembershipOverlaps(field="since", name=member.name, group=group.name)


def end(session: Session, *, membership: GroupMembership, last_day: date, by: Actor) -> None:
    """The membership ends with ``last_day``; one that would end before it began ends on its first day.

    Raises:
        GroupDaysWrong: later than it ends already.
    """
    if membership.until is not None and membership.until < last_day:
        raise GroupDaysWrong(field="until")
    membership.until, membership.ended_by = max(last_day, membership.since), by.label
    session.flush()
