"""Changing how far an account may go: its floor and its ceiling, with who, when, why, and what held before."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import Session

from ledger.amounts import Asset, from_scaled, to_scaled
from ledger.digests import aware, line_of_text, refuse_blurs
from ledger.drafts import AccountState
from ledger.engines import connection_of
from ledger.errors import LimitBroken, NoLimits, UnknownAccount
from ledger.holding import lock_accounts
from ledger.models import Account, AssetRow, Balance, LimitChange


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an account's limits; None stands for unlimited."""

    account: str
    floor_before: Decimal | None
    ceiling_before: Decimal | None
    floor: Decimal | None
    ceiling: Decimal | None
    changed_at: dt.datetime
    actor: str
    reason: str


def set_limits(
    session: Session | Connection,
    code: str,
    *,
    floor: Decimal | None,
    ceiling: Decimal | None,
    at: dt.datetime,
    actor: str,
    reason: str,
) -> bool:
    """Let an account go further down or up, or less far; whether anything changed. The change is kept for ever.

    Raises UnknownAccount; LimitBroken if what the account holds now would lie beyond the new limits, or an account
    with lots would be let below zero; NoLimits for an account without limits, which has no row to guard.
    """
    connection = connection_of(session)
    line_of_text(actor, "actor"), line_of_text(reason, "reason")
    state = lock_accounts(connection, [code]).accounts.get(code)
    if state is None:
        raise UnknownAccount(account=code)
    if not state.guarded:
        raise NoLimits(account=code)
    low, high = _scaled(floor, state.asset), _scaled(ceiling, state.asset)
    if (low, high) == (state.floor, state.ceiling):
        return False
    _refuse_broken(state, low, high, floor=floor, ceiling=ceiling)
    row = {"account_id": state.id, "floor_before": state.floor, "ceiling_before": state.ceiling, "floor": low,
           "ceiling": high, "changed_at": aware(at, "at"), "actor": actor, "reason": reason}  # fmt: skip
    connection.execute(insert(LimitChange), [row])
    connection.execute(update(Balance).where(Balance.account_id == state.id).values(floor=low, ceiling=high))
    return True


def limit_changes(session: Session | Connection, code: str | None = None) -> list[Change]:
    """Every change of the account's limits, or of all accounts', oldest first."""
    refuse_blurs([code or ""], "account")
    query = (
        select(*LimitChange.__table__.c, Account.code, Account.asset, AssetRow.scale)
        .join(Account, Account.id == LimitChange.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .order_by(LimitChange.id)
    )
    if code is not None:
        query = query.where(Account.code == code)
    changes = []
    for row in connection_of(session).execute(query):
        kept_in = Asset(row.asset, row.scale)
        shown = [
            None if limit is None else from_scaled(limit, kept_in)
            for limit in (row.floor_before, row.ceiling_before, row.floor, row.ceiling)
        ]
        floor_before, ceiling_before, floor, ceiling = shown
        changes.append(
            Change(
                row.code, floor_before, ceiling_before, floor, ceiling, row.changed_at, row.actor, row.reason
            )
        )
    return changes


def _scaled(limit: Decimal | None, asset: Asset) -> int | None:
    return None if limit is None else to_scaled(limit, asset)


def _refuse_broken(
    state: AccountState, low: int | None, high: int | None, *, floor: Decimal | None, ceiling: Decimal | None
) -> None:
    """What the account holds now must lie within the new limits; a lot never owes."""
    below = low is not None and state.amount - state.held < low
    above = high is not None and state.amount > high
    if below or above or (state.keeps_lots and low != 0):
        raise LimitBroken(
            account=state.code,
            asset=state.asset.code,
            balance=from_scaled(state.amount - state.held, state.asset),
            floor=floor,
            ceiling=ceiling,
        )
