"""Notices, the addresses that people confirmed, and the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orm import Base, line, primary_key, refers_to, word
from timebank.orm import text as long_text

# A person is known as a member wherever they are one, otherwise as a user: never as both.
_ONE_PERSON = "(member_id IS NULL) <> (user_id IS NULL)"


class Notice(Base):
    """Something that one person is told. The sentence is an English message id; the facts fill its places."""

    __tablename__ = "notices"

    id: Mapped[primary_key]
    member_id: Mapped[int | None] = refers_to("members.id")
    user_id: Mapped[int | None] = refers_to("users.id")
    kind: Mapped[word]
    sentence: Mapped[long_text]
    facts: Mapped[dict[str, Any]]
    # A path of this house, where the person sees what it is about.
    href: Mapped[line | None]
    # The same key is told once.
    key: Mapped[line | None] = mapped_column(unique=True)
    told_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(_ONE_PERSON, name="one_person"),
        Index(
            "ix_notices_unread_member",
            "member_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notices_unread_user",
            "user_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )


class NoticeAddress(Base):
    """Where a person is reached by one channel. Nothing but the question itself goes there before it is confirmed."""

    __tablename__ = "notice_addresses"

    id: Mapped[primary_key]
    member_id: Mapped[int | None] = refers_to("members.id")
    user_id: Mapped[int | None] = refers_to("users.id")
    channel: Mapped[word]
    address: Mapped[line]
    # Part of what the confirming link is computed from: a changed address makes older links worthless.
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # The person's choice; an address may be kept and silent.
    wanted: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        CheckConstraint(_ONE_PERSON, name="one_person"),
        UniqueConstraint("member_id", "channel"),
        UniqueConstraint("user_id", "channel"),
    )


class NoticeDelivery(Base):
    """One line of the outbox: a notice, or the question whether an address is right, on its way by one channel."""

    __tablename__ = "notice_deliveries"

    id: Mapped[primary_key]
    notice_id: Mapped[int | None] = refers_to("notices.id")
    address_id: Mapped[int] = refers_to("notice_addresses.id")
    channel: Mapped[word]
    kind: Mapped[word]
    # The same for every try: whoever receives it twice can tell.
    message_id: Mapped[line] = mapped_column(unique=True)
    # Whose administrator sees it when it cannot be delivered.
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    status: Mapped[word] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    error: Mapped[long_text] = mapped_column(default="")

    notice: Mapped[Notice | None] = relationship()
    address: Mapped[NoticeAddress] = relationship()

    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        CheckConstraint("status IN ('waiting', 'sending', 'sent', 'dropped', 'dead')", name="status_known"),
        CheckConstraint("kind IN ('notice', 'confirmation')", name="kind_known"),
        CheckConstraint("(kind = 'notice') = (notice_id IS NOT NULL)", name="notice_is_named"),
        CheckConstraint("status <> 'sending' OR leased_until IS NOT NULL", name="sending_is_leased"),
        Index("ix_notice_deliveries_status_due_at", "status", "due_at"),
    )
