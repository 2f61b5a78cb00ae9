"""The invariants, as functions that return every place where they do not hold. All of them stream.

``since`` looks only at transactions with that number or a higher one: what was proved before and is sealed need not
be proved every night. What such a look means for balances, lots and checkpoints stands in `audit_since`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true
from sqlalchemy.orm import Session, aliased

from ledger.amounts import Asset, from_scaled
from ledger.balances import unguarded_amounts
from ledger.engines import connection_of
from ledger.models import (
    Account,
    AssetRow,
    Balance,
    Checkpoint,
    Entry,
    HoldRow,
    Lot,
    LotMove,
    Transaction,
)
from ledger.records import EntryRecord, Record, entry_record, entry_rows
from ledger.returned import returned_to_lately, taken_again

_STREAM = {"yield_per": 2000}


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the books do not agree: what it is about, what is wrong, and the figures."""

    subject: str
    says: str
    facts: dict[str, Any] = field(default_factory=dict)


def _new(column: Any, since: int | None) -> ColumnElement[bool]:
    return true() if since is None else column >= since


def entries_sum_to_zero(session: Session | Connection, since: int | None = None) -> list[Break]:
    """Every transaction's entries sum to zero in each asset."""
    query = (
        select(Entry.transaction_id, Account.asset, AssetRow.scale, func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .where(_new(Entry.transaction_id, since))
        .group_by(Entry.transaction_id, Account.asset, AssetRow.scale)
        .having(func.sum(Entry.amount) != 0)
        .order_by(Entry.transaction_id)
    )
    return [
        Break(
            f"transaction:{transaction}",
            "entries do not sum to zero",
            {"asset": asset, "sum": str(from_scaled(int(total), Asset(asset, scale)))},
        )
        for transaction, asset, scale, total in connection_of(session).execute(query)
    ]


def transactions_are_complete(session: Session | Connection, since: int | None = None) -> list[Break]:
    """Every transaction has exactly the entries it was closed with, and every entry its transaction."""
    counted = (
        select(Entry.transaction_id, func.count().label("present"))
        .where(_new(Entry.transaction_id, since))
        .group_by(Entry.transaction_id)
        .subquery()
    )
    present = func.coalesce(counted.c.present, 0)
    short = (
        select(Transaction.id, Transaction.lines, present)
        .outerjoin(counted, counted.c.transaction_id == Transaction.id)
        .where(Transaction.lines != present, _new(Transaction.id, since))
        .order_by(Transaction.id)
    )
    known = select(Transaction.id).where(Transaction.id == Entry.transaction_id).exists()
    orphaned = (
        select(Entry.transaction_id, func.count())
        .where(~known, _new(Entry.transaction_id, since))
        .group_by(Entry.transaction_id)
        .order_by(Entry.transaction_id)
    )
    connection = connection_of(session)
    breaks = [
        Break(
            f"transaction:{number}", "entries are missing or added", {"closed_with": lines, "present": count}
        )
        for number, lines, count in connection.execute(short)
    ]
    return breaks + [
        Break(f"transaction:{number}", "entries without their transaction", {"present": count})
        for number, count in connection.execute(orphaned)
    ]


def balances_equal_entries(session: Session | Connection) -> list[Break]:
    """Every balance row equals the sum of its account's entries; every guarded account has one, and no other."""
    summed = (
        select(Entry.account_id, func.sum(Entry.amount).label("total")).group_by(Entry.account_id).subquery()
    )
    total = func.coalesce(summed.c.total, 0)
    has_row = Balance.account_id.is_not(None)
    query = (
        select(Account.code, Account.asset, AssetRow.scale, Balance.amount, total, Account.guarded == has_row)
        .join(AssetRow, AssetRow.code == Account.asset)
        .outerjoin(Balance, Balance.account_id == Account.id)
        .outerjoin(summed, summed.c.account_id == Account.id)
        .where((Account.guarded & (Balance.amount != total)) | (Account.guarded != has_row))
        .order_by(Account.code)
    )
    return [
        Break(
            f"account:{code}",
            "balance differs from its entries" if placed else "a row of its own is missing or misplaced",
            {
                "balance": None if amount is None else str(from_scaled(amount, Asset(asset, scale))),
                "entries": str(from_scaled(int(entries), Asset(asset, scale))),
            },
        )
        for code, asset, scale, amount, entries, placed in connection_of(session).execute(query)
    ]


def checkpoints_equal_entries(session: Session | Connection) -> list[Break]:
    """The balance of every account without a row of its own, as read from checkpoints, equals its entries."""
    connection = connection_of(session)
    query = (
        select(
            Account.id, Account.code, Account.asset, AssetRow.scale, func.coalesce(func.sum(Entry.amount), 0)
        )
        .join(AssetRow, AssetRow.code == Account.asset)
        .outerjoin(Entry, Entry.account_id == Account.id)
        .where(~Account.guarded)
        .group_by(Account.id, Account.code, Account.asset, AssetRow.scale)
        .order_by(Account.code)
    )
    rows = connection.execute(query).all()
    amounts = unguarded_amounts(connection, [row[0] for row in rows])
    breaks = []
    for number, code, asset, scale, total in rows:
        if amounts[number] != total:
            kept_in = Asset(asset, scale)
            facts = {
                "checkpoint": str(from_scaled(amounts[number], kept_in)),
                "entries": str(from_scaled(int(total), kept_in)),
            }
            breaks.append(Break(f"account:{code}", "checkpoint differs from its entries", facts))
    misplaced = select(Checkpoint.account_id).where(Checkpoint.account_id == Account.id).exists()
    codes = select(Account.code).where(Account.guarded, misplaced).order_by(Account.code)
    return breaks + [
        Break(f"account:{code}", "has limits and a checkpoint, which would be counted as well")
        for code in connection.scalars(codes)
    ]


def floors_hold(session: Session | Connection) -> list[Break]:
    """No account is below its floor or above its ceiling, held amounts counted as gone."""
    query = (
        select(
            Account.code,
            Account.asset,
            AssetRow.scale,
            Balance.amount,
            Balance.held,
            Balance.floor,
            Balance.ceiling,
        )
        .join(Balance, Balance.account_id == Account.id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .where((Balance.amount - Balance.held < Balance.floor) | (Balance.amount > Balance.ceiling))
        .order_by(Account.code)
    )
    breaks = []
    for code, asset, scale, *amounts in connection_of(session).execute(query):
        kept_in = Asset(asset, scale)
        names = ("balance", "held", "floor", "ceiling")
        facts = {
            name: None if amount is None else str(from_scaled(amount, kept_in))
            for name, amount in zip(names, amounts, strict=True)
        }
        breaks.append(Break(f"account:{code}", "balance is outside its limits", facts))
    return breaks


def lots_equal_balances(session: Session | Connection) -> list[Break]:
    """What is left in an account's lots equals its balance, and in each lot what it got less what was taken."""
    connection = connection_of(session)
    summed = select(Lot.account_id, func.sum(Lot.left).label("total")).group_by(Lot.account_id).subquery()
    total = func.coalesce(summed.c.total, 0)
    accounts = (
        select(Account.code, Account.asset, AssetRow.scale, Balance.amount, total)
        .join(Balance, Balance.account_id == Account.id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .outerjoin(summed, summed.c.account_id == Account.id)
        .where(Account.lots, Balance.amount != total)
        .order_by(Account.code)
    )
    breaks = []
    for code, asset, scale, amount, left in connection.execute(accounts):
        kept_in = Asset(asset, scale)
        facts = {"balance": str(from_scaled(amount, kept_in)), "lots": str(from_scaled(int(left), kept_in))}
        breaks.append(Break(f"account:{code}", "lots differ from the balance", facts))
    return [
        *breaks,
        *lots_off_their_moves(connection, true(), true()),
        *more_returned_than_taken(connection),
    ]


def lots_off_their_moves(
    connection: Connection, of_lot: ColumnElement[bool], of_move: ColumnElement[bool]
) -> list[Break]:
    """Lots whose rest is not what they got less what was taken; the conditions say which lots, and whose moves."""
    moved = (
        select(LotMove.lot_transaction_id, LotMove.lot_line, func.sum(LotMove.amount).label("total"))
        .where(of_move)
        .group_by(LotMove.lot_transaction_id, LotMove.lot_line)
        .subquery()
    )
    change = func.coalesce(moved.c.total, 0)
    query = (
        select(Lot.transaction_id, Lot.line, Lot.amount, Lot.left, change, Entry.amount)
        .outerjoin(moved, (moved.c.lot_transaction_id == Lot.transaction_id) & (moved.c.lot_line == Lot.line))
        .outerjoin(Entry, (Entry.transaction_id == Lot.transaction_id) & (Entry.line == Lot.line))
        .where(
            (Lot.left != Lot.amount + change) | (Lot.amount != func.coalesce(Entry.amount, 0)),
            of_lot,
        )
        .order_by(Lot.transaction_id, Lot.line)
    )
    return [
        Break(
            f"lot:{number}.{line}",
            "what is left of a lot does not follow from its entry and what was taken",
            {"amount": amount, "left": left, "moved": int(moves), "entry": entry},
        )
        for number, line, amount, left, moves, entry in connection.execute(query)
    ]


def more_returned_than_taken(connection: Connection, since: int | None = None) -> list[Break]:
    """Of what a transaction took from a lot, more was given back; ``since``: where something was given back since."""
    back = (
        select(
            LotMove.returns,
            LotMove.lot_transaction_id,
            LotMove.lot_line,
            func.sum(LotMove.amount).label("total"),
        )
        .where(LotMove.returns.is_not(None), returned_to_lately(since))
        .group_by(LotMove.returns, LotMove.lot_transaction_id, LotMove.lot_line)
        .subquery()
    )
    took = aliased(LotMove)
    total = func.coalesce(func.sum(-took.amount), 0)
    query = (
        select(back.c.returns, back.c.lot_transaction_id, back.c.lot_line, back.c.total, total)
        .outerjoin(
            took,
            (took.transaction_id == back.c.returns)
            & (took.lot_transaction_id == back.c.lot_transaction_id)
            & (took.lot_line == back.c.lot_line)
            & (took.amount < 0),
        )
        .group_by(back.c.returns, back.c.lot_transaction_id, back.c.lot_line, back.c.total)
        .having(back.c.total > total)
        .order_by(back.c.returns)
    )
    doubtful = connection.execute(query).all()
    again = taken_again(connection, [row[0] for row in doubtful])
    return [
        Break(
            f"transaction:{number}",
            "more was given back to a lot than was taken from it",
            {"lot": f"{lot}.{line}", "returned": int(returned), "taken": taken},
        )
        for number, lot, line, returned, own in doubtful
        if (taken := int(own) + again.get((number, lot, line), 0)) < returned
    ]


def holds_equal_balances(session: Session | Connection) -> list[Break]:
    """What each balance row says is held is the sum of the holds that stand; what was captured, its posting took."""
    summed = (
        select(HoldRow.account_id, func.sum(HoldRow.amount).label("total"))
        .where(HoldRow.status == "held")
        .group_by(HoldRow.account_id)
        .subquery()
    )
    total = func.coalesce(summed.c.total, 0)
    query = (
        select(Account.code, Account.asset, AssetRow.scale, Balance.held, total)
        .join(Balance, Balance.account_id == Account.id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .outerjoin(summed, summed.c.account_id == Account.id)
        .where(Balance.held != total)
        .order_by(Account.code)
    )
    breaks = []
    for code, asset, scale, held, standing in connection_of(session).execute(query):
        kept_in = Asset(asset, scale)
        facts = {"held": str(from_scaled(held, kept_in)), "holds": str(from_scaled(int(standing), kept_in))}
        breaks.append(Break(f"account:{code}", "held amount differs from the holds", facts))
    return breaks + _captures_off_their_postings(connection_of(session))


def _captures_off_their_postings(connection: Connection) -> list[Break]:
    taken = func.coalesce(func.sum(Entry.amount), 0)
    query = (
        select(HoldRow.id, HoldRow.captured, HoldRow.transaction_id, taken)
        .outerjoin(
            Entry,
            (Entry.transaction_id == HoldRow.transaction_id) & (Entry.account_id == HoldRow.account_id),
        )
        .where(HoldRow.status == "captured")
        .group_by(HoldRow.id, HoldRow.captured, HoldRow.transaction_id)
        .having(taken != -HoldRow.captured)
        .order_by(HoldRow.id)
    )
    return [
        Break(
            f"hold:{number}",
            "was captured by a posting that took something else",
            {"captured": captured, "transaction": transaction, "taken": -int(total)},
        )
        for number, captured, transaction, total in connection.execute(query)
    ]


def digests_recompute(session: Session | Connection) -> list[Break]:
    """Every transaction's digest follows from its rows."""
    return [
        Break(f"transaction:{record.id}", "digest does not follow from the rows", {"key": record.key})
        for record in stream_records(connection_of(session))
        if record.recomputed_digest() != record.digest
    ]


def stream_records(connection: Connection) -> Iterator[Record]:
    """All transactions with their entries by number, reading both tables side by side in constant memory."""
    transactions = select(*Transaction.__table__.c).order_by(Transaction.id)
    rows = iter(connection.execute(entry_rows(), execution_options=_STREAM))
    waiting = next(rows, None)
    for transaction in connection.execute(transactions, execution_options=_STREAM):
        mine: list[EntryRecord] = []
        while waiting is not None and waiting[0] <= transaction[0]:
            if waiting[0] == transaction[0]:
                mine.append(entry_record(waiting))
            waiting = next(rows, None)
        yield Record.of(transaction, mine)
