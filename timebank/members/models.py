"""Members, their one-minute personal codes, photos, households and groups."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, BigId, line, primary_key, refers_to, text, word


class Member(Base):
    """A person in the registers."""

    __tablename__ = "members"

    id: Mapped[primary_key]
    # Eight digits, public: printed on cards and certificates.
    number: Mapped[word] = mapped_column(unique=True)
    name: Mapped[line]
    # Pinyin of the name, so that lists sort as people look things up.
    sort_name: Mapped[line] = mapped_column(index=True)
    sex: Mapped[word]
    born_on: Mapped[date | None]
    phone: Mapped[word] = mapped_column(index=True)
    identity_cipher: Mapped[text | None]
    identity_hash: Mapped[line | None] = mapped_column(unique=True)
    skills: Mapped[list[str]]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    joined_on: Mapped[date | None]
    # When the person agreed to the keeping of these data; how is in the audit trail.
    consented_at: Mapped[datetime | None]
    card_secret: Mapped[line]
    card_generation: Mapped[int] = mapped_column(default=1)
    pin_hash: Mapped[line | None]
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (CheckConstraint("sex IN ('male', 'female', 'unknown')", name="sex_known"),)


class PersonalCode(Base):
    """A code on a member's phone: lives a minute and works once, whatever the outcome."""

    __tablename__ = "personal_codes"

    id: Mapped[primary_key]
    member_id: Mapped[int] = refers_to("members.id")
    code_digest: Mapped[line] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    consumed_at: Mapped[datetime | None]
    # What the code was shown to: ``shop:<id>`` or ``shift:<id>``.
    consumed_by: Mapped[line | None]

    __table_args__ = (Index("ix_personal_codes_expires_at", "expires_at"),)


class MemberPhoto(Base):
    """A member's face, written anew from what was sent; a table of its own, so that lists never load it."""

    __tablename__ = "member_photos"

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id"), primary_key=True, autoincrement=False
    )
    picture: Mapped[bytes] = mapped_column(LargeBinary)
    # Changes with the picture; part of its address, so that browsers may keep what they have.
    picture_digest: Mapped[line]
    uploaded_by: Mapped[word]
    uploaded_at: Mapped[datetime]


class Household(Base):
    """People who live together: gifts within it are free, some limits count for all of it."""

    __tablename__ = "households"

    id: Mapped[primary_key]
    created_at: Mapped[datetime]


class HouseholdMember(Base):
    """Who belongs to a household from when to when; to one at a time, and the database sees to it."""

    __tablename__ = "household_members"

    id: Mapped[primary_key]
    household_id: Mapped[int] = refers_to("households.id")
    member_id: Mapped[int] = refers_to("members.id")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_by: Mapped[word | None]

    member: Mapped[Member] = relationship()

    __table_args__ = (
        Index(
            "uq_household_members_current",
            "member_id",
            unique=True,
            sqlite_where=sql_text("until IS NULL"),
            postgresql_where=sql_text("until IS NULL"),
        ),
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
        CheckConstraint("(until IS NULL) = (ended_by IS NULL)", name="end_is_signed"),
    )


class HouseholdLink(Base):
    """A proposal that ``member`` joins the household of ``relative``, decided once, by somebody else."""

    __tablename__ = "household_links"

    id: Mapped[primary_key]
    member_id: Mapped[int] = refers_to("members.id")
    relative_id: Mapped[int] = refers_to("members.id")
    # ``consent``: both members said yes themselves; ``office``: two coordinators looked at the household register.
    means: Mapped[word]
    proposed_by: Mapped[word]
    proposed_at: Mapped[datetime]
    note: Mapped[line] = mapped_column(default="")
    status: Mapped[word] = mapped_column(default="open")
    decided_by: Mapped[word | None]
    decided_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    relative: Mapped[Member] = relationship(foreign_keys=[relative_id])

    __table_args__ = (
        CheckConstraint("member_id <> relative_id", name="two_people"),
        CheckConstraint("means IN ('consent', 'office')", name="means_known"),
        CheckConstraint("status IN ('open', 'agreed', 'declined')", name="status_known"),
        CheckConstraint("(status = 'open') = (decided_by IS NULL)", name="decision_is_signed"),
        CheckConstraint("status <> 'agreed' OR decided_by <> proposed_by", name="second_person"),
        Index(
            "uq_household_links_open",
            "member_id",
            "relative_id",
            unique=True,
            sqlite_where=sql_text("status = 'open'"),
            postgresql_where=sql_text("status = 'open'"),
        ),
    )


class MemberGroup(Base):
    """A group that the county names, such as low income or aged 80 and over: prices may depend on it."""

    __tablename__ = "member_groups"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    name: Mapped[line]
    description: Mapped[line] = mapped_column(default="")
    # Whoever is at least so many years old belongs to it without being entered; None where people are entered.
    from_age: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("from_age IS NULL OR (from_age >= 1 AND from_age <= 120)", name="age_sensible"),
    )


class GroupMembership(Base):
    """A member belongs to a group from a day to a day, both included; without an end while it holds."""

    __tablename__ = "group_memberships"

    id: Mapped[primary_key]
    group_id: Mapped[int] = refers_to("member_groups.id")
    member_id: Mapped[int] = refers_to("members.id")
    since: Mapped[date]
    until: Mapped[date | None]
    # On what paper it rests: the number of a certificate, the list of an office.
    evidence: Mapped[line] = mapped_column(default="")
    entered_by: Mapped[word]
    entered_at: Mapped[datetime]
    ended_by: Mapped[word | None]

    group: Mapped[MemberGroup] = relationship()
    member: Mapped[Member] = relationship()

    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
        Index(
            "uq_group_memberships_current",
            "group_id",
            "member_id",
            unique=True,
            sqlite_where=sql_text("until IS NULL"),
            postgresql_where=sql_text("until IS NULL"),
        ),
    )
