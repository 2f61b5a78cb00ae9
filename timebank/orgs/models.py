"""The organisation tree's one table."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orm import Base, line, primary_key, refers_to, word


class Organisation(Base):
    """A node of the tree. ``path`` is ``/1/5/23/``: the ids from the root to the node itself."""

    __tablename__ = "organisations"

    id: Mapped[primary_key]
    parent_id: Mapped[int | None] = refers_to("organisations.id")
    name: Mapped[line]
    kind: Mapped[word]
    path: Mapped[line] = mapped_column(unique=True)
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    parent: Mapped["Organisation | None"] = relationship(remote_side="Organisation.id")

    __table_args__ = (
        CheckConstraint("kind IN ('centre', 'subcentre', 'station', 'team', 'other')", name="kind_known"),
        Index("uq_organisations_parent_id_name", "parent_id", "name", unique=True),
        Index(
            "uq_organisations_root_name",
            "name",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
        # A prefix search needs bytewise order on PostgreSQL.
        Index("ix_organisations_path_prefix", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )
