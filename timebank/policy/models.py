"""Categories, dated points rules, settings per organisation."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from timebank.orm import Base, append_only, line, primary_key, refers_to, word


class Category(Base):
    """A kind of service, such as 敬老爱老: a word of one county, or of the whole installation."""

    __tablename__ = "categories"

    id: Mapped[primary_key]
    # The county (root of a tree) whose word it is; None for a word that all counties share.
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    name: Mapped[line]
    english_name: Mapped[line] = mapped_column(default="")
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        Index(
            "uq_categories_name_shared",
            "name",
            unique=True,
            sqlite_where=sql("organisation_id IS NULL"),
            postgresql_where=sql("organisation_id IS NULL"),
        ),
    )


class PointsRule(Base):
    """One version of how confirmed minutes become points.

    Applies to services dated from ``valid_from`` to ``valid_until`` (inclusive) in the organisation's
    subtree; a rule for the category wins over a general one, a nearer organisation over a farther,
    and then the later ``number``.
    """

    __tablename__ = "points_rules"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    number: Mapped[int]
    category_id: Mapped[int | None] = refers_to("categories.id")
    points_per_hour: Mapped[Decimal]
    rounding: Mapped[word]
    # The step that the result is rounded to, in points: 1, 0.5, 0.01 …
    rounding_step: Mapped[Decimal]
    cap_points_per_day: Mapped[Decimal | None]
    cap_points_per_month: Mapped[Decimal | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    created_by: Mapped[word]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("points_per_hour >= 0", name="rate_not_negative"),
        CheckConstraint("rounding IN ('down', 'half_up', 'up')", name="rounding_known"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates_in_order"),
    )


class PolicySetting(Base):
    """A setting of ``policy.rules.Policy`` as it holds from ``changed_at`` on, for an organisation and below.

    Rows are never changed: the newest of its name holds, and what held at any moment can be asked.
    ``value`` None means that the organisation follows the one above again.
    """

    __tablename__ = "policy_settings"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[word]
    value: Mapped[Any] = mapped_column(JSON)
    changed_by: Mapped[line]
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_policy_settings_organisation_id_name_changed_at", "organisation_id", "name", "changed_at"),
    )


append_only(PolicySetting)
