"""On SQLite another row under the same key could push one of the books aside: every way is tried on every table."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.ddl_sqlite import KEPT
from ledger.journal import reverse
from ledger.models import Base, Unsealed
from tests.ledger.cast import NOON
from tests.ledger.test_tampering import full, fuller, on_sqlite

__all__ = ("full", "fuller")


# Another row under the same key of each table: (table, what it replaces, by which key).
REPLACEMENTS: list[tuple[str, str]] = [
    ("ledger_accounts", "9, code, asset, guarded, lots, 'closed', opened_at"),
    ("ledger_accounts", "id, 'x', asset, guarded, lots, 'closed', opened_at"),
    ("ledger_assets", "code, 3"),
    ("ledger_balances", "account_id, amount, held, -1000000, ceiling"),
    ("ledger_checkpoints", "account_id, seal_id, amount * 100"),
    ("ledger_entries", "transaction_id, line, account_id, amount, balance_after, expires_at"),
    ("ledger_holds", "99, key, account_id, amount, status, held_at, '2099-01-01 00:00:00.000000', ended_at, captured, "
                     "transaction_id, actor, 'forged', facts"),
    ("ledger_holds", "id, 'other', account_id, amount, status, held_at, deadline, ended_at, captured, "
                     "transaction_id, actor, 'forged', facts"),
    ("ledger_limit_changes", "id, account_id, floor_before, ceiling_before, floor, ceiling, changed_at, 'x', 'x'"),
    ("ledger_lot_moves", "transaction_id, line, lot_transaction_id, lot_line, amount - 1, returns"),
    ("ledger_lots", "transaction_id, line, account_id, '2099-01-01 00:00:00.000000', amount, \"left\""),
    ("ledger_period_balances", "account_id, period_id, amount * 100"),
    ("ledger_periods", "id, '2001-01-01 00:00:00.000000', closed_at, actor, first_id"),
    ("ledger_periods", "99, closed_until, closed_at, 'x', first_id"),
    ("ledger_seals", "id, size, root, previous, x'00', sealed_at"),
    ("ledger_seals", "99, size, root, previous, head, sealed_at"),
    ("ledger_seal_leaves", "transaction_id, seal_id, position + 9, leaf"),
    ("ledger_seal_leaves", "transaction_id + 90, seal_id, position, leaf"),
    ("ledger_status_changes", "id, account_id, status_before, status, changed_at, 'x', 'x'"),
    ("ledger_transactions", "id, 'x', digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts"),
    ("ledger_transactions", "id + 90, key, digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts"),
]  # fmt: skip


def test_every_kept_table_has_its_replacement_tried() -> None:
    assert {table for table, _ in REPLACEMENTS} == {table.name for table in KEPT}
    assert {mapper.local_table for mapper in Base.registry.mappers} == {*KEPT, Unsealed.__table__}


@on_sqlite
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
@pytest.mark.parametrize(
    ("table", "row"), REPLACEMENTS, ids=[f"{table}-{row[:12]}" for table, row in REPLACEMENTS]
)
def test_sqlite_cannot_replace_its_way_around_the_triggers(
    fuller: Session, verb: str, table: str, row: str
) -> None:
    columns = ", ".join(f'"{column.name}"' for column in Base.metadata.tables[table].columns)
    with pytest.raises(DBAPIError, match="ledger: "):
        fuller.execute(text(f"{verb} INTO {table} ({columns}) SELECT {row} FROM {table} LIMIT 1"))


@on_sqlite
@pytest.mark.parametrize(
    ("table", "columns", "row"),
    [
        ("ledger_assets", "rowid, code, scale", "rowid, 'OTHER', 3"),
        ("ledger_checkpoints", "rowid, account_id, seal_id, amount", "rowid, account_id + 90, seal_id, 1"),
        ("ledger_period_balances", "rowid, account_id, period_id, amount", "rowid, account_id + 90, period_id, 1"),
        ("ledger_lots", 'rowid, transaction_id, line, account_id, amount, "left"', "rowid, 90, 0, account_id, 1, 1"),
        ("ledger_lot_moves", "rowid, transaction_id, line, lot_transaction_id, lot_line, amount", "rowid, 90, 0, 1, 1, -1"),
    ],
)  # fmt: skip
def test_nor_by_the_number_that_sqlite_gives_a_row(
    fuller: Session, table: str, columns: str, row: str
) -> None:
    with pytest.raises(DBAPIError, match=r"is append-only|what moves a lot"):
        fuller.execute(text(f"REPLACE INTO {table} ({columns}) SELECT {row} FROM {table} LIMIT 1"))


@on_sqlite
@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_balances", "ledger_holds", "ledger_lots"])
def test_nor_does_an_update_push_another_row_aside(fuller: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match="ledger: "):
        fuller.execute(text(f"UPDATE OR REPLACE {table} SET rowid = rowid + 1"))


@on_sqlite
def test_a_replacement_does_not_remove_a_reversal(full: Session) -> None:
    reverse(full, 4, key="r", at=NOON, recorded_at=NOON, actor="x", reason="y")
    columns = "digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts"
    with pytest.raises(DBAPIError, match="is append-only"):
        full.execute(
            text(
                f"REPLACE INTO ledger_transactions (id, key, {columns}) SELECT 9, 'zz', {columns} "
                "FROM ledger_transactions WHERE id = 5"
            )
        )
