"""The decision: drafts and the state of their accounts in, rows to write or a refusal out. Pure; serves both engines."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger.amounts import Asset, from_scaled, to_scaled
from ledger.digests import aware, facts_text, line_of_text, transaction_digest
from ledger.errors import (
    AccountClosed,
    AccountDiffers,
    AmountInvalid,
    CeilingExceeded,
    InsufficientBalance,
    LedgerError,
    TooFewEntries,
    Unbalanced,
    UnknownAccount,
)

LARGEST_BALANCE = 2**62


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """What an account is. Floor and ceiling are amounts of the asset; None means unlimited and unlocked."""

    code: str
    asset: Asset
    floor: Decimal | None = None
    ceiling: Decimal | None = None

    @property
    def guarded(self) -> bool:
        """Whether the account keeps a balance row that is locked and checked at each posting."""
        return self.floor is not None or self.ceiling is not None


@dataclass(frozen=True, slots=True)
class Leg:
    """One signed amount on one account; a positive amount is what the account's owner gains."""

    account: AccountSpec | str
    amount: Decimal

    @property
    def code(self) -> str:
        """The code of the account."""
        return self.account if isinstance(self.account, str) else self.account.code


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction before it is posted.

    `key` makes it happen once; `at` is when it took effect, `recorded_at` when it was written down;
    `subject` is what it is about; `facts` are kept with it and sealed (JSON without floats).
    """

    key: str
    kind: str
    legs: Sequence[Leg]
    at: dt.datetime
    recorded_at: dt.datetime
    actor: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    reverses: int | None = None


@dataclass(slots=True)
class AccountState:
    """An account as read under its lock; amounts are scaled."""

    id: int
    code: str
    asset: Asset
    status: str
    guarded: bool
    amount: int = 0
    held: int = 0
    floor: int | None = None
    ceiling: int | None = None

    @property
    def available(self) -> int | None:
        """What may still leave the account; None if there is no limit."""
        return None if self.floor is None else self.amount - self.held - self.floor


@dataclass(slots=True)
class Plan:
    """Rows to write, by column, as both drivers take them."""

    keys: list[str] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    effective: list[dt.datetime] = field(default_factory=list)
    recorded: list[dt.datetime] = field(default_factory=list)
    actors: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    reverses: list[int | None] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    entry_draft: list[int] = field(default_factory=list)
    entry_line: list[int] = field(default_factory=list)
    entry_account: list[int] = field(default_factory=list)
    entry_amount: list[int] = field(default_factory=list)
    entry_after: list[int | None] = field(default_factory=list)
    changes: dict[int, int] = field(default_factory=dict)


def check_words(draft: Draft) -> None:
    """Refuse texts and times that cannot be stored unambiguously, before anything is read."""
    line_of_text(draft.key, "key")
    line_of_text(draft.kind, "kind", 60)
    line_of_text(draft.actor, "actor")
    line_of_text(draft.subject, "subject")
    aware(draft.at, "at")
    aware(draft.recorded_at, "recorded_at")
    if len(draft.legs) < 2:
        raise TooFewEntries(count=len(draft.legs))


def decide(drafts: Sequence[Draft], states: Mapping[str, AccountState]) -> Plan:
    """What to write for these drafts, one after the other. `states` is advanced as they would change it.

    Raises the refusal of the first draft that cannot be posted, with its key and index among the facts.
    """
    plan = Plan()
    for index, draft in enumerate(drafts):
        try:
            _decide_one(plan, index, draft, states)
        except LedgerError as refusal:
            raise refusal.within({"key": draft.key, "index": index}) from None
    return plan


def _decide_one(plan: Plan, index: int, draft: Draft, states: Mapping[str, AccountState]) -> None:
    sums: dict[str, int] = {}
    nets: dict[str, int] = {}
    described: list[tuple[str, str, int]] = []
    for line, leg in enumerate(draft.legs):
        state = _state_of(leg, states)
        amount = to_scaled(leg.amount, state.asset)
        if amount == 0:
            raise AmountInvalid(amount=str(leg.amount), asset=state.asset.code, reason="zero")
        asset = state.asset.code
        sums[asset] = sums.get(asset, 0) + amount
        after = None
        if state.guarded:
            nets[state.code] = nets.get(state.code, 0) + amount
            state.amount = after = state.amount + amount
        described.append((state.code, asset, amount))
        plan.entry_draft.append(index + 1)
        plan.entry_line.append(line)
        plan.entry_account.append(state.id)
        plan.entry_amount.append(amount)
        plan.entry_after.append(after)
    _check_sums(sums, states, draft)
    for code, net in nets.items():
        _check_limits(states[code], net)
        account = states[code].id
        plan.changes[account] = plan.changes.get(account, 0) + net
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
    return state


def _check_sums(sums: Mapping[str, int], states: Mapping[str, AccountState], draft: Draft) -> None:
    for asset, total in sums.items():
        if total:
            kept_in = next(
                states[leg.code].asset for leg in draft.legs if states[leg.code].asset.code == asset
            )
            raise Unbalanced(asset=asset, sum=from_scaled(total, kept_in))


def _check_limits(state: AccountState, net: int) -> None:
    """`state` already holds the change `net`."""
    if state.floor is not None and net < 0 and state.amount - state.held < state.floor:
        available = state.amount - net - state.held - state.floor
        raise InsufficientBalance(
            account=state.code,
            asset=state.asset.code,
            available=from_scaled(available, state.asset),
            wanted=from_scaled(-net, state.asset),
        )
    if state.ceiling is not None and net > 0 and state.amount > state.ceiling:
        raise CeilingExceeded(
            account=state.code,
            asset=state.asset.code,
            room=from_scaled(state.ceiling - state.amount + net, state.asset),
            wanted=from_scaled(net, state.asset),
        )
    if not -LARGEST_BALANCE < state.amount < LARGEST_BALANCE:
        raise AmountInvalid(amount=str(net), asset=state.asset.code, reason="the balance would be too large")


def _add_transaction(plan: Plan, draft: Draft, described: list[tuple[str, str, int]]) -> None:
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
