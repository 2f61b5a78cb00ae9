"""The decision: drafts and the state of their accounts in, rows to write or a refusal out. Pure; serves both engines."""

import datetime as dt
from collections.abc import Mapping, Sequence

from ledger.amounts import from_scaled, to_scaled
from ledger.digests import aware, facts_text, line_of_text, plain_lines, transaction_digest
from ledger.drafts import (
    ORDINARY,
    AccountState,
    Books,
    Draft,
    EntryName,
    Leg,
    OpenLot,
    Plan,
    Terms,
    TransactionRow,
)
from ledger.errors import (
    AccountClosed,
    AccountDiffers,
    AmountInvalid,
    CeilingExceeded,
    InsufficientBalance,
    LedgerError,
    PeriodClosed,
    TextInvalid,
    TooFewEntries,
    Unbalanced,
    UnknownAccount,
    UnknownExpiry,
)
from ledger.lot_rules import consume, kept_by_holds, receive, restore, usable

LARGEST_BALANCE = 2**62
MOST_LINES = 30_000

Described = list[tuple[str, str, int, dt.datetime | None]]


def check_words(draft: Draft) -> None:
    """Refuse texts and times that cannot be stored unambiguously, before anything is read."""
    if not plain_lines((draft.key, draft.kind, draft.actor, draft.subject), shortest_limit=60):
        line_of_text(draft.key, "key")
        line_of_text(draft.kind, "kind", 60)
        line_of_text(draft.actor, "actor")
        line_of_text(draft.subject, "subject")
    aware(draft.at, "at")
    aware(draft.recorded_at, "recorded_at")
    if not 2 <= len(draft.legs) <= MOST_LINES:
        if len(draft.legs) > MOST_LINES:
            raise TextInvalid(field="legs", reason=f"there are more than {MOST_LINES} of them")
        raise TooFewEntries(count=len(draft.legs))


def decide(drafts: Sequence[Draft], books: Books, terms: Mapping[str, Terms] | None = None) -> Plan:
    """What to write for these drafts, one after the other. The accounts in `books` advance as it would change them.

    Raises the refusal of the first draft that cannot be posted, with its key and index among the facts.
    """
    plan = Plan()
    with_lots = any(state.keeps_lots for state in books.accounts.values())
    for index, draft in enumerate(drafts):
        special = terms.get(draft.key, ORDINARY) if terms else ORDINARY
        try:
            if books.closed_until is not None and draft.at < books.closed_until:
                raise PeriodClosed(at=draft.at, closed_until=books.closed_until)
            described = _decide_entries(plan, index, draft, books.accounts, special)
            if with_lots:
                _move_lots(plan, index, draft, books.accounts, special)
            plan.transactions.append(_transaction(draft, described))
        except LedgerError as refusal:
            raise refusal.within({"key": draft.key, "index": index}) from None
    return plan


def _decide_entries(
    plan: Plan, index: int, draft: Draft, states: Mapping[str, AccountState], terms: Terms
) -> Described:
    sums: dict[str, int] = {}
    nets: dict[str, int] = {}
    described: Described = []
    number = index + 1
    for line, leg in enumerate(draft.legs):
        state = _state_of(leg, states)
        asset, code, expires = state.asset, state.code, leg.expires_at
        kept_in = asset.code
        amount = to_scaled(leg.amount, asset)
        if amount == 0:
            raise AmountInvalid(amount=str(leg.amount), asset=kept_in, reason="zero")
        sums[kept_in] = sums.get(kept_in, 0) + amount
        after = None
        if state.guarded:
            nets[code] = nets.get(code, 0) + amount
            state.amount = after = state.amount + amount
        described.append((code, kept_in, amount, expires))
        plan.entries.append((number, line, state.id, amount, after, expires))
    if any(sums.values()):
        _refuse_sums(sums, states, draft)
    changes = plan.changes
    for code, net in nets.items():
        state = states[code]
        _check_limits(state, net, terms.released.get(code, 0))
        changes[state.id] = changes.get(state.id, 0) + net
    return described


def _state_of(leg: Leg, states: Mapping[str, AccountState]) -> AccountState:
    account = leg.account
    if isinstance(account, str):
        state = states.get(account)
        if state is None:
            raise UnknownAccount(account=account)
    else:
        state = states[account.code]
        if state.asset is not account.asset and state.asset != account.asset:
            raise AccountDiffers(account=state.code, asset=account.asset.code, stored=state.asset.code)
    if state.status != "open":
        raise AccountClosed(account=state.code)
    if leg.expires_at is not None and not state.keeps_lots:
        raise UnknownExpiry(account=state.code, reason="it keeps no lots")
    return state


def _refuse_sums(sums: Mapping[str, int], states: Mapping[str, AccountState], draft: Draft) -> None:
    for asset, total in sums.items():
        if total:
            kept_in = next(
                states[leg.code].asset for leg in draft.legs if states[leg.code].asset.code == asset
            )
            raise Unbalanced(asset=asset, sum=from_scaled(total, kept_in))


def _check_limits(state: AccountState, net: int, released: int) -> None:
    """`state` already holds the change `net`; `released` is what a captured hold gives free."""
    state.held -= released
    if state.floor is not None and net < 0 and state.amount - state.held < state.floor:
        raise insufficient(state, state.amount - net - state.held - state.floor, -net)
    if state.ceiling is not None and net > 0 and state.amount > state.ceiling:
        raise CeilingExceeded(
            account=state.code,
            asset=state.asset.code,
            room=from_scaled(state.ceiling - state.amount + net, state.asset),
            wanted=from_scaled(net, state.asset),
        )
    if not -LARGEST_BALANCE < state.amount < LARGEST_BALANCE:
        raise AmountInvalid(amount=str(net), asset=state.asset.code, reason="the balance would be too large")


def insufficient(state: AccountState, available: int, wanted: int) -> InsufficientBalance:
    """The refusal, with both figures as Decimals."""
    return InsufficientBalance(
        account=state.code,
        asset=state.asset.code,
        available=from_scaled(available, state.asset),
        wanted=from_scaled(wanted, state.asset),
    )


def _move_lots(
    plan: Plan, index: int, draft: Draft, states: Mapping[str, AccountState], terms: Terms
) -> None:
    for line, leg in enumerate(draft.legs):
        state = states[leg.code]
        if not state.keeps_lots:
            continue
        entry = (index, line)
        amount = to_scaled(leg.amount, state.asset)
        if amount < 0:
            _take(plan, entry, state, draft, terms)
        elif line in terms.returned:
            restore(plan, state, entry, terms.returned[line], terms.undone or terms.gives_back)
        else:
            if leg.expires_at is not None and leg.expires_at <= draft.at:
                raise UnknownExpiry(account=state.code, reason="it lies before the effective time")
            receive(plan, state, entry, amount, leg.expires_at)


def _take(plan: Plan, entry: EntryName, state: AccountState, draft: Draft, terms: Terms) -> None:
    _, line = entry
    amount = -to_scaled(draft.legs[line].amount, state.asset)
    if state.code in terms.captures:
        parts = kept_by_holds(state)[terms.captures[state.code]]
    else:
        parts = usable(state, draft.at, terms.lots)
    if terms.again:
        parts = _once_more(plan, entry, state, draft, terms) + parts
    if terms.undone is not None:
        # What is taken back comes first from the lot that it had made.
        parts.sort(key=lambda part: part[0].name != (terms.undone, line))
    missing = consume(plan, entry, parts, amount)
    if missing:
        free = state.amount + amount - state.held
        raise insufficient(state, min(amount - missing, free), amount)


def _once_more(
    plan: Plan, entry: EntryName, state: AccountState, draft: Draft, terms: Terms
) -> list[tuple[OpenLot, int]]:
    """What may be taken although it has expired; other lines of the draft may have taken some of it."""
    index, _ = entry
    room = dict(terms.again)
    for move in plan.lot_moves:
        if move.entry[0] == index and move.lot in room:
            room[move.lot] += move.amount
    expired = usable(state, draft.at, "expired")
    return [(lot, min(part, room[lot.name])) for lot, part in expired if lot.name in room]


def _transaction(draft: Draft, described: Described) -> TransactionRow:
    facts = facts_text(draft.facts)
    digest = transaction_digest(
        key=draft.key,
        kind=draft.kind,
        effective_at=draft.at,
        recorded_at=draft.recorded_at,
        actor=draft.actor,
        subject=draft.subject,
        reverses=draft.reverses,
        facts=facts,
        entries=described,
    )
    return (
        draft.key, digest, draft.kind, len(described), draft.at, draft.recorded_at,
        draft.actor, draft.subject, draft.reverses, facts,
    )  # fmt: skip
