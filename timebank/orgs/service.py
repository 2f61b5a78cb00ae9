"""Growing and renaming the tree of organisations."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.orgs.errors import OrganisationNameTaken
from timebank.orgs.models import Organisation
from timebank.orgs.rules import path_below


def create(
    session: Session, *, name: str, kind: str, parent: Organisation | None, at: datetime
) -> Organisation:
    """A new node below ``parent``, or a new root.

    Raises:
        OrganisationNameTaken: a sibling has the same name.
    """
    _ensure_name_is_free(session, name=name, parent_id=parent.id if parent else None)
    node = Organisation(name=name, kind=kind, parent_id=parent.id if parent else None, path="", created_at=at)
    session.add(node)
    session.flush()
    node.path = path_below(parent.path if parent else None, node.id)
    session.flush()
    return node


def rename(session: Session, *, organisation: Organisation, name: str) -> None:
    """Change the name; raises ``OrganisationNameTaken``."""
    if name != organisation.name:
        _ensure_name_is_free(session, name=name, parent_id=organisation.parent_id)
        organisation.name = name
        session.flush()


def _ensure_name_is_free(session: Session, *, name: str, parent_id: int | None) -> None:
    same_parent = (
        Organisation.parent_id.is_(None) if parent_id is None else Organisation.parent_id == parent_id
    )
    if session.scalar(select(Organisation.id).where(Organisation.name == name, same_parent)) is not None:
        raise OrganisationNameTaken(field="name", name=name)
