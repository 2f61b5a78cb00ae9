"""Reading whole transactions back, with their entries."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger.amounts import Asset
from ledger.digests import transaction_digest
from ledger.models import Account, AssetRow, Entry, Transaction


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One stored entry; the amount is scaled."""

    line: int
    account_id: int
    account: str
    asset: Asset
    amount: int
    balance_after: int | None
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """One stored transaction with its entries by line."""

    id: int
    key: str
    digest: bytes
    kind: str
    lines: int
    effective_at: dt.datetime
    recorded_at: dt.datetime
    actor: str
    subject: str
    reverses: int | None
    facts_text: str
    entries: tuple[EntryRecord, ...]

    @classmethod
    def of(cls, row: Any, entries: Iterable[EntryRecord]) -> "Record":
        """From a row of the table and its entries."""
        make: Any = cls
        record: Record = make(*row, tuple(entries))
        return record

    @property
    def facts(self) -> dict[str, Any]:
        """The facts as they were given."""
        facts: dict[str, Any] = json.loads(self.facts_text)
        return facts

    @property
    def stated_at(self) -> dt.datetime | None:
        """The effective time, if somebody stated it rather than letting it be the moment of recording."""
        return None if self.effective_at == self.recorded_at else self.effective_at

    def recomputed_digest(self) -> bytes:
        """The digest that the stored rows deserve."""
        return transaction_digest(
            key=self.key,
            kind=self.kind,
            effective_at=self.effective_at,
            recorded_at=self.recorded_at,
            actor=self.actor,
            subject=self.subject,
            reverses=self.reverses,
            facts=self.facts_text,
            entries=[
                (entry.account, entry.asset.code, entry.amount, entry.expires_at) for entry in self.entries
            ],
        )


def load_records(connection: Connection, ids: Iterable[int]) -> dict[int, Record]:
    """The transactions with these numbers, as far as they exist."""
    wanted = sorted(set(ids))
    records: dict[int, Record] = {}
    for start in range(0, len(wanted), 500):
        records.update(_load_some(connection, wanted[start : start + 500]))
    return records


def entry_rows() -> Select[Any]:
    """All entries with the code and asset of their account, by transaction and line."""
    return (
        select(*Entry.__table__.c, Account.code, AssetRow.code, AssetRow.scale)
        .join(Account, Account.id == Entry.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .order_by(Entry.transaction_id, Entry.line)
    )


def entry_record(row: Any) -> EntryRecord:
    """A row of `entry_rows` as a record."""
    _transaction, line, account_id, amount, after, expires_at, account, asset, scale = row
    return EntryRecord(line, account_id, account, Asset(asset, scale), amount, after, expires_at)


def _load_some(connection: Connection, ids: list[int]) -> dict[int, Record]:
    entries: dict[int, list[EntryRecord]] = {}
    for row in connection.execute(entry_rows().where(Entry.transaction_id.in_(ids))):
        entries.setdefault(row[0], []).append(entry_record(row))
    return {
        row[0]: Record.of(row, entries.get(row[0], ()))
        for row in connection.execute(select(*Transaction.__table__.c).where(Transaction.id.in_(ids)))
    }
