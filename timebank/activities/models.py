"""Activities, shifts, sign-ups."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, line, primary_key, refers_to, text, word
from timebank.policy.models import Category


class Activity(Base):
    """A published occasion to serve, with one or more shifts."""

    __tablename__ = "activities"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    category_id: Mapped[int] = refers_to("categories.id")
    title: Mapped[line]
    place: Mapped[line]
    description: Mapped[text] = mapped_column(default="")
    status: Mapped[word]
    created_by: Mapped[word]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[text] = mapped_column(default="")

    organisation: Mapped[Organisation] = relationship()
    category: Mapped[Category] = relationship()
    shifts: Mapped[list["Shift"]] = relationship(back_populates="activity", order_by="Shift.starts_at")

    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'cancelled')", name="status_known"),
        Index("ix_activities_organisation_id_title", "organisation_id", "title"),
    )


class Shift(Base):
    """A place and time to serve. ``confirmed_at`` is set when the coordinator closes it."""

    __tablename__ = "shifts"

    id: Mapped[primary_key]
    activity_id: Mapped[int] = refers_to("activities.id")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    # None means that everybody who comes is welcome.
    capacity: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[word | None]

    activity: Mapped[Activity] = relationship(back_populates="shifts")
    sign_ups: Mapped[list["SignUp"]] = relationship(back_populates="shift")

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
    )


class SignUp(Base):
    """A member's place on a shift."""

    __tablename__ = "sign_ups"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    member_id: Mapped[int] = refers_to("members.id")
    status: Mapped[word]
    signed_up_at: Mapped[datetime]
    signed_up_by: Mapped[word]
    cancelled_at: Mapped[datetime | None]

    shift: Mapped[Shift] = relationship(back_populates="sign_ups")

    __table_args__ = (
        UniqueConstraint("shift_id", "member_id"),
        CheckConstraint("status IN ('signed_up', 'cancelled')", name="status_known"),
        Index(
            "ix_sign_ups_member_id_current",
            "member_id",
            sqlite_where=sql("status = 'signed_up'"),
            postgresql_where=sql("status = 'signed_up'"),
        ),
    )
