"""Lots: what comes in makes one, what goes out empties the one that expires first. Pure."""

import datetime as dt
from bisect import insort
from collections.abc import Iterable, Sequence
from typing import Any

from ledger.drafts import AccountState, EntryName, LotMove, LotName, NewLot, OpenLot, Plan, UsableLots

Part = tuple[OpenLot, int]
"""A lot, and how much of it is meant; scaled."""

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


def kept_by_holds(state: AccountState) -> dict[int | None, list[Part]]:
    """Which parts of which lots wait for each standing hold: of those valid when it was made, the oldest.

    So points reserved in time do not lapse, what has lapsed cannot be reserved, and neither depends on whether the
    job that takes lapsed points away has come by.
    """
    free = {lot.name: lot.left for lot in state.open_lots}
    kept: dict[int | None, list[Part]] = {}
    for hold in state.standing:
        parts = kept.setdefault(hold.id, [])
        missing = hold.amount
        # First what was valid; whatever a hold of older books is short of then comes from anywhere.
        for lots in ([lot for lot in state.open_lots if lot.valid(hold.since)], state.open_lots):
            for lot in lots:
                if not missing:
                    break
                part = min(free[lot.name], missing)
                if part:
                    free[lot.name] -= part
                    missing -= part
                    parts.append((lot, part))
    return kept


def usable(state: AccountState, at: dt.datetime, which: UsableLots) -> list[Part]:
    """What may be taken at that moment and from which lots, oldest expiry first; not what waits for a hold."""
    lots = state.open_lots
    if which != "any":
        lots = [lot for lot in lots if lot.valid(at) == (which == "valid")]
    if not state.standing:
        return [(lot, lot.left) for lot in lots if lot.left]
    free = {lot.name: lot.left for lot in lots}
    for parts in kept_by_holds(state).values():
        for lot, part in parts:
            if lot.name in free:
                free[lot.name] -= part
    return [(lot, free[lot.name]) for lot in lots if free[lot.name]]


def consume(plan: Plan, entry: EntryName, parts: Iterable[Part], amount: int) -> int:
    """Take an amount out of these parts of lots in their order; returns what they could not give."""
    for lot, part in parts:
        if amount == 0:
            break
        taken = min(part, amount)
        lot.left -= taken
        amount -= taken
        plan.lot_moves.append(LotMove(entry, lot.name, -taken))
    return amount


def restore(
    plan: Plan, state: AccountState, entry: EntryName, returned: Sequence[OpenLot], taken_by: int | None
) -> None:
    """Put back what another transaction had taken, into the lots it had come from, expired or not."""
    known = {lot.name: lot for lot in state.open_lots}
    for lot in returned:
        plan.lot_moves.append(LotMove(entry, lot.name, lot.left, taken_by))
        if lot.name in known:
            known[lot.name].left += lot.left
        else:
            # It was empty; the next draft of the batch may spend what is now in it.
            insort(state.open_lots, OpenLot(lot.name, lot.expires_at, lot.left), key=lot_order)


def taken_of(rows: Iterable[Any]) -> list[tuple[int, int, int, OpenLot]]:
    """Rows (transaction, line, account, lot's transaction and line, expiry, amount) as what is still out, by line.

    Rows with a line below zero tell per lot what came back (negative), and what was taken again for the transaction
    when a giving back was undone: that belongs to its lines of the account from which something came back.
    """
    out: dict[tuple[int, int, LotName], int] = {}
    expiries: dict[LotName, dt.datetime | None] = {}
    room: dict[tuple[int, int, int], int] = {}
    own = []
    for number, line, account, lot, lot_line, expires_at, moved in rows:
        name, amount = (lot, lot_line), int(moved)
        expiries[name] = expires_at
        out[number, account, name] = out.get((number, account, name), 0) + amount
        if line >= 0:
            own.append((number, line, account, name, amount))
            room[number, line, account] = room.get((number, line, account), 0) + amount
    parts: dict[tuple[int, int, int, LotName], int] = {}

    def give(number: int, line: int, account: int, name: LotName, most: int) -> None:
        part = min(most, out[number, account, name], room[number, line, account])
        if part:
            out[number, account, name] -= part
            room[number, line, account] -= part
            parts[number, line, account, name] = parts.get((number, line, account, name), 0) + part

    for number, line, account, name, amount in own:
        give(number, line, account, name, amount)
    for number, account, name in [place for place, left in out.items() if left > 0]:
        for of, line, kept_on in list(room):
            if (of, kept_on) == (number, account):
                give(number, line, account, name, out[number, account, name])
    return [
        (number, line, account, OpenLot(name, expiries[name], part))
        for (number, line, account, name), part in parts.items()
    ]


def last_taken_first(taken: Iterable[OpenLot], amount: int) -> tuple[list[OpenLot], int]:
    """How an amount goes back to the lots that it was taken from, which it uses up, and what they had not given.

    What was taken last goes back first, as if the smaller amount had been taken from the beginning.
    """
    returned: dict[LotName, OpenLot] = {}
    for lot in sorted(taken, key=lot_order, reverse=True):
        back = min(lot.left, amount)
        if back:
            lot.left -= back
            amount -= back
            # Two lines may have taken from one lot; a line gives back to it once.
            returned.setdefault(lot.name, OpenLot(lot.name, lot.expires_at, 0)).left += back
    return list(returned.values()), amount


def spendable(state: AccountState, at: dt.datetime) -> int:
    """What may leave the account at that moment: neither held, nor below the floor, nor expired; scaled."""
    free = state.amount - state.held - (state.floor or 0)
    if not state.keeps_lots:
        return free
    return min(free, sum(part for _, part in usable(state, at, "valid")))
