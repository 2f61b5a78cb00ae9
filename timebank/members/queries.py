"""Finding members, within the actor's scope."""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import MEMBERS_READ
from timebank.members.errors import MemberAbsent
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page

# Fewer digits of a phone would match half the town.
DIGITS_TO_SEARCH_BY = 4


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


def search(
    session: Session, actor: Actor, *, words: str = "", after: tuple[str, int] | None = None, limit: int = 50
) -> Sequence[Member]:
    """Members within scope by name, pinyin, phone or number, in pinyin order.

    Args:
        after: ``(sort_name, id)`` of the last row of the page before.
    """
    query = _matching(_in_scope(scope.within(actor, Organisation.path)), words)
    if after is not None:
        query = query.where(
            or_(Member.sort_name > after[0], (Member.sort_name == after[0]) & (Member.id > after[1]))
        )
    return session.scalars(query.order_by(Member.sort_name, Member.id).limit(limit)).all()


def members_below(session: Session, path: str, *, limit: int = 200) -> Sequence[Member]:
    """Members of the organisation at ``path`` and of those below it, in pinyin order. The caller checked the scope."""
    return session.scalars(
        select(Member)
        .join(Member.organisation)
        .where(Organisation.path.startswith(path, autoescape=True))
        .order_by(Member.sort_name, Member.id)
        .limit(limit)
    ).all()


def members_page(
    session: Session,
    actor: Actor,
    *,
    words: str = "",
    status: str = "",
    below: str = "",
    among: ColumnElement[bool] | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Member]:
    """One page of the members whom the actor may read, in pinyin order.

    Args:
        words: name, pinyin (with or without spaces), end of the phone, volunteer number.
        status: ``active``, ``suspended`` or everybody.
        below: path of an organisation; only it and its subtree.
        among: a further condition, such as belonging to a group.
        cursor: from the page before or after.
    """
    query = _matching(_in_scope(scope.within(actor, Organisation.path, MEMBERS_READ)), words)
    # Teams of one name stand below many stations; the list tells them apart.
    query = query.options(contains_eager(Member.organisation).joinedload(Organisation.parent))
    if status:
        query = query.where(
            Member.suspended_at.is_not(None) if status == "suspended" else Member.suspended_at.is_(None)
        )
    if below:
        query = query.where(Organisation.path.startswith(below, autoescape=True))
    if among is not None:
        query = query.where(among)
    return page(session, query, key=(Member.sort_name, Member.id), cursor=cursor, limit=limit)


def _in_scope(within: ColumnElement[bool]) -> Select[Member]:
    query = select(Member).join(Member.organisation).options(contains_eager(Member.organisation))
    return query.where(within)


def _matching(query: Select[Member], words: str) -> Select[Member]:
    joined = func.replace(Member.sort_name, " ", "")
    for word in words.lower().split():
        found = [
            Member.name.contains(word, autoescape=True),
            Member.sort_name.contains(word, autoescape=True),
            joined.contains(word, autoescape=True),
            Member.number == word,
        ]
        if word.isdecimal() and len(word) >= DIGITS_TO_SEARCH_BY:
            found.append(Member.phone.contains(word, autoescape=True))
        query = query.where(or_(*found))
    return query


def member_numbered(session: Session, number: str, name: str) -> Member:
    """The member with this volunteer number and this name; raises ``MemberAbsent`` unless both are right.

    For people who name each other: whoever knows both is shown nobody whom they do not know.
    """
    found = session.scalar(_in_scope(true()).where(Member.number == _digits(number)))
    if found is None or "".join(found.name.split()) != "".join(name.split()):
        raise MemberAbsent(field="number")
    return found


def member_by_number(session: Session, actor: Actor, number: str) -> Member:
    """The member with this volunteer number within the actor's scope; raises ``MemberAbsent``."""
    found = session.scalar(
        _in_scope(scope.within(actor, Organisation.path)).where(Member.number == _digits(number))
    )
    if found is None:
        raise MemberAbsent(field="number")
    return found


def _digits(written: str) -> str:
    return unicodedata.normalize("NFKC", written).replace(" ", "").strip()[:40]
