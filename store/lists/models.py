"""Files that were asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from store.catalogue.models import Shop
from timebank.orm import Base, line, primary_key, refers_to, word


class ListFile(Base):
    """A list that somebody asked for as a file. ``status``: ``waiting``, ``running``, ``done``, ``cancelled`` or ``failed``."""

    __tablename__ = "list_files"

    id: Mapped[primary_key]
    key: Mapped[line] = mapped_column(unique=True)
    kind: Mapped[word]
    # ``xlsx`` or ``csv``.
    form: Mapped[word]
    # The page's filters, as they stood in its address.
    arguments: Mapped[dict[str, Any]]
    # In whose words the headings are.
    locale: Mapped[word]
    shop_id: Mapped[int] = refers_to("shops.id")
    asked_by_user_id: Mapped[int] = refers_to("users.id")
    asked_at: Mapped[datetime]
    status: Mapped[word]
    rows_total: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    shop: Mapped[Shop] = relationship()

    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name="status_known"
        ),
        CheckConstraint("form IN ('xlsx', 'csv')", name="form_known"),
        CheckConstraint("status <> 'done' OR content IS NOT NULL", name="done_has_content"),
        CheckConstraint("rows_done >= 0 AND rows_done <= rows_total", name="rows_sensible"),
    )
