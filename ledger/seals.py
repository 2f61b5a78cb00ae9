"""Seals: committed transactions are gathered by a job, hashed into a tree and chained, so that any later change shows.

The queue is a row written with each transaction, so a transaction that commits late, with a smaller number than
its neighbours, is sealed late and never lost. Posting does not wait for sealing.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.orm import Session

from ledger.digests import aware, microseconds
from ledger.engines import connection_of
from ledger.errors import NotSealed, UnknownTransaction
from ledger.merkle import head_of, leaf_of, path_of, root_from, root_of
from ledger.models import Account, Checkpoint, Entry, SealLeaf, SealRow, Transaction, Unsealed

FIRST_PREVIOUS = bytes(32)
LARGEST_SEAL = 4096


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed stretch of `size` transactions. `head` is what to publish where the database's owner cannot reach it."""

    id: int
    size: int
    root: bytes
    previous: bytes
    head: bytes
    sealed_at: dt.datetime


def seal(session: Session | Connection, *, at: dt.datetime, largest: int = LARGEST_SEAL) -> Seal | None:
    """Seal the oldest of what is committed and not sealed; None if there is nothing. Only one sealer works at a time."""
    connection = connection_of(session)
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE ledger_seals IN SHARE ROW EXCLUSIVE MODE"))
    queued = (
        select(Unsealed.transaction_id, Transaction.digest)
        .join(Transaction, Transaction.id == Unsealed.transaction_id)
        .outerjoin(SealLeaf, SealLeaf.transaction_id == Unsealed.transaction_id)
        # Whoever queues again what is sealed does not stop the sealer; `verify` names it.
        .where(SealLeaf.transaction_id.is_(None))
        .order_by(Unsealed.transaction_id)
        .limit(largest)
    )
    rows = connection.execute(queued).all()
    if not rows:
        return None
    leaves = [leaf_of(number, digest) for number, digest in rows]
    new = _next(connection, leaves, aware(at, "at"))
    connection.execute(
        insert(SealRow),
        [
            {
                "id": new.id,
                "size": new.size,
                "root": new.root,
                "previous": new.previous,
                "head": new.head,
                "sealed_at": at,
            }
        ],
    )
    connection.execute(
        insert(SealLeaf),
        [
            {"transaction_id": row[0], "seal_id": new.id, "position": position, "leaf": leaf}
            for position, (row, leaf) in enumerate(zip(rows, leaves, strict=True))
        ],
    )
    _checkpoint(connection, new.id)
    sealed = select(SealLeaf.transaction_id).where(SealLeaf.seal_id == new.id)
    connection.execute(delete(Unsealed).where(Unsealed.transaction_id.in_(sealed)))
    return new


def seal_all(session: Session | Connection, *, at: dt.datetime) -> list[Seal]:
    """Seal until nothing is left."""
    made = []
    while (new := seal(session, at=at)) is not None:
        made.append(new)
    return made


def seals(session: Session | Connection, *, after: int = 0) -> Iterator[Seal]:
    """All seals after that number, oldest first."""
    columns = (SealRow.id, SealRow.size, SealRow.root, SealRow.previous, SealRow.head, SealRow.sealed_at)
    rows = connection_of(session).execute(
        select(*columns).where(SealRow.id > after).order_by(SealRow.id), execution_options={"yield_per": 500}
    )
    for row in rows:
        yield Seal(*row)


def last_seal(session: Session | Connection) -> Seal | None:
    """The newest seal, whose head stands for the whole journal up to it."""
    columns = (SealRow.id, SealRow.size, SealRow.root, SealRow.previous, SealRow.head, SealRow.sealed_at)
    row = connection_of(session).execute(select(*columns).order_by(SealRow.id.desc()).limit(1)).one_or_none()
    return None if row is None else Seal(*row)


def proof(session: Session | Connection, transaction_id: int) -> dict[str, Any]:
    """What anybody needs to check that a transaction is in the sealed books, without seeing any other.

    Raises NotSealed, UnknownTransaction.
    """
    connection = connection_of(session)
    digest = connection.scalar(select(Transaction.digest).where(Transaction.id == transaction_id))
    if digest is None:
        raise UnknownTransaction(transaction=transaction_id)
    place = connection.execute(
        select(SealLeaf.seal_id, SealLeaf.position).where(SealLeaf.transaction_id == transaction_id)
    ).one_or_none()
    if place is None:
        raise NotSealed(transaction=transaction_id)
    row = connection.execute(
        select(SealRow.size, SealRow.root, SealRow.previous, SealRow.head, SealRow.sealed_at).where(
            SealRow.id == place.seal_id
        )
    ).one()
    leaves = select(SealLeaf.leaf).where(SealLeaf.seal_id == place.seal_id).order_by(SealLeaf.position)
    path = path_of(list(connection.scalars(leaves)), place.position)
    return {
        "transaction": transaction_id,
        "digest": digest.hex(),
        "seal": place.seal_id,
        "position": place.position,
        "size": row.size,
        "path": [node.hex() for node in path],
        "root": row.root.hex(),
        "previous": row.previous.hex(),
        "sealed_at": row.sealed_at.isoformat(),
        "head": row.head.hex(),
    }


def proof_holds(shown: Mapping[str, Any]) -> bool:
    """Whether a proof leads from its transaction's digest to its seal's head. Pure; anybody can run it.

    That the head is the published one is for the reader to compare.
    """
    try:
        leaf = leaf_of(int(shown["transaction"]), bytes.fromhex(shown["digest"]))
        path = [bytes.fromhex(node) for node in shown["path"]]
        root = root_from(leaf, int(shown["position"]), int(shown["size"]), path)
        head = head_of(
            number=int(shown["seal"]),
            size=int(shown["size"]),
            sealed_at_us=microseconds(dt.datetime.fromisoformat(shown["sealed_at"])),
            previous=bytes.fromhex(shown["previous"]),
            root=root or b"",
        )
        return root is not None and root.hex() == shown["root"] and head.hex() == shown["head"]
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _next(connection: Connection, leaves: list[bytes], at: dt.datetime) -> Seal:
    last = last_seal(connection)
    number = 1 if last is None else last.id + 1
    previous = FIRST_PREVIOUS if last is None else last.head
    root = root_of(leaves)
    head = head_of(
        number=number, size=len(leaves), sealed_at_us=microseconds(at), previous=previous, root=root
    )
    return Seal(number, len(leaves), root, previous, head, at)


def _checkpoint(connection: Connection, seal_id: int) -> None:
    """Carry forward the balances of accounts that keep no row of their own: the newest checkpoint and this seal."""
    moved = (
        select(Entry.account_id, func.sum(Entry.amount))
        .join(SealLeaf, SealLeaf.transaction_id == Entry.transaction_id)
        .join(Account, Account.id == Entry.account_id)
        .where(SealLeaf.seal_id == seal_id, ~Account.guarded)
        .group_by(Entry.account_id)
        .order_by(Entry.account_id)
    )
    changes = {account: int(total) for account, total in connection.execute(moved)}
    before = newest_checkpoints(connection, list(changes))
    rows = [
        {"account_id": account, "seal_id": seal_id, "amount": before.get(account, 0) + change}
        for account, change in changes.items()
    ]
    if rows:
        connection.execute(insert(Checkpoint), rows)


def newest_checkpoints(connection: Connection, accounts: list[int]) -> dict[int, int]:
    """The newest checkpoint of each of these accounts; scaled."""
    found: dict[int, int] = {}
    for start in range(0, len(accounts), 500):
        newest = (
            select(Checkpoint.account_id, func.max(Checkpoint.seal_id).label("seal_id"))
            .where(Checkpoint.account_id.in_(accounts[start : start + 500]))
            .group_by(Checkpoint.account_id)
            .subquery()
        )
        query = select(Checkpoint.account_id, Checkpoint.amount).join(
            newest, (newest.c.account_id == Checkpoint.account_id) & (newest.c.seal_id == Checkpoint.seal_id)
        )
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found
