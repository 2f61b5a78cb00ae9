"""Reconciliation runs, kept so that today is compared with yesterday."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from timebank.orm import Base, primary_key, refers_to, word


class ReconciliationRun(Base):
    """One run over an organisation's subtree (or everything), with its result as published."""

    __tablename__ = "reconciliation_runs"

    id: Mapped[primary_key]
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    clean: Mapped[bool]
    breaks: Mapped[int]
    result: Mapped[dict[str, Any]]
    started_by: Mapped[word]
