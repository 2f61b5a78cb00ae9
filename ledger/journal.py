"""The one door through which anything is posted."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from ledger.accounts import open_accounts
from ledger.amounts import from_scaled, to_scaled
from ledger.digests import facts_text
from ledger.engines import connection_of, driver_cursor, engine_of
from ledger.errors import (
    AlreadyReversed,
    CannotReverseReversal,
    KeyReused,
    LedgerError,
    ReversalDiffers,
    UnknownTransaction,
)
from ledger.models import Transaction
from ledger.records import Record, load_records
from ledger.rules import AccountSpec, AccountState, Draft, Leg, check_words, decide

__all__ = ["AccountSpec", "Draft", "Leg", "Posting", "post", "post_batch", "reverse"]

REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Posting:
    """A posted transaction. `replayed` says that it stood already and nothing was written."""

    id: int
    key: str
    kind: str
    effective_at: dt.datetime
    recorded_at: dt.datetime
    digest: bytes
    replayed: bool


def post(session: Session | Connection, draft: Draft) -> Posting:
    """Post one transaction inside the caller's database transaction; it never commits.

    The same key with the same content gives the first result again. The moment of recording and the actor are
    not content, nor is an effective time that simply is the moment of recording: a retry has another clock.
    Raises a LedgerError, having written nothing but perhaps new empty accounts.
    """
    return post_batch(session, [draft])[0]


def post_batch(session: Session | Connection, drafts: Sequence[Draft]) -> list[Posting]:
    """Post many transactions, all or none, with set-based statements; results in the order of the drafts.

    A refusal carries the `key` and `index` of the draft that was refused among its facts.
    """
    if not drafts:
        return []
    firsts = _first_of_each_key(drafts)
    connection = connection_of(session)
    standing, states = _lock(connection, list(firsts.values()))
    postings = _replay(connection, firsts, standing)
    fresh = [draft for draft in firsts.values() if draft.key not in standing]
    if fresh:
        postings.update(_write(connection, fresh, states))
    answered: set[str] = set()
    results = []
    for draft in drafts:
        posting = postings[draft.key]
        if draft.key in answered and not posting.replayed:
            posting = _as_replay(posting)
        answered.add(draft.key)
        results.append(posting)
    return results


def reverse(
    session: Session | Connection,
    transaction_id: int,
    *,
    key: str,
    at: dt.datetime,
    recorded_at: dt.datetime,
    actor: str,
    reason: str,
) -> Posting:
    """Undo a transaction by its mirror image, once. The reason is kept among the facts.

    Raises UnknownTransaction, AlreadyReversed, CannotReverseReversal, InsufficientBalance.
    """
    connection = connection_of(session)
    original = load_records(connection, [transaction_id]).get(transaction_id)
    if original is None:
        raise UnknownTransaction(transaction=transaction_id)
    draft = Draft(
        key=key,
        kind=REVERSAL,
        legs=_mirror(original),
        at=at,
        recorded_at=recorded_at,
        actor=actor,
        subject=original.subject,
        facts={"reason": reason},
        reverses=transaction_id,
    )
    return post(connection, draft)


def _mirror(original: Record) -> list[Leg]:
    return [Leg(entry.account, -from_scaled(entry.amount, entry.asset)) for entry in original.entries]


def _first_of_each_key(drafts: Sequence[Draft]) -> dict[str, Draft]:
    firsts: dict[str, Draft] = {}
    for index, draft in enumerate(drafts):
        try:
            check_words(draft)
            first = firsts.setdefault(draft.key, draft)
            if first is not draft and not _same_draft(first, draft):
                raise KeyReused(key=draft.key, transaction=None)
        except LedgerError as refusal:
            raise refusal.within({"key": draft.key, "index": index}) from None
    return firsts


def _stated_at(draft: Draft) -> dt.datetime | None:
    return None if draft.at == draft.recorded_at else draft.at


def _same_draft(one: Draft, other: Draft) -> bool:
    return (
        (one.kind, one.subject, one.reverses, _stated_at(one))
        == (other.kind, other.subject, other.reverses, _stated_at(other))
        and [(leg.code, leg.amount) for leg in one.legs] == [(leg.code, leg.amount) for leg in other.legs]
        and facts_text(one.facts) == facts_text(other.facts)
    )


def _lock(connection: Connection, drafts: Sequence[Draft]) -> tuple[dict[str, int], dict[str, AccountState]]:
    keys = [draft.key for draft in drafts]
    waits = [f"\x7freverses {draft.reverses}" for draft in drafts if draft.reverses is not None]
    specs = _specs_of(drafts)
    with driver_cursor(connection) as cursor:
        standing, states = engine_of(connection).lock(cursor, keys, waits, list(specs))
    missing = [spec for code, spec in specs.items() if spec is not None and code not in states]
    if missing and len(standing) < len(keys):
        open_accounts(connection, missing, at=max(draft.recorded_at for draft in drafts))
        with driver_cursor(connection) as cursor:
            standing, states = engine_of(connection).lock(cursor, keys, waits, list(specs))
    return standing, states


def _specs_of(drafts: Sequence[Draft]) -> dict[str, AccountSpec | None]:
    """Every account the drafts touch, with its description where one of them gives it."""
    specs: dict[str, AccountSpec | None] = {}
    for draft in drafts:
        for leg in draft.legs:
            account = leg.account
            if isinstance(account, str):
                specs.setdefault(account, None)
            else:
                specs[account.code] = account
    return specs


def _write(
    connection: Connection, drafts: Sequence[Draft], states: Mapping[str, AccountState]
) -> dict[str, Posting]:
    _check_reversals(connection, [draft for draft in drafts if draft.reverses is not None])
    plan = decide(drafts, states)
    with driver_cursor(connection) as cursor:
        ids = engine_of(connection).write(cursor, plan)
    return {
        draft.key: Posting(number, draft.key, draft.kind, draft.at, draft.recorded_at, digest, replayed=False)
        for number, draft, digest in zip(ids, drafts, plan.digests, strict=True)
    }


def _check_reversals(connection: Connection, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    originals = load_records(connection, [draft.reverses for draft in drafts if draft.reverses is not None])
    query = select(Transaction.reverses, Transaction.id).where(Transaction.reverses.in_(list(originals)))
    reversed_by: dict[int | None, int | None] = {row.reverses: row.id for row in connection.execute(query)}
    for draft in drafts:
        original = originals.get(draft.reverses or 0)
        if original is None:
            raise UnknownTransaction(transaction=draft.reverses, key=draft.key)
        if original.reverses is not None:
            raise CannotReverseReversal(transaction=original.id, key=draft.key)
        if original.id in reversed_by:
            raise AlreadyReversed(
                transaction=original.id, reversed_by=reversed_by[original.id], key=draft.key
            )
        if _scaled_legs(draft, original) != [(entry.account, -entry.amount) for entry in original.entries]:
            raise ReversalDiffers(transaction=original.id, key=draft.key)
        reversed_by[original.id] = None


def _scaled_legs(draft: Draft, like: Record) -> list[tuple[str, int]] | None:
    """The draft's legs in the assets of a stored transaction; None where they cannot be the same accounts."""
    assets = {entry.account: entry.asset for entry in like.entries}
    if any(leg.code not in assets for leg in draft.legs):
        return None
    return [(leg.code, to_scaled(leg.amount, assets[leg.code])) for leg in draft.legs]


def _replay(
    connection: Connection, firsts: Mapping[str, Draft], standing: Mapping[str, int]
) -> dict[str, Posting]:
    if not standing:
        return {}
    records = load_records(connection, standing.values())
    postings = {}
    for key, number in standing.items():
        record, draft = records[number], firsts[key]
        if not _same_content(draft, record):
            raise KeyReused(key=key, transaction=number)
        postings[key] = _posting_of(record)
    return postings


def _same_content(draft: Draft, record: Record) -> bool:
    said = (draft.kind, draft.subject, draft.reverses, _stated_at(draft), facts_text(draft.facts))
    stands = (record.kind, record.subject, record.reverses, record.stated_at, record.facts_text)
    entries = [(entry.account, entry.amount) for entry in record.entries]
    return said == stands and _scaled_legs(draft, record) == entries


def _posting_of(record: Record) -> Posting:
    return Posting(
        record.id,
        record.key,
        record.kind,
        record.effective_at,
        record.recorded_at,
        record.digest,
        replayed=True,
    )


def _as_replay(posting: Posting) -> Posting:
    return Posting(
        posting.id,
        posting.key,
        posting.kind,
        posting.effective_at,
        posting.recorded_at,
        posting.digest,
        replayed=True,
    )
