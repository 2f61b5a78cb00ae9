"""Recompute everything: one explicit list of checks, each saying what it proves, how much it looked at, what broke."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from ledger import audit
from ledger.audit import Break
from ledger.engines import connection_of
from ledger.models import Account, Balance, Entry, HoldRow, Lot, SealRow, Transaction
from ledger.verify_journal import digests_follow, journal_is_sealed_or_queued, seals_recompute


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: a stable code, the sentence that it proves, the table it walks through."""

    code: str
    proves: str
    find: Callable[[Connection], list[Break]]
    walks: type


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check."""

    code: str
    proves: str
    examined: int
    breaks: list[Break]


CHECKS: tuple[Check, ...] = (
    Check(
        "entries_sum_to_zero",
        "Every transaction sums to zero in each asset.",
        audit.entries_sum_to_zero,
        Entry,
    ),
    Check(
        "transactions_complete",
        "Every transaction has the entries it was closed with, and every entry its transaction.",
        audit.transactions_are_complete,
        Transaction,
    ),
    Check(
        "balances_equal_entries", "Every balance equals its entries.", audit.balances_equal_entries, Balance
    ),
    Check(
        "floors_hold",
        "No account is beyond its limits, held amounts counted as gone.",
        audit.floors_hold,
        Balance,
    ),
    Check(
        "holds_equal_balances",
        "What is held is the sum of the standing holds.",
        audit.holds_equal_balances,
        HoldRow,
    ),
    Check(
        "lots_equal_balances",
        "Lots sum to balances and follow from their moves.",
        audit.lots_equal_balances,
        Lot,
    ),
    Check(
        "checkpoints_equal_entries",
        "Balances without a row of their own equal their entries.",
        audit.checkpoints_equal_entries,
        Account,
    ),
    Check(
        "digests_follow", "Every transaction is what it was when it was posted.", digests_follow, Transaction
    ),
    Check(
        "journal_sealed_or_queued",
        "Nothing was removed from the journal or slipped into it.",
        journal_is_sealed_or_queued,
        Transaction,
    ),
    Check(
        "seals_recompute",
        "Every seal follows from its transactions and the seal before.",
        seals_recompute,
        SealRow,
    ),
)


def verify(session: Session | Connection, *, checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    """Run the checks over the whole books, in constant memory."""
    connection = connection_of(session)
    return [
        Finding(
            check.code,
            check.proves,
            connection.scalar(select(func.count()).select_from(check.walks)) or 0,
            check.find(connection),
        )
        for check in checks
    ]
