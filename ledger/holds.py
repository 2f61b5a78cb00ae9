"""Holds, as in card payments: reserve until a deadline, then capture all or part, void, or lapse. Each ends once."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from ledger.accounts import open_accounts
from ledger.amounts import Asset, from_scaled, to_scaled
from ledger.digests import aware, facts_text, line_of_text
from ledger.drafts import AccountSpec, AccountState, Books, Draft, Terms
from ledger.engines import connection_of
from ledger.errors import (
    AccountClosed,
    AmountInvalid,
    HoldEnded,
    HoldExceeded,
    HoldLapsed,
    KeyReused,
    UnknownAccount,
    UnknownHold,
)
from ledger.holding import change_held, end_holds, hold_rows, lock_accounts, release_overdue
from ledger.journal import Posting, post_on_terms
from ledger.lot_rules import spendable
from ledger.models import Account, HoldRow, Transaction
from ledger.rules import insufficient


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount reserved on an account. `status` is held, captured, voided or lapsed."""

    id: int
    key: str
    account: str
    asset: Asset
    amount: Decimal
    status: str
    held_at: dt.datetime
    deadline: dt.datetime
    ended_at: dt.datetime | None
    captured: Decimal
    transaction_id: int | None
    actor: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False


def reserve(
    session: Session | Connection,
    account: AccountSpec | str,
    amount: Decimal,
    *,
    key: str,
    at: dt.datetime,
    deadline: dt.datetime,
    actor: str,
    subject: str,
    facts: Mapping[str, Any] | None = None,
) -> Hold:
    """Hold an amount of an account that has a floor: nobody else can spend it until the hold ends.

    The same key with the same account, amount, subject and facts gives the first hold again.
    Raises InsufficientBalance, KeyReused, HoldLapsed (the deadline is not after `at`), UnknownAccount.
    """
    connection = connection_of(session)
    line_of_text(key, "key"), line_of_text(actor, "actor"), line_of_text(subject, "subject")
    if aware(deadline, "deadline") <= aware(at, "at"):
        raise HoldLapsed(hold=key, deadline=deadline)
    stated = facts_text(facts or {})
    state, books = _lock_for_hold(connection, account, key, at)
    standing = _find(connection, HoldRow.key == key)
    if standing is not None:
        said = (state.code, to_scaled(amount, state.asset), subject, stated)
        stands = (
            standing.account,
            to_scaled(standing.amount, state.asset),
            standing.subject,
            facts_text(standing.facts),
        )
        if said != stands:
            raise KeyReused(key=key, transaction=None)
        return dataclasses.replace(standing, replayed=True)
    wanted = to_scaled(amount, state.asset)
    if wanted <= 0:
        raise AmountInvalid(amount=str(amount), asset=state.asset.code, reason="not above zero")
    release_overdue(connection, books, at=at)
    if wanted > spendable(state, at):
        raise insufficient(state, spendable(state, at), wanted)
    row = {"key": key, "account_id": state.id, "amount": wanted, "status": "held", "held_at": at, "deadline": deadline,
           "captured": 0, "actor": actor, "subject": subject, "facts": stated}  # fmt: skip
    connection.execute(insert(HoldRow), [row])
    change_held(connection, {state.id: wanted})
    return _must_find(connection, HoldRow.key == key, key)


def capture(session: Session | Connection, hold_id: int, draft: Draft) -> Posting:
    """Take all or part of what is held, by a posting; the rest is free again.

    The draft takes from the held account at most what is held, and nothing more. A hold is captured once:
    the same draft again is replayed. Raises HoldEnded, HoldLapsed (at or after the deadline, whether or not
    the job has come by), HoldExceeded, UnknownHold, and what `post` raises.
    """
    connection = connection_of(session)
    hold = _must_find(connection, HoldRow.id == hold_id, hold_id)
    taken = _taken(hold, draft)
    if connection.scalar(select(Transaction.id).where(Transaction.key == draft.key)) is not None:
        return _captured_before(connection, hold_id, draft)
    _must_stand(hold, at=draft.recorded_at)
    held = to_scaled(hold.amount, hold.asset)

    def release(books: Books) -> None:
        state = books.accounts[hold.account]
        _must_stand(_must_find(connection, HoldRow.id == hold_id, hold_id), at=draft.recorded_at)
        change_held(connection, {state.id: -held})

    terms = {draft.key: Terms(lots="any", released={hold.account: held})}
    posting = post_on_terms(connection, [draft], terms, release)[draft.key]
    if posting.replayed:
        # The key was not there a moment ago: somebody else has just captured with it.
        return _captured_before(connection, hold_id, draft)
    end_holds(
        connection, [hold_id], status="captured", at=draft.recorded_at,
        captured=to_scaled(taken, hold.asset), transaction_id=posting.id,
    )  # fmt: skip
    return posting


def _captured_before(connection: Connection, hold_id: int, draft: Draft) -> Posting:
    """The key stands already: for this hold's capture, which is replayed, or for something else."""
    posting = post_on_terms(connection, [draft])[draft.key]
    if _must_find(connection, HoldRow.id == hold_id, hold_id).transaction_id != posting.id:
        raise KeyReused(key=draft.key, transaction=posting.id)
    return posting


def void(session: Session | Connection, hold_id: int, *, at: dt.datetime) -> Hold:
    """Let go what is held. Voiding what was voided or has lapsed changes nothing; raises HoldEnded if captured."""
    connection = connection_of(session)
    hold = _must_find(connection, HoldRow.id == hold_id, hold_id)
    books = lock_accounts(connection, [hold.account])
    release_overdue(connection, books, at=aware(at, "at"))
    hold = _must_find(connection, HoldRow.id == hold_id, hold_id)
    if hold.status == "captured":
        raise HoldEnded(hold=hold_id, status=hold.status, transaction=hold.transaction_id)
    if hold.status != "held":
        return dataclasses.replace(hold, replayed=True)
    change_held(connection, {books.accounts[hold.account].id: -to_scaled(hold.amount, hold.asset)})
    end_holds(connection, [hold_id], status="voided", at=at)
    return _must_find(connection, HoldRow.id == hold_id, hold_id)


def lapse_holds(session: Session | Connection, *, at: dt.datetime, limit: int = 500) -> list[int]:
    """Let go every hold whose deadline has passed, at most `limit` of them; their numbers. A job calls it."""
    connection = connection_of(session)
    overdue = (
        select(Account.code)
        .join(HoldRow, HoldRow.account_id == Account.id)
        .where(HoldRow.status == "held", HoldRow.deadline <= aware(at, "at"))
        .order_by(HoldRow.deadline)
        .limit(limit)
    )
    codes = sorted(set(connection.scalars(overdue)))
    if not codes:
        return []
    return release_overdue(connection, lock_accounts(connection, codes), at=at)


def find_hold(session: Session | Connection, key: str) -> Hold | None:
    """The hold that was reserved under this key."""
    return _find(connection_of(session), HoldRow.key == key)


def _lock_for_hold(
    connection: Connection, account: AccountSpec | str, key: str, at: dt.datetime
) -> tuple[AccountState, Books]:
    code = account if isinstance(account, str) else account.code
    waits = [f"\x7fhold {key}"]
    books = lock_accounts(connection, [code], waits=waits)
    if code not in books.accounts and isinstance(account, AccountSpec):
        open_accounts(connection, [account], at=at)
        books = lock_accounts(connection, [code], waits=waits)
    state = books.accounts.get(code)
    if state is None:
        raise UnknownAccount(account=code)
    if state.status != "open":
        raise AccountClosed(account=code)
    if state.floor is None:
        raise ValueError(f"nothing can be held on {code}: it has no floor")
    return state, books


def _taken(hold: Hold, draft: Draft) -> Decimal:
    taken = -sum((leg.amount for leg in draft.legs if leg.code == hold.account), Decimal(0))
    if not 0 < taken <= hold.amount:
        raise HoldExceeded(hold=hold.id, held=hold.amount, wanted=taken)
    return taken


def _must_stand(hold: Hold, *, at: dt.datetime | None = None) -> None:
    if hold.status == "lapsed" or (hold.status == "held" and at is not None and hold.deadline <= at):
        raise HoldLapsed(hold=hold.id, deadline=hold.deadline)
    if hold.status != "held":
        raise HoldEnded(hold=hold.id, status=hold.status, transaction=hold.transaction_id)


def _find(connection: Connection, condition: Any) -> Hold | None:
    row = connection.execute(hold_rows().where(condition)).one_or_none()
    if row is None:
        return None
    asset = Asset(row.asset, row.scale)
    return Hold(
        id=row.id,
        key=row.key,
        account=row.account,
        asset=asset,
        amount=from_scaled(row.amount, asset),
        status=row.status,
        held_at=row.held_at,
        deadline=row.deadline,
        ended_at=row.ended_at,
        captured=from_scaled(row.captured, asset),
        transaction_id=row.transaction_id,
        actor=row.actor,
        subject=row.subject,
        facts=json.loads(row.facts),
    )


def _must_find(connection: Connection, condition: Any, name: int | str) -> Hold:
    hold = _find(connection, condition)
    if hold is None:
        raise UnknownHold(hold=name)
    return hold
