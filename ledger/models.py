"""The tables of the ledger. Their MetaData is shared by the floors above, so that they can refer to it."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
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

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
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
    """A named place for one asset. Never deleted; only its status changes."""

    __tablename__ = "ledger_accounts"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    code: Mapped[str] = mapped_column(String(200), unique=True)
    asset: Mapped[str] = mapped_column(ForeignKey("ledger_assets.code"))
    guarded: Mapped[bool] = mapped_column()
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

    __table_args__ = (
        Index("ix_ledger_entries_account_id", "account_id", "transaction_id", "line"),
        {"sqlite_with_rowid": False},
    )
