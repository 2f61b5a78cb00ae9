"""Reading the books: what an account holds now or held then, and its statement."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from ledger.amounts import Asset, from_scaled
from ledger.digests import aware, refuse_blurs
from ledger.drafts import AccountState
from ledger.engines import connection_of
from ledger.errors import TextInvalid
from ledger.holding import read_standing
from ledger.lot_rules import spendable
from ledger.models import Account, AssetRow, Balance, Checkpoint, Entry, Transaction, Unsealed
from ledger.periods import amounts_until


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of an account's statement: an entry and the balance after it. `cursor` continues the page."""

    transaction_id: int
    line: int
    key: str
    kind: str
    subject: str
    actor: str
    effective_at: dt.datetime
    recorded_at: dt.datetime
    amount: Decimal
    balance: Decimal
    facts: dict[str, Any]
    reverses: int | None
    reversed_by: int | None

    @property
    def cursor(self) -> str:
        """Give it as `before` to read the lines older than this one."""
        return f"{self.transaction_id}.{self.line}"


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    asset: Asset
    amount: int | None
    held: int
    keeps_lots: bool


def balance(session: Session | Connection, code: str, *, at: dt.datetime | None = None) -> Decimal:
    """What the account holds now, or held at the end of the moment `at` by effective time. 0 if there is no account."""
    connection = connection_of(session)
    account = _find(connection, [code]).get(code)
    if account is None:
        return Decimal(0)
    if at is not None:
        amounts = amounts_until(connection, aware(at, "at"), inclusive=True, account=account.id)
        return from_scaled(amounts.get(account.id, 0), account.asset)
    return from_scaled(_amounts_now(connection, [account])[account.id], account.asset)


def balances(session: Session | Connection, codes: Iterable[str]) -> dict[str, Decimal]:
    """What these accounts hold now, by code; 0 for those that do not exist."""
    connection = connection_of(session)
    wanted = list(dict.fromkeys(codes))
    found = _find(connection, wanted)
    amounts = _amounts_now(connection, list(found.values()))
    return {
        code: from_scaled(amounts[found[code].id], found[code].asset) if code in found else Decimal(0)
        for code in wanted
    }


def available(session: Session | Connection, code: str, *, at: dt.datetime | None = None) -> Decimal:
    """What of the balance is neither held nor, at the moment `at`, expired. 0 if there is no account.

    With `at`, a hold whose deadline has passed counts no more, whether or not the job has come by.
    """
    connection = connection_of(session)
    account = _find(connection, [code]).get(code)
    if account is None:
        return Decimal(0)
    amount = _amounts_now(connection, [account])[account.id]
    if at is None or not (account.held or account.keeps_lots):
        return from_scaled(amount - account.held, account.asset)
    state = AccountState(account.id, code, account.asset, "open", True, account.keeps_lots, amount)
    read_standing(connection, state, aware(at, "at"))
    return from_scaled(spendable(state, at), account.asset)


def exists(session: Session | Connection, code: str) -> bool:
    """Whether there is an account of this code, with or without entries."""
    return code in _find(connection_of(session), [code])


def statement(
    session: Session | Connection, code: str, *, before: str | None = None, limit: int = 50
) -> list[StatementLine]:
    """The account's entries, newest first, each with the balance after it. `before` is the last line's `cursor`.

    Raises TextInvalid for a cursor that is none and for a limit below one.
    """
    if limit < 1:
        raise TextInvalid(field="limit", reason="it is below one")
    connection = connection_of(session)
    account = _find(connection, [code]).get(code)
    if account is None:
        return []
    rows = connection.execute(_page(account.id, _position(before), limit)).all()
    running = _running_before(connection, account, rows) if rows else 0
    lines = []
    for row in rows:
        after = row.balance_after if row.balance_after is not None else running
        lines.append(_line(row, after, account.asset))
        running = after - row.amount
    return lines


def _find(connection: Connection, codes: list[str]) -> dict[str, _Known]:
    refuse_blurs(codes, "account")
    found: dict[str, _Known] = {}
    rows = (
        select(
            Account.id,
            Account.code,
            Account.asset,
            Account.lots,
            AssetRow.scale,
            Balance.amount,
            Balance.held,
        )
        .join(AssetRow, AssetRow.code == Account.asset)
        .outerjoin(Balance, Balance.account_id == Account.id)
    )
    for start in range(0, len(codes), 500):
        for row in connection.execute(rows.where(Account.code.in_(codes[start : start + 500]))):
            found[row.code] = _Known(row.id, Asset(row.asset, row.scale), row.amount, row.held or 0, row.lots)
    return found


def _amounts_now(connection: Connection, accounts: list[_Known]) -> dict[int, int]:
    """Scaled balances by account id; those without a balance row are their newest checkpoint and what is unsealed."""
    amounts = {account.id: account.amount for account in accounts if account.amount is not None}
    without = [account.id for account in accounts if account.amount is None]
    return amounts | unguarded_amounts(connection, without) if without else amounts


def unguarded_amounts(
    connection: Connection, accounts: list[int], *, also: Sequence[Select[Any, Any]] = ()
) -> dict[int, int]:
    """Scaled balances of accounts without a balance row, and of what `also` selects (account, amount).

    All in one look at the books: whatever is posted or sealed meanwhile cannot tear the figures apart.
    """
    amounts = dict.fromkeys(accounts, 0)
    for start in range(0, max(len(accounts), 1), 500):
        some = accounts[start : start + 500]
        parts = [*_unguarded(some), *(also if start == 0 else ())]
        for account, amount in connection.execute(union_all(*parts)):
            amounts[account] = amounts.get(account, 0) + int(amount)
    return amounts


def _unguarded(accounts: list[int]) -> list[Select[Any, Any]]:
    newest = (
        select(Checkpoint.account_id, func.max(Checkpoint.seal_id).label("seal_id"))
        .where(Checkpoint.account_id.in_(accounts))
        .group_by(Checkpoint.account_id)
        .subquery()
    )
    kept = select(Checkpoint.account_id, Checkpoint.amount).join(
        newest, (newest.c.account_id == Checkpoint.account_id) & (newest.c.seal_id == Checkpoint.seal_id)
    )
    unsealed = (
        select(Entry.account_id, func.sum(Entry.amount))
        .join(Unsealed, Unsealed.transaction_id == Entry.transaction_id)
        .where(Entry.account_id.in_(accounts))
        .group_by(Entry.account_id)
    )
    return [kept, unsealed]


def _position(before: str | None) -> tuple[int, int] | None:
    if before is None:
        return None
    transaction, _, line = before.partition(".")
    if not (before.isascii() and transaction.isdigit() and line.isdigit() and len(before) < 26):
        raise TextInvalid(field="before", reason="it is not the cursor of a statement line")
    return int(transaction), int(line)


def _older_than(position: tuple[int, int]) -> ColumnElement[bool]:
    return tuple_(Entry.transaction_id, Entry.line) < tuple_(*position)


def _page(account_id: int, position: tuple[int, int] | None, limit: int) -> Any:
    reversal = aliased(Transaction)
    query = (
        select(
            Entry.transaction_id,
            Entry.line,
            Entry.amount,
            Entry.balance_after,
            Transaction.key,
            Transaction.kind,
            Transaction.subject,
            Transaction.actor,
            Transaction.effective_at,
            Transaction.recorded_at,
            Transaction.facts,
            Transaction.reverses,
            reversal.id.label("reversed_by"),
        )
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .outerjoin(reversal, reversal.reverses == Transaction.id)
        .where(Entry.account_id == account_id)
        .order_by(Entry.account_id.desc(), Entry.transaction_id.desc(), Entry.line.desc())
        .limit(limit)
    )
    return query if position is None else query.where(_older_than(position))


def _running_before(connection: Connection, account: _Known, rows: Any) -> int:
    """The balance after the page's newest line, for accounts whose entries do not carry it: now, less what came later."""
    newest = rows[0]
    if newest.balance_after is not None:
        return int(newest.balance_after)
    later = tuple_(Entry.transaction_id, Entry.line) > tuple_(newest.transaction_id, newest.line)
    less = (
        select(Entry.account_id, -func.sum(Entry.amount))
        .where(Entry.account_id == account.id, later)
        .group_by(Entry.account_id)
    )
    return unguarded_amounts(connection, [account.id], also=[less])[account.id]


def _line(row: Any, after: int, asset: Asset) -> StatementLine:
    return StatementLine(
        transaction_id=row.transaction_id,
        line=row.line,
        key=row.key,
        kind=row.kind,
        subject=row.subject,
        actor=row.actor,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        amount=from_scaled(row.amount, asset),
        balance=from_scaled(after, asset),
        facts=json.loads(row.facts),
        reverses=row.reverses,
        reversed_by=row.reversed_by,
    )
