"""Holdings that lapse: what an account's lots hold, and the posting that takes away what has expired."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from ledger.amounts import Asset, exact_sum, from_scaled
from ledger.digests import aware, microseconds, refuse_blurs
from ledger.drafts import LAPSE, AccountSpec, AccountState, Draft, Leg, Terms
from ledger.engines import connection_of
from ledger.errors import AccountClosed
from ledger.holding import lock_accounts, read_standing, release_overdue
from ledger.journal import Posting, post_on_terms
from ledger.lot_rules import usable
from ledger.models import Account, AssetRow, Balance, Entry, Lot


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot with something left."""

    transaction_id: int
    line: int
    expires_at: dt.datetime | None
    amount: Decimal
    left: Decimal


def lots_of(session: Session | Connection, code: str) -> list[LotView]:
    """The account's lots with something left, in the order in which they will be spent."""
    refuse_blurs([code], "account")
    rows = connection_of(session).execute(
        select(
            Lot.transaction_id, Lot.line, Lot.expires_at, Lot.amount, Lot.left, Account.asset, AssetRow.scale
        )
        .join(Account, Account.id == Lot.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .where(Account.code == code, Lot.left > 0)
        .order_by(Lot.expires_at.nulls_last(), Lot.transaction_id, Lot.line)
    )
    return [
        LotView(
            number,
            line,
            expires_at,
            from_scaled(amount, Asset(asset, scale)),
            from_scaled(left, Asset(asset, scale)),
        )
        for number, line, expires_at, amount, left, asset, scale in rows
    ]


def spendable_lots(session: Session | Connection, code: str, *, at: dt.datetime) -> list[LotView]:
    """What a posting at that moment would take, in that order: neither expired nor waiting for a hold.

    `left` is how much of each lot is free.
    """
    refuse_blurs([code], "account")
    connection = connection_of(session)
    query = (
        select(Account.id, Account.asset, AssetRow.scale)
        .join(AssetRow, AssetRow.code == Account.asset)
        .where(Account.code == code)
    )
    account = connection.execute(query).one_or_none()
    if account is None:
        return []
    state = AccountState(
        account.id, code, Asset(account.asset, account.scale), "open", guarded=True, keeps_lots=True
    )
    read_standing(connection, state, aware(at, "at"))
    free = {lot.name: part for lot, part in usable(state, at, "valid")}
    return [
        dataclasses.replace(lot, left=from_scaled(free[lot.transaction_id, lot.line], state.asset))
        for lot in lots_of(connection, code)
        if (lot.transaction_id, lot.line) in free
    ]


def expiring(session: Session | Connection, code: str, *, before: dt.datetime) -> Decimal:
    """How much of the account expires before a moment, what has expired already included."""
    lots = lots_of(session, code)
    return exact_sum(lot.left for lot in lots if lot.expires_at is not None and lot.expires_at < before)


def lapse(
    session: Session | Connection,
    *,
    at: dt.datetime,
    recorded_at: dt.datetime,
    actor: str,
    to: Callable[[str], AccountSpec],
    subject: Callable[[str], str] = lambda code: code,
    limit: int = 200,
) -> list[Posting]:
    """Post what has expired out of at most `limit` accounts; a job calls it until it returns nothing.

    `to` says where the holdings of an account go. What was reserved in time stays until its hold ends. An account that
    is closed, or whose holdings would go to a closed one, keeps what has expired until it is open again; the others go on.
    What is expired is decided under the accounts' locks, so running again takes nothing twice; what came back because
    a lapse was undone lapses anew.
    """
    connection = connection_of(session)
    last = 0
    while found := _expired_accounts(connection, aware(at, "at"), limit, after=last):
        last = found[-1][0]
        books = lock_accounts(connection, [code for _, code in found])
        release_overdue(connection, books, at=recorded_at)
        free = {
            code: amount
            for code, state in sorted(books.accounts.items(), key=lambda item: item[1].id)
            if state.status == "open" and (amount := sum(part for _, part in usable(state, at, "expired")))
        }
        newest = _newest_entries(connection, [books.accounts[code].id for code in free])
        drafts = [
            _draft(
                state := books.accounts[code], amount, to=to(code), subject=subject(code), at=at, recorded_at=recorded_at,
                actor=actor, after=newest[state.id],
            )
            for code, amount in free.items()
        ]  # fmt: skip
        if postings := _post_open(connection, drafts):
            return postings
        # Whatever has expired there waits for holds or is closed; the next accounts may have something free.
    return []


def _expired_accounts(
    connection: Connection, at: dt.datetime, limit: int, *, after: int
) -> list[tuple[int, str]]:
    """Accounts with expired lots of which something is not held, in order of their numbers."""
    query = (
        select(Account.id, Account.code)
        .join(Lot, Lot.account_id == Account.id)
        .join(Balance, Balance.account_id == Account.id)
        .where(
            Account.id > after,
            Account.status == "open",
            Lot.left > 0,
            Lot.expires_at <= at,
            Balance.amount > Balance.held,
        )
        .group_by(Account.id, Account.code)
        .having(func.sum(Lot.left) > 0)
        .order_by(Account.id)
        .limit(limit)
    )
    return [(row.id, row.code) for row in connection.execute(query)]


def _post_open(connection: Connection, drafts: list[Draft]) -> list[Posting]:
    """Post these but for those that touch a closed account."""
    while drafts:
        try:
            terms = {draft.key: Terms(lots="expired") for draft in drafts}
            return list(post_on_terms(connection, drafts, terms).values())
        except AccountClosed as refusal:
            closed = refusal.facts["account"]
            drafts = [draft for draft in drafts if closed not in {leg.code for leg in draft.legs}]
    return []


def _newest_entries(connection: Connection, accounts: list[int]) -> dict[int, int]:
    """The last transaction of each of these accounts."""
    query = (
        select(Entry.account_id, func.max(Entry.transaction_id))
        .where(Entry.account_id.in_(accounts))
        .group_by(Entry.account_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _draft(
    state: AccountState,
    amount: int,
    *,
    to: AccountSpec,
    subject: str,
    at: dt.datetime,
    recorded_at: dt.datetime,
    actor: str,
    after: int,
) -> Draft:
    """The key names what was posted on the account last: once more after a lapse was undone is another posting."""
    return Draft(
        key=f"lapse:{state.id}:{microseconds(at)}:{after}",
        kind=LAPSE,
        legs=[Leg(state.code, from_scaled(-amount, state.asset)), Leg(to, from_scaled(amount, state.asset))],
        at=at,
        recorded_at=recorded_at,
        actor=actor,
        subject=subject,
        facts={"expired_until": at.isoformat()},
    )
