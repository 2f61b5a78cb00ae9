"""The checks that follow the journal transaction by transaction: digests, seals, and that nothing is missing."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select, text

from ledger.audit import Break
from ledger.digests import microseconds
from ledger.engines import driver_cursor
from ledger.merkle import head_of, leaf_of, root_of
from ledger.models import SealLeaf, SealRow, Transaction, Unsealed
from ledger.seals import FIRST_PREVIOUS, Seal, seals


def _microseconds(column: str) -> str:
    # The number as the server sends it, since 2000; `extract` would go through decimals and cost three times as much.
    return f"(('x' || encode(timestamptz_send({column}), 'hex'))::bit(64)::bigint + 946684800000000)"


# The same text as `ledger.digests.transaction_digest`, put together by the server; tests hold the two together.
# What an account adds to each of its entries is put together once, which `OFFSET 0` keeps apart.
_DIGESTS_POSTGRESQL = f"""
SELECT t.id, t.key FROM ledger_transactions t LEFT JOIN
  (SELECT e.transaction_id,
          string_agg(e.amount || a.before ||
                     CASE WHEN e.expires_at IS NULL THEN '-' ELSE {_microseconds("e.expires_at")}::text END || a.after,
                     '' ORDER BY e.line) AS said
     FROM ledger_entries e
     JOIN (SELECT id, ' ' || asset || ' ' AS before, ' ' || code || E'\\n' AS after FROM ledger_accounts OFFSET 0) a
       ON a.id = e.account_id
    WHERE e.transaction_id >= :since
    GROUP BY e.transaction_id) l ON l.transaction_id = t.id
 WHERE t.id >= :since AND t.digest IS DISTINCT FROM sha256(convert_to(
         E'ledger 1\\n' || t.key || E'\\n' || t.kind || E'\\n' || {_microseconds("t.effective_at")} || E'\\n' ||
         {_microseconds("t.recorded_at")} || E'\\n' || t.actor || E'\\n' || t.subject || E'\\n' ||
         coalesce(t.reverses::text, '') || E'\\n' || t.facts || E'\\n' || coalesce(l.said, ''), 'UTF8'))
 ORDER BY t.id
"""  # noqa: S608 - our own columns.

# Which leaves no longer follow from their transactions; a transaction that is gone is named elsewhere.
_LEAVES_POSTGRESQL = """
SELECT l.seal_id, l.transaction_id FROM ledger_seal_leaves l JOIN ledger_transactions t ON t.id = l.transaction_id
 WHERE l.seal_id > %s AND l.leaf IS DISTINCT FROM sha256('\\x00'::bytea || int8send(t.id) || t.digest) ORDER BY l.seal_id, l.position
"""
_TREES_POSTGRESQL = (
    "SELECT seal_id, string_agg(leaf, ''::bytea ORDER BY position) FROM ledger_seal_leaves "
    "WHERE seal_id BETWEEN %s AND %s GROUP BY seal_id ORDER BY seal_id"
)
_LEAVES_SQLITE = (
    "SELECT l.seal_id, l.transaction_id, l.leaf, t.digest FROM ledger_seal_leaves l "
    "LEFT JOIN ledger_transactions t ON t.id = l.transaction_id WHERE l.seal_id > ? ORDER BY l.seal_id, l.position"
)
_SEALS_AT_ONCE = 8
_LEAF_BYTES = 32

# Read through the driver and put together as text: records of Python objects would cost ten times as much.
_TRANSACTIONS_SQLITE = (
    "SELECT id, digest, key, kind, effective_at, recorded_at, actor, subject, coalesce(reverses, ''), facts "
    "FROM ledger_transactions WHERE id >= ? ORDER BY id"
)
_ENTRIES_SQLITE = (
    "SELECT e.transaction_id, e.amount || ' ' || a.asset, e.expires_at, a.code "
    "FROM ledger_entries e CROSS JOIN ledger_accounts a ON a.id = e.account_id "
    "WHERE e.transaction_id >= ? ORDER BY e.transaction_id, e.line"
)


def digests_follow(connection: Connection, since: int = 0) -> list[Break]:
    """Every transaction's digest follows from its rows; ``since``: only from this number on."""
    if connection.dialect.name == "postgresql":
        # Of few transactions, only the accounts that they touch are looked up.
        words = _DIGESTS_POSTGRESQL.replace(" OFFSET 0", "") if since else _DIGESTS_POSTGRESQL
        rows = connection.execute(text(words), {"since": since})
        altered = [(row[0], row[1]) for row in rows]
    else:
        with driver_cursor(connection) as transactions, driver_cursor(connection) as entries:
            altered = list(
                _altered(
                    transactions.execute(_TRANSACTIONS_SQLITE, (since,)),
                    entries.execute(_ENTRIES_SQLITE, (since,)),
                )
            )
    return [Break(f"transaction:{number}", "was altered", {"key": key}) for number, key in altered]


def _altered(transactions: Iterable[Any], entries: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """Both tables side by side, by number; the same text as `ledger.digests.transaction_digest`."""
    rows = iter(entries)
    entry = next(rows, None)
    for number, digest, key, kind, effective, recorded, actor, subject, reverses, facts in transactions:
        said = (
            f"ledger 1\n{key}\n{kind}\n{_stored_us(effective)}\n{_stored_us(recorded)}\n"
            f"{actor}\n{subject}\n{reverses}\n{facts}\n"
        )
        while entry is not None and entry[0] <= number:
            if entry[0] == number:
                said += f"{entry[1]} {_stored_us(entry[2])} {entry[3]}\n"
            entry = next(rows, None)
        if hashlib.sha256(said.encode()).digest() != digest:
            yield number, key


@lru_cache(maxsize=65536)
def _stored_us(stored: str | None) -> int | str:
    """Microseconds since 1970 of a time as SQLite keeps it; a dash for none."""
    return "-" if stored is None else microseconds(dt.datetime.fromisoformat(stored).replace(tzinfo=dt.UTC))


def journal_is_sealed_or_queued(connection: Connection, since: int = 0) -> list[Break]:
    """From transaction ``since`` on, every transaction is sealed or waits for it, and whatever was sealed or waits is there."""
    slipped_in = (
        select(Transaction.id, Transaction.key)
        .outerjoin(SealLeaf, SealLeaf.transaction_id == Transaction.id)
        .outerjoin(Unsealed, Unsealed.transaction_id == Transaction.id)
        .where(Transaction.id >= since, SealLeaf.transaction_id.is_(None), Unsealed.transaction_id.is_(None))
        .order_by(Transaction.id)
    )
    breaks = [
        Break(f"transaction:{number}", "was inserted behind the ledger's back", {"key": key})
        for number, key in connection.execute(slipped_in)
    ]
    again = (
        select(Unsealed.transaction_id)
        .join(SealLeaf, SealLeaf.transaction_id == Unsealed.transaction_id)
        .where(Unsealed.transaction_id >= since)
        .order_by(Unsealed.transaction_id)
    )
    breaks += [
        Break(f"transaction:{number}", "is sealed and waits to be sealed again")
        for number in connection.scalars(again)
    ]
    for place, model in (("sealed", SealLeaf), ("waiting to be sealed", Unsealed)):
        gone = (
            select(model.transaction_id)
            .outerjoin(Transaction, Transaction.id == model.transaction_id)
            .where(Transaction.id.is_(None), model.transaction_id >= since)
            .order_by(model.transaction_id)
        )
        breaks += [
            Break(f"transaction:{number}", "was removed", {"was": place})
            for number in connection.scalars(gone)
        ]
    return breaks


def seals_recompute(connection: Connection, after: int = 0) -> list[Break]:
    """Leaves follow from their transactions, roots from leaves, heads from roots and the seal before.

    ``after``: only the seals after that one, whose head is taken as it stands.
    """
    breaks: list[Break] = []
    leaves = _leaves_by_seal(connection, after)
    previous, expected = _head_of(connection, after), after + 1
    waiting = next(leaves, None)
    for one in seals(connection, after=after):
        if one.id != expected:
            breaks.append(Break(f"seal:{expected}", "is missing", {"next": one.id}))
        stored: list[bytes] = []
        while waiting is not None and waiting[0] <= one.id:
            if waiting[0] == one.id:
                stored, altered = waiting[1], waiting[2]
                breaks += [
                    Break(f"transaction:{number}", "differs from what was sealed", {"seal": one.id})
                    for number in altered
                ]
            waiting = next(leaves, None)
        breaks += _seal_breaks(one, stored, previous)
        previous, expected = one.head, one.id + 1
    return breaks


def _head_of(connection: Connection, seal_id: int) -> bytes:
    head = connection.scalar(select(SealRow.head).where(SealRow.id == seal_id))
    return FIRST_PREVIOUS if head is None else head


def _seal_breaks(one: Seal, leaves: list[bytes], previous: bytes) -> list[Break]:
    breaks = []
    if len(leaves) != one.size or root_of(leaves) != one.root:
        facts = {"size": one.size, "present": len(leaves)}
        breaks.append(Break(f"seal:{one.id}", "root does not follow from its transactions", facts))
    if one.previous != previous:
        breaks.append(Break(f"seal:{one.id}", "is not chained to the seal before", {}))
    head = head_of(
        number=one.id,
        size=one.size,
        sealed_at_us=microseconds(one.sealed_at),
        previous=one.previous,
        root=one.root,
    )
    if head != one.head:
        breaks.append(Break(f"seal:{one.id}", "head does not follow from its parts", {}))
    return breaks


def _leaves_by_seal(connection: Connection, after: int) -> Iterator[tuple[int, list[bytes], list[int]]]:
    """Seal by seal: the stored leaves, and the transactions that no longer give theirs."""
    if connection.dialect.name == "postgresql":
        yield from _leaves_postgresql(connection, after)
        return
    with driver_cursor(connection) as cursor:
        rows = cursor.execute(_LEAVES_SQLITE, (after,))
        for seal_id, of_seal in groupby(rows, key=itemgetter(0)):
            stored, altered = list[bytes](), list[int]()
            for _, number, leaf, digest in of_seal:
                stored.append(leaf)
                # A transaction that is gone is named by `journal_is_sealed_or_queued`.
                if digest is not None and leaf_of(number, digest) != leaf:
                    altered.append(number)
            yield seal_id, stored, altered


def _leaves_postgresql(connection: Connection, after: int) -> Iterator[tuple[int, list[bytes], list[int]]]:
    """The server compares the leaves and hands each seal's over as one piece; a stretch of seals at a time."""
    altered: dict[int, list[int]] = {}
    with driver_cursor(connection) as cursor:
        cursor.execute(_LEAVES_POSTGRESQL, (after,))
        for seal_id, number in cursor.fetchall():
            altered.setdefault(seal_id, []).append(number)
        cursor.execute("SELECT coalesce(max(seal_id), 0) FROM ledger_seal_leaves")
        last = cursor.fetchone()[0]
        for first in range(after + 1, last + 1, _SEALS_AT_ONCE):
            cursor.execute(_TREES_POSTGRESQL, (first, first + _SEALS_AT_ONCE - 1))
            for seal_id, together in cursor.fetchall():
                pieces = [together[at : at + _LEAF_BYTES] for at in range(0, len(together), _LEAF_BYTES)]
                yield seal_id, pieces, altered.get(seal_id, [])
