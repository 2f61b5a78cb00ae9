"""The decision: drafts and the state of their accounts in, rows to write or a refusal out. Pure; serves both engines."""

import datetime as dt
from collections.abc import Mapping, Sequence

from ledger.amounts import from_scaled, to_scaled
from ledger.digests import aware, facts_text, line_of_text, transaction_digest
from ledger.drafts import ORDINARY, AccountState, Books, Draft, EntryName, Leg, Plan, Terms
from ledger.errors import (
    AccountClosed,
    AccountDiffers,
    AmountInvalid,
    CeilingExceeded,
    InsufficientBalance,
    LedgerError,
    PeriodClosed,
    TooFewEntries,
    Unbalanced,
    UnknownAccount,
    UnknownExpiry,
)
from ledger.lot_rules import consume, receive, restore, usable

LARGEST_BALANCE = 2**62
MOST_LINES = 30_000

Described = list[tuple[str, str, int, dt.datetime | None]]


def check_words(draft: Draft) -> None:
    """Refuse texts and times that cannot be stored unambiguously, before anything is read."""
    line_of_text(draft.key, "key")
    line_of_text(draft.kind, "kind", 60)
    line_of_text(draft.actor, "actor")
    line_of_text(draft.subject, "subject")
    aware(draft.at, "at")
    aware(draft.recorded_at, "recorded_at")
    if not 2 <= len(draft.legs) <= MOST_LINES:
        raise TooFewEntries(count=len(draft.legs))


def decide(drafts: Sequence[Draft], books: Books, terms: Mapping[str, Terms] | None = None) -> Plan:
    """What to write for these drafts, one after the other. The accounts in `books` advance as it would change them.

    Raises the refusal of the first draft that cannot be posted, with its key and index among the facts.
    """
    plan = Plan()
    for index, draft in enumerate(drafts):
        try:
            if books.closed_until is not None and draft.at < books.closed_until:
                raise PeriodClosed(at=draft.at, closed_until=books.closed_until)
            _decide_one(
                plan, index, draft, books.accounts, terms.get(draft.key, ORDINARY) if terms else ORDINARY
            )
        except LedgerError as refusal:
            raise refusal.within({"key": draft.key, "index": index}) from None
    return plan


def _decide_one(
    plan: Plan, index: int, draft: Draft, states: Mapping[str, AccountState], terms: Terms
) -> None:
    sums: dict[str, int] = {}
    nets: dict[str, int] = {}
    described: Described = []
    for line, leg in enumerate(draft.legs):
        state = _state_of(leg, states)
        asset = state.asset
        amount = to_scaled(leg.amount, asset)
        if amount == 0:
            raise AmountInvalid(amount=str(leg.amount), asset=asset.code, reason="zero")
        sums[asset.code] = sums.get(asset.code, 0) + amount
        after = None
        if state.guarded:
            nets[state.code] = nets.get(state.code, 0) + amount
            state.amount = after = state.amount + amount
        described.append((state.code, asset.code, amount, leg.expires_at))
        plan.entry_draft.append(index + 1)
        plan.entry_line.append(line)
        plan.entry_account.append(state.id)
        plan.entry_amount.append(amount)
        plan.entry_after.append(after)
        plan.entry_expires.append(leg.expires_at)
    _check_sums(sums, states, draft)
    for code, net in nets.items():
        _check_limits(states[code], net, terms.released.get(code, 0))
        account = states[code].id
        plan.changes[account] = plan.changes.get(account, 0) + net
    _move_lots(plan, index, draft, states, terms)
    _add_transaction(plan, draft, described)


def _state_of(leg: Leg, states: Mapping[str, AccountState]) -> AccountState:
    account = leg.account
    if isinstance(account, str):
        state = states.get(account)
        if state is None:
            raise UnknownAccount(account=account)
    else:
        state = states[account.code]
        if state.asset != account.asset:
            raise AccountDiffers(account=state.code, asset=account.asset.code, stored=state.asset.code)
    if state.status != "open":
        raise AccountClosed(account=state.code)
    if leg.expires_at is not None and not state.keeps_lots:
        raise UnknownExpiry(account=state.code, reason="it keeps no lots")
    return state


def _check_sums(sums: Mapping[str, int], states: Mapping[str, AccountState], draft: Draft) -> None:
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
            restore(plan, state, entry, terms.returned[line])
        else:
            if leg.expires_at is not None and leg.expires_at <= draft.at:
                raise UnknownExpiry(account=state.code, reason="it lies before the effective time")
            receive(plan, state, entry, amount, leg.expires_at)


def _take(plan: Plan, entry: EntryName, state: AccountState, draft: Draft, terms: Terms) -> None:
    _, line = entry
    amount = -to_scaled(draft.legs[line].amount, state.asset)
    lots = usable(state, draft.at, terms.lots)
    if terms.undone is not None:
        # What is taken back comes first from the lot that it had made.
        lots.sort(key=lambda lot: lot.name != (terms.undone, line))
    missing = consume(plan, entry, lots, amount)
    if missing:
        free = state.amount + amount - state.held
        raise insufficient(state, min(amount - missing, free), amount)


def _add_transaction(plan: Plan, draft: Draft, described: Described) -> None:
    facts = facts_text(draft.facts)
    plan.keys.append(draft.key)
    plan.kinds.append(draft.kind)
    plan.lines.append(len(described))
    plan.effective.append(draft.at)
    plan.recorded.append(draft.recorded_at)
    plan.actors.append(draft.actor)
    plan.subjects.append(draft.subject)
    plan.reverses.append(draft.reverses)
    plan.facts.append(facts)
    plan.digests.append(
        transaction_digest(
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
    )
