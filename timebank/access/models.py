"""Users, their names, roles and secrets."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orm import Base, append_only, line, primary_key, refers_to, word


class User(Base):
    """Somebody who can log in. Most are members too; an auditor from outside need not be."""

    __tablename__ = "users"

    id: Mapped[primary_key]
    name: Mapped[line]
    member_id: Mapped[int | None] = refers_to("members.id")
    password_hash: Mapped[str | None]
    # Raised by every change of password; sessions carry the number that they began with.
    session_epoch: Mapped[int] = mapped_column(default=0)
    locale: Mapped[word] = mapped_column(default="zh")
    elder_mode: Mapped[bool] = mapped_column(default=False)
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    login_names: Mapped[list["LoginName"]] = relationship(back_populates="user")

    __table_args__ = (UniqueConstraint("member_id"),)


class LoginName(Base):
    """A name under which a user logs in: a phone number or a volunteer number."""

    __tablename__ = "login_names"

    id: Mapped[primary_key]
    user_id: Mapped[int] = refers_to("users.id")
    name: Mapped[word] = mapped_column(unique=True)

    user: Mapped[User] = relationship(back_populates="login_names")


class RoleGrant(Base):
    """A role held on an organisation and everything below it, until it is revoked."""

    __tablename__ = "role_grants"

    id: Mapped[primary_key]
    user_id: Mapped[int] = refers_to("users.id")
    role: Mapped[word]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    granted_by: Mapped[word]
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "role IN ('coordinator', 'attendant', 'auditor', 'administrator')", name="role_known"
        ),
        Index(
            "uq_role_grants_current",
            "user_id",
            "role",
            "organisation_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )


class Lockout(Base):
    """Failed tries under a subject such as ``login:13800000000`` or ``pin:7``, shared by all processes."""

    __tablename__ = "lockouts"

    subject: Mapped[line] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_failure_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class Invitation(Base):
    """A one-use link to set a password; only the digest of its secret is kept."""

    __tablename__ = "invitations"

    id: Mapped[primary_key]
    user_id: Mapped[int] = refers_to("users.id")
    secret_digest: Mapped[line] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[word]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LogIn(Base):
    """Somebody logged in, or took up their invitation, on a browser known by a random cookie."""

    __tablename__ = "log_ins"

    id: Mapped[primary_key]
    user_id: Mapped[int] = refers_to("users.id")
    at: Mapped[datetime] = mapped_column(index=True)
    device_digest: Mapped[line] = mapped_column(index=True)
    how: Mapped[word]

    __table_args__ = (CheckConstraint("how IN ('password', 'invitation')", name="how_known"),)


append_only(LogIn)


class ApiKey(Base):
    """A program's key, with one role on one subtree like a person's grant; only its digest is kept."""

    __tablename__ = "api_keys"

    id: Mapped[primary_key]
    label: Mapped[line]
    secret_digest: Mapped[line] = mapped_column(unique=True)
    role: Mapped[word]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    created_by: Mapped[word]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
