"""Deadlocks, serialisation failures and lost connections: the whole database transaction again, a few times."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

Answer = TypeVar("Answer")

MOST_ATTEMPTS = 5

# PostgreSQL: serialisation failure, deadlock, lock not available; then shutting down, crashed, starting up.
_RETRYABLE_STATES = frozenset(
    {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08006", "08003", "08001"}
)


def is_retryable(error: BaseException) -> bool:
    """Whether the same transaction with the same keys may succeed if it is simply tried again."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _RETRYABLE_STATES:
        return True
    words = str(error.orig)
    if isinstance(error, IntegrityError):
        # Two batches with the same key, too large to wait for each other; the second will be replayed.
        return "ledger_transactions_key" in words or "ledger_transactions.key" in words
    return (
        "database is locked" in words
        or "server closed the connection" in words
        or "connection failed" in words
    )


def with_retries(
    transaction: Callable[[], Answer],
    *,
    attempts: int = MOST_ATTEMPTS,
    wait: Callable[[float], None] = time.sleep,
    first_wait_seconds: float = 0.02,
) -> Answer:
    """Run a function that begins and commits its own database transaction; again if that may help.

    Safe because every posting carries a key: what was committed although nobody heard of it is replayed.
    """
    for attempt in range(1, attempts):
        try:
            return transaction()
        except DBAPIError as error:
            if not is_retryable(error):
                raise
        wait(first_wait_seconds * 2 ** (attempt - 1))
    return transaction()
