"""Holds, as in card payments: reserve until a deadline, then capture all or part, void, or lapse. Each ends once."""

import dataclasses
import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from ledger.accounts import open_accounts, refuse_other_limits
from ledger.amounts import Asset, from_scaled, to_scaled
from ledger.digests import aware, facts_text, line_of_text, refuse_blurs
from ledger.drafts import AccountSpec, AccountState, Books, Draft, StandingHold, Terms
from ledger.engines import connection_of, driver_cursor, engine_of
from ledger.errors import (
    AccountClosed,
    AmountInvalid,
    HoldEnded,
    HoldExceeded,
    HoldLapsed,
    HoldsOnOneAccount,
    KeyReused,
    NoFloor,
    UnknownAccount,
    UnknownHold,
)
from ledger.holding import change_held, end_holds, hold_rows, lock_accounts, release_overdue
from ledger.journal import Posting, post_on_terms
from ledger.lot_rules import spendable
from ledger.models import Account, HoldRow, Transaction
from ledger.rules import check_words, insufficient


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """An amount of one account to be held; `key` makes it happen once."""

    key: str
    account: AccountSpec | str
    amount: Decimal

    @property
    def code(self) -> str:
        """The code of the account."""
        return self.account if isinstance(self.account, str) else self.account.code


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
    Raises InsufficientBalance, KeyReused, HoldLapsed (the deadline is not after `at`), UnknownAccount, AccountClosed, NoFloor.
    """
    one = Wanted(key, account, amount)
    return reserve_all(session, [one], at=at, deadline=deadline, actor=actor, subject=subject, facts=facts)[0]


def reserve_all(
    session: Session | Connection,
    wanted: Sequence[Wanted],
    *,
    at: dt.datetime,
    deadline: dt.datetime,
    actor: str,
    subject: str,
    facts: Mapping[str, Any] | None = None,
) -> list[Hold]:
    """Hold several amounts until one deadline, all or none, in their order; their accounts are locked at once.

    Raises what `reserve` raises, and KeyReused for one key twice; a refusal carries the key of the amount among its
    facts. Where nothing is wanted, nothing is held.
    """
    if not wanted:
        return []
    connection = connection_of(session)
    for one in wanted:
        line_of_text(one.key, "key")
    for key, count in Counter(one.key for one in wanted).items():
        if count > 1:
            raise KeyReused(key=key, transaction=None)
    line_of_text(actor, "actor"), line_of_text(subject, "subject")
    if aware(deadline, "deadline") <= aware(at, "at"):
        raise HoldLapsed(hold=wanted[0].key, deadline=deadline)
    stated = facts_text(facts or {})
    books = _lock_for_holds(connection, wanted, at)
    standing = {hold.key: hold for hold in _holds(connection, HoldRow.key.in_([one.key for one in wanted]))}
    if standing:
        return [_again(one, standing.get(one.key), subject, stated) for one in wanted]
    release_overdue(connection, books, at=at)
    rows: list[dict[str, Any]] = [
        {"key": one.key, "account_id": books.accounts[one.code].id, "amount": _held_now(books.accounts[one.code], one, at),
         "status": "held", "held_at": at, "deadline": deadline, "captured": 0, "actor": actor, "subject": subject,
         "facts": stated}
        for one in wanted
    ]  # fmt: skip
    connection.execute(insert(HoldRow), rows)
    changes: dict[int, int] = {}
    for row in rows:
        changes[row["account_id"]] = changes.get(row["account_id"], 0) + row["amount"]
    change_held(connection, changes)
    return [_must_find(connection, HoldRow.key == one.key, one.key) for one in wanted]


def _held_now(state: AccountState, one: Wanted, at: dt.datetime) -> int:
    """The scaled amount, taken from what is free of the account; refused if that is less."""
    amount = to_scaled(one.amount, state.asset)
    if amount <= 0:
        raise AmountInvalid(amount=str(one.amount), asset=state.asset.code, reason="not above zero")
    free = spendable(state, at)
    if amount > free:
        raise insufficient(state, free, amount).within({"key": one.key})
    state.held += amount
    state.standing.append(StandingHold(None, at, amount))
    return amount


def _again(one: Wanted, standing: Hold | None, subject: str, stated: str) -> Hold:
    """The hold that stands under this key, if it is the same; several are reserved together or not at all."""
    if standing is None:
        raise KeyReused(key=one.key, transaction=None)
    said = (one.code, to_scaled(one.amount, standing.asset), subject, stated)
    amount = to_scaled(standing.amount, standing.asset)
    if said != (standing.account, amount, standing.subject, facts_text(standing.facts)):
        raise KeyReused(key=one.key, transaction=None)
    return dataclasses.replace(standing, replayed=True)


def capture(session: Session | Connection, hold_id: int, draft: Draft) -> Posting:
    """Take all or part of what is held, by a posting; the rest is free again.

    The draft takes from the held account at most what is held, and nothing more. A hold is captured once:
    the same draft again is replayed. Raises HoldEnded, HoldLapsed (at or after the deadline, whether or not
    the job has come by), HoldExceeded, UnknownHold, and what `post` raises.
    """
    return capture_all(session, [hold_id], draft)


def capture_all(session: Session | Connection, hold_ids: Sequence[int], draft: Draft) -> Posting:
    """End several holds on different accounts by one posting, all or none; of some of them it may take nothing.

    Raises what `capture` raises; HoldExceeded where no hold is named, HoldsOnOneAccount for two on the same.
    """
    connection = connection_of(session)
    check_words(draft)
    if not hold_ids:
        raise HoldExceeded(hold=None, held=Decimal(0), wanted=Decimal(0))
    holds = _must_find_all(connection, hold_ids)
    held = {hold.account: to_scaled(hold.amount, hold.asset) for hold in holds}
    if len(held) < len(holds):
        raise HoldsOnOneAccount(account=Counter(hold.account for hold in holds).most_common(1)[0][0])
    taken = {hold.id: _taken(hold, draft) for hold in holds}
    if not any(taken.values()):
        raise HoldExceeded(hold=holds[0].id, held=holds[0].amount, wanted=Decimal(0))
    if connection.scalar(select(Transaction.id).where(Transaction.key == draft.key)) is not None:
        return _captured_before(connection, hold_ids, draft)
    for hold in holds:
        _must_stand(hold, at=draft.recorded_at)

    def still_stand() -> None:
        for hold in _must_find_all(connection, hold_ids):
            _must_stand(hold, at=draft.recorded_at)

    def release(books: Books) -> None:
        change_held(connection, {books.accounts[code].id: -amount for code, amount in held.items()})

    captures = {hold.account: hold.id for hold in holds}
    terms = {draft.key: Terms(captures=captures, released=held)}
    posting = post_on_terms(
        connection, [draft], terms, before_write=release, once_locked=still_stand, also=tuple(held)
    )[draft.key]
    if posting.replayed:
        # The key was not there a moment ago: somebody else has just captured with it.
        return _captured_before(connection, hold_ids, draft)
    for hold in holds:
        end_holds(
            connection, [hold.id], status="captured", at=draft.recorded_at,
            captured=to_scaled(taken[hold.id], hold.asset), transaction_id=posting.id,
        )  # fmt: skip
    return posting


def _captured_before(connection: Connection, hold_ids: Sequence[int], draft: Draft) -> Posting:
    """The key stands already: for the capture of these holds, which is replayed, or for something else."""
    posting = post_on_terms(connection, [draft])[draft.key]
    if any(hold.transaction_id != posting.id for hold in _must_find_all(connection, hold_ids)):
        raise KeyReused(key=draft.key, transaction=posting.id)
    return posting


def void(session: Session | Connection, hold_id: int, *, at: dt.datetime) -> Hold:
    """Let go what is held. Voiding what was voided or has lapsed changes nothing; raises HoldEnded if captured."""
    return void_all(session, [hold_id], at=at)[0]


def void_all(session: Session | Connection, hold_ids: Sequence[int], *, at: dt.datetime) -> list[Hold]:
    """Let go what these hold, all or none; their accounts are locked at once. Raises what `void` raises.

    One that is named twice is let go once.
    """
    connection = connection_of(session)
    codes = sorted({hold.account for hold in _must_find_all(connection, hold_ids)})
    books = lock_accounts(connection, codes)
    release_overdue(connection, books, at=aware(at, "at"))
    holds = _must_find_all(connection, hold_ids)
    changes: dict[int, int] = {}
    for hold in {hold.id: hold for hold in holds}.values():
        if hold.status == "captured":
            raise HoldEnded(hold=hold.id, status=hold.status, transaction=hold.transaction_id)
        if hold.status == "held":
            account = books.accounts[hold.account].id
            changes[account] = changes.get(account, 0) - to_scaled(hold.amount, hold.asset)
    if not changes:
        return [dataclasses.replace(hold, replayed=True) for hold in holds]
    change_held(connection, changes)
    end_holds(connection, [hold.id for hold in holds if hold.status == "held"], status="voided", at=at)
    return _must_find_all(connection, hold_ids)


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
    refuse_blurs([key], "key")
    return _find(connection_of(session), HoldRow.key == key)


def holds_about(session: Session | Connection, subject: str) -> list[Hold]:
    """All holds about a subject, in the order in which they were reserved."""
    refuse_blurs([subject], "subject")
    return _holds(connection_of(session), HoldRow.subject == subject)


def _lock_for_holds(connection: Connection, wanted: Sequence[Wanted], at: dt.datetime) -> Books:
    codes = list(dict.fromkeys(one.code for one in wanted))
    waits = [f"\x7fhold {one.key}" for one in wanted]
    books = lock_accounts(connection, codes, waits=waits)
    missing = [
        one.account
        for one in wanted
        if isinstance(one.account, AccountSpec) and one.code not in books.accounts
    ]
    if missing:
        open_accounts(connection, missing, at=at)
        books = lock_accounts(connection, codes, waits=waits)
    for one in wanted:
        if isinstance(one.account, AccountSpec):
            refuse_other_limits(connection, one.account, books.accounts[one.code])
    for code in codes:
        state = books.accounts.get(code)
        if state is None:
            raise UnknownAccount(account=code)
        if state.status != "open":
            raise AccountClosed(account=code)
        if state.floor is None:
            raise NoFloor(account=code)
    with driver_cursor(connection) as cursor:
        engine_of(connection).refuse_closed(cursor, [books.accounts[code].id for code in codes])
    return books


def _taken(hold: Hold, draft: Draft) -> Decimal:
    """What the draft takes of what is held: nothing, a part, or all."""
    legs = [to_scaled(leg.amount, hold.asset) for leg in draft.legs if leg.code == hold.account]
    taken = from_scaled(-sum(legs), hold.asset)
    if not 0 <= taken <= hold.amount:
        raise HoldExceeded(hold=hold.id, held=hold.amount, wanted=taken)
    return taken


def _must_stand(hold: Hold, *, at: dt.datetime | None = None) -> None:
    if hold.status == "lapsed" or (hold.status == "held" and at is not None and hold.deadline <= at):
        raise HoldLapsed(hold=hold.id, deadline=hold.deadline)
    if hold.status != "held":
        raise HoldEnded(hold=hold.id, status=hold.status, transaction=hold.transaction_id)


def _find(connection: Connection, condition: Any) -> Hold | None:
    found = _holds(connection, condition)
    return found[0] if found else None


def _holds(connection: Connection, condition: Any) -> list[Hold]:
    return [_hold(row) for row in connection.execute(hold_rows().where(condition).order_by(HoldRow.id))]


def _hold(row: Any) -> Hold:
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


def _must_find_all(connection: Connection, hold_ids: Sequence[int]) -> list[Hold]:
    found = {hold.id: hold for hold in _holds(connection, HoldRow.id.in_(hold_ids))}
    for number in hold_ids:
        if number not in found:
            raise UnknownHold(hold=number)
    return [found[number] for number in hold_ids]
