"""Growing, renaming and pruning the tree of organisations."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.orgs import queries
from timebank.orgs.errors import (
    OrganisationClosed,
    OrganisationInUse,
    OrganisationNameInvalid,
    OrganisationNameTaken,
)
from timebank.orgs.models import Organisation
from timebank.orgs.rules import name_is_acceptable, path_below


def create(
    session: Session, *, name: str, kind: str, parent: Organisation | None, at: datetime
) -> Organisation:
    """A new node below ``parent``, or a new root.

    Raises:
        OrganisationNameInvalid: empty or too long.
        OrganisationNameTaken: a sibling has the same name.
        OrganisationClosed: the parent is closed.
    """
    name = _plain(name)
    if parent is not None and parent.closed_at is not None:
        raise OrganisationClosed(name=parent.name)
    _ensure_name_is_free(session, name=name, parent_id=parent.id if parent else None)
    node = Organisation(name=name, kind=kind, parent_id=parent.id if parent else None, path="", created_at=at)
    session.add(node)
    session.flush()
    node.path = path_below(parent.path if parent else None, node.id)
    session.flush()
    return node


def rename(session: Session, *, organisation: Organisation, name: str) -> None:
    """Change the name; raises ``OrganisationNameInvalid`` or ``OrganisationNameTaken``."""
    name = _plain(name)
    if name != organisation.name:
        _ensure_name_is_free(session, name=name, parent_id=organisation.parent_id)
        organisation.name = name
        session.flush()


def close(session: Session, *, organisation: Organisation, at: datetime) -> None:
    """End an organisation that has no members and no open children; its books and its past stay.

    Raises:
        OrganisationInUse: somebody or something still belongs to it.
    """
    children, members = (
        queries.open_children(session, organisation),
        queries.members_of(session, organisation),
    )
    if children or members:
        raise OrganisationInUse(children=children, members=members)
    organisation.closed_at = organisation.closed_at or at
    session.flush()


def reopen(session: Session, *, organisation: Organisation) -> None:
    """Let a closed organisation work again; raises ``OrganisationClosed`` while its parent is closed."""
    if organisation.parent is not None and organisation.parent.closed_at is not None:
        raise OrganisationClosed(name=organisation.parent.name)
    organisation.closed_at = None
    session.flush()


def _plain(name: str) -> str:
    plain = " ".join(name.split())
    if not name_is_acceptable(plain):
        raise OrganisationNameInvalid(field="name")
    return plain


def _ensure_name_is_free(session: Session, *, name: str, parent_id: int | None) -> None:
    same_parent = (
        Organisation.parent_id.is_(None) if parent_id is None else Organisation.parent_id == parent_id
    )
    if session.scalar(select(Organisation.id).where(Organisation.name == name, same_parent)) is not None:
        raise OrganisationNameTaken(field="name", name=name)
