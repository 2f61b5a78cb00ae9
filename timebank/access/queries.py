"""Who is behind a user id, a log-in name or an API key."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor, Grant, Role
from timebank.access.keys import digest
from timebank.access.models import ApiKey, LoginName, RoleGrant, User
from timebank.orm import Base

# Nobody's name is longer; the rest of a longer word is not worth counting apart.
LONGEST_COUNTED_NAME = 60


def actor_of_user(session: Session, user_id: int) -> Actor | None:
    """The actor for a user, with current grants; None when unknown or suspended."""
    user = session.get(User, user_id)
    if user is None or user.suspended_at is not None:
        return None
    return Actor(
        label=f"user:{user.id}",
        name=user.name,
        user_id=user.id,
        member_id=user.member_id,
        home_path=_home_path(session, user.member_id),
        grants=_grants(session, user.id),
        locale=user.locale,
        elder_mode=user.elder_mode,
        session_epoch=user.session_epoch,
    )


def actor_of_key(session: Session, secret: str) -> Actor | None:
    """The actor for an API key's secret; None when unknown or revoked."""
    key = session.scalar(
        select(ApiKey).where(ApiKey.secret_digest == digest(secret), ApiKey.revoked_at.is_(None))
    )
    if key is None:
        return None
    path = _path_of(session, key.organisation_id)
    return Actor(
        label=f"key:{key.id}", name=key.label, grants=(Grant(Role(key.role), key.organisation_id, path),)
    )


def user_named(session: Session, login_name: str) -> User | None:
    """The user who logs in under ``login_name`` (a phone or volunteer number)."""
    return session.scalar(select(User).join(LoginName).where(LoginName.name == login_name))


def log_in_subject(session: Session, login_name: str) -> str:
    """Under what failed log-ins are counted: the user, whichever of their names was written, else the name."""
    user = user_named(session, login_name)
    return f"login:user:{user.id}" if user else f"login:{login_name[:LONGEST_COUNTED_NAME]}"


# The tree and the members lie in rooms above this one, so their tables are asked for by name.
def _path_of(session: Session, organisation_id: int) -> str:
    organisations = Base.metadata.tables["organisations"]
    return str(session.scalar(select(organisations.c.path).where(organisations.c.id == organisation_id)))


def _home_path(session: Session, member_id: int | None) -> str | None:
    if member_id is None:
        return None
    organisations, members = Base.metadata.tables["organisations"], Base.metadata.tables["members"]
    found = session.scalar(
        select(organisations.c.path)
        .join_from(members, organisations, members.c.organisation_id == organisations.c.id)
        .where(members.c.id == member_id)
    )
    return str(found) if found else None


def _grants(session: Session, user_id: int) -> tuple[Grant, ...]:
    organisations = Base.metadata.tables["organisations"]
    rows = session.execute(
        select(RoleGrant.role, RoleGrant.organisation_id, organisations.c.path)
        .join(organisations, organisations.c.id == RoleGrant.organisation_id)
        .where(RoleGrant.user_id == user_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
    )
    return tuple(Grant(Role(role), organisation_id, path) for role, organisation_id, path in rows)
