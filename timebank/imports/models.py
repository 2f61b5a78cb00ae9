"""Import runs: a register's file, its preview, its progress and its result."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column

from timebank.orm import Base, line, primary_key, refers_to, word


class ImportRun(Base):
    """One file, from upload to result. ``status``: previewed, queued, running, done, refused, failed, cancelled."""

    __tablename__ = "import_runs"

    id: Mapped[primary_key]
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    register: Mapped[word]
    file_name: Mapped[line]
    file_digest: Mapped[line]
    # Sealed (imports.sealing): the file until the run has ended, then the rejected rows until they are forgotten.
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    partial: Mapped[bool]
    status: Mapped[word]
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None]
    created_by: Mapped[word]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "status IN ('previewed', 'queued', 'running', 'done', 'refused', 'failed', 'cancelled')",
            name="status_known",
        ),
    )
