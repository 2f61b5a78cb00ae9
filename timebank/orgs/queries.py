"""Reading the tree, within the actor's scope."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.orgs.errors import OrganisationAbsent
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids


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
