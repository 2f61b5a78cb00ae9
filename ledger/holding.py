"""What posting and holding share: accounts read under their lock, and holds whose deadline has passed let go."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from ledger.digests import refuse_blurs
from ledger.drafts import AccountState, Books, StandingHold
from ledger.engines import driver_cursor, engine_of
from ledger.models import Account, AssetRow, Balance, HoldRow


def lock_accounts(connection: Connection, codes: Sequence[str], *, waits: Sequence[str] = ()) -> Books:
    """Lock the balances of these accounts, in the ledger's order, and read them with their lots."""
    refuse_blurs(codes, "account")
    with driver_cursor(connection) as cursor:
        books = engine_of(connection).lock(cursor, [], waits, codes)
    load_lots(connection, codes, books)
    return books


def load_lots(connection: Connection, codes: Iterable[str], books: Books) -> None:
    """Read the open lots of those of these accounts that keep lots."""
    keepers = {
        state.id: state
        for code in codes
        if (state := books.accounts.get(code)) is not None and state.keeps_lots
    }
    if not keepers:
        return
    with driver_cursor(connection) as cursor:
        lots = engine_of(connection).read_lots(cursor, sorted(keepers))
    for account, state in keepers.items():
        state.open_lots = lots.get(account, [])


def read_standing(connection: Connection, state: AccountState, at: dt.datetime) -> None:
    """Read without a lock which holds stand at that moment, and the lots, as far as the account keeps them."""
    holds = (
        select(HoldRow.id, HoldRow.held_at, HoldRow.amount)
        .where(HoldRow.account_id == state.id, HoldRow.status == "held", HoldRow.deadline > at)
        .order_by(HoldRow.id)
    )
    state.standing = [StandingHold(*row) for row in connection.execute(holds)]
    state.held = sum(hold.amount for hold in state.standing)
    if state.keeps_lots:
        with driver_cursor(connection) as cursor:
            state.open_lots = engine_of(connection).read_lots(cursor, [state.id]).get(state.id, [])


def release_overdue(connection: Connection, books: Books, *, at: dt.datetime) -> list[int]:
    """Let go what was held on these locked accounts until a deadline that has passed; the numbers of the holds.

    Accounts with lots also learn which holds stand, since those keep lots from lapsing.
    """
    holding = {state.id: state for state in books.accounts.values() if state.held}
    if not holding:
        return []
    keepers = [state.id for state in holding.values() if state.keeps_lots]
    wanted = (
        select(HoldRow.id, HoldRow.account_id, HoldRow.amount, HoldRow.held_at, HoldRow.deadline)
        .where(
            HoldRow.account_id.in_(holding),
            HoldRow.status == "held",
            (HoldRow.deadline <= at) | HoldRow.account_id.in_(keepers),
        )
        .order_by(HoldRow.id)
    )
    rows = []
    for row in connection.execute(wanted):
        if row.deadline <= at:
            rows.append(row)
        else:
            holding[row.account_id].standing.append(StandingHold(row.id, row.held_at, row.amount))
    if not rows:
        return []
    released: dict[int, int] = {}
    for row in rows:
        released[row.account_id] = released.get(row.account_id, 0) + row.amount
        holding[row.account_id].held -= row.amount
    change_held(connection, {account: -amount for account, amount in released.items()})
    end_holds(connection, [row.id for row in rows], status="lapsed", at=at)
    return [row.id for row in rows]


def change_held(connection: Connection, changes: dict[int, int]) -> None:
    """Add to what is held, by account; the database refuses what the balance does not cover."""
    balances = Balance.__table__
    statement = (
        update(Balance)
        .where(balances.c.account_id == bindparam("account"))
        .values(held=balances.c.held + bindparam("change"))
    )
    rows = [{"account": account, "change": changes[account]} for account in sorted(changes)]
    connection.execute(statement, rows)


def end_holds(
    connection: Connection, ids: Sequence[int], *, status: str, at: dt.datetime, **columns: Any
) -> None:
    """Write the end of these holds."""
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        connection.execute(
            update(HoldRow).where(HoldRow.id.in_(some)).values(status=status, ended_at=at, **columns)
        )


def hold_rows() -> Select[Any]:
    """All holds with the code and asset of their account."""
    return (
        select(*HoldRow.__table__.c, Account.code.label("account"), Account.asset, AssetRow.scale)
        .join(Account, Account.id == HoldRow.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
    )
