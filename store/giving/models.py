"""Points that were given away."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orm import Base, append_only, line, primary_key, refers_to


class Gift(Base):
    """Points from one member to another of the household, or to an organisation's pool."""

    __tablename__ = "gifts"

    id: Mapped[primary_key]
    # Made by the page: a second press gives nothing twice.
    key: Mapped[line] = mapped_column(unique=True)
    member_id: Mapped[int] = refers_to("members.id")
    to_member_id: Mapped[int | None] = refers_to("members.id")
    to_organisation_id: Mapped[int | None] = refers_to("organisations.id")
    points: Mapped[Decimal]
    words: Mapped[line] = mapped_column(default="")
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")
    given_at: Mapped[datetime]

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    to_member: Mapped[Member | None] = relationship(foreign_keys=[to_member_id])
    to_organisation: Mapped[Organisation | None] = relationship()

    __table_args__ = (
        UniqueConstraint("transaction_id"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("(to_member_id IS NULL) <> (to_organisation_id IS NULL)", name="one_receiver"),
        CheckConstraint("to_member_id <> member_id", name="somebody_else"),
        Index("ix_gifts_member_id_given_at", "member_id", "given_at"),
    )


append_only(Gift)
