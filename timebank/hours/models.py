"""Attendances and service records."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.access.models import User
from timebank.activities.models import Shift
from timebank.members.models import Member
from timebank.orm import Base, line, primary_key, refers_to, text, word
from timebank.policy.models import PointsRule

METHODS = "('rotating', 'member', 'static', 'short', 'offline', 'manual')"


class Attendance(Base):
    """One member at one shift: when they came and left, and by which means each was seen."""

    __tablename__ = "attendances"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    member_id: Mapped[int] = refers_to("members.id")
    checked_in_at: Mapped[datetime]
    check_in_method: Mapped[word]
    checked_out_at: Mapped[datetime | None]
    check_out_method: Mapped[word | None]
    # Machine words such as ``missing_check_out`` or ``device_shared``; empty for an ordinary row.
    flags: Mapped[list[str]]
    # Who typed it in, or typed the member's number at the door; None where a scan made the row.
    recorded_by_user_id: Mapped[int | None] = refers_to("users.id")
    # The recorder's name as an old register gives it, where that person is no user.
    recorder_name: Mapped[line] = mapped_column(default="")
    reason: Mapped[text] = mapped_column(default="")
    created_at: Mapped[datetime]

    shift: Mapped[Shift] = relationship()
    member: Mapped[Member] = relationship()

    __table_args__ = (
        UniqueConstraint("shift_id", "member_id"),
        CheckConstraint(f"check_in_method IN {METHODS}", name="check_in_method_known"),
        CheckConstraint(f"check_out_method IN {METHODS}", name="check_out_method_known"),
        CheckConstraint("checked_out_at IS NULL OR checked_out_at >= checked_in_at", name="out_after_in"),
        # A member is inside one shift at a time.
        Index(
            "uq_attendances_member_id_open",
            "member_id",
            unique=True,
            sqlite_where=sql("checked_out_at IS NULL"),
            postgresql_where=sql("checked_out_at IS NULL"),
        ),
    )


class ServiceRecord(Base):
    """The minutes of one attendance that are, or may be, paid.

    ``status``: ``pending`` waits for a person, ``approved`` is booked, ``rejected`` is not paid,
    ``reversed`` was booked and has been taken back.
    """

    __tablename__ = "service_records"

    id: Mapped[primary_key]
    attendance_id: Mapped[int] = refers_to("attendances.id")
    member_id: Mapped[int] = refers_to("members.id")
    organisation_id: Mapped[int] = refers_to("organisations.id")
    category_id: Mapped[int] = refers_to("categories.id")
    # The county's own day of the service, which caps and rules go by.
    served_on: Mapped[date]
    credited_from: Mapped[datetime]
    credited_until: Mapped[datetime]
    minutes: Mapped[int]
    proof_grade: Mapped[word]
    status: Mapped[word]
    # Why a person has to look at it; empty when the shift may be confirmed in one act.
    flags: Mapped[list[str]]
    rule_id: Mapped[int | None] = refers_to("points_rules.id")
    points: Mapped[Decimal | None]
    # The arithmetic as shown to people: "2.5 h × 10 = 25, rule 3".
    arithmetic: Mapped[line] = mapped_column(default="")
    recorded_by_user_id: Mapped[int | None] = refers_to("users.id")
    # The recorder's own member row, so that the database can see who profits.
    recorder_member_id: Mapped[int | None] = refers_to("members.id")
    approved_by_user_id: Mapped[int | None] = refers_to("users.id")
    approver_member_id: Mapped[int | None] = refers_to("members.id")
    approved_at: Mapped[datetime | None]
    import_run_id: Mapped[int | None] = refers_to("import_runs.id")
    decision_reason: Mapped[text] = mapped_column(default="")
    # The ledger transaction that paid it (points, or time where the county keeps hours).
    transaction_id: Mapped[int | None] = refers_to("ledger_transactions.id")
    created_at: Mapped[datetime]

    attendance: Mapped[Attendance] = relationship()
    member: Mapped[Member] = relationship(foreign_keys="ServiceRecord.member_id")
    rule: Mapped[PointsRule | None] = relationship()
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_user_id], viewonly=True)
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_user_id], viewonly=True)

    __table_args__ = (
        UniqueConstraint("attendance_id"),
        CheckConstraint("minutes >= 0 AND minutes <= 1440", name="minutes_of_a_day"),
        CheckConstraint("proof_grade IN ('A', 'B', 'C', 'D')", name="proof_grade_known"),
        CheckConstraint("status IN ('pending', 'approved', 'rejected', 'reversed')", name="status_known"),
        CheckConstraint(
            "recorder_member_id IS NULL OR recorder_member_id <> member_id",
            name="recorder_is_not_beneficiary",
        ),
        CheckConstraint(
            "approver_member_id IS NULL OR approver_member_id <> member_id",
            name="approver_is_not_beneficiary",
        ),
        CheckConstraint(
            "approved_by_user_id IS NULL OR recorded_by_user_id IS NULL OR approved_by_user_id <> recorded_by_user_id",
            name="approver_is_not_recorder",
        ),
        CheckConstraint(
            "status <> 'approved' OR approved_by_user_id IS NOT NULL OR import_run_id IS NOT NULL",
            name="approved_by_somebody",
        ),
        Index("ix_service_records_member_id_served_on", "member_id", "served_on"),
    )
