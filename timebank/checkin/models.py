"""Display sessions, scan tickets, and the log of every scan."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from timebank.orm import Base, append_only, line, primary_key, refers_to, word


class DisplaySession(Base):
    """Somebody showed the code of a shift, from when to when."""

    __tablename__ = "display_sessions"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    kind: Mapped[word]
    shown_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("kind IN ('in', 'out')", name="kind_known"),)


class ScanTicket(Base):
    """A verified code waiting for its person: ten minutes, one use, bound to one browser.

    The moment that counts is ``scanned_at``, the first hit; a slow log-in costs the volunteer nothing.
    """

    __tablename__ = "scan_tickets"

    id: Mapped[primary_key]
    ticket_digest: Mapped[line] = mapped_column(unique=True)
    browser_digest: Mapped[line]
    shift_id: Mapped[int] = refers_to("shifts.id")
    kind: Mapped[word]
    method: Mapped[word]
    display_session_id: Mapped[int | None] = refers_to("display_sessions.id")
    # Whom the organiser scanned, and by what: ``code``, ``card`` or ``number``. None where members scan themselves.
    for_member_id: Mapped[int | None] = refers_to("members.id")
    identified_by: Mapped[word | None]
    scanned_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # The first answer, given again to every repeat.
    used_by_member_id: Mapped[int | None] = refers_to("members.id")
    used_at: Mapped[datetime | None]
    outcome: Mapped[word | None]


class Scan(Base):
    """One attempt to check in or out, with its outcome, for good."""

    __tablename__ = "scans"

    id: Mapped[primary_key]
    at: Mapped[datetime]
    shift_id: Mapped[int | None] = refers_to("shifts.id")
    member_id: Mapped[int | None] = refers_to("members.id")
    kind: Mapped[word]
    method: Mapped[word]
    outcome: Mapped[word]
    device_digest: Mapped[line | None] = mapped_column(index=True)
    # The organiser who scanned the member, or typed the number.
    operator_user_id: Mapped[int | None] = refers_to("users.id")
    ticket_id: Mapped[int | None] = refers_to("scan_tickets.id")
    facts: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_scans_shift_id_at", "shift_id", "at"),)


append_only(Scan)
