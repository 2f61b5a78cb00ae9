"""Requests for certificates, certificates, the records that each counts, and revocations."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.access.models import User
from timebank.certificates.guard import certificates_ddl, counted_ddl, revocations_ddl
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orm import Base, BigId, append_only, guarded, line, primary_key, refers_to, text, word


class Certificate(Base):
    """What an organisation vouches for: a member's confirmed hours of a period, as they stood on the day of issue."""

    __tablename__ = "certificates"

    id: Mapped[primary_key]
    # The organisation that recorded the hours; its serials run from 1 without gaps.
    organisation_id: Mapped[int] = refers_to("organisations.id")
    serial: Mapped[int]
    member_id: Mapped[int] = refers_to("members.id")
    # Unguessable; whoever has the paper can check it.
    verify_word: Mapped[line] = mapped_column(unique=True)
    # As they were on the day of issue, because names change.
    member_name: Mapped[line]
    organisation_name: Mapped[line]
    # ``230225********1852``; the whole number is never kept here.
    identity_shown: Mapped[line] = mapped_column(default="")
    period_from: Mapped[date]
    period_until: Mapped[date]
    # Proof grade → minutes, and categories with their minutes.
    minutes_by_grade: Mapped[dict[str, Any]]
    content: Mapped[dict[str, Any]]
    minutes: Mapped[int]
    record_count: Mapped[int]
    issued_by_user_id: Mapped[int] = refers_to("users.id")
    issued_by_name: Mapped[line]
    issued_at: Mapped[datetime]

    member: Mapped[Member] = relationship()
    organisation: Mapped[Organisation] = relationship()
    issued_by: Mapped[User] = relationship(viewonly=True)
    revocation: Mapped["CertificateRevocation | None"] = relationship(viewonly=True)

    __table_args__ = (
        UniqueConstraint("organisation_id", "serial"),
        CheckConstraint("serial > 0", name="serial_positive"),
        CheckConstraint("period_until >= period_from", name="period_in_order"),
        CheckConstraint("minutes > 0 AND record_count > 0", name="something_served"),
    )


append_only(Certificate)
guarded(Certificate, certificates_ddl)


class CertificateRecord(Base):
    """A service record that a certificate counts, with the minutes it had."""

    __tablename__ = "certificate_records"

    id: Mapped[primary_key]
    certificate_id: Mapped[int] = refers_to("certificates.id")
    record_id: Mapped[int] = refers_to("service_records.id")
    minutes: Mapped[int]

    __table_args__ = (UniqueConstraint("certificate_id", "record_id"),)


append_only(CertificateRecord)
guarded(CertificateRecord, counted_ddl)


class CertificateRevocation(Base):
    """Since when a certificate is worth nothing, and why; written when one of its records is taken back."""

    __tablename__ = "certificate_revocations"

    id: Mapped[primary_key]
    certificate_id: Mapped[int] = mapped_column(BigId, ForeignKey("certificates.id"), unique=True)
    # The record that was taken back; None where somebody revoked the certificate itself.
    record_id: Mapped[int | None] = refers_to("service_records.id")
    reason: Mapped[text]
    revoked_by: Mapped[word]
    revoked_at: Mapped[datetime]


append_only(CertificateRevocation)
guarded(CertificateRevocation, revocations_ddl)


class CertificateRequest(Base):
    """A volunteer asks an organisation for a certificate; ``status`` is ``open``, ``issued`` or ``refused``."""

    __tablename__ = "certificate_requests"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    member_id: Mapped[int] = refers_to("members.id")
    period_from: Mapped[date]
    period_until: Mapped[date]
    purpose: Mapped[line] = mapped_column(default="")
    asked_at: Mapped[datetime]
    status: Mapped[word]
    certificate_id: Mapped[int | None] = refers_to("certificates.id")
    answer: Mapped[text] = mapped_column(default="")
    answered_by_user_id: Mapped[int | None] = refers_to("users.id")
    answered_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()
    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        Index(
            "uq_certificate_requests_open",
            "organisation_id",
            "member_id",
            unique=True,
            sqlite_where=sql("status = 'open'"),
            postgresql_where=sql("status = 'open'"),
        ),
        CheckConstraint("status IN ('open', 'issued', 'refused')", name="status_known"),
        CheckConstraint("period_until >= period_from", name="period_in_order"),
        CheckConstraint("status <> 'issued' OR certificate_id IS NOT NULL", name="issued_with_a_certificate"),
        CheckConstraint("status <> 'refused' OR answer <> ''", name="refused_with_a_reason"),
    )
