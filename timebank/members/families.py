"""Households: who lives together. Linked by two people, never by one; nobody belongs to two at a time.

Locks: PostgreSQL queues by member id, smaller first; the partial unique index decides whatever slips past.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from timebank.access.actors import Actor
from timebank.db import queue_for
from timebank.members.errors import (
    HouseholdLinkAbsent,
    HouseholdLinkDecided,
    HouseholdLinkNeedsOther,
    HouseholdOther,
    HouseholdSame,
    HouseholdSelf,
)
from timebank.members.models import Household, HouseholdLink, HouseholdMember, Member


def household_of(session: Session, member_id: int) -> int | None:
    """The household that the member belongs to now; None when none is on record."""
    return session.scalar(
        select(HouseholdMember.household_id).where(
            HouseholdMember.member_id == member_id, HouseholdMember.until.is_(None)
        )
    )


def same_household(session: Session, a: int, b: int) -> bool:
    """Whether the two members live together by the records. Nobody is their own household."""
    if a == b:
        return False
    mine, theirs = aliased(HouseholdMember), aliased(HouseholdMember)
    found = session.scalar(
        select(mine.id)
        .join(theirs, theirs.household_id == mine.household_id)
        .where(mine.member_id == a, theirs.member_id == b, mine.until.is_(None), theirs.until.is_(None))
    )
    return found is not None


def household_members(session: Session, household_id: int) -> Sequence[HouseholdMember]:
    """Who belongs to the household now, in the order in which they came."""
    return session.scalars(
        select(HouseholdMember)
        .options(joinedload(HouseholdMember.member))
        .where(HouseholdMember.household_id == household_id, HouseholdMember.until.is_(None))
        .order_by(HouseholdMember.id)
    ).all()


def household_with(session: Session, member_id: int) -> Sequence[HouseholdMember]:
    """Everybody of the member's household, the member among them; empty where none is on record."""
    household_id = household_of(session, member_id)
    return household_members(session, household_id) if household_id is not None else []


def households_of(session: Session, member_ids: Sequence[int]) -> dict[int, int]:
    """Member id → how many the household has, for those of ``member_ids`` who belong to one."""
    mine, all_of_it = aliased(HouseholdMember), aliased(HouseholdMember)
    rows = session.execute(
        select(mine.member_id, func.count())
        .join(all_of_it, all_of_it.household_id == mine.household_id)
        .where(mine.member_id.in_(member_ids), mine.until.is_(None), all_of_it.until.is_(None))
        .group_by(mine.member_id)
    )
    return {int(member_id): int(count) for member_id, count in rows}


def household_member_ids(session: Session, member_id: int) -> frozenset[int]:
    """The member and everybody of the same household: whom a household's limit counts together."""
    household_id = household_of(session, member_id)
    if household_id is None:
        return frozenset({member_id})
    return frozenset(
        session.scalars(
            select(HouseholdMember.member_id).where(
                HouseholdMember.household_id == household_id, HouseholdMember.until.is_(None)
            )
        )
    )


def propose_link(
    session: Session,
    *,
    member: Member,
    relative: Member,
    by: Actor,
    means: str,
    note: str = "",
    at: datetime,
) -> HouseholdLink:
    """Propose that ``member`` joins the household of ``relative`` (which begins with the first link).

    Args:
        means: ``consent`` when the member proposes it, ``office`` when a coordinator does.

    Raises:
        HouseholdSelf, HouseholdSame, HouseholdOther: nothing to link, or the member lives elsewhere by the records.
    """
    _ensure_linkable(session, member, relative)
    standing = session.scalar(_open_between(member.id, relative.id))
    if standing is not None:
        return standing
    link = HouseholdLink(
        member_id=member.id,
        relative_id=relative.id,
        means=means,
        proposed_by=by.label,
        proposed_at=at,
        note=note.strip(),
        status="open",
    )
    try:
        with session.begin_nested():
            session.add(link)
            session.flush()
    except IntegrityError:
        return session.scalars(_open_between(member.id, relative.id)).one()
    return link


def _open_between(member_id: int, relative_id: int) -> Select[HouseholdLink]:
    return select(HouseholdLink).where(
        HouseholdLink.member_id == member_id,
        HouseholdLink.relative_id == relative_id,
        HouseholdLink.status == "open",
    )


def _ensure_linkable(session: Session, member: Member, relative: Member) -> None:
    if member.id == relative.id:
        raise HouseholdSelf(field="written")
    own, other = household_of(session, member.id), household_of(session, relative.id)
    if own is not None and own == other:
        raise HouseholdSame(field="written", name=relative.name)
    if own is not None and other is not None:
        raise HouseholdOther(field="written", name=member.name)


def link(session: Session, link_id: int) -> HouseholdLink:
    """One proposal; the caller looks whether both members may be seen. Raises ``HouseholdLinkAbsent``."""
    found = session.scalar(
        select(HouseholdLink)
        .options(joinedload(HouseholdLink.member), joinedload(HouseholdLink.relative))
        .where(HouseholdLink.id == link_id)
        .with_for_update(of=HouseholdLink)
    )
    if found is None:
        raise HouseholdLinkAbsent
    return found


def open_links(session: Session, member_id: int) -> Sequence[HouseholdLink]:
    """Proposals about the member that nobody has decided yet."""
    return session.scalars(
        select(HouseholdLink)
        .options(joinedload(HouseholdLink.member), joinedload(HouseholdLink.relative))
        .where(HouseholdLink.status == "open")
        .where(or_(HouseholdLink.member_id == member_id, HouseholdLink.relative_id == member_id))
        .order_by(HouseholdLink.id)
    ).all()


def agree(session: Session, *, link: HouseholdLink, by: Actor, at: datetime) -> int:
    """The second person says yes; the household's id.

    Raises:
        HouseholdLinkDecided: somebody decided it before.
        HouseholdLinkNeedsOther: ``by`` proposed it, is one of the two in an office's link, or is not the relative.
        HouseholdSame, HouseholdOther: one of them was linked elsewhere since.
    """
    _ensure_decidable(link, by)
    for member_id in sorted((link.member_id, link.relative_id)):
        queue_for(session, f"household:{member_id}")
    _ensure_linkable(session, link.member, link.relative)
    link.status, link.decided_by, link.decided_at = "agreed", by.label, at
    household_id = household_of(session, link.relative_id) or household_of(session, link.member_id)
    if household_id is None:
        home = Household(created_at=at)
        session.add(home)
        session.flush()
        household_id = home.id
    try:
        with session.begin_nested():
            for member_id in (link.relative_id, link.member_id):
                _let_in(session, household_id, member_id, at)
            session.flush()
    except IntegrityError as error:
        raise HouseholdOther(field="written", name=link.member.name) from error
    return household_id


def _let_in(session: Session, household_id: int, member_id: int, at: datetime) -> None:
    if household_of(session, member_id) is None:
        session.add(HouseholdMember(household_id=household_id, member_id=member_id, since=at))


def _ensure_decidable(link: HouseholdLink, by: Actor) -> None:
    if link.status != "open":
        raise HouseholdLinkDecided
    if not may_agree(link, by):
        raise HouseholdLinkNeedsOther


def may_agree(link: HouseholdLink, by: Actor) -> bool:
    """Whether ``by`` is a second person: the one who was asked, or in office one who is neither of the two."""
    own = by.member_id in (link.member_id, link.relative_id)
    fits = by.member_id == link.relative_id if link.means == "consent" else not own
    return fits and by.label != link.proposed_by


def decline(session: Session, *, link: HouseholdLink, by: Actor, at: datetime) -> None:
    """Somebody concerned says no, or the proposer takes it back.

    Raises:
        HouseholdLinkDecided: somebody decided it before.
    """
    if link.status != "open":
        raise HouseholdLinkDecided
    link.status, link.decided_by, link.decided_at = "declined", by.label, at
    session.flush()


def leave(session: Session, *, member: Member, by: Actor, at: datetime) -> None:
    """The member lives elsewhere now. A household of which one is left ends with them."""
    household_id = household_of(session, member.id)
    if household_id is None:
        return
    staying = household_members(session, household_id)
    for row in staying:
        if row.member_id == member.id or len(staying) <= 2:
            row.until, row.ended_by = at, by.label
    session.flush()
