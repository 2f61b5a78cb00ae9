"""Activities with their posts, shifts, sign-ups, extensions; templates; calendar addresses; notes of insurance."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, BigId, append_only, facts, line, primary_key, refers_to, text, word
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
    # Shown only to those whose place is confirmed: a door code, a resident's address.
    private_details: Mapped[text] = mapped_column(default="")
    contact_name: Mapped[line] = mapped_column(default="")
    contact_phone: Mapped[word] = mapped_column(default="")
    # Conditions of taking part, checked at every sign-up; empty or None asks for nothing.
    skills: Mapped[list[str]] = mapped_column(default=list)
    age_from: Mapped[int | None]
    age_until: Mapped[int | None]
    sex: Mapped[word] = mapped_column(default="")
    needs_insurance: Mapped[bool] = mapped_column(default=False)
    # Sign-up closes so long before a shift begins.
    closes_hours: Mapped[int] = mapped_column(default=0)
    status: Mapped[word]
    # Goes up with every change that a calendar has to learn (SEQUENCE of RFC 5545).
    revision: Mapped[int] = mapped_column(default=0)
    # The activity that this one repeats; None for the first of a series and for single ones.
    series_id: Mapped[int | None] = refers_to("activities.id")
    created_by: Mapped[word]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[text] = mapped_column(default="")

    organisation: Mapped[Organisation] = relationship()
    category: Mapped[Category] = relationship()
    shifts: Mapped[list["Shift"]] = relationship(back_populates="activity", order_by="Shift.starts_at")
    posts: Mapped[list["Post"]] = relationship(
        back_populates="activity", order_by="Post.id", cascade="all, delete-orphan"
    )
    photo: Mapped["ActivityPhoto | None"] = relationship(
        back_populates="activity", cascade="all, delete-orphan"
    )

    @property
    def held_shifts(self) -> list["Shift"]:
        """Those that take place or took place: all but the ones that were called off alone."""
        return [shift for shift in self.shifts if shift.cancelled_at is None]

    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'cancelled')", name="status_known"),
        CheckConstraint("sex IN ('', 'male', 'female')", name="sex_known"),
        CheckConstraint("age_from IS NULL OR age_from BETWEEN 0 AND 120", name="age_from_possible"),
        CheckConstraint(
            "age_until IS NULL OR age_until BETWEEN coalesce(age_from, 0) AND 120", name="ages_in_order"
        ),
        CheckConstraint("closes_hours BETWEEN 0 AND 720", name="closes_hours_possible"),
        Index("ix_activities_organisation_id_title", "organisation_id", "title"),
    )


class ActivityPhoto(Base):
    """The picture of an activity, made small and written anew."""

    __tablename__ = "activity_photos"

    activity_id: Mapped[int] = mapped_column(BigId, ForeignKey("activities.id"), primary_key=True)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    activity: Mapped[Activity] = relationship(back_populates="photo")


class Post(Base):
    """A task within the activity with its own places, the same at each of its shifts."""

    __tablename__ = "posts"

    id: Mapped[primary_key]
    activity_id: Mapped[int] = refers_to("activities.id")
    name: Mapped[line]
    # Places at each shift.
    capacity: Mapped[int]
    # A skill that this post alone asks for; empty asks for none.
    skill: Mapped[line] = mapped_column(default="")

    activity: Mapped[Activity] = relationship(back_populates="posts")

    __table_args__ = (
        UniqueConstraint("activity_id", "name"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
    )


class Shift(Base):
    """A place and time to serve. ``confirmed_at`` is set when the coordinator closes it."""

    __tablename__ = "shifts"

    id: Mapped[primary_key]
    activity_id: Mapped[int] = refers_to("activities.id")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    # The end as planned now: an extension moves it for everybody and is logged.
    ends_at: Mapped[datetime]
    # None means that everybody who comes is welcome. Where there are posts, the sum of their places.
    capacity: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[word | None]
    # This shift alone was called off; the others of its activity take place.
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[text] = mapped_column(default="")

    activity: Mapped[Activity] = relationship(back_populates="shifts")
    sign_ups: Mapped[list["SignUp"]] = relationship(back_populates="shift")

    @property
    def status(self) -> str:
        """``draft``, ``published`` or ``cancelled``, alone or with the whole activity."""
        return "cancelled" if self.cancelled_at is not None else self.activity.status

    @property
    def why_cancelled(self) -> str:
        """The reason that everybody reads; empty while it takes place."""
        return self.cancel_reason if self.cancelled_at is not None else self.activity.cancel_reason or ""

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
    )


class ShiftExtension(Base):
    """The plan of a shift that runs was made longer, for everybody alike. Never changed."""

    __tablename__ = "shift_extensions"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    ended_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[text]
    extended_by: Mapped[word]
    extended_at: Mapped[datetime]

    __table_args__ = (
        # Each extension begins where the one before ended: two clicks at once extend once.
        UniqueConstraint("shift_id", "ended_at"),
        CheckConstraint("ends_at > ended_at", name="only_longer"),
    )


append_only(ShiftExtension)


class SignUp(Base):
    """A member's place on a shift, or their turn on its waiting list.

    ``status``: ``waiting`` stands in the queue, ``offered`` has a place kept until ``offered_until``,
    ``signed_up`` has a place, ``cancelled`` gave it up, ``lapsed`` did not answer an offer.
    """

    __tablename__ = "sign_ups"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    member_id: Mapped[int] = refers_to("members.id")
    post_id: Mapped[int | None] = refers_to("posts.id")
    status: Mapped[word]
    # Since when the place is held or waited for, and who did it: the member, a helper or an organiser.
    signed_up_at: Mapped[datetime]
    signed_up_by: Mapped[word]
    # Why somebody else did it: ``family`` or ``organiser``; empty where the member did.
    signed_up_as: Mapped[word] = mapped_column(default="")
    offered_until: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[word | None]
    # Goes up with every change of status, so that a calendar learns of it.
    revision: Mapped[int] = mapped_column(default=0)

    shift: Mapped[Shift] = relationship(back_populates="sign_ups")
    post: Mapped[Post | None] = relationship()

    __table_args__ = (
        UniqueConstraint("shift_id", "member_id"),
        CheckConstraint(
            "status IN ('waiting', 'offered', 'signed_up', 'cancelled', 'lapsed')", name="status_known"
        ),
        CheckConstraint("(status = 'offered') = (offered_until IS NOT NULL)", name="offer_has_its_end"),
        CheckConstraint("signed_up_as IN ('', 'family', 'organiser')", name="signed_up_as_known"),
        Index(
            "ix_sign_ups_member_id_current",
            "member_id",
            sqlite_where=sql("status = 'signed_up'"),
            postgresql_where=sql("status = 'signed_up'"),
        ),
        Index(
            "ix_sign_ups_offered_until",
            "offered_until",
            sqlite_where=sql("status = 'offered'"),
            postgresql_where=sql("status = 'offered'"),
        ),
    )


class ActivityTemplate(Base):
    """A plan kept under a name, from which new activities begin; ``plan`` as ``plans.Plan`` writes it."""

    __tablename__ = "activity_templates"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[line]
    plan: Mapped[facts]
    created_by: Mapped[word]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (UniqueConstraint("organisation_id", "name"),)


class CalendarAddress(Base):
    """The secret address of a member's calendar: derived from ``generation``; a new one ends the old."""

    __tablename__ = "calendar_addresses"

    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("members.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(default=1)
    renewed_at: Mapped[datetime]
    is_on: Mapped[bool] = mapped_column(default=True)


class InsuranceNote(Base):
    """Somebody of the staff saw that a member is insured for volunteering, until a day. Never changed."""

    __tablename__ = "insurance_notes"

    id: Mapped[primary_key]
    member_id: Mapped[int] = refers_to("members.id")
    insured_until: Mapped[date]
    # What was seen: insurer and number of the policy.
    evidence: Mapped[line]
    noted_by: Mapped[word]
    noted_at: Mapped[datetime]


append_only(InsuranceNote)
