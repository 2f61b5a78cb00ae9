"""The weekly report on rings: who is tied to whom more closely than chance explains."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, append_only, primary_key, refers_to, word


class RingReport(Base):
    """What the graph of one county said when a week was over. ``found`` names people by number only.

    ``looked_at`` counts the rows that were read, so that an empty report is told from one that saw nothing.
    """

    __tablename__ = "fraud_ring_reports"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    # The Monday on whose first moment the report ends.
    until: Mapped[date]
    looked_at: Mapped[dict[str, Any]]
    found: Mapped[dict[str, Any]]
    made_by: Mapped[word]
    made_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (UniqueConstraint("organisation_id", "until"),)


append_only(RingReport)
