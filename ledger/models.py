"""The tables of the ledger. Their MetaData is shared by the floors above, so that they can refer to it."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the type is spelled INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC time on both engines; SQLite forgets zones, so naive values are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time without zone cannot be stored")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - SQLAlchemy's signature.
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """Registry of the ledger's own tables."""

    metadata = metadata
    type_annotation_map: Any = {dt.datetime: UtcDateTime(), int: Number, bytes: LargeBinary()}  # noqa: RUF012 - read by SQLAlchemy.


class AssetRow(Base):
    """One asset and the decimals it is kept in."""

    __tablename__ = "ledger_assets"

    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    scale: Mapped[int] = mapped_column(SmallInteger)


class Account(Base):
    """A named place for one asset. Never deleted; it begins open, and only its status changes."""

    __tablename__ = "ledger_accounts"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    code: Mapped[str] = mapped_column(String(200), unique=True)
    asset: Mapped[str] = mapped_column(ForeignKey("ledger_assets.code"))
    guarded: Mapped[bool] = mapped_column()
    lots: Mapped[bool] = mapped_column()
    status: Mapped[str] = mapped_column(
        String(8), CheckConstraint("status IN ('open', 'closed')", name="status")
    )
    opened_at: Mapped[dt.datetime] = mapped_column()


class Balance(Base):
    """The balance of an account with a floor or a ceiling: the row that is locked, and the law in the database."""

    __tablename__ = "ledger_balances"
    __table_args__ = (
        CheckConstraint("floor IS NULL OR amount - held >= floor", name="floor"),
        CheckConstraint("ceiling IS NULL OR amount <= ceiling", name="ceiling"),
        CheckConstraint("held >= 0", name="held"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    amount: Mapped[int] = mapped_column()
    held: Mapped[int] = mapped_column()
    floor: Mapped[int | None] = mapped_column()
    ceiling: Mapped[int | None] = mapped_column()


class LimitChange(Base):
    """Who let an account go further or less far, when and why; what held before."""

    __tablename__ = "ledger_limit_changes"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), index=True)
    floor_before: Mapped[int | None] = mapped_column()
    ceiling_before: Mapped[int | None] = mapped_column()
    floor: Mapped[int | None] = mapped_column()
    ceiling: Mapped[int | None] = mapped_column()
    changed_at: Mapped[dt.datetime] = mapped_column()
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200))


class StatusChange(Base):
    """Who closed an account or opened it again, when and why; what held before."""

    __tablename__ = "ledger_status_changes"
    __table_args__ = (CheckConstraint("status <> status_before", name="status"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), index=True)
    status_before: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(8))
    changed_at: Mapped[dt.datetime] = mapped_column()
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200))


class Transaction(Base):
    """A posted transaction: closed at the moment its row is written, after its entries."""

    __tablename__ = "ledger_transactions"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    digest: Mapped[bytes] = mapped_column()
    kind: Mapped[str] = mapped_column(String(60))
    lines: Mapped[int] = mapped_column(SmallInteger, CheckConstraint("lines >= 2", name="lines"))
    effective_at: Mapped[dt.datetime] = mapped_column()
    recorded_at: Mapped[dt.datetime] = mapped_column()
    actor: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    reverses: Mapped[int | None] = mapped_column(ForeignKey("ledger_transactions.id"))
    facts: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        # Mostly null, so a partial index costs nothing for what is not a reversal.
        Index(
            "uq_ledger_transactions_reverses",
            "reverses",
            unique=True,
            sqlite_where=reverses.is_not(None),
            postgresql_where=reverses.is_not(None),
        ),
    )


class Entry(Base):
    """One signed amount on one account, in the smallest unit of its asset."""

    __tablename__ = "ledger_entries"

    transaction_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_transactions.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    amount: Mapped[int] = mapped_column(CheckConstraint("amount <> 0", name="amount"))
    balance_after: Mapped[int | None] = mapped_column()
    expires_at: Mapped[dt.datetime | None] = mapped_column()

    __table_args__ = (
        Index("ix_ledger_entries_account_id", "account_id", "transaction_id", "line"),
        {"sqlite_with_rowid": False},
    )


class Lot(Base):
    """What is left of one credit on an account whose holdings lapse; named by the entry that made it."""

    __tablename__ = "ledger_lots"

    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transactions.id"), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    expires_at: Mapped[dt.datetime | None] = mapped_column()
    amount: Mapped[int] = mapped_column(CheckConstraint("amount > 0", name="amount"))
    left: Mapped[int] = mapped_column()

    __table_args__ = (
        CheckConstraint('"left" >= 0 AND "left" <= amount', name="left"),
        # Only lots with something left are ever looked for; used-up ones leave the index.
        Index(
            "ix_ledger_lots_account_id_expires_at",
            "account_id",
            "expires_at",
            sqlite_where=left > 0,
            postgresql_where=left > 0,
        ),
        Index("ix_ledger_lots_expires_at", "expires_at", sqlite_where=left > 0, postgresql_where=left > 0),
    )


class LotMove(Base):
    """What an entry took from a lot (negative) or put back into it (positive)."""

    __tablename__ = "ledger_lot_moves"

    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transactions.id"), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    lot_transaction_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    lot_line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    amount: Mapped[int] = mapped_column(CheckConstraint("amount <> 0", name="amount"))
    # The transaction that had taken what this entry gives back; several may give back parts of one.
    returns: Mapped[int | None] = mapped_column(ForeignKey("ledger_transactions.id"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["lot_transaction_id", "lot_line"], ["ledger_lots.transaction_id", "ledger_lots.line"]
        ),
        CheckConstraint("(returns IS NOT NULL) = (amount > 0)", name="returns"),
        Index("ix_ledger_lot_moves_lot", "lot_transaction_id", "lot_line"),
        Index(
            "ix_ledger_lot_moves_returns",
            "returns",
            sqlite_where=returns.is_not(None),
            postgresql_where=returns.is_not(None),
        ),
    )


class HoldRow(Base):
    """An amount reserved on an account until its deadline; it ends once, as captured, voided or lapsed."""

    __tablename__ = "ledger_holds"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(CheckConstraint("amount > 0", name="amount"))
    status: Mapped[str] = mapped_column(String(8))
    held_at: Mapped[dt.datetime] = mapped_column()
    deadline: Mapped[dt.datetime] = mapped_column()
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    captured: Mapped[int] = mapped_column()
    # One posting may capture several holds on different accounts, such as points and goods of one order.
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transactions.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    facts: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("status IN ('held', 'captured', 'voided', 'lapsed')", name="status"),
        CheckConstraint("captured >= 0 AND captured <= amount", name="captured"),
        CheckConstraint("(status = 'captured') = (transaction_id IS NOT NULL)", name="transaction"),
        Index(
            "ix_ledger_holds_deadline",
            "deadline",
            sqlite_where=status == "held",
            postgresql_where=status == "held",
        ),
    )


class Period(Base):
    """A close of the books: nothing takes effect before `closed_until` any more.

    `first_id` is the lowest number of a transaction that took effect later, so that a balance as of a later
    date needs to look at nothing older.
    """

    __tablename__ = "ledger_periods"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    closed_until: Mapped[dt.datetime] = mapped_column(unique=True)
    closed_at: Mapped[dt.datetime] = mapped_column()
    actor: Mapped[str] = mapped_column(String(200))
    first_id: Mapped[int] = mapped_column()


class PeriodBalance(Base):
    """What an account held when a period closed."""

    __tablename__ = "ledger_period_balances"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("ledger_periods.id"), primary_key=True)
    amount: Mapped[int] = mapped_column()


class Unsealed(Base):
    """The sealer's queue: a row is written by trigger with each transaction and goes when it is sealed."""

    __tablename__ = "ledger_unsealed"

    transaction_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)


class SealRow(Base):
    """A closed stretch of the journal: the root of a Merkle tree over its transactions, chained to the one before."""

    __tablename__ = "ledger_seals"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(Integer)
    root: Mapped[bytes] = mapped_column()
    previous: Mapped[bytes] = mapped_column()
    head: Mapped[bytes] = mapped_column(unique=True)
    sealed_at: Mapped[dt.datetime] = mapped_column()


class SealLeaf(Base):
    """The place of one transaction in its seal."""

    __tablename__ = "ledger_seal_leaves"

    transaction_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_transactions.id"), primary_key=True, autoincrement=False
    )
    seal_id: Mapped[int] = mapped_column(ForeignKey("ledger_seals.id"))
    position: Mapped[int] = mapped_column(Integer)
    leaf: Mapped[bytes] = mapped_column()

    __table_args__ = (Index("uq_ledger_seal_leaves_seal_id_position", "seal_id", "position", unique=True),)


class Checkpoint(Base):
    """The balance of an account without a balance row, counted over everything sealed so far."""

    __tablename__ = "ledger_checkpoints"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("ledger_seals.id"), primary_key=True)
    amount: Mapped[int] = mapped_column()
