"""Settings of the rules, alerts, cases with their decisions and appeals, random audits."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orm import Base, BigId, append_only, line, primary_key, refers_to, text, word

MODES = ("off", "shadow", "live")
OUTCOMES = ("no_finding", "reminder", "correct_hours", "reverse", "suspend", "report")
CASE_STATES = ("open", "to_sign", "decided", "appealed", "closed")


class RuleSetting(Base):
    """How one rule is used from a day on. The newest row that is valid counts; older days keep theirs.

    A county's own rows stand before those of the whole installation, which name no organisation.
    """

    __tablename__ = "fraud_rule_settings"

    id: Mapped[primary_key]
    rule: Mapped[word]
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    valid_from: Mapped[date]
    mode: Mapped[word]
    weight: Mapped[int]
    thresholds: Mapped[dict[str, Any]]
    reason: Mapped[text]
    set_by: Mapped[word]
    set_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("mode IN ('off', 'shadow', 'live')", name="mode_known"),
        CheckConstraint("weight >= 0 AND weight <= 100", name="weight_of_a_hundred"),
    )


class Alert(Base):
    """A rule fired. ``key`` names the matter, so that one matter is one alert however often it is looked at."""

    __tablename__ = "fraud_alerts"

    id: Mapped[primary_key]
    key: Mapped[line] = mapped_column(unique=True)
    rule: Mapped[word] = mapped_column(index=True)
    rule_version: Mapped[int]
    mode: Mapped[word]
    weight: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(index=True)
    # The last local day of what it is about.
    day: Mapped[date]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    facts: Mapped[dict[str, Any]]
    points: Mapped[Decimal]

    people: Mapped[list["AlertPerson"]] = relationship(order_by="AlertPerson.id")
    evidence: Mapped[list["AlertEvidence"]] = relationship(order_by="AlertEvidence.id")

    __table_args__ = (CheckConstraint("mode IN ('shadow', 'live')", name="mode_known"),)


class AlertPerson(Base):
    """Somebody whom an alert is about: as a member, as a user who acted, or both."""

    __tablename__ = "fraud_alert_people"

    id: Mapped[primary_key]
    alert_id: Mapped[int] = refers_to("fraud_alerts.id")
    member_id: Mapped[int | None] = refers_to("members.id")
    user_id: Mapped[int | None] = refers_to("users.id")

    __table_args__ = (
        CheckConstraint("member_id IS NOT NULL OR user_id IS NOT NULL", name="somebody"),
        UniqueConstraint("alert_id", "member_id", "user_id"),
    )


class AlertEvidence(Base):
    """What an alert rests on, by reference, with the digest of the row as it was when it was found."""

    __tablename__ = "fraud_alert_evidence"

    id: Mapped[primary_key]
    alert_id: Mapped[int] = refers_to("fraud_alerts.id")
    subject: Mapped[line] = mapped_column(index=True)
    digest: Mapped[line]

    __table_args__ = (UniqueConstraint("alert_id", "subject"),)


class Case(Base):
    """Alerts and reports about the same people, looked into by a person until somebody decides."""

    __tablename__ = "fraud_cases"

    id: Mapped[primary_key]
    # Printed on letters: 2026-0007, counts up within the year.
    number: Mapped[word] = mapped_column(unique=True)
    organisation_id: Mapped[int] = refers_to("organisations.id")
    origin: Mapped[word]
    status: Mapped[word]
    opened_at: Mapped[datetime]
    # New alerts about the same people join the case until then.
    collects_until: Mapped[datetime]
    due_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # Who takes care of it; nobody is bound by it.
    owner_user_id: Mapped[int | None] = refers_to("users.id")

    organisation: Mapped[Organisation] = relationship()
    people: Mapped[list["CasePerson"]] = relationship(order_by="CasePerson.id")
    events: Mapped[list["CaseEvent"]] = relationship(order_by="CaseEvent.id")
    decisions: Mapped[list["Decision"]] = relationship(order_by="Decision.id")

    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'to_sign', 'decided', 'appealed', 'closed')",
            name="status_known",
        ),
        CheckConstraint(
            "origin IN ('rule', 'member', 'audit', 'reconciliation', 'person')", name="origin_known"
        ),
    )


class CasePerson(Base):
    """Somebody whom a case is about."""

    __tablename__ = "fraud_case_people"

    id: Mapped[primary_key]
    case_id: Mapped[int] = refers_to("fraud_cases.id")
    member_id: Mapped[int | None] = refers_to("members.id")
    user_id: Mapped[int | None] = refers_to("users.id")
    # When the member was told about the case and asked for an answer.
    told_at: Mapped[datetime | None]

    member: Mapped[Member | None] = relationship()

    __table_args__ = (
        CheckConstraint("member_id IS NOT NULL OR user_id IS NOT NULL", name="somebody"),
        UniqueConstraint("case_id", "member_id", "user_id"),
    )


class CaseAlert(Base):
    """An alert belongs to one case at most."""

    __tablename__ = "fraud_case_alerts"

    id: Mapped[primary_key]
    alert_id: Mapped[int] = mapped_column(BigId, ForeignKey("fraud_alerts.id"), unique=True)
    case_id: Mapped[int] = refers_to("fraud_cases.id")


class CaseEvent(Base):
    """One line of a case's own history. ``says`` is a message id, or a person's own words where they wrote them."""

    __tablename__ = "fraud_case_events"

    id: Mapped[primary_key]
    case_id: Mapped[int] = refers_to("fraud_cases.id")
    at: Mapped[datetime]
    actor: Mapped[word]
    actor_name: Mapped[line]
    kind: Mapped[word]
    says: Mapped[text]
    facts: Mapped[dict[str, Any]]
    # The same act sent twice is one line.
    key: Mapped[line] = mapped_column(unique=True)


class Decision(Base):
    """What somebody decided about a case, with reason. Its actions happen with the second signature where one is needed."""

    __tablename__ = "fraud_decisions"

    id: Mapped[primary_key]
    case_id: Mapped[int] = refers_to("fraud_cases.id")
    outcome: Mapped[word]
    reason: Mapped[text]
    points: Mapped[Decimal]
    # What is to be done: ``records`` to take back, ``members`` to suspend, by number.
    actions: Mapped[dict[str, Any]]
    needs_second: Mapped[bool]
    decided_by_user_id: Mapped[int] = refers_to("users.id")
    decided_at: Mapped[datetime]

    signature: Mapped["Signature | None"] = relationship(back_populates="decision")
    appeals: Mapped[list["Appeal"]] = relationship(back_populates="decision", order_by="Appeal.id")

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('no_finding', 'reminder', 'correct_hours', 'reverse', 'suspend', 'report')",
            name="outcome_known",
        ),
        UniqueConstraint("id", "decided_by_user_id"),
    )


class Signature(Base):
    """A second person agrees with a decision, or does not; never the one who decided."""

    __tablename__ = "fraud_signatures"

    id: Mapped[primary_key]
    decision_id: Mapped[int] = mapped_column(BigId, unique=True)
    # The decider, held equal by the foreign key, so that the database itself sees that two people signed.
    decided_by_user_id: Mapped[int] = mapped_column(BigId)
    signed_by_user_id: Mapped[int] = refers_to("users.id")
    agrees: Mapped[bool]
    reason: Mapped[text]
    signed_at: Mapped[datetime]

    decision: Mapped[Decision] = relationship(back_populates="signature")

    __table_args__ = (
        ForeignKeyConstraint(
            ["decision_id", "decided_by_user_id"],
            ["fraud_decisions.id", "fraud_decisions.decided_by_user_id"],
        ),
        CheckConstraint("signed_by_user_id <> decided_by_user_id", name="two_people"),
    )


class Appeal(Base):
    """A member does not accept a decision and says why; one appeal for each decision and member."""

    __tablename__ = "fraud_appeals"

    id: Mapped[primary_key]
    decision_id: Mapped[int] = mapped_column(BigId)
    decided_by_user_id: Mapped[int] = mapped_column(BigId)
    member_id: Mapped[int] = refers_to("members.id")
    words: Mapped[text]
    lodged_at: Mapped[datetime]

    decision: Mapped[Decision] = relationship(back_populates="appeals")
    answer: Mapped["AppealAnswer | None"] = relationship(back_populates="appeal")

    __table_args__ = (
        ForeignKeyConstraint(
            ["decision_id", "decided_by_user_id"],
            ["fraud_decisions.id", "fraud_decisions.decided_by_user_id"],
        ),
        UniqueConstraint("decision_id", "member_id"),
        UniqueConstraint("id", "decided_by_user_id"),
    )


class AppealAnswer(Base):
    """Somebody else than the decider says whether the decision stands."""

    __tablename__ = "fraud_appeal_answers"

    id: Mapped[primary_key]
    appeal_id: Mapped[int] = mapped_column(BigId, unique=True)
    decided_by_user_id: Mapped[int] = mapped_column(BigId)
    answered_by_user_id: Mapped[int] = refers_to("users.id")
    stands: Mapped[bool]
    reason: Mapped[text]
    answered_at: Mapped[datetime]

    appeal: Mapped[Appeal] = relationship(back_populates="answer")

    __table_args__ = (
        ForeignKeyConstraint(
            ["appeal_id", "decided_by_user_id"], ["fraud_appeals.id", "fraud_appeals.decided_by_user_id"]
        ),
        CheckConstraint("answered_by_user_id <> decided_by_user_id", name="somebody_else"),
    )


class Draw(Base):
    """One random audit: which share of a month's unsuspicious records, drawn by which published seed."""

    __tablename__ = "fraud_draws"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    month: Mapped[word]
    seed: Mapped[line]
    permille: Mapped[int]
    population: Mapped[int]
    # Digest of the population's record numbers, so that the draw can be repeated and proved.
    population_digest: Mapped[line]
    drawn_by: Mapped[word]
    drawn_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        UniqueConstraint("organisation_id", "month"),
        CheckConstraint("permille > 0 AND permille <= 1000", name="permille_of_a_thousand"),
    )


class DrawnRecord(Base):
    """A record that was drawn, and what somebody found when they looked."""

    __tablename__ = "fraud_drawn_records"

    id: Mapped[primary_key]
    draw_id: Mapped[int] = refers_to("fraud_draws.id")
    record_id: Mapped[int] = refers_to("service_records.id")
    outcome: Mapped[word | None]
    # The checklist's answers: question code → yes, no or unclear.
    answers: Mapped[dict[str, Any]]
    note: Mapped[text] = mapped_column(default="")
    looked_by_user_id: Mapped[int | None] = refers_to("users.id")
    looked_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("draw_id", "record_id"),
        CheckConstraint("outcome IN ('sound', 'unsound', 'unclear')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (looked_by_user_id IS NULL)", name="looked_by_somebody"),
    )


class IntegrityReport(Base):
    """What a county tells its public about one month, as it stood when it was published."""

    __tablename__ = "fraud_integrity_reports"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    month: Mapped[word]
    figures: Mapped[dict[str, Any]]
    published_by: Mapped[word]
    published_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (UniqueConstraint("organisation_id", "month"),)


for model in (
    RuleSetting,
    Alert,
    AlertPerson,
    AlertEvidence,
    CaseAlert,
    CaseEvent,
    Decision,
    Signature,
    Appeal,
    AppealAnswer,
    Draw,
    IntegrityReport,
):
    append_only(model)
