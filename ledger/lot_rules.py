"""Lots: what comes in makes one, what goes out empties the one that expires first. Pure."""

import datetime as dt
from bisect import insort
from collections.abc import Iterable, Sequence

from ledger.drafts import AccountState, EntryName, LotMove, LotName, NewLot, OpenLot, Plan, UsableLots

_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def lot_order(lot: OpenLot) -> tuple[dt.datetime, bool, int, int]:
    """Oldest expiry first, what never expires last; then in the order in which the lots were made."""
    transaction, line = lot.name
    new = transaction < 0
    return (lot.expires_at or _NEVER, new, -transaction if new else transaction, line)


def receive(
    plan: Plan, state: AccountState, entry: EntryName, amount: int, expires_at: dt.datetime | None
) -> None:
    """Make a lot of what an entry brings in."""
    plan.new_lots.append(NewLot(entry, state.id, expires_at, amount))
    draft, line = entry
    insort(state.open_lots, OpenLot((-1 - draft, line), expires_at, amount), key=lot_order)


def usable(state: AccountState, at: dt.datetime, which: UsableLots) -> list[OpenLot]:
    """The lots that may be emptied at that moment, oldest expiry first."""
    if which == "any":
        return [lot for lot in state.open_lots if lot.left]
    return [lot for lot in state.open_lots if lot.left and lot.valid(at) == (which == "valid")]


def consume(plan: Plan, entry: EntryName, lots: Iterable[OpenLot], amount: int) -> int:
    """Take an amount from these lots in their order; returns what they could not give."""
    for lot in lots:
        if amount == 0:
            break
        taken = min(lot.left, amount)
        lot.left -= taken
        amount -= taken
        plan.lot_moves.append(LotMove(entry, lot.name, -taken))
    return amount


def restore(
    plan: Plan, state: AccountState, entry: EntryName, returned: Sequence[tuple[LotName, int]]
) -> None:
    """Put back what an entry had taken, into the lots it had come from, expired or not."""
    known = {lot.name: lot for lot in state.open_lots}
    for name, amount in returned:
        plan.lot_moves.append(LotMove(entry, name, amount))
        if name in known:
            known[name].left += amount


def spendable(state: AccountState, at: dt.datetime) -> int:
    """What may leave the account at that moment: neither held, nor below the floor, nor expired; scaled."""
    free = state.amount - state.held - (state.floor or 0)
    if not state.keeps_lots:
        return free
    return min(free, sum(lot.left for lot in usable(state, at, "valid")))
