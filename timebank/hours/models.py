"""Attendances and service records."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.access.models import User
from timebank.activities.models import Shift
from timebank.hours.four_eyes import corrections_ddl, kin_ddl, pardons_ddl, records_ddl
from timebank.members.models import Member
from timebank.orm import Base, append_only, guarded, line, primary_key, refers_to, text, word
from timebank.policy.models import PointsRule

METHODS = "('rotating', 'member', 'static', 'short', 'offline', 'sheet', 'manual')"


class EvidenceFile(Base):
    """A photo or a PDF that shows what no scan saw; kept as it was received, except that photos lose their place.

    One photo of a sign-in sheet is the evidence of all its rows.
    """

    __tablename__ = "evidence_files"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    media_type: Mapped[word]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size_bytes: Mapped[int]
    sha256: Mapped[line]
    uploaded_by_user_id: Mapped[int] = refers_to("users.id")
    uploaded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("media_type IN ('image/jpeg', 'image/png', 'application/pdf')", name="type_known"),
        CheckConstraint("size_bytes > 0 AND size_bytes <= 10485760", name="size_allowed"),
    )


append_only(EvidenceFile)


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
    # Whose hand held the scanner at each end, where the organiser scanned the member.
    in_by_user_id: Mapped[int | None] = refers_to("users.id")
    out_by_user_id: Mapped[int | None] = refers_to("users.id")
    evidence_id: Mapped[int | None] = refers_to("evidence_files.id")
    created_at: Mapped[datetime]

    shift: Mapped[Shift] = relationship()
    member: Mapped[Member] = relationship()
    evidence: Mapped[EvidenceFile | None] = relationship(viewonly=True)

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
        # A night's reconciliation asks for what was ended, decided and taken back since the last one.
        Index(
            "ix_attendances_checked_out_at",
            "checked_out_at",
            sqlite_where=sql("checked_out_at IS NOT NULL"),
            postgresql_where=sql("checked_out_at IS NOT NULL"),
        ),
    )


class ServiceRecord(Base):
    """The minutes of one attendance that are, or may be, paid.

    ``status``: ``pending`` waits for a person, ``approved`` is booked, ``rejected`` is not paid,
    ``reversed`` was booked and has been taken back. An attendance has one record that waits or counts;
    what was rejected or taken back stays beside it.
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
    # Whoever scanned the other end, where two people did and neither may decide.
    second_recorder_user_id: Mapped[int | None] = refers_to("users.id")
    # Times that the member stated and somebody else accepts, where they stand for those of the scans.
    stated_from: Mapped[datetime | None]
    stated_until: Mapped[datetime | None]
    # The record that this one stands for since it was found to be wrong.
    corrects_id: Mapped[int | None] = refers_to("service_records.id")
    # Whether the member herself has to say that it was so, what she said, and how it is known that it was she.
    needs_word: Mapped[bool] = mapped_column(default=False)
    # Why it was recorded anew, in the recorder's words.
    statement: Mapped[text] = mapped_column(default="")
    said: Mapped[word] = mapped_column(default="")
    said_how: Mapped[word] = mapped_column(default="")
    said_by_user_id: Mapped[int | None] = refers_to("users.id")
    said_at: Mapped[datetime | None]
    approved_by_user_id: Mapped[int | None] = refers_to("users.id")
    approver_member_id: Mapped[int | None] = refers_to("members.id")
    approved_at: Mapped[datetime | None]
    import_run_id: Mapped[int | None] = refers_to("import_runs.id")
    decision_reason: Mapped[text] = mapped_column(default="")
    taken_back_at: Mapped[datetime | None]
    taken_back_by_user_id: Mapped[int | None] = refers_to("users.id")
    # The ledger transaction that paid it (points, or time where the county keeps hours).
    transaction_id: Mapped[int | None] = refers_to("ledger_transactions.id")
    created_at: Mapped[datetime]

    attendance: Mapped[Attendance] = relationship()
    member: Mapped[Member] = relationship(foreign_keys="ServiceRecord.member_id")
    rule: Mapped[PointsRule | None] = relationship()
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_user_id], viewonly=True)
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_user_id], viewonly=True)
    corrects: Mapped["ServiceRecord | None"] = relationship(
        foreign_keys=[corrects_id], remote_side="ServiceRecord.id", viewonly=True
    )

    __table_args__ = (
        # What was rejected or taken back may be recorded anew; nothing counts twice.
        Index(
            "uq_service_records_attendance_id_standing",
            "attendance_id",
            unique=True,
            sqlite_where=sql("status IN ('pending', 'approved')"),
            postgresql_where=sql("status IN ('pending', 'approved')"),
        ),
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
            "approved_by_user_id IS NULL OR second_recorder_user_id IS NULL "
            "OR approved_by_user_id <> second_recorder_user_id",
            name="approver_is_not_second_recorder",
        ),
        CheckConstraint("said IN ('', 'yes', 'no')", name="said_known"),
        CheckConstraint("said_how IN ('', 'self', 'code', 'card')", name="said_how_known"),
        CheckConstraint("(said = '') = (said_how = '')", name="said_somehow"),
        CheckConstraint(
            "said_by_user_id IS NULL OR recorded_by_user_id IS NULL OR said_by_user_id <> recorded_by_user_id",
            name="word_is_not_the_recorders",
        ),
        CheckConstraint("NOT needs_word OR status <> 'approved' OR said = 'yes'", name="member_said_yes"),
        CheckConstraint("corrects_id IS NULL OR corrects_id <> id", name="corrects_another"),
        CheckConstraint(
            "status <> 'approved' OR approved_by_user_id IS NOT NULL OR import_run_id IS NOT NULL",
            name="approved_by_somebody",
        ),
        Index("ix_service_records_member_id_served_on", "member_id", "served_on"),
        # A night's screening reads the newest weeks.
        Index("ix_service_records_credited_from", "credited_from"),
        Index(
            "ix_service_records_approved_at",
            "approved_at",
            sqlite_where=sql("approved_at IS NOT NULL"),
            postgresql_where=sql("approved_at IS NOT NULL"),
        ),
        Index(
            "ix_service_records_taken_back_at",
            "taken_back_at",
            sqlite_where=sql("taken_back_at IS NOT NULL"),
            postgresql_where=sql("taken_back_at IS NOT NULL"),
        ),
    )


class CorrectionRequest(Base):
    """A volunteer says that one of her records is wrong, and somebody else answers.

    ``status``: ``open``, ``granted`` (a new record stands for the old one) or ``refused`` with a reason.
    """

    __tablename__ = "correction_requests"

    id: Mapped[primary_key]
    record_id: Mapped[int] = refers_to("service_records.id")
    member_id: Mapped[int] = refers_to("members.id")
    asked_by_user_id: Mapped[int] = refers_to("users.id")
    asked_at: Mapped[datetime]
    answer_due_at: Mapped[datetime] = mapped_column(index=True)
    # The times that would be right in her eyes.
    came_at: Mapped[datetime]
    left_at: Mapped[datetime]
    reason: Mapped[text]
    status: Mapped[word]
    # Who had recorded the record in question, so that the database can see that somebody else answers.
    recorder_user_id: Mapped[int | None] = refers_to("users.id")
    second_recorder_user_id: Mapped[int | None] = refers_to("users.id")
    answered_by_user_id: Mapped[int | None] = refers_to("users.id")
    answered_at: Mapped[datetime | None]
    answer: Mapped[text] = mapped_column(default="")
    new_record_id: Mapped[int | None] = refers_to("service_records.id")

    record: Mapped[ServiceRecord] = relationship(foreign_keys=[record_id])
    new_record: Mapped[ServiceRecord | None] = relationship(foreign_keys=[new_record_id], viewonly=True)
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_user_id], viewonly=True)

    __table_args__ = (
        Index(
            "uq_correction_requests_record_id_open",
            "record_id",
            unique=True,
            sqlite_where=sql("status = 'open'"),
            postgresql_where=sql("status = 'open'"),
        ),
        CheckConstraint("status IN ('open', 'granted', 'refused')", name="status_known"),
        CheckConstraint("left_at > came_at", name="times_in_order"),
        CheckConstraint("(status = 'open') = (answered_by_user_id IS NULL)", name="answered_by_somebody"),
        CheckConstraint("status <> 'granted' OR new_record_id IS NOT NULL", name="granted_with_a_record"),
        CheckConstraint("status <> 'refused' OR answer <> ''", name="refused_with_a_reason"),
        CheckConstraint(
            "answered_by_user_id IS NULL OR answered_by_user_id <> asked_by_user_id",
            name="answered_by_another",
        ),
        CheckConstraint(
            "answered_by_user_id IS NULL OR recorder_user_id IS NULL OR answered_by_user_id <> recorder_user_id",
            name="recorder_does_not_answer",
        ),
        CheckConstraint(
            "answered_by_user_id IS NULL OR second_recorder_user_id IS NULL "
            "OR answered_by_user_id <> second_recorder_user_id",
            name="second_recorder_does_not_answer",
        ),
    )


class HeadCount(Base):
    """How many people the organiser counted, beside how many were checked in at the fullest moment."""

    __tablename__ = "head_counts"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    counted: Mapped[int]
    inside_at_peak: Mapped[int]
    note: Mapped[text] = mapped_column(default="")
    said_by_user_id: Mapped[int] = refers_to("users.id")
    said_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("counted >= 0 AND counted <= 100000", name="count_possible"),)


append_only(HeadCount)


class NoShowPardon(Base):
    """Somebody signed up and did not come, and had a good reason: the shift is not counted as missed."""

    __tablename__ = "no_show_pardons"

    id: Mapped[primary_key]
    shift_id: Mapped[int] = refers_to("shifts.id")
    member_id: Mapped[int] = refers_to("members.id")
    reason: Mapped[text]
    pardoned_by_user_id: Mapped[int] = refers_to("users.id")
    pardoned_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("shift_id", "member_id"),
        CheckConstraint("reason <> ''", name="with_a_reason"),
    )


append_only(NoShowPardon)
guarded(ServiceRecord, records_ddl)
guarded(ServiceRecord, kin_ddl)
guarded(CorrectionRequest, corrections_ddl)
guarded(NoShowPardon, pardons_ddl)
