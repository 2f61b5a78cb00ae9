"""Reading the trail, within the actor's scope."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from timebank.access import directory, scope
from timebank.access.actors import Actor
from timebank.access.permissions import AUDIT_READ
from timebank.audit.models import AuditEntry
from timebank.orm import Base
from timebank.paging import PAGE_ROWS, Page, page


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Acts on the actor's subtrees; of the acts without an organisation, those of the people there."""
    # The tree lies in a room to the left of this one, so its table is asked for by name.
    places = Base.metadata.tables["organisations"]
    here = select(places.c.id).where(scope.within(actor, places.c.path, AUDIT_READ))
    nowhere = AuditEntry.organisation_id.is_(None)
    by_people_here = and_(nowhere, AuditEntry.actor.in_(directory.labels_within(actor, AUDIT_READ)))
    # Commands and jobs without an organisation concern everybody: whoever audits a whole tree sees them.
    whole_tree = any(path.count("/") <= 2 for path in actor.paths(AUDIT_READ))
    by_the_house = and_(nowhere, AuditEntry.actor.in_(("command", "job"))) if whole_tree else false()
    return or_(AuditEntry.organisation_id.in_(here), by_people_here, by_the_house)


def entries_page(
    session: Session,
    actor: Actor,
    *,
    who: str = "",
    action: str = "",
    subject: str = "",
    besides: Sequence[str] = (),
    below: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[AuditEntry]:
    """Acts within scope, newest first.

    Args:
        who: part of the actor's name, or a label such as ``user:5``.
        action: code of an act, or the part before its dot for a whole room.
        subject: such as ``member:7``.
        besides: subjects that are left out.
        below: path of an organisation; only acts on it and its subtree.
        since, until: moments; ``until`` itself is excluded.
    """
    query = select(AuditEntry).where(_visible(actor))
    if who:
        named = AuditEntry.actor_name.contains(who, autoescape=True)
        query = query.where(or_(named, AuditEntry.actor == who))
    if action:
        whole_room = AuditEntry.action.startswith(f"{action}.", autoescape=True)
        query = query.where(or_(AuditEntry.action == action, whole_room))
    if subject:
        query = query.where(AuditEntry.subject == subject)
    if besides:
        query = query.where(AuditEntry.subject.not_in(besides))
    query = _between(_below(query, below), since, until)
    return page(session, query, key=(AuditEntry.id,), cursor=cursor, limit=limit, descending=True)


def _below(query: Select[AuditEntry], path: str) -> Select[AuditEntry]:
    if not path:
        return query
    places = Base.metadata.tables["organisations"]
    branch = select(places.c.id).where(places.c.path.startswith(path, autoescape=True))
    return query.where(AuditEntry.organisation_id.in_(branch))


def _between(query: Select[AuditEntry], since: datetime | None, until: datetime | None) -> Select[AuditEntry]:
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    return query if until is None else query.where(AuditEntry.at < until)


def has_acted(session: Session, actor_label: str, action: str, subject: str, *, since: datetime) -> bool:
    """Whether somebody has done this to the subject since then."""
    found = session.scalar(
        select(AuditEntry.id)
        .where(
            AuditEntry.subject == subject,
            AuditEntry.action == action,
            AuditEntry.actor == actor_label,
            AuditEntry.at >= since,
        )
        .limit(1)
    )
    return found is not None
