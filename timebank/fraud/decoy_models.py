"""Decoys: activities and members that look like any other, and that nobody honest credits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, BigId, append_only, line, primary_key, refers_to, text, word


class Decoy(Base):
    """Somebody proposes that an activity or a member is a decoy. It counts once a second person has signed."""

    __tablename__ = "fraud_decoys"

    id: Mapped[primary_key]
    kind: Mapped[word]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    activity_id: Mapped[int | None] = refers_to("activities.id")
    member_id: Mapped[int | None] = refers_to("members.id")
    # The sealed note: why it was planted, and its digest, which stands in the audit trail from the first day.
    note: Mapped[text]
    note_digest: Mapped[line]
    proposed_by_user_id: Mapped[int] = refers_to("users.id")
    proposed_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    signature: Mapped["DecoySignature | None"] = relationship(back_populates="decoy")
    end: Mapped["DecoyEnd | None"] = relationship(back_populates="decoy")

    __table_args__ = (
        CheckConstraint("kind IN ('activity', 'member')", name="kind_known"),
        CheckConstraint(
            "(kind = 'activity') = (activity_id IS NOT NULL) AND (kind = 'member') = (member_id IS NOT NULL)",
            name="one_thing",
        ),
        UniqueConstraint("id", "proposed_by_user_id"),
    )


class DecoySignature(Base):
    """The second person, who knows of the decoy from then on; never the one who proposed it."""

    __tablename__ = "fraud_decoy_signatures"

    id: Mapped[primary_key]
    decoy_id: Mapped[int] = mapped_column(BigId, unique=True)
    # The proposer, held equal by the foreign key, so that the database itself sees that two people planted it.
    proposed_by_user_id: Mapped[int] = mapped_column(BigId)
    signed_by_user_id: Mapped[int] = refers_to("users.id")
    signed_at: Mapped[datetime]

    decoy: Mapped[Decoy] = relationship(back_populates="signature")

    __table_args__ = (
        ForeignKeyConstraint(
            ["decoy_id", "proposed_by_user_id"], ["fraud_decoys.id", "fraud_decoys.proposed_by_user_id"]
        ),
        CheckConstraint("signed_by_user_id <> proposed_by_user_id", name="two_people"),
    )


class DecoyEnd(Base):
    """From then on the activity or member is what it looks like."""

    __tablename__ = "fraud_decoy_ends"

    id: Mapped[primary_key]
    decoy_id: Mapped[int] = refers_to("fraud_decoys.id")
    reason: Mapped[text]
    ended_by_user_id: Mapped[int] = refers_to("users.id")
    ended_at: Mapped[datetime]

    decoy: Mapped[Decoy] = relationship(back_populates="end")

    __table_args__ = (UniqueConstraint("decoy_id"),)


for model in (Decoy, DecoySignature, DecoyEnd):
    append_only(model)
