"""The journal in the plain-text formats of beancount and hledger, so that two foreign programs recompute our books.

Amounts keep the ledger's sign: what an account's owner has is positive. Accounts with a floor are exported under
Assets, the others under Equity; the account's own code goes along as metadata.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from ledger.accounts import status_changes
from ledger.amounts import Asset, from_scaled
from ledger.audit import stream_records
from ledger.engines import connection_of
from ledger.limits import limit_changes
from ledger.models import Account, AssetRow
from ledger.records import Record
from ledger.reports import trial_balance

_NOT_IN_A_COMPONENT = re.compile(r"[^A-Za-z0-9-]")
_NOT_IN_A_CURRENCY = re.compile(r"[^A-Z0-9'._-]")


class Names:
    """What foreign formats call our accounts and assets: legible, and never two of ours under one name."""

    def __init__(self, accounts: Iterable[tuple[str, bool, str]]) -> None:
        self.accounts: dict[str, str] = {}
        self.currencies: dict[str, str] = {}
        taken: set[str] = set()
        for code, guarded, asset in accounts:
            root = "Assets" if guarded else "Equity"
            self.accounts[code] = _free(":".join([root, *map(_component, code.split(":"))]), taken)
            if asset not in self.currencies:
                self.currencies[asset] = _free(_currency(asset), taken)


def _component(word: str) -> str:
    legible = _NOT_IN_A_COMPONENT.sub("-", word)
    return legible[0].upper() + legible[1:] if legible[:1].isalnum() else "X" + legible


def _currency(asset: str) -> str:
    legible = _NOT_IN_A_CURRENCY.sub("-", asset.upper())[:20]
    return legible if len(legible) > 1 and legible[-1].isalnum() else legible + "X0"


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(candidate)
    return candidate


def beancount(session: Session | Connection) -> Iterator[str]:
    """The whole journal as a beancount file, line by line, with the balance of every account asserted at the end."""
    connection = connection_of(session)
    names, opened = _names(connection)
    yield ";; -*- mode: beancount; coding: utf-8 -*-"
    yield 'option "title" "Ledger"'
    first = dt.date(1970, 1, 1)
    for code, asset in opened:
        yield f"{first} open {names.accounts[code]} {names.currencies[asset.code]}"
        yield f"  code: {_quoted(code)}"
    for day, code, words in _changes(connection):
        yield f"{day} note {names.accounts[code]} {_quoted(words)}"
    last = first
    for record in stream_records(connection):
        last = max(last, record.effective_at.date())
        yield ""
        yield f"{record.effective_at.date()} * {_quoted(record.kind)} {_quoted(record.subject)} ^t{record.id}"
        yield f"  key: {_quoted(record.key)}"
        yield f"  digest: {_quoted(record.digest.hex())}"
        for entry in record.entries:
            amount = _plain(from_scaled(entry.amount, entry.asset))
            yield f"  {names.accounts[entry.account]}  {amount} {names.currencies[entry.asset.code]}"
    yield ""
    balances = {line.account: line.balance for line in trial_balance(connection)}
    for code, asset in opened:
        amount = _plain(balances.get(code, Decimal(0)))
        # A balance holds at the beginning of its day, so it is asserted on the day after the last posting.
        yield (
            f"{last + dt.timedelta(days=1)} balance {names.accounts[code]}  {amount} ~ 0 {names.currencies[asset.code]}"
        )


def hledger(session: Session | Connection) -> Iterator[str]:
    """The whole journal as an hledger file, line by line, with the balance of every account asserted at the end."""
    connection = connection_of(session)
    names, opened = _names(connection)
    yield "; -*- hledger -*-"
    yield "decimal-mark ."
    for asset in sorted({asset for _, asset in opened}, key=lambda asset: asset.code):
        sample = "1000." if asset.scale == 0 else "1000." + "0" * asset.scale
        yield f"commodity {sample} {_commodity(asset)}"
    for code, _ in opened:
        yield f"account {names.accounts[code]}  ; code:{code}"
    for day, code, words in _changes(connection):
        yield f"; {day} {names.accounts[code]} {words}"
    last = dt.date(1970, 1, 1)
    for record in stream_records(connection):
        last = max(last, record.effective_at.date())
        yield ""
        yield from _hledger_transaction(record, names)
    yield ""
    yield f"{last} * balances"
    balances = {line.account: line.balance for line in trial_balance(connection)}
    for code, asset in opened:
        amount = _plain(balances.get(code, Decimal(0)))
        yield f"  {names.accounts[code]}  0 {_commodity(asset)} = {amount} {_commodity(asset)}"


def _changes(connection: Connection) -> Iterator[tuple[dt.date, str, str]]:
    """What was changed of accounts themselves: the day, the account, and what, by whom and why."""
    for status in status_changes(connection):
        yield status.changed_at.date(), status.account, f"{status.status} by {status.actor}: {status.reason}"
    for limit in limit_changes(connection):
        was, now = (
            " to ".join("-" if one is None else _plain(one) for one in limits)
            for limits in ((limit.floor_before, limit.ceiling_before), (limit.floor, limit.ceiling))
        )
        words = f"limits {now} instead of {was} by {limit.actor}: {limit.reason}"
        yield limit.changed_at.date(), limit.account, words


def _hledger_transaction(record: Record, names: Names) -> Iterator[str]:
    words = f"{record.kind} {record.subject}".replace(";", ",").replace("|", "/")
    yield f"{record.effective_at.date()} * (t{record.id}) {words}"
    yield f"  ; key: {record.key.replace(',', ' ')}"
    for entry in record.entries:
        amount = _plain(from_scaled(entry.amount, entry.asset))
        yield f"  {names.accounts[entry.account]}  {amount} {_commodity(entry.asset)}"


def _names(connection: Connection) -> tuple[Names, list[tuple[str, Asset]]]:
    rows = connection.execute(
        select(Account.code, Account.guarded, Account.asset, AssetRow.scale)
        .join(AssetRow, AssetRow.code == Account.asset)
        .order_by(Account.id)
    ).all()
    names = Names((row.code, row.guarded, row.asset) for row in rows)
    return names, [(row.code, Asset(row.asset, row.scale)) for row in rows]


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


def _quoted(words: str) -> str:
    # JSON escapes quotes and backslashes as beancount reads them.
    return json.dumps(words, ensure_ascii=False)


def _commodity(asset: Asset) -> str:
    return f'"{asset.code}"'
