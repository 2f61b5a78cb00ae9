"""Members and their one-minute personal codes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.orgs.models import Organisation
from timebank.orm import Base, line, primary_key, refers_to, text, word


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
