"""Recompute everything: one explicit list of checks, each saying what it proves, how much it looked at, what broke."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session

from ledger import audit, verify_kept, verify_rows, weighing
from ledger.audit import Break
from ledger.engines import connection_of
from ledger.models import (
    Account,
    AssetRow,
    Balance,
    Entry,
    HoldRow,
    LimitChange,
    Lot,
    PeriodBalance,
    SealRow,
    Transaction,
)
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
        "What is held is the sum of the standing holds, and what was captured was taken.",
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
    Check(
        "running_balances_follow",
        "The running balance of every entry follows from the one before.",
        verify_kept.running_balances_follow,
        Entry,
    ),
    Check(
        "lots_follow_entries",
        "Every lot lapses when the entry that made it says, and is moved by entries of its account alone.",
        verify_rows.lots_follow_entries,
        Lot,
    ),
    Check(
        "limits_follow_changes",
        "Limits that were changed are those of their last change.",
        verify_kept.limits_follow_changes,
        LimitChange,
    ),
    Check(
        "status_follows_changes",
        "Accounts are open or closed as their last change says.",
        verify_kept.status_follows_changes,
        Account,
    ),
    Check(
        "periods_recompute",
        "What was kept when the books were closed follows from the journal.",
        verify_kept.periods_recompute,
        PeriodBalance,
    ),
    Check(
        "assets_keep_their_decimals",
        "Points, time and goods are kept in their own decimals, as whole numbers.",
        verify_rows.assets_keep_their_decimals,
        AssetRow,
    ),
    Check(
        "reversals_mirror",
        "Every reversal is the mirror image of what it reverses.",
        verify_rows.reversals_mirror,
        Transaction,
    ),
    Check(
        "numbers_have_no_holes",
        "SQLite's numbers of transactions have no holes.",
        verify_kept.numbers_have_no_holes,
        Transaction,
    ),
)


def _found(check: Check, connection: Connection) -> list[Break]:
    try:
        with connection.begin_nested():
            return check.find(connection)
    except (TypeError, ValueError, ArithmeticError) as error:
        # Something that is no number stands where one belongs; `assets_keep_their_decimals` says where.
        return [Break("books", "cannot be computed", {"error": str(error)})]
    except (DataError, OperationalError) as error:
        # Amounts that nobody can have, which add up to more than the database can hold.
        if isinstance(error, OperationalError) and "overflow" not in str(error.orig):
            raise
        return [Break("books", "cannot be computed", {"error": str(error.orig)})]


def verify(
    session: Session | Connection,
    *,
    checks: tuple[Check, ...] = CHECKS,
    head: bytes | None = None,
    heads: Iterable[bytes] = (),
) -> list[Finding]:
    """Run the checks over the whole books, in constant memory.

    The checks are many questions: on PostgreSQL call it in a transaction that is REPEATABLE READ, or what is posted
    meanwhile looks like a difference. `head` (or several `heads`) is what was published before: whoever owns the
    database can rewrite or cut the whole chain so that it agrees with itself, and only such a head tells.
    """
    connection = connection_of(session)
    published = [*([] if head is None else [head]), *heads]
    compared = [
        Finding(
            "heads_are_among_seals",
            "Every published head is one of the chain's.",
            len(published),
            [one for each in published for one in verify_kept.head_is_among_seals(connection, each)],
        )
    ]
    weighable = sum(check.code in weighing.CODES for check in checks)
    answered = weighing.found_whole(connection) if weighable > 1 else frozenset[str]()
    rows = {
        walked: connection.scalar(select(func.count()).select_from(walked)) or 0
        for walked in {check.walks for check in checks}
    }
    return [
        Finding(
            check.code,
            check.proves,
            rows[check.walks],
            [] if check.code in answered else _found(check, connection),
        )
        for check in checks
    ] + (compared if published else [])
