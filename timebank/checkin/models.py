"""Keys, display sessions, printed codes, spot checks, kiosks, scan tickets, and the log of every scan."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.orm import Base, append_only, line, primary_key, refers_to, word

MOST_KEYS = 255
PLACES = "('inside', 'near', 'around', 'far', 'refused', 'inaccurate')"


class ScanKey(Base):
    """A root key of the rotating codes came into use. Its secret is derived outside the database.

    Key 1 is in use from the beginning and has no row. ``previous_until`` ends the key before it: a day
    later, so that codes already on a screen go on working, or at once.
    """

    __tablename__ = "scan_keys"

    id: Mapped[primary_key]
    number: Mapped[int] = mapped_column(unique=True)
    begins_at: Mapped[datetime]
    previous_until: Mapped[datetime]
    begun_by: Mapped[line]

    __table_args__ = (CheckConstraint(f"number BETWEEN 2 AND {MOST_KEYS}", name="number_fits_a_byte"),)


append_only(ScanKey)


class PresencePlan(Base):
    """How an activity wants presence proved. Without a row nothing is asked beyond the code.

    The place is where everybody meets, in millionths of a degree of WGS-84; no member's place is kept.
    """

    __tablename__ = "presence_plans"

    id: Mapped[primary_key]
    activity_id: Mapped[int] = refers_to("activities.id")
    asks_place: Mapped[bool]
    latitude_e6: Mapped[int | None]
    longitude_e6: Mapped[int | None]
    spot_checks: Mapped[bool]
    changed_by: Mapped[line]
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("activity_id"),
        CheckConstraint("(latitude_e6 IS NULL) = (longitude_e6 IS NULL)", name="place_has_both_coordinates"),
    )


class PrintedCode(Base):
    """A code printed on paper at a place of an activity. A new ``generation`` makes lost paper worthless."""

    __tablename__ = "printed_codes"

    id: Mapped[primary_key]
    activity_id: Mapped[int] = refers_to("activities.id")
    name: Mapped[line]
    generation: Mapped[int] = mapped_column(default=1)
    made_by_user_id: Mapped[int] = refers_to("users.id")
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SpotCheck(Base):
    """Who is inside is asked to scan once more, between ``opened_at`` and ``closes_at``."""

    __tablename__ = "spot_checks"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    opened_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    # Set once those who did not answer have been written down.
    settled_at: Mapped[datetime | None]


class SpotAnswer(Base):
    """One member's answer to a spot check, for good."""

    __tablename__ = "spot_answers"

    id: Mapped[primary_key]
    spot_check_id: Mapped[int] = refers_to("spot_checks.id")
    member_id: Mapped[int] = refers_to("members.id")
    outcome: Mapped[word]
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("spot_check_id", "member_id"),
        CheckConstraint("outcome IN ('seen', 'missed')", name="outcome_known"),
    )


append_only(SpotAnswer)


class Kiosk(Base):
    """A tablet at the door, bound to one shift: it shows the code, reads cards, and can do nothing else."""

    __tablename__ = "kiosks"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    secret_digest: Mapped[line] = mapped_column(unique=True)
    # Leaving the page takes this PIN, or a coordinator's own log-in elsewhere.
    pin_hash: Mapped[line]
    shows_code: Mapped[bool]
    reads_cards: Mapped[bool]
    # Somebody of the team stands beside it and looks at faces.
    is_attended: Mapped[bool]
    opened_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[line | None]

    __table_args__ = (CheckConstraint("shows_code OR reads_cards", name="does_something"),)


class DisplaySession(Base):
    """Somebody showed the code of a shift, from when to when."""

    __tablename__ = "display_sessions"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    kind: Mapped[word]
    shown_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    kiosk_id: Mapped[int | None] = refers_to("kiosks.id")

    __table_args__ = (CheckConstraint("kind IN ('in', 'out', 'spot')", name="kind_known"),)


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
    printed_code_id: Mapped[int | None] = refers_to("printed_codes.id")
    kiosk_id: Mapped[int | None] = refers_to("kiosks.id")
    # How near the phone was when the button was tapped, where the activity asks: a bucket, never coordinates.
    place: Mapped[word | None]
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
    # A bucket such as ``inside`` or ``far``; None where nobody asked.
    place: Mapped[word | None]
    # The organiser who scanned the member, or typed the number.
    operator_user_id: Mapped[int | None] = refers_to("users.id")
    ticket_id: Mapped[int | None] = refers_to("scan_tickets.id")
    facts: Mapped[dict[str, Any]]

    __table_args__ = (
        CheckConstraint(f"place IS NULL OR place IN {PLACES}", name="place_known"),
        Index("ix_scans_shift_id_at", "shift_id", "at"),
        # A night's screening reads the newest weeks of millions of scans.
        Index("ix_scans_at", "at"),
    )


append_only(Scan)
