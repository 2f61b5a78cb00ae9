"""Opening accounts: idempotent, and safe when several open the same account at the same moment."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Connection, Insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledger.amounts import to_scaled
from ledger.digests import aware, line_of_text
from ledger.drafts import AccountSpec
from ledger.engines import connection_of
from ledger.errors import AccountDiffers, InsufficientBalance, UnknownAccount
from ledger.models import Account, AssetRow, Balance

__all__ = ["AccountSpec", "open_accounts", "set_status"]


def open_accounts(session: Session | Connection, specs: Iterable[AccountSpec], *, at: dt.datetime) -> None:
    """Open those of these accounts that do not exist yet. An existing one keeps its floor and ceiling.

    Raises AccountDiffers if one exists with another asset.
    """
    connection = connection_of(session)
    wanted = {line_of_text(spec.code, "account"): spec for spec in sorted(specs, key=lambda spec: spec.code)}
    if not wanted:
        return
    aware(at, "at")
    assets = sorted({(spec.asset.code, spec.asset.scale) for spec in wanted.values()})
    _insert_missing(connection, AssetRow, [{"code": code, "scale": scale} for code, scale in assets])
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
    _insert_missing(connection, Account, rows)
    ids = _check_stored(connection, wanted)
    _insert_missing(connection, Balance, [_balance_row(ids[code], wanted[code]) for code in sorted(ids)])


def _insert_missing(connection: Connection, table: type, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    statement: Insert
    if connection.dialect.name == "postgresql":
        statement = postgresql.insert(table).on_conflict_do_nothing()
    else:
        statement = sqlite.insert(table).on_conflict_do_nothing()
    connection.execute(statement, rows)


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


def _balance_row(account: int, spec: AccountSpec) -> dict[str, object]:
    floor = None if spec.floor is None else to_scaled(spec.floor, spec.asset)
    ceiling = None if spec.ceiling is None else to_scaled(spec.ceiling, spec.asset)
    if (floor or 0) > 0 or (ceiling or 0) < 0:
        # An account starts at zero, so zero must lie between its limits.
        raise InsufficientBalance(account=spec.code, asset=spec.asset.code, available=0, wanted=spec.floor)
    return {"account_id": account, "amount": 0, "held": 0, "floor": floor, "ceiling": ceiling}


def set_status(session: Session | Connection, code: str, *, status: str) -> None:
    """Close an account for postings ("closed") or open it again ("open"). Raises UnknownAccount."""
    changed = connection_of(session).execute(
        update(Account).where(Account.code == code).values(status=status)
    )
    if changed.rowcount == 0:
        raise UnknownAccount(account=code)
