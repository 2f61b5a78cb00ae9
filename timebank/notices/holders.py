"""Who is near enough to a matter to be told of it: holders of a right, level by level of the tree."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Permission
from timebank.access.models import RoleGrant, User


def holders_by_level(
    session: Session, permission: Permission, organisation_path: str
) -> list[tuple[int, ...]]:
    """Users who hold ``permission`` on the organisation, grouped by where it was given: the nearest first.

    Somebody who holds it at two levels counts at the nearer one; levels without anybody are left out.
    """
    path = [int(number) for number in organisation_path.strip("/").split("/") if number]
    rows = session.execute(
        select(RoleGrant.organisation_id, RoleGrant.user_id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.role.in_(sorted(permission.roles)),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.organisation_id.in_(path),
            User.suspended_at.is_(None),
        )
        .order_by(RoleGrant.user_id)
    ).all()
    known: set[int] = set()
    levels = []
    for organisation_id in reversed(path):
        here = tuple(
            dict.fromkeys(row[1] for row in rows if row[0] == organisation_id and row[1] not in known)
        )
        known.update(here)
        if here:
            levels.append(here)
    return levels
