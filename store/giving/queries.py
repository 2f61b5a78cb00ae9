"""Reading what was given, and to whom one may give."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from store.giving.models import Gift
from timebank.members.families import household_with
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids


def gifts_of(session: Session, member_id: int, *, limit: int = 20) -> Sequence[Gift]:
    """What the member has given, newest first."""
    return session.scalars(
        select(Gift)
        .options(joinedload(Gift.to_member), joinedload(Gift.to_organisation))
        .where(Gift.member_id == member_id)
        .order_by(Gift.id.desc())
        .limit(limit)
    ).all()


def family(session: Session, member_id: int) -> list[Member]:
    """The others of the member's household."""
    return [one.member for one in household_with(session, member_id) if one.member_id != member_id]


def pools(session: Session, member: Member) -> Sequence[Organisation]:
    """The organisations that the member belongs to, the county first."""
    ids = ancestor_ids(member.organisation.path)
    return session.scalars(
        select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.path)
    ).all()
