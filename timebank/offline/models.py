"""Assignments, rosters, the scans that devices upload, and the conflicts among them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.access.models import User
from timebank.activities.models import Shift
from timebank.members.models import Member
from timebank.orm import Base, append_only, line, primary_key, refers_to, text, word


class OfflineAssignment(Base):
    """Somebody may take the roster of a shift with them. Whoever planned the activity may anyway."""

    __tablename__ = "offline_assignments"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    user_id: Mapped[int] = refers_to("users.id")
    assigned_by_user_id: Mapped[int] = refers_to("users.id")
    assigned_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("shift_id", "user_id"),
        CheckConstraint("assigned_by_user_id <> user_id", name="nobody_assigns_themselves"),
    )


class OfflineRoster(Base):
    """One download: this shift, to this person's device, from when to when.

    ``public_word`` names it outside and salts everything on the device; its keys are derived from it.
    """

    __tablename__ = "offline_rosters"

    id: Mapped[primary_key]
    public_word: Mapped[word] = mapped_column(unique=True)
    shift_id: Mapped[int] = refers_to("shifts.id")
    taken_by_user_id: Mapped[int] = refers_to("users.id")
    taken_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # How many members were on it, and whether their names went along under a number that opens them.
    members: Mapped[int]
    has_names: Mapped[bool]
    # The device was lost: what comes from it still is kept, and nothing of it counts without a decision.
    lost_at: Mapped[datetime | None]
    last_upload_at: Mapped[datetime | None]

    shift: Mapped[Shift] = relationship()
    taken_by: Mapped[User] = relationship()


class OfflineScan(Base):
    """One scan or tick as a device uploaded it, with what came of it, for good.

    ``fingerprint`` covers all that the device said, so that the same upload twice is one row, and an
    edited one is another.
    """

    __tablename__ = "offline_scans"

    id: Mapped[primary_key]
    roster_id: Mapped[int] = refers_to("offline_rosters.id")
    fingerprint: Mapped[line]
    # As the device said it.
    counter: Mapped[int]
    nonce: Mapped[word]
    device_at: Mapped[datetime]
    kind: Mapped[word]
    how: Mapped[word]
    entry: Mapped[text]
    previous: Mapped[line]
    seal: Mapped[line]
    # As the server saw it.
    received_at: Mapped[datetime]
    clock_off_seconds: Mapped[int]
    member_id: Mapped[int | None] = refers_to("members.id")
    outcome: Mapped[word]
    # Machine words: ``chain_break``, ``edited``, ``clock_off`` …; with the reason, why it is no plain scan.
    oddities: Mapped[list[str]]

    roster: Mapped[OfflineRoster] = relationship()
    member: Mapped[Member | None] = relationship()

    __table_args__ = (
        UniqueConstraint("roster_id", "fingerprint"),
        CheckConstraint("kind IN ('in', 'out')", name="kind_known"),
        CheckConstraint("how IN ('code', 'tick')", name="how_known"),
        Index("ix_offline_scans_roster_id_counter", "roster_id", "counter"),
    )


append_only(OfflineScan)


class OfflineConflict(Base):
    """An odd scan that waits for somebody who did not record it.

    ``status``: ``open``, ``accepted`` (the scan counts), ``refused`` (it does not; the scan stays on file).
    """

    __tablename__ = "offline_conflicts"

    id: Mapped[primary_key]
    scan_id: Mapped[int] = refers_to("offline_scans.id")
    shift_id: Mapped[int] = refers_to("shifts.id")
    member_id: Mapped[int | None] = refers_to("members.id")
    reasons: Mapped[list[str]]
    status: Mapped[word]
    recorded_by_user_id: Mapped[int] = refers_to("users.id")
    opened_at: Mapped[datetime]
    decided_by_user_id: Mapped[int | None] = refers_to("users.id")
    decider_member_id: Mapped[int | None] = refers_to("members.id")
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[text] = mapped_column(default="")

    scan: Mapped[OfflineScan] = relationship()
    shift: Mapped[Shift] = relationship()
    member: Mapped[Member | None] = relationship(foreign_keys=[member_id])
    recorded_by: Mapped[User] = relationship(foreign_keys=[recorded_by_user_id], viewonly=True)
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_user_id], viewonly=True)

    __table_args__ = (
        UniqueConstraint("scan_id"),
        CheckConstraint("status IN ('open', 'accepted', 'refused')", name="status_known"),
        CheckConstraint("(status = 'open') = (decided_by_user_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint(
            "decided_by_user_id IS NULL OR decided_by_user_id <> recorded_by_user_id",
            name="decider_is_not_recorder",
        ),
        CheckConstraint(
            "decider_member_id IS NULL OR member_id IS NULL OR decider_member_id <> member_id",
            name="decider_is_not_beneficiary",
        ),
    )
