"""Who holds which role where, within the actor's scope: what administrators look at and decide about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, exists, literal, or_, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor, Permission, Role
from timebank.access.errors import ApiKeyAbsent, GrantAbsent, UserAbsent, UserBeyondScope
from timebank.access.models import ApiKey, LoginName, RoleGrant, User
from timebank.access.permissions import API_KEYS_MANAGE, ROLES_GRANT
from timebank.orm import Base
from timebank.paging import PAGE_ROWS, Page, page


@dataclass(frozen=True)
class HeldRole:
    """A role as a page shows it."""

    id: int
    user_id: int
    role: Role
    organisation_id: int
    organisation_name: str
    path: str
    granted_at: datetime


# The tree and the members lie in rooms above this one, so their tables are asked for by name.
def _holds_role_within(actor: Actor, permission: Permission | None, role: str = "") -> ColumnElement[bool]:
    places = Base.metadata.tables["organisations"]
    held = (
        select(RoleGrant.id)
        .join(places, places.c.id == RoleGrant.organisation_id)
        .where(RoleGrant.user_id == User.id, RoleGrant.revoked_at.is_(None))
        .where(scope.within(actor, places.c.path, permission))
    )
    return exists(held.where(RoleGrant.role == role) if role else held)


def _belongs_within(actor: Actor, permission: Permission | None) -> ColumnElement[bool]:
    places, people = Base.metadata.tables["organisations"], Base.metadata.tables["members"]
    home = select(people.c.id).join(places, places.c.id == people.c.organisation_id)
    return exists(home.where(people.c.id == User.member_id, scope.within(actor, places.c.path, permission)))


def users_page(
    session: Session, actor: Actor, *, words: str = "", role: str = "", cursor: str | None = None
) -> Page[User]:
    """Holders of a role within the actor's subtrees; with ``words``, everybody there by name or log-in name."""
    query = select(User)
    if role or not words:
        query = query.where(_holds_role_within(actor, ROLES_GRANT, role))
    else:
        query = query.where(or_(_holds_role_within(actor, ROLES_GRANT), _belongs_within(actor, ROLES_GRANT)))
    for word in words.split():
        named = exists(select(LoginName.id).where(LoginName.user_id == User.id, LoginName.name == word))
        query = query.where(or_(User.name.contains(word, autoescape=True), named))
    return page(session, query, key=(User.name, User.id), cursor=cursor, limit=PAGE_ROWS)


def user(session: Session, actor: Actor, user_id: int) -> User:
    """One user who belongs to, or holds a role in, the actor's subtrees; raises ``UserAbsent``."""
    within = or_(_holds_role_within(actor, None), _belongs_within(actor, None))
    found = session.scalar(select(User).where(User.id == user_id, within))
    if found is None:
        raise UserAbsent
    return found


def held_roles(session: Session, user_ids: Sequence[int]) -> dict[int, list[HeldRole]]:
    """The current roles of each of ``user_ids``, oldest first."""
    places = Base.metadata.tables["organisations"]
    rows = session.execute(
        select(RoleGrant, places.c.name, places.c.path)
        .join(places, places.c.id == RoleGrant.organisation_id)
        .where(RoleGrant.user_id.in_(user_ids), RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
    )
    held: dict[int, list[HeldRole]] = {user_id: [] for user_id in user_ids}
    for grant, name, path in rows:
        role = Role(grant.role)
        held[grant.user_id].append(
            HeldRole(grant.id, grant.user_id, role, grant.organisation_id, name, path, grant.granted_at)
        )
    return held


def home_of(session: Session, found: User) -> tuple[str, str] | None:
    """Name and path of the organisation that the user is a member of; None for an outsider."""
    places, people = Base.metadata.tables["organisations"], Base.metadata.tables["members"]
    row = session.execute(
        select(places.c.name, places.c.path)
        .join(people, people.c.organisation_id == places.c.id)
        .where(people.c.id == found.member_id)
    ).first()
    return (str(row[0]), str(row[1])) if row else None


def ensure_above_roles_of(session: Session, actor: Actor, found: User) -> None:
    """Raise ``UserBeyondScope`` unless the actor may decide about every role that the user holds."""
    held = held_roles(session, [found.id])[found.id]
    if not all(actor.may(ROLES_GRANT, role.path) for role in held):
        raise UserBeyondScope(name=found.name)


def ensure_decides_about(session: Session, actor: Actor, found: User) -> None:
    """Raise ``UserBeyondScope`` unless the actor administers the user's home and every role held."""
    home = home_of(session, found)
    if home is not None and not actor.may(ROLES_GRANT, home[1]):
        raise UserBeyondScope(name=found.name)
    ensure_above_roles_of(session, actor, found)


def grant(session: Session, actor: Actor, found: User, grant_id: int) -> tuple[RoleGrant, str]:
    """A current grant of ``found`` within the actor's subtrees, and its path; raises ``GrantAbsent``."""
    places = Base.metadata.tables["organisations"]
    row = session.execute(
        select(RoleGrant, places.c.path)
        .join(places, places.c.id == RoleGrant.organisation_id)
        .where(RoleGrant.id == grant_id, RoleGrant.user_id == found.id, RoleGrant.revoked_at.is_(None))
        .where(scope.within(actor, places.c.path))
    ).first()
    if row is None:
        raise GrantAbsent
    return row[0], str(row[1])


def _keys_with_places() -> Select[ApiKey, str, str]:
    places = Base.metadata.tables["organisations"]
    return select(ApiKey, places.c.name, places.c.path).join(places, places.c.id == ApiKey.organisation_id)


def api_keys(session: Session, actor: Actor) -> list[tuple[ApiKey, str]]:
    """Every key within the actor's subtrees with its organisation's name; those in use first, newest first."""
    places = Base.metadata.tables["organisations"]
    rows = session.execute(
        _keys_with_places()
        .where(scope.within(actor, places.c.path, API_KEYS_MANAGE))
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())
    )
    return [(key, str(name)) for key, name, _path in rows]


def api_key(session: Session, actor: Actor, key_id: int) -> tuple[ApiKey, str]:
    """One key within the actor's subtrees, and its organisation's path; raises ``ApiKeyAbsent``."""
    places = Base.metadata.tables["organisations"]
    row = session.execute(
        _keys_with_places().where(ApiKey.id == key_id, scope.within(actor, places.c.path))
    ).first()
    if row is None:
        raise ApiKeyAbsent
    return row[0], str(row[2])


def labels_within(actor: Actor, permission: Permission) -> Select[str]:
    """The labels (``user:<id>``) of everybody who belongs to, or holds a role in, the actor's subtrees."""
    within = or_(_holds_role_within(actor, permission), _belongs_within(actor, permission))
    return select(literal("user:", String) + cast(User.id, String)).where(within)
