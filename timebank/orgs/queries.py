"""Reading the tree, within the actor's scope."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.access.permissions import ORGANISATIONS_READ
from timebank.orgs.errors import OrganisationAbsent
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids
from timebank.orm import Base
from timebank.paging import PAGE_ROWS, Page, page


def organisation(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """One organisation within scope; raises ``OrganisationAbsent``."""
    found = session.scalar(
        select(Organisation).where(Organisation.id == organisation_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise OrganisationAbsent
    return found


def organisations(
    session: Session, actor: Actor, permission: Permission | None = None
) -> Sequence[Organisation]:
    """All organisations in the actor's subtrees (those where ``permission`` is held), parents before children."""
    within = scope.within(actor, Organisation.path, permission)
    return session.scalars(
        select(Organisation).where(within, Organisation.closed_at.is_(None)).order_by(Organisation.path)
    ).all()


def ancestors(session: Session, node: Organisation) -> Sequence[Organisation]:
    """From the root down to and including ``node``."""
    return session.scalars(
        select(Organisation).where(Organisation.id.in_(ancestor_ids(node.path))).order_by(Organisation.path)
    ).all()


def children(session: Session, node: Organisation) -> Sequence[Organisation]:
    """Direct children by name."""
    return session.scalars(
        select(Organisation).where(Organisation.parent_id == node.id).order_by(Organisation.name)
    ).all()


def tree(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Every organisation in the actor's subtrees, closed ones too, by name."""
    within = scope.within(actor, Organisation.path, ORGANISATIONS_READ)
    return session.scalars(
        select(Organisation).where(within).order_by(Organisation.name, Organisation.id)
    ).all()


def visible_children(session: Session, actor: Actor, node: Organisation) -> Sequence[Organisation]:
    """Direct children by name, within scope."""
    within = scope.within(actor, Organisation.path)
    query = select(Organisation).where(Organisation.parent_id == node.id, within)
    return session.scalars(query.order_by(Organisation.name)).all()


def visible_ancestors(session: Session, actor: Actor, node: Organisation) -> list[Organisation]:
    """The ancestors of ``node`` that lie within the actor's subtrees, from the top down, without ``node``."""
    roots = tuple(grant.path for grant in actor.grants)
    return [one for one in ancestors(session, node) if one.id != node.id and one.path.startswith(roots)]


def open_children(session: Session, node: Organisation) -> int:
    """How many open organisations stand directly below ``node``."""
    below = select(func.count()).where(Organisation.parent_id == node.id, Organisation.closed_at.is_(None))
    return session.scalar(below) or 0


def members_of(session: Session, node: Organisation) -> int:
    """How many members belong to ``node`` itself."""
    # The members' room lies to the left of this one, so its table is asked for by name.
    members = Base.metadata.tables["members"]
    return session.scalar(select(func.count()).where(members.c.organisation_id == node.id)) or 0


def members_per_organisation(session: Session, actor: Actor) -> dict[int, int]:
    """How many members belong directly to each organisation in the actor's subtrees."""
    members = Base.metadata.tables["members"]
    rows = session.execute(
        select(members.c.organisation_id, func.count())
        .join(Organisation, Organisation.id == members.c.organisation_id)
        .where(scope.within(actor, Organisation.path, ORGANISATIONS_READ))
        .group_by(members.c.organisation_id)
    )
    return {row[0]: row[1] for row in rows}


def counties(session: Session) -> Sequence[Organisation]:
    """Every organisation without another above it, oldest first."""
    return session.scalars(
        select(Organisation).where(Organisation.parent_id.is_(None)).order_by(Organisation.id)
    ).all()


def only_county(session: Session) -> Organisation | None:
    """The one root of the tree; None when this installation serves several, or has none yet."""
    roots = session.scalars(select(Organisation).where(Organisation.parent_id.is_(None)).limit(2)).all()
    return roots[0] if len(roots) == 1 else None


def organisations_page(
    session: Session,
    actor: Actor,
    *,
    words: str = "",
    below: str = "",
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Organisation]:
    """One page of the organisations in the actor's subtrees, closed ones too, parents before children."""
    query = select(Organisation).where(scope.within(actor, Organisation.path, ORGANISATIONS_READ))
    if below:
        query = query.where(Organisation.path.startswith(below, autoescape=True))
    for word in words.split():
        query = query.where(Organisation.name.contains(word, autoescape=True))
    return page(session, query, key=(Organisation.id,), cursor=cursor, limit=limit)
