"""Users, passwords, invitations, roles, API keys: what changes them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import rules
from timebank.access.actors import Actor, Role
from timebank.access.errors import (
    AccountSuspended,
    ActOnSelf,
    GrantToSelf,
    InvitationSpent,
    LabelInvalid,
    LoginNameTaken,
    PasswordTooWeak,
)
from timebank.access.keys import digest, new_secret
from timebank.access.models import ApiKey, Invitation, LogIn, LoginName, RoleGrant, User
from timebank.access.passwords import hash_password, password_matches
from timebank.access.queries import user_named
from timebank.db import queue_for

INVITATION_DAYS = 14


def create_user(
    session: Session, *, name: str, member_id: int | None, login_names: tuple[str, ...], at: datetime
) -> User:
    """A user who cannot log in before a password is set.

    Raises:
        LoginNameTaken: one of ``login_names`` belongs to somebody else.
    """
    user = User(name=name, member_id=member_id, password_hash=None, created_at=at)
    session.add(user)
    for login_name in login_names:
        add_login_name(session, user=user, name=login_name)
    session.flush()
    return user


def add_login_name(session: Session, *, user: User, name: str) -> None:
    """Let ``user`` log in under ``name`` too; raises ``LoginNameTaken``."""
    queue_for(session, f"login_name:{name}")
    if session.scalar(select(LoginName.id).where(LoginName.name == name)) is not None:
        raise LoginNameTaken(name=name)
    user.login_names.append(LoginName(name=name))


def invite(session: Session, *, user: User, by: Actor, at: datetime) -> str:
    """A new one-use link secret for ``user``; earlier unused ones stop working."""
    for earlier in session.scalars(
        select(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None))
    ):
        earlier.used_at = at
    secret = new_secret()
    session.add(
        Invitation(
            user_id=user.id,
            secret_digest=digest(secret),
            created_at=at,
            created_by=by.label,
            expires_at=at + timedelta(days=INVITATION_DAYS),
        )
    )
    session.flush()
    return secret


def invitation(session: Session, secret: str, *, at: datetime) -> Invitation:
    """The open invitation behind ``secret``; raises ``InvitationSpent``, ``AccountSuspended``."""
    found = session.scalar(
        select(Invitation).where(Invitation.secret_digest == digest(secret)).with_for_update()
    )
    if found is None or found.used_at is not None or found.expires_at <= at:
        raise InvitationSpent
    if session.get_one(User, found.user_id).suspended_at is not None:
        raise AccountSuspended
    return found


def accept_invitation(session: Session, secret: str, *, password: str, at: datetime) -> User:
    """Set the first (or a new) password through an invitation; ends every open session of the user."""
    found = invitation(session, secret, at=at)
    user = session.get_one(User, found.user_id)
    set_password(session, user=user, password=password)
    found.used_at = at
    return user


def set_password(session: Session, *, user: User, password: str) -> None:
    """Change the password and end every session that began with the old one.

    Raises:
        PasswordTooWeak: short, common, or the user's own number.
    """
    names = tuple(login_name.name for login_name in user.login_names)
    if not rules.password_is_acceptable(password, login_names=names):
        raise PasswordTooWeak(field="password")
    user.password_hash = hash_password(password)
    user.session_epoch += 1
    session.flush()


def user_with_password(session: Session, *, login_name: str, password: str) -> User | None:
    """The user whose name and password these are, or None; takes equally long either way."""
    user = user_named(session, login_name)
    matches = password_matches(user.password_hash if user else None, password)
    return user if matches and user and user.suspended_at is None else None


def grant_role(
    session: Session, *, user: User, role: Role, organisation_id: int, by: Actor, at: datetime
) -> RoleGrant:
    """Give ``role`` on the organisation's subtree; an existing grant is returned as it is.

    Raises:
        GrantToSelf: ``by`` is the user.
    """
    if by.user_id == user.id:
        raise GrantToSelf
    # Two clicks at once queue here, and the second finds the first one's grant.
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True)).all()
    current = select(RoleGrant).where(
        RoleGrant.user_id == user.id,
        RoleGrant.role == role,
        RoleGrant.organisation_id == organisation_id,
        RoleGrant.revoked_at.is_(None),
    )
    grant = session.scalar(current)
    if grant is None:
        grant = RoleGrant(
            user_id=user.id, role=role, organisation_id=organisation_id, granted_by=by.label, granted_at=at
        )
        session.add(grant)
        session.flush()
    return grant


def suspend_user(session: Session, *, user: User, by: Actor, at: datetime) -> None:
    """Log ``user`` out everywhere and keep them out; raises ``ActOnSelf``."""
    if by.user_id == user.id:
        raise ActOnSelf
    user.suspended_at = user.suspended_at or at
    session.flush()


def reinstate_user(session: Session, *, user: User) -> None:
    """Let a suspended user log in again."""
    user.suspended_at = None
    session.flush()


def revoke_role(session: Session, *, grant: RoleGrant, by: Actor, at: datetime) -> None:
    """End a grant; it works from the user's next request. Raises ``ActOnSelf``."""
    if by.user_id == grant.user_id:
        raise ActOnSelf
    grant.revoked_at = grant.revoked_at or at
    session.flush()


def create_api_key(
    session: Session, *, label: str, role: Role, organisation_id: int, by: Actor, at: datetime
) -> tuple[ApiKey, str]:
    """A program's key and its secret, which is shown once; raises ``LabelInvalid``."""
    if not rules.label_is_acceptable(label):
        raise LabelInvalid(field="label")
    secret = new_secret()
    key = ApiKey(
        label=label,
        secret_digest=digest(secret),
        role=role,
        organisation_id=organisation_id,
        created_by=by.label,
        created_at=at,
    )
    session.add(key)
    session.flush()
    return key, secret


def revoke_api_key(session: Session, *, key: ApiKey, at: datetime) -> None:
    """End a key."""
    key.revoked_at = key.revoked_at or at
    session.flush()


def keep_log_in(session: Session, *, user_id: int, device: str, how: str, at: datetime) -> None:
    """Keep that somebody logged in on a browser.

    Args:
        device: the browser's random word; only its digest is kept.
        how: ``password`` or ``invitation``.
    """
    session.add(LogIn(user_id=user_id, at=at, device_digest=digest(device), how=how))
    session.flush()
