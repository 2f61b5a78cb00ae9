"""Reports of redemptions that were not the member's, and what was decided about them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orm import Base, BigId, append_only, line, primary_key, refers_to, text, word


class Dispute(Base):
    """One report. From its first moment the member's points are frozen."""

    __tablename__ = "disputes"

    id: Mapped[primary_key]
    # Made by the page: a second press makes no second report.
    key: Mapped[line] = mapped_column(unique=True)
    member_id: Mapped[int] = refers_to("members.id")
    organisation_id: Mapped[int] = refers_to("organisations.id")
    # The order that it is about; a case refers to ``dispute:<id>`` and finds it here.
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    says: Mapped[text] = mapped_column(default="")
    reported_by: Mapped[line]
    reported_at: Mapped[datetime]

    member: Mapped[Member] = relationship()
    organisation: Mapped[Organisation] = relationship()
    decisions: Mapped[list["DisputeDecision"]] = relationship(
        back_populates="dispute", order_by="DisputeDecision.number"
    )

    # One report for each order: pressing again, in whichever browser, finds the first.
    __table_args__ = (UniqueConstraint("order_id"),)


class DisputeDecision(Base):
    """``upheld``: it was somebody else, and the points stay frozen; ``lifted``: they may be spent again."""

    __tablename__ = "dispute_decisions"

    id: Mapped[primary_key]
    dispute_id: Mapped[int] = refers_to("disputes.id")
    # Counts up from 1 within the dispute: of two decisions at one moment the database takes one.
    number: Mapped[int]
    decision: Mapped[word]
    reason: Mapped[text]
    decided_by_user_id: Mapped[int] = refers_to("users.id")
    decided_at: Mapped[datetime]

    dispute: Mapped[Dispute] = relationship(back_populates="decisions")

    __table_args__ = (
        UniqueConstraint("dispute_id", "number"),
        CheckConstraint("decision IN ('upheld', 'lifted')", name="decision_known"),
    )


for model in (Dispute, DisputeDecision):
    append_only(model)
