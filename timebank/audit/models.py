"""The audit trail's one table."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from timebank.orm import Base, append_only, line, primary_key, word


class AuditEntry(Base):
    """One act. ``actor`` is ``user:<id>``, ``key:<id>``, ``command`` or ``job``; ``subject`` is ``room:<id>``."""

    __tablename__ = "audit_entries"

    id: Mapped[primary_key]
    at: Mapped[datetime]
    actor: Mapped[word]
    actor_name: Mapped[line]
    action: Mapped[word]
    subject: Mapped[line]
    organisation_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    facts: Mapped[dict[str, Any]]
    request_id: Mapped[word]

    __table_args__ = (
        Index("ix_audit_entries_subject", "subject"),
        Index("ix_audit_entries_actor_at", "actor", "at"),
    )


append_only(AuditEntry)
