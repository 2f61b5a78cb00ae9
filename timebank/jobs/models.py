"""The queue of work that outlives a request."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from timebank.orm import Base, line, primary_key, text, word


class Job(Base):
    """One piece of work. ``key`` keeps the same nightly job from being queued twice."""

    __tablename__ = "jobs"

    id: Mapped[primary_key]
    name: Mapped[word]
    key: Mapped[line] = mapped_column(unique=True)
    arguments: Mapped[dict[str, Any]]
    status: Mapped[word]
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    # While it runs: who has it, and until when it is theirs unless they renew it.
    runner: Mapped[line | None]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[text] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="status_known"),
        CheckConstraint(
            "status <> 'running' OR (runner IS NOT NULL AND leased_until IS NOT NULL)",
            name="running_is_leased",
        ),
        Index("ix_jobs_status_due_at", "status", "due_at"),
    )
