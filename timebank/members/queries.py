"""Finding members, within the actor's scope."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.members.errors import MemberAbsent
from timebank.members.models import Member
from timebank.orgs.models import Organisation


def member(session: Session, actor: Actor, member_id: int) -> Member:
    """One member within scope, or the actor's own row; raises ``MemberAbsent``."""
    found = session.scalar(
        select(Member)
        .join(Member.organisation)
        .options(contains_eager(Member.organisation))
        .where(Member.id == member_id, scope.within_or_own(actor, Organisation.path, Member.id))
    )
    if found is None:
        raise MemberAbsent
    return found


def search(session: Session, actor: Actor, *, words: str = "", after: tuple[str, int] | None = None, limit: int = 50) -> Sequence[Member]:
    """Members within scope by name, pinyin, phone or number, in pinyin order.

    Args:
        after: ``(sort_name, id)`` of the last row of the page before.
    """
    query = select(Member).join(Member.organisation).options(contains_eager(Member.organisation))
    query = query.where(scope.within(actor, Organisation.path))
    for word in words.lower().split():
        query = query.where(
            or_(Member.name.contains(word, autoescape=True), Member.sort_name.contains(word, autoescape=True), Member.phone == word, Member.number == word)
        )
    if after is not None:
        query = query.where(or_(Member.sort_name > after[0], (Member.sort_name == after[0]) & (Member.id > after[1])))
    return session.scalars(query.order_by(Member.sort_name, Member.id).limit(limit)).all()
