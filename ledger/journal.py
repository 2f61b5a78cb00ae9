"""The one door through which anything is posted."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from ledger.accounts import open_accounts, refuse_other_limits
from ledger.amounts import from_scaled, to_scaled
from ledger.corrections import terms_of_correction
from ledger.digests import refuse_blurs
from ledger.drafts import AccountSpec, Books, Draft, Leg, OpenLot, Terms
from ledger.engines import connection_of, driver_cursor, engine_of
from ledger.errors import (
    AlreadyReversed,
    CannotCorrect,
    CannotReverseReversal,
    GivenBack,
    KeyReused,
    LedgerError,
    ReversalDiffers,
    TextInvalid,
    UnknownTransaction,
)
from ledger.holding import load_lots, release_overdue
from ledger.lot_rules import last_taken_first
from ledger.models import Transaction
from ledger.records import Record, load_records
from ledger.replays import same_content, same_draft, scaled_legs
from ledger.rules import check_words, decide

__all__ = ["AccountSpec", "Draft", "Leg", "Posting", "correct", "give_back", "post", "post_batch", "reverse"]

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
    connection = connection_of(session)
    postings = post_on_terms(connection, drafts)
    answered: set[str] = set()
    results = []
    for draft in drafts:
        posting = postings[draft.key]
        if draft.key in answered and not posting.replayed:
            posting = dataclasses.replace(posting, replayed=True)
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
    original = _load(connection, transaction_id)
    return post(
        connection, _reversal(original, key=key, at=at, recorded_at=recorded_at, actor=actor, reason=reason)
    )


def correct(
    session: Session | Connection, transaction_id: int, draft: Draft, *, reason: str
) -> tuple[Posting, Posting]:
    """Replace a transaction by a right one: its reversal and the new posting, both or neither, joined by their facts.

    The reversal's key is the draft's with `:reversal` after it. The new posting keeps to the terms of the old one: it
    gives back to the same lots and no more than they had given, or takes of what has expired. Raises what `reverse` and
    `post` raise, GivenBack, and CannotCorrect if the draft is about something else.
    """
    connection = connection_of(session)
    original = _load(connection, transaction_id)
    if (draft.kind, draft.subject) != (original.kind, original.subject):
        raise CannotCorrect(
            transaction=transaction_id, reason="it is of another kind or about something else"
        )
    undone = _reversal(
        original,
        key=f"{draft.key}:reversal",
        at=draft.at,
        recorded_at=draft.recorded_at,
        actor=draft.actor,
        reason=reason,
    )
    right = dataclasses.replace(draft, facts={**draft.facts, "corrects": transaction_id, "reason": reason})
    terms = terms_of_correction(connection, original)
    if terms is None:
        reversal, correction = post_batch(connection, [undone, right])
        return reversal, correction
    if terms.gives_back is None:
        both = post_on_terms(connection, [undone, right], {right.key: terms})
        return both[undone.key], both[right.key]
    # What may be given back is counted in the database, so there the reversal has to stand before the rest is decided.
    right = dataclasses.replace(right, facts={**right.facts, "gives_back": terms.gives_back})
    with connection.begin_nested():
        also = [leg.code for leg in right.legs]
        first = post_on_terms(connection, [undone], also=also)
        return first[undone.key], post_on_terms(connection, [right], {right.key: terms})[right.key]


def give_back(session: Session | Connection, transaction_id: int, draft: Draft) -> Posting:
    """Post a draft that gives back a part of what a transaction took: into the lots from which it had come.

    What was taken last comes back first, as if less had been taken from the beginning. Several drafts may give
    back parts of one transaction. To an account with lots never more comes back than the transaction took from it and
    is still out, all lines and earlier drafts counted. Nothing else is compared: an account without lots does not
    remember, so there the caller has to know, and a line that takes is a posting like any other. A transaction of which
    a part was given back cannot be reversed as a whole until that is undone. Reversing the draft undoes it: the same
    may be given back again. The draft says among its facts what it gives back.
    Raises what `post` raises, UnknownTransaction, and GivenBack when the transaction took less.
    """
    connection = connection_of(session)
    if connection.scalar(select(Transaction.id).where(Transaction.id == transaction_id)) is None:
        raise UnknownTransaction(transaction=transaction_id)
    joined = dataclasses.replace(draft, facts={**draft.facts, "gives_back": transaction_id})
    return post_on_terms(connection, [joined], {draft.key: Terms(gives_back=transaction_id)})[draft.key]


def _load(connection: Connection, transaction_id: int) -> Record:
    original = load_records(connection, [transaction_id]).get(transaction_id)
    if original is None:
        raise UnknownTransaction(transaction=transaction_id)
    return original


def _reversal(
    original: Record, *, key: str, at: dt.datetime, recorded_at: dt.datetime, actor: str, reason: str
) -> Draft:
    return Draft(
        key=key,
        kind=REVERSAL,
        legs=[Leg(entry.account, from_scaled(-entry.amount, entry.asset)) for entry in original.entries],
        at=at,
        recorded_at=recorded_at,
        actor=actor,
        subject=original.subject,
        facts={"reason": reason},
        reverses=original.id,
    )


def post_on_terms(
    connection: Connection,
    drafts: Sequence[Draft],
    terms: Mapping[str, Terms] | None = None,
    *,
    before_write: Callable[[Books], None] | None = None,
    once_locked: Callable[[], None] | None = None,
    also: Sequence[str] = (),
) -> dict[str, Posting]:
    """The door behind the door, for what is posted on terms of its own.

    `once_locked` runs when nobody else can change the accounts any more and may refuse; `before_write` when
    everything is decided and nothing is written yet. Neither runs for a replay. `also` are accounts to lock that the drafts do not touch.
    """
    firsts = _first_of_each_key(drafts)
    books = _lock(connection, list(firsts.values()), also)
    postings = _replay(connection, firsts, books.standing)
    fresh = [draft for draft in firsts.values() if draft.key not in books.standing]
    if fresh:
        _refuse_other_limits(connection, fresh, books)
        all_terms = {**(terms or {}), **_reversal_terms(connection, fresh, books)}
        all_terms |= _give_back_terms(connection, fresh, books, all_terms)
        load_lots(connection, [leg.code for draft in fresh for leg in draft.legs], books)
        release_overdue(connection, books, at=max(draft.recorded_at for draft in fresh))
        if once_locked is not None:
            once_locked()
        plan = decide(fresh, books, all_terms)
        if before_write is not None:
            # Nothing may be refused any more once that has run.
            with driver_cursor(connection) as cursor:
                engine_of(connection).refuse_closed(cursor, list(plan.changes))
            before_write(books)
        with driver_cursor(connection) as cursor:
            ids = engine_of(connection).write(cursor, plan)
        for number, draft, row in zip(ids, fresh, plan.transactions, strict=True):
            postings[draft.key] = Posting(
                number, draft.key, draft.kind, draft.at, draft.recorded_at, row[1], replayed=False
            )
    return postings


def _first_of_each_key(drafts: Sequence[Draft]) -> dict[str, Draft]:
    firsts: dict[str, Draft] = {}
    for index, draft in enumerate(drafts):
        try:
            check_words(draft)
            first = firsts.setdefault(draft.key, draft)
            if first is not draft and not same_draft(first, draft):
                raise KeyReused(key=draft.key, transaction=None)
        except LedgerError as refusal:
            raise refusal.within({"key": draft.key, "index": index}) from None
    return firsts


def _lock(connection: Connection, drafts: Sequence[Draft], also: Sequence[str] = ()) -> Books:
    keys = [draft.key for draft in drafts]
    # Nobody else may look whether the original is reversed until this reversal is through.
    waits = [f"\x7freverses {draft.reverses}" for draft in drafts if draft.reverses is not None]
    specs = {**dict.fromkeys(also), **_specs_of(drafts)}
    _refuse_blurred_accounts(drafts, specs)
    engine = engine_of(connection)
    with driver_cursor(connection) as cursor:
        books = engine.lock(cursor, keys, waits, list(specs))
    missing = [spec for code, spec in specs.items() if spec is not None and code not in books.accounts]
    if missing and len(books.standing) < len(keys):
        open_accounts(connection, missing, at=max(draft.recorded_at for draft in drafts))
        with driver_cursor(connection) as cursor:
            books = engine.lock(cursor, keys, waits, list(specs))
    return books


def _refuse_blurred_accounts(drafts: Sequence[Draft], codes: Iterable[str]) -> None:
    try:
        # All at once, as there is hardly ever anything to refuse.
        refuse_blurs(codes, "account")
    except TextInvalid:
        for index, draft in enumerate(drafts):
            try:
                refuse_blurs([leg.code for leg in draft.legs], "account")
            except TextInvalid as refusal:
                raise refusal.within({"key": draft.key, "index": index}) from None
        raise


def _refuse_other_limits(connection: Connection, drafts: Sequence[Draft], books: Books) -> None:
    for index, draft in enumerate(drafts):
        for leg in draft.legs:
            spec = leg.account
            if isinstance(spec, str):
                continue
            state = books.accounts[spec.code]
            # Almost always both are None or zero, and nothing needs to be scaled or looked up.
            if spec.floor != state.floor or spec.ceiling != state.ceiling or spec.lots != state.keeps_lots:
                try:
                    refuse_other_limits(connection, spec, state)
                except LedgerError as refusal:
                    raise refusal.within({"key": draft.key, "index": index}) from None


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


def _reversal_terms(connection: Connection, drafts: Sequence[Draft], books: Books) -> dict[str, Terms]:
    """Check what claims to reverse, and find the lots that it gives back to."""
    reversals = [draft for draft in drafts if draft.reverses is not None]
    if not reversals:
        return {}
    originals = load_records(
        connection, [draft.reverses for draft in reversals if draft.reverses is not None]
    )
    _check_reversals(connection, reversals, originals)
    terms = {draft.key: Terms(lots="any", undone=draft.reverses) for draft in reversals}
    if any(state.keeps_lots for state in books.accounts.values()):
        with driver_cursor(connection) as cursor:
            taken = engine_of(connection).read_taken(cursor, sorted(originals))
        for draft in reversals:
            returned: dict[int, list[OpenLot]] = {}
            for number, line, _, lot in taken:
                if number == draft.reverses:
                    returned.setdefault(line, []).append(lot)
            _refuse_given_back(draft, books, returned)
            terms[draft.key] = dataclasses.replace(terms[draft.key], returned=returned)
    return terms


def _refuse_given_back(draft: Draft, books: Books, returned: Mapping[int, Sequence[OpenLot]]) -> None:
    """A transaction of which a part was given back is not reversed as a whole: that part would come back twice."""
    for line, leg in enumerate(draft.legs):
        state = books.accounts[leg.code]
        amount = to_scaled(leg.amount, state.asset)
        if state.keeps_lots and amount > 0 and amount != sum(lot.left for lot in returned.get(line, ())):
            raise GivenBack(transaction=draft.reverses, account=leg.code)


def _give_back_terms(
    connection: Connection, drafts: Sequence[Draft], books: Books, terms: Mapping[str, Terms]
) -> dict[str, Terms]:
    """To which lots a draft that gives a part back puts what it gives."""
    found: dict[str, Terms] = {}
    out: dict[int, list[tuple[int, int, int, OpenLot]]] = {}
    for draft in drafts:
        special = terms.get(draft.key)
        if special is None or special.gives_back is None:
            continue
        if special.gives_back not in out:
            with driver_cursor(connection) as cursor:
                out[special.gives_back] = engine_of(connection).read_taken(cursor, [special.gives_back])
        returned: dict[int, list[OpenLot]] = {}
        for line, leg in enumerate(draft.legs):
            state = books.accounts.get(leg.code)
            if state is None or not state.keeps_lots or (amount := to_scaled(leg.amount, state.asset)) < 0:
                continue
            of_account = [lot for _, _, account, lot in out[special.gives_back] if account == state.id]
            returned[line], missing = last_taken_first(of_account, amount)
            if missing:
                raise GivenBack(transaction=special.gives_back, account=leg.code)
        found[draft.key] = dataclasses.replace(special, returned=returned)
    return found


def _check_reversals(
    connection: Connection, drafts: Sequence[Draft], originals: Mapping[int, Record]
) -> None:
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
        legs = scaled_legs(draft, original) or []
        if [leg[:2] for leg in legs] != [(entry.account, -entry.amount) for entry in original.entries]:
            raise ReversalDiffers(transaction=original.id, key=draft.key)
        reversed_by[original.id] = None


def _replay(
    connection: Connection, firsts: Mapping[str, Draft], standing: Mapping[str, int]
) -> dict[str, Posting]:
    if not standing:
        return {}
    records = load_records(connection, standing.values())
    postings = {}
    for key, number in standing.items():
        record = records[number]
        if not same_content(firsts[key], record):
            raise KeyReused(key=key, transaction=number)
        postings[key] = Posting(
            number, key, record.kind, record.effective_at, record.recorded_at, record.digest, replayed=True
        )
    return postings
