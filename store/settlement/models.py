"""Merchants, contracts, settlement statements with their lines, payments, and sheets for the public."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Shop
from timebank.orgs.models import Organisation
from timebank.orm import Base, append_only, line, primary_key, refers_to, word


class Merchant(Base):
    """A trader with a counter of its own: an organisation of the tree whose attendants serve at its one shop."""

    __tablename__ = "merchants"

    id: Mapped[primary_key]
    organisation_id: Mapped[int] = refers_to("organisations.id")
    shop_id: Mapped[int] = refers_to("shops.id")
    # Who settles with it: an organisation above it in the tree.
    house_organisation_id: Mapped[int] = refers_to("organisations.id")
    contact: Mapped[line] = mapped_column(default="")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
    house: Mapped[Organisation] = relationship(foreign_keys=[house_organisation_id])
    shop: Mapped[Shop] = relationship()

    __table_args__ = (UniqueConstraint("organisation_id"), UniqueConstraint("shop_id"))


class SettlementContract(Base):
    """What a point is worth between the house and a merchant or a funder, from a day to a day."""

    __tablename__ = "settlement_contracts"

    id: Mapped[primary_key]
    # ``merchant``: the house pays for what was redeemed there. ``funder``: it pays the house for concessions.
    kind: Mapped[word]
    party_organisation_id: Mapped[int] = refers_to("organisations.id")
    house_organisation_id: Mapped[int] = refers_to("organisations.id")
    number: Mapped[line]
    # Fen (hundredths of a yuan) for one point, itself with two decimals.
    rate_fen: Mapped[Decimal]
    first_day: Mapped[date]
    last_day: Mapped[date]
    note: Mapped[line] = mapped_column(default="")
    entered_by: Mapped[word]
    entered_at: Mapped[datetime]
    ended_by: Mapped[word | None]

    party: Mapped[Organisation] = relationship(foreign_keys=[party_organisation_id])
    house: Mapped[Organisation] = relationship(foreign_keys=[house_organisation_id])

    __table_args__ = (
        UniqueConstraint("house_organisation_id", "number"),
        CheckConstraint("kind IN ('merchant', 'funder')", name="kind_known"),
        CheckConstraint("rate_fen > 0", name="rate_positive"),
        CheckConstraint("last_day >= first_day", name="ends_after_it_begins"),
    )


class Settlement(Base):
    """A statement: what the books say about one account in one period, and who said yes to it."""

    __tablename__ = "settlements"

    id: Mapped[primary_key]
    number: Mapped[int]
    contract_id: Mapped[int] = refers_to("settlement_contracts.id")
    kind: Mapped[word]
    party_organisation_id: Mapped[int] = refers_to("organisations.id")
    house_organisation_id: Mapped[int] = refers_to("organisations.id")
    first_day: Mapped[date]
    last_day: Mapped[date]
    postings: Mapped[int]
    points: Mapped[Decimal]
    rate_fen: Mapped[Decimal]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    # SHA-256 of its lines, printed on the statement: what both sides said yes to.
    lines_digest: Mapped[line]
    # ``drawn``, ``agreed`` by both, ``paid``, or ``withdrawn`` before both had agreed.
    status: Mapped[word]
    drawn_by_user_id: Mapped[int] = refers_to("users.id")
    drawn_at: Mapped[datetime]
    house_confirmed_by_user_id: Mapped[int | None] = refers_to("users.id")
    house_confirmed_at: Mapped[datetime | None]
    party_confirmed_by_user_id: Mapped[int | None] = refers_to("users.id")
    party_confirmed_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[line] = mapped_column(default="")

    contract: Mapped[SettlementContract] = relationship()
    party: Mapped[Organisation] = relationship(foreign_keys=[party_organisation_id])
    house: Mapped[Organisation] = relationship(foreign_keys=[house_organisation_id])
    lines: Mapped[list["SettlementLine"]] = relationship(
        back_populates="settlement", order_by="SettlementLine.id", cascade="all, delete-orphan"
    )
    payment: Mapped["SettlementPayment | None"] = relationship(back_populates="settlement")

    __table_args__ = (
        UniqueConstraint("house_organisation_id", "number"),
        CheckConstraint("kind IN ('merchant', 'funder')", name="kind_known"),
        CheckConstraint("status IN ('drawn', 'agreed', 'paid', 'withdrawn')", name="status_known"),
        CheckConstraint("last_day >= first_day", name="ends_after_it_begins"),
        # Below zero where more came back than was handed out: then the other side pays.
        CheckConstraint(
            "(points > 0 AND amount_fen >= 0) OR (points < 0 AND amount_fen <= 0) OR (points = 0 AND amount_fen = 0)",
            name="amount_goes_with_points",
        ),
        CheckConstraint(
            "status NOT IN ('agreed', 'paid') OR "
            "(house_confirmed_by_user_id IS NOT NULL AND party_confirmed_by_user_id IS NOT NULL)",
            name="both_sides_agreed",
        ),
        CheckConstraint("house_confirmed_by_user_id <> party_confirmed_by_user_id", name="two_people"),
    )


class SettlementLine(Base):
    """One posting on a statement. An account's posting stands on one statement at most."""

    __tablename__ = "settlement_lines"

    id: Mapped[primary_key]
    settlement_id: Mapped[int] = refers_to("settlements.id")
    account_code: Mapped[line]
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")
    posted_at: Mapped[datetime]
    points: Mapped[Decimal]

    settlement: Mapped[Settlement] = relationship(back_populates="lines")
    items: Mapped[list["SettlementItem"]] = relationship(
        back_populates="line", order_by="SettlementItem.id", cascade="all, delete-orphan"
    )

    __table_args__ = (UniqueConstraint("account_code", "transaction_id"),)


class SettlementItem(Base):
    """What a line's points were for: a product of one receipt, as it was called on the day of the statement."""

    __tablename__ = "settlement_items"

    id: Mapped[primary_key]
    line_id: Mapped[int] = refers_to("settlement_lines.id")
    # ``sale``, ``return``, ``undo``, ``gift`` to a funder's pool, or ``other``: booked without any of these papers.
    kind: Mapped[word]
    # Receipts are numbered by shop.
    shop_id: Mapped[int | None] = refers_to("shops.id")
    number: Mapped[int | None]
    product_id: Mapped[int | None] = refers_to("products.id")
    product_name: Mapped[line] = mapped_column(default="")
    # On a funder's statement, whose concession it was.
    group_name: Mapped[line] = mapped_column(default="")
    # Below zero where they came back; 0 where no goods moved.
    units: Mapped[int] = mapped_column(default=0)
    # As they add up on the statement: above zero what is owed.
    points: Mapped[Decimal]

    line: Mapped[SettlementLine] = relationship(back_populates="items")
    shop: Mapped[Shop | None] = relationship()

    __table_args__ = (
        CheckConstraint("kind IN ('sale', 'return', 'undo', 'gift', 'other')", name="kind_known"),
    )


class SettlementPayment(Base):
    """The money has gone over: once for each statement, and never changed."""

    __tablename__ = "settlement_payments"

    id: Mapped[primary_key]
    settlement_id: Mapped[int] = refers_to("settlements.id")
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    # The bank's own number of the transfer.
    reference: Mapped[line]
    paid_on: Mapped[date]
    recorded_by_user_id: Mapped[int] = refers_to("users.id")
    recorded_at: Mapped[datetime]
    # Takes the points off the account that the statement is about.
    transaction_id: Mapped[int] = refers_to("ledger_transactions.id")

    settlement: Mapped[Settlement] = relationship(back_populates="payment")

    __table_args__ = (UniqueConstraint("settlement_id"), UniqueConstraint("transaction_id"))


class PublicSheet(Base):
    """A list that hangs out for everybody: its rows are written down with masked names when it is published."""

    __tablename__ = "public_sheets"

    id: Mapped[primary_key]
    token: Mapped[word] = mapped_column(unique=True)
    organisation_id: Mapped[int] = refers_to("organisations.id")
    # ``redemptions``, ``donations`` or ``handouts``.
    kind: Mapped[word]
    title: Mapped[line]
    first_day: Mapped[date]
    last_day: Mapped[date]
    rows: Mapped[list[Any]] = mapped_column(JSON)
    rows_digest: Mapped[line]
    published_by: Mapped[word]
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[word | None]

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        CheckConstraint("kind IN ('redemptions', 'donations', 'handouts')", name="kind_known"),
        CheckConstraint("last_day >= first_day", name="ends_after_it_begins"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawal_is_signed"),
    )


append_only(SettlementPayment)
