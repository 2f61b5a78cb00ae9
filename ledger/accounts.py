"""Opening accounts, idempotent and safe when several open the same at one moment; closing them, with who, when, why."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledger.amounts import Asset, from_scaled, to_scaled
from ledger.digests import aware, line_of_text, refuse_blurs
from ledger.drafts import AccountSpec, AccountState
from ledger.engines import connection_of, driver_cursor, engine_of
from ledger.errors import AccountDiffers, InsufficientBalance, TextInvalid, UnknownAccount
from ledger.models import Account, AssetRow, Balance, LimitChange, StatusChange

__all__ = ["AccountSpec", "NewStatus", "open_accounts", "set_status", "status_changes"]


@dataclass(frozen=True, slots=True)
class NewStatus:
    """One change of an account's status; each is "open" or "closed"."""

    account: str
    before: str
    status: str
    changed_at: dt.datetime
    actor: str
    reason: str


def open_accounts(session: Session | Connection, specs: Iterable[AccountSpec], *, at: dt.datetime) -> None:
    """Open those of these accounts that do not exist yet. An existing one keeps its floor and ceiling.

    Raises AccountDiffers if one exists with another asset. Posting on an account that was opened with other limits than
    its description has is refused likewise.
    """
    connection = connection_of(session)
    wanted = {line_of_text(spec.code, "account"): spec for spec in sorted(specs, key=lambda spec: spec.code)}
    if not wanted:
        return
    aware(at, "at")
    assets = sorted({(spec.asset.code, spec.asset.scale) for spec in wanted.values()})
    _insert_missing(connection, AssetRow.code, [{"code": code, "scale": scale} for code, scale in assets])
    rows = [
        {
            "code": spec.code,
            "asset": spec.asset.code,
            "guarded": spec.guarded,
            "lots": spec.lots,
            "status": "open",
            "opened_at": at,
        }
        for spec in wanted.values()
    ]
    _insert_missing(connection, Account.code, rows)
    ids = _check_stored(connection, wanted)
    _insert_missing(
        connection, Balance.account_id, [_balance_row(ids[code], wanted[code]) for code in sorted(ids)]
    )


def _insert_missing(
    connection: Connection, key: InstrumentedAttribute[Any], rows: list[dict[str, object]]
) -> None:
    """Those rows whose `key` is not there yet."""
    table: Any = key.class_
    if connection.dialect.name == "postgresql":
        if rows:
            connection.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)
        return
    # SQLite's triggers refuse any insert over a row that exists, even one that would do nothing; and nobody else writes.
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        there = set(connection.scalars(select(key).where(key.in_([row[key.key] for row in some]))))
        missing = [row for row in some if row[key.key] not in there]
        if missing:
            connection.execute(insert(table), missing)


def _check_stored(connection: Connection, wanted: dict[str, AccountSpec]) -> dict[str, int]:
    """The ids of the guarded accounts; every wanted account is there with its asset."""
    ids: dict[str, int] = {}
    rows = select(Account.id, Account.code, Account.asset, AssetRow.scale, Account.guarded).join(
        AssetRow, AssetRow.code == Account.asset
    )
    codes = list(wanted)
    for start in range(0, len(codes), 500):
        for row in connection.execute(rows.where(Account.code.in_(codes[start : start + 500]))):
            asset = wanted[row.code].asset
            if (row.asset, row.scale) != (asset.code, asset.scale):
                raise AccountDiffers(account=row.code, asset=asset.code, stored=row.asset)
            if row.guarded and wanted[row.code].guarded:
                ids[row.code] = row.id
    return ids


def _scaled(limit: Decimal | None, asset: Asset) -> int | None:
    return None if limit is None else to_scaled(limit, asset)


def _balance_row(account: int, spec: AccountSpec) -> dict[str, object]:
    floor, ceiling = _scaled(spec.floor, spec.asset), _scaled(spec.ceiling, spec.asset)
    if (floor or 0) > 0 or (ceiling or 0) < 0:
        # An account starts at zero, so zero must lie between its limits.
        raise InsufficientBalance(account=spec.code, asset=spec.asset.code, available=0, wanted=spec.floor)
    return {"account_id": account, "amount": 0, "held": 0, "floor": floor, "ceiling": ceiling}


def refuse_other_limits(connection: Connection, spec: AccountSpec, state: AccountState) -> None:
    """Refuse a description with other limits than the account was opened with.

    Nobody should believe in a floor that is not there. Where `set_limits` has changed them, what holds is written
    there, and the description says only how the account was opened.
    """
    if state.asset != spec.asset:
        return  # Refused as such by whoever looks at the amounts.
    stored = (bool(state.keeps_lots), bool(state.guarded), state.floor, state.ceiling)
    floor, ceiling = _scaled(spec.floor, spec.asset), _scaled(spec.ceiling, spec.asset)
    if stored == (spec.lots, spec.guarded, floor, ceiling):
        return
    if stored[:2] == (spec.lots, spec.guarded):
        changed = select(LimitChange.id).where(LimitChange.account_id == state.id).limit(1)
        if connection.scalar(changed) is not None:
            return
    said, stands = (
        _in_words(spec.asset, spec.lots, floor, ceiling),
        _in_words(state.asset, stored[0], *stored[2:]),
    )
    raise AccountDiffers(account=spec.code, asset=said, stored=stands)


def _in_words(asset: Asset, lots: bool, floor: int | None, ceiling: int | None) -> str:
    """Such as `POINTS with lots, at least 0.00`."""
    words = [asset.code + (" with lots" if lots else "")]
    words += [f"at least {from_scaled(floor, asset)}"] if floor is not None else []
    words += [f"at most {from_scaled(ceiling, asset)}"] if ceiling is not None else []
    return ", ".join(words) if words[1:] else f"{words[0]} without limits"


def set_status(
    session: Session | Connection, code: str, *, status: str, at: dt.datetime, actor: str, reason: str
) -> bool:
    """Close an account for postings ("closed") or open it again ("open"); whether anything changed. Kept for ever.

    On an account with limits it waits for whoever is posting, and whoever waits for it sees what it did. Nobody waits
    at an account without limits: what was under way there when it was closed may still arrive.
    Raises UnknownAccount, TextInvalid, TimeInvalid.
    """
    if status not in ("open", "closed"):
        raise TextInvalid(field="status", reason="it is neither open nor closed")
    refuse_blurs([code], "account")
    line_of_text(actor, "actor"), line_of_text(reason, "reason")
    connection = connection_of(session)
    with driver_cursor(connection) as cursor:
        engine_of(connection).lock(cursor, [], [], [code])
    # Whoever waited for the balance has read the status before it waited, so it is read once more, with its row locked.
    mine = select(Account.id, Account.status).where(Account.code == code).with_for_update(key_share=True)
    account = connection.execute(mine).one_or_none()
    if account is None:
        raise UnknownAccount(account=code)
    if account.status == status:
        return False
    row = {"account_id": account.id, "status_before": account.status, "status": status, "changed_at": aware(at, "at"),
           "actor": actor, "reason": reason}  # fmt: skip
    connection.execute(insert(StatusChange), [row])
    connection.execute(update(Account).where(Account.id == account.id).values(status=status))
    return True


def status_changes(session: Session | Connection, code: str | None = None) -> list[NewStatus]:
    """Every change of the account's status, or of all accounts', oldest first."""
    refuse_blurs([code or ""], "account")
    query = (
        select(
            Account.code,
            *[column for column in StatusChange.__table__.c if column.key not in ("id", "account_id")],
        )
        .join(StatusChange, StatusChange.account_id == Account.id)
        .order_by(StatusChange.id)
    )
    if code is not None:
        query = query.where(Account.code == code)
    return [NewStatus(*row) for row in connection_of(session).execute(query)]
