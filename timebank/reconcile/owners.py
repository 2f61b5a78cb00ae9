"""Who answers for a difference: whoever is responsible for the organisation concerned, or for one above it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Role
from timebank.access.models import RoleGrant, User
from timebank.orgs.models import Organisation
from timebank.policy.rules import ids_of_path

# The coordinator of a place knows it best; where there is none, its administrator, then whoever audits it.
_FIRST = {Role.COORDINATOR.value: 0, Role.ADMINISTRATOR.value: 1, Role.AUDITOR.value: 2}


def responsible(session: Session, organisation_id: int | None, *, besides: int | None) -> int | None:
    """The user nearest above the organisation who has not brought the difference about; None where nobody has a role."""
    found = [one for one in candidates(session, organisation_id) if one.id != besides]
    return found[0].id if found else None


def candidates(session: Session, organisation_id: int | None) -> Sequence[User]:
    """Everybody who may be made responsible, the nearest first. None stands for the whole installation."""
    query = (
        select(User, RoleGrant.role, Organisation.path)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(
            RoleGrant.revoked_at.is_(None), RoleGrant.role.in_(sorted(_FIRST)), User.suspended_at.is_(None)
        )
    )
    place = session.get(Organisation, organisation_id) if organisation_id else None
    if place is None:
        query = query.where(Organisation.parent_id.is_(None), RoleGrant.role != Role.COORDINATOR.value)
    else:
        query = query.where(Organisation.id.in_(ids_of_path(place.path)))
    rows = sorted(
        session.execute(query).all(), key=lambda row: (-row.path.count("/"), _FIRST[row.role], row.User.id)
    )
    return list({row.User.id: row.User for row in rows}.values())
