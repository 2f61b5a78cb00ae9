"""Who is behind a user id, a log-in name or an API key."""

from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor, Grant, Role
from timebank.access.keys import digest
from timebank.access.models import ApiKey, LogIn, LoginName, User
from timebank.orm import Base
from timebank.prepared import Prepared, Speaker

# Nobody's name is longer; the rest of a longer word is not worth counting apart.
LONGEST_COUNTED_NAME = 60


def actor_of_user(session: Speaker, user_id: int) -> Actor | None:
    """The actor for a user, with current grants; None when unknown or suspended."""
    rows = [_Who(*row) for row in _who_is_it().rows(session, user_id=user_id)]
    if not rows or rows[0].suspended_at is not None:
        return None
    user = rows[0]
    return Actor(
        label=f"user:{user.id}",
        name=user.name,
        user_id=user.id,
        member_id=user.member_id,
        home_path=user.home_path,
        grants=tuple(
            Grant(Role(row.role), row.organisation_id, row.path) for row in rows if row.role is not None
        ),
        locale=user.locale,
        elder_mode=user.elder_mode,
        session_epoch=user.session_epoch,
    )


class _Who(NamedTuple):
    """A user with one of their grants, or with none."""

    id: int
    name: str
    member_id: int | None
    locale: str
    elder_mode: bool
    session_epoch: int
    suspended_at: datetime | None
    home_path: str | None
    role: str | None
    organisation_id: int
    path: str


@cache
def _who_is_it() -> Prepared:
    """The user, their own organisation and their grants in one statement, made once: every request asks it."""
    tables = Base.metadata.tables
    users, grants, members = tables["users"], tables["role_grants"], tables["members"]
    home, held = tables["organisations"].alias("home"), tables["organisations"].alias("held")
    return Prepared(
        select(
            users.c.id,
            users.c.name,
            users.c.member_id,
            users.c.locale,
            users.c.elder_mode,
            users.c.session_epoch,
            users.c.suspended_at,
            home.c.path.label("home_path"),
            grants.c.role,
            grants.c.organisation_id,
            held.c.path,
        )
        .select_from(users)
        .outerjoin(members, members.c.id == users.c.member_id)
        .outerjoin(home, home.c.id == members.c.organisation_id)
        .outerjoin(grants, (grants.c.user_id == users.c.id) & grants.c.revoked_at.is_(None))
        .outerjoin(held, held.c.id == grants.c.organisation_id)
        .where(users.c.id == bindparam("user_id"))
        .order_by(grants.c.id)
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


def new_device_since(session: Session, user_id: int, device: str) -> datetime | None:
    """Since when the user logs in on this browser, if on another one before; None on the first that she ever used.

    Args:
        device: the browser's random word.
    """
    own = select(func.min(LogIn.at)).where(LogIn.user_id == user_id)
    since = session.scalar(own.where(LogIn.device_digest == digest(device)))
    elsewhere = session.scalar(own.where(LogIn.device_digest != digest(device)))
    return since if since is not None and elsewhere is not None and elsewhere < since else None
