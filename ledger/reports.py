"""Reports over the whole books: trial balance, and how old the holdings are that are still out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, select, union_all
from sqlalchemy.orm import Session

from ledger.amounts import Asset, exact_sum, from_scaled
from ledger.digests import aware
from ledger.engines import connection_of
from ledger.models import Account, AssetRow, Balance, Checkpoint, Entry, Lot, Transaction, Unsealed
from ledger.periods import amounts_until

AGES = (30, 90, 180, 365)
"""Usual limits of age in days."""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One account of a trial balance. A balance above zero is a credit, one below zero a debit."""

    account: str
    asset: Asset
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """The signed balance."""
        return exact_sum([self.credit, self.debit.copy_negate()])


@dataclass(frozen=True, slots=True)
class AgeBand:
    """What is still out and was gained at least `from_days` and less than `to_days` ago (None: no limit)."""

    from_days: int
    to_days: int | None
    amount: Decimal


def trial_balance(session: Session | Connection, *, at: dt.datetime | None = None) -> list[TrialLine]:
    """Every account with a balance, now or as of a moment by effective time; debits equal credits in each asset."""
    connection = connection_of(session)
    amounts = (
        _amounts_now(connection) if at is None else amounts_until(connection, aware(at, "at"), inclusive=True)
    )
    accounts = (
        select(Account.id, Account.code, Account.asset, AssetRow.scale)
        .join(AssetRow, AssetRow.code == Account.asset)
        .order_by(Account.asset, Account.code)
    )
    lines = []
    for number, code, asset, scale in connection.execute(accounts):
        amount = amounts.get(number, 0)
        if amount:
            kept_in = Asset(asset, scale)
            debit, credit = max(-amount, 0), max(amount, 0)
            lines.append(TrialLine(code, kept_in, from_scaled(debit, kept_in), from_scaled(credit, kept_in)))
    return lines


def totals(lines: Sequence[TrialLine]) -> dict[str, tuple[Decimal, Decimal]]:
    """Debits and credits by asset."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in lines:
        debit, credit = sums.get(line.asset.code, (Decimal(0), Decimal(0)))
        sums[line.asset.code] = (exact_sum([debit, line.debit]), exact_sum([credit, line.credit]))
    return sums


def outstanding_by_age(
    session: Session | Connection, asset: Asset, *, at: dt.datetime, ages: Sequence[int] = AGES
) -> list[AgeBand]:
    """How old the holdings of accounts with a floor are, youngest band first.

    Where lots are kept, by what is left in them; elsewhere what was gained last counts as what is still there.
    """
    connection = connection_of(session)
    limits = [0, *ages]
    sums = dict.fromkeys(limits, 0)
    for gained_at, amount in [*_lots_left(connection, asset), *_newest_gains(connection, asset)]:
        days = (at - gained_at).days
        sums[max((limit for limit in limits if limit <= days), default=0)] += amount
    ends: list[int | None] = [*ages, None]
    return [
        AgeBand(start, end, from_scaled(sums[start], asset)) for start, end in zip(limits, ends, strict=True)
    ]


def _amounts_now(connection: Connection) -> dict[int, int]:
    # All accounts without a balance row at once, however many: the figures must be of one moment.
    newest = (
        select(Checkpoint.account_id, func.max(Checkpoint.seal_id).label("seal_id"))
        .group_by(Checkpoint.account_id)
        .subquery()
    )
    kept = select(Checkpoint.account_id, Checkpoint.amount).join(
        newest, (newest.c.account_id == Checkpoint.account_id) & (newest.c.seal_id == Checkpoint.seal_id)
    )
    unsealed = (
        select(Entry.account_id, func.sum(Entry.amount))
        .join(Unsealed, Unsealed.transaction_id == Entry.transaction_id)
        .join(Account, Account.id == Entry.account_id)
        .where(~Account.guarded)
        .group_by(Entry.account_id)
    )
    guarded = select(Balance.account_id, Balance.amount).where(Balance.amount != 0)
    amounts: dict[int, int] = {}
    for account, amount in connection.execute(union_all(guarded, kept, unsealed)):
        amounts[account] = amounts.get(account, 0) + int(amount)
    return amounts


def _lots_left(connection: Connection, asset: Asset) -> list[tuple[dt.datetime, int]]:
    query = (
        select(Transaction.effective_at, Lot.left)
        .join(Transaction, Transaction.id == Lot.transaction_id)
        .join(Account, Account.id == Lot.account_id)
        .where(Account.asset == asset.code, Lot.left > 0)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def _newest_gains(connection: Connection, asset: Asset) -> list[tuple[dt.datetime, int]]:
    """First in, first out: the newest gains of each account, up to its balance."""
    newer = func.sum(Entry.amount).over(
        partition_by=Entry.account_id,
        order_by=(Transaction.effective_at.desc(), Entry.transaction_id.desc(), Entry.line),
    )
    gains = (
        select(Transaction.effective_at, Entry.amount, Balance.amount.label("balance"), newer.label("upto"))
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .join(Account, Account.id == Entry.account_id)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.asset == asset.code, ~Account.lots, Entry.amount > 0, Balance.amount > 0)
        .subquery()
    )
    query = select(gains).where(gains.c.upto - gains.c.amount < gains.c.balance)
    return [
        (gained_at, min(amount, total - (int(upto) - amount)))
        for gained_at, amount, total, upto in connection.execute(query)
    ]
