"""Proof that a posting stands in the sealed books, for anybody who holds a paper; it shows nobody else's.

A receipt or certificate carries a *proof word*: the transaction's number and the beginning of its digest. Whoever
has the word may ask what the books say today: the digest is computed anew from the stored rows, the transaction's
leaf is led through its seal's tree to the head, and the heads before and after are compared.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import seals
from ledger.errors import NotSealed
from ledger.models import SealRow, Transaction
from ledger.records import Record, load_records
from ledger.seals import FIRST_PREVIOUS, Seal

SEALED, WAITING, ALTERED, UNKNOWN = "sealed", "waiting", "altered", "unknown"
# 128 bits of the digest: nobody guesses another's word, nobody finds a second posting for one.
DIGITS = 32
_LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class Examined:
    """What the books say about a proof word.

    Attributes:
        state: ``sealed`` (genuine and part of a seal), ``waiting`` (genuine, the next seal will hold it),
            ``altered`` (the books hold something else than the paper, or do not agree with themselves) or
            ``unknown`` (no such posting: mistyped, or taken out of the books).
        proof: everything that an independent check needs; None unless the state is ``sealed``.
        reversed_later: a later posting took it back; both stand in the books.
    """

    word: str
    state: str
    recorded_at: datetime | None = None
    sealed_at: datetime | None = None
    proof: dict[str, Any] | None = None
    reversed_later: bool = False


def proof_word(session: Session, transaction_id: int) -> str:
    """What to print on the paper of a posting; it may be printed before the posting is sealed."""
    digest = session.execute(select(Transaction.digest).where(Transaction.id == transaction_id)).scalar_one()
    return f"{transaction_id}-{digest.hex()[:DIGITS]}"


def examine(session: Session, word: str) -> Examined:
    """Compare a proof word with the books as they are now. Reads only."""
    read = _read(word)
    if read is None:
        return Examined(word, UNKNOWN)
    number, digits = read
    record = load_records(session.connection(), [number]).get(number)
    if record is None:
        return Examined(word, UNKNOWN)
    if not _is_what_it_was(record, digits):
        return Examined(word, ALTERED)
    undone = session.scalar(select(Transaction.id).where(Transaction.reverses == number)) is not None
    try:
        shown = seals.proof(session, number)
    except NotSealed:
        return Examined(word, WAITING, record.recorded_at, reversed_later=undone)
    if not seals.proof_holds(shown) or not _is_chained(session, shown):
        return Examined(word, ALTERED)
    sealed_at = datetime.fromisoformat(shown["sealed_at"])
    return Examined(word, SEALED, record.recorded_at, sealed_at, shown, undone)


def newest_seals(session: Session, *, before: int | None = None, limit: int = 20) -> list[Seal]:
    """Heads of seals, newest first: what a holder compares with a head that was printed or mailed."""
    columns = (SealRow.id, SealRow.size, SealRow.root, SealRow.previous, SealRow.head, SealRow.sealed_at)
    query = select(*columns).order_by(SealRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(SealRow.id < before)
    return [Seal(*row) for row in session.execute(query)]


def _read(word: str) -> tuple[int, str] | None:
    number, dash, digits = word.strip().lower().partition("-")
    plain = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    if not (dash and plain and len(digits) == DIGITS and set(digits) <= set("0123456789abcdef")):
        return None
    return int(number), digits


def _is_what_it_was(record: Record, digits: str) -> bool:
    """The paper's digest, the stored one and the one that the rows give are the same."""
    recomputed = record.recomputed_digest()
    return record.digest == recomputed and recomputed.hex().startswith(digits)


def _is_chained(session: Session, shown: dict[str, Any]) -> bool:
    """The seals before and after agree that this seal stands between them."""
    number = int(shown["seal"])
    around = {
        row.id: row
        for row in session.execute(
            select(SealRow.id, SealRow.previous, SealRow.head).where(SealRow.id.in_([number - 1, number + 1]))
        )
    }
    before = around[number - 1].head if number - 1 in around else FIRST_PREVIOUS
    follows = before.hex() == shown["previous"] and (number == 1 or number - 1 in around)
    return follows and (number + 1 not in around or around[number + 1].previous.hex() == shown["head"])
