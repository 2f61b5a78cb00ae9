"""Runs, kept so that today is compared with yesterday; differences that wait for somebody; frozen totals; stops."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from timebank.access.models import User
from timebank.orgs.models import Organisation
from timebank.orm import Base, append_only, facts, line, primary_key, refers_to, text, word


class ReconciliationRun(Base):
    """One run over an organisation's subtree (or everything), with its result as published."""

    __tablename__ = "reconciliation_runs"

    id: Mapped[primary_key]
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    clean: Mapped[bool]
    breaks: Mapped[int]
    result: Mapped[dict[str, Any]]
    started_by: Mapped[word]


class SuspenseItem(Base):
    """A difference that waits for somebody: seen once, known again by its check and subject until it is gone.

    ``status``: ``open``; ``proposed`` (one person has said what became of it); ``explained`` or ``written_off``
    (another has agreed); ``repaired`` (the next run no longer found it). ``origin``: ``break`` or ``count``.
    """

    __tablename__ = "suspense_items"

    id: Mapped[primary_key]
    origin: Mapped[word]
    check_code: Mapped[word]
    subject: Mapped[line]
    says: Mapped[text]
    facts: Mapped[facts]
    # Digest of what was said when it was last looked at: an explanation covers just that.
    fingerprint: Mapped[line]
    organisation_id: Mapped[int | None] = refers_to("organisations.id")
    owner_user_id: Mapped[int | None] = refers_to("users.id")
    # Whoever brought it about, as far as the rows say: neither explains nor agrees.
    cause_user_id: Mapped[int | None] = refers_to("users.id")
    status: Mapped[word]
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # What is missing (−, 短款) or too much (+, 长款), in the smallest unit of the asset; None where nothing can be booked.
    asset: Mapped[line | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    booked_transaction_id: Mapped[int | None] = refers_to("ledger_transactions.id")
    cleared_transaction_id: Mapped[int | None] = refers_to("ledger_transactions.id")
    outcome: Mapped[word] = mapped_column(default="")
    reason: Mapped[text] = mapped_column(default="")
    proposed_by_user_id: Mapped[int | None] = refers_to("users.id")
    proposed_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = refers_to("users.id")
    decided_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_user_id])
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_user_id], viewonly=True)
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_user_id], viewonly=True)

    __table_args__ = (
        CheckConstraint("origin IN ('break', 'count')", name="origin_known"),
        CheckConstraint(
            "status IN ('open', 'proposed', 'explained', 'written_off', 'repaired')", name="status_known"
        ),
        CheckConstraint("outcome IN ('', 'explained', 'written_off')", name="outcome_known"),
        CheckConstraint(
            "status NOT IN ('proposed', 'explained', 'written_off') "
            "OR (proposed_by_user_id IS NOT NULL AND outcome <> '' AND reason <> '')",
            name="proposed_with_reason",
        ),
        CheckConstraint(
            "status NOT IN ('explained', 'written_off') "
            "OR (decided_by_user_id IS NOT NULL AND decided_by_user_id <> proposed_by_user_id AND outcome = status)",
            name="two_people",
        ),
        CheckConstraint(
            "cause_user_id IS NULL OR ((proposed_by_user_id IS NULL OR proposed_by_user_id <> cause_user_id) "
            "AND (decided_by_user_id IS NULL OR decided_by_user_id <> cause_user_id))",
            name="not_by_its_cause",
        ),
        CheckConstraint("(closed_at IS NULL) = (status IN ('open', 'proposed'))", name="closed_or_waiting"),
        CheckConstraint("(asset IS NULL) = (amount IS NULL)", name="amount_of_something"),
        CheckConstraint("amount IS NULL OR amount <> 0", name="amount"),
        CheckConstraint("(booked_transaction_id IS NULL) = (amount IS NULL)", name="booked"),
        CheckConstraint(
            "booked_transaction_id IS NULL OR (closed_at IS NULL) = (cleared_transaction_id IS NULL)",
            name="cleared_when_closed",
        ),
        # Tomorrow knows today's difference again; one that was repaired and comes back is a new one.
        Index(
            "uq_suspense_items_check_code_subject",
            "check_code",
            "subject",
            unique=True,
            sqlite_where=sql("status <> 'repaired'"),
            postgresql_where=sql("status <> 'repaired'"),
        ),
        Index(
            "ix_suspense_items_waiting",
            "opened_at",
            sqlite_where=sql("closed_at IS NULL"),
            postgresql_where=sql("closed_at IS NULL"),
        ),
    )


class SuspenseEvent(Base):
    """What happened to an item: opened, given to somebody, noted, proposed, decided, repaired, opened again."""

    __tablename__ = "suspense_events"

    id: Mapped[primary_key]
    item_id: Mapped[int] = refers_to("suspense_items.id")
    at: Mapped[datetime]
    verb: Mapped[word]
    by: Mapped[word]
    note: Mapped[text] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint(
            "verb IN ('opened', 'given', 'noted', 'proposed', 'refused', 'explained', 'written_off', "
            "'repaired', 'reopened')",
            name="verb_known",
        ),
    )


append_only(SuspenseEvent)


class ControlTotal(Base):
    """One figure of one county and day, written when the day was over and never again.

    A day is the county's own, and what counts on it is what was *recorded* on it: a posting for an earlier
    day belongs to the day on which it was written down.
    """

    __tablename__ = "control_totals"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    day: Mapped[date]
    name: Mapped[line]
    amount: Mapped[int] = mapped_column(BigInteger)
    frozen_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organisation_id", "day", "name"),)


append_only(ControlTotal)


class RedemptionStop(Base):
    """Nothing is handed out in a county's shops because its books are broken; until a clean run, or two people."""

    __tablename__ = "redemption_stops"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    stopped_at: Mapped[datetime]
    checks: Mapped[list[str]]
    asked_by_user_id: Mapped[int | None] = refers_to("users.id")
    asked_at: Mapped[datetime | None]
    reason: Mapped[text] = mapped_column(default="")
    lifted_at: Mapped[datetime | None]
    # ``clean`` (the next run found nothing) or ``people``.
    lifted_how: Mapped[word] = mapped_column(default="")
    lifted_by_user_id: Mapped[int | None] = refers_to("users.id")

    organisation: Mapped[Organisation] = relationship()
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_user_id], viewonly=True)

    __table_args__ = (
        CheckConstraint("lifted_how IN ('', 'clean', 'people')", name="lifted_how_known"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_how = '')", name="lifted_somehow"),
        CheckConstraint(
            "lifted_how <> 'people' OR (asked_by_user_id IS NOT NULL AND lifted_by_user_id IS NOT NULL "
            "AND asked_by_user_id <> lifted_by_user_id AND reason <> '')",
            name="two_people",
        ),
        Index(
            "uq_redemption_stops_standing",
            "organisation_id",
            unique=True,
            sqlite_where=sql("lifted_at IS NULL"),
            postgresql_where=sql("lifted_at IS NULL"),
        ),
    )
