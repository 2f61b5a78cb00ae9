"""One look in place of four, on PostgreSQL: whole books are found whole, and whatever the exact checks name tips the scales."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ledger import ddl
from ledger.journal import post, post_batch
from ledger.models import Account, Entry
from ledger.seals import seal
from ledger.verify import verify
from ledger.weighing import found_whole
from tests.ledger.cast import LI, NOON, STRANGER, award, spend

SUMS, COMPLETE = "entries_sum_to_zero", "transactions_complete"
BALANCES, CHECKPOINTS = "balances_equal_entries", "checkpoints_equal_entries"
ALL = {SUMS, COMPLETE, BALANCES, CHECKPOINTS}
OF = "(SELECT id FROM ledger_accounts WHERE code = '{}')"


@pytest.fixture
def unguarded(session: Session) -> Session:
    """Two members, sealed and unsealed transactions; nobody guards them any longer."""
    post_batch(session, [award("a", LI, 10), award("b", STRANGER, 10), spend("c", LI, 4)])
    seal(session, at=NOON)
    post(session, award("d", LI, 3))
    session.flush()
    ddl.uninstall(session.connection())
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET session_replication_role = replica"))
    else:
        session.commit()
        session.connection().exec_driver_sql("COMMIT")
        session.connection().exec_driver_sql("PRAGMA foreign_keys = OFF")
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
    return session


def answered(session: Session) -> set[str]:
    """What the look answers on this engine; SQLite, whose entries lie sorted by transaction, needs no such look."""
    return set(found_whole(session.connection()))


def named(session: Session) -> set[str]:
    """Which of the four checks of `verify` name something."""
    return {finding.code for finding in verify(session) if finding.breaks} & ALL


def weighed(session: Session) -> set[str]:
    """The four where PostgreSQL looks, none on SQLite."""
    return ALL if session.get_bind().dialect.name == "postgresql" else set()


def test_whole_books_are_found_whole(unguarded: Session) -> None:
    assert answered(unguarded) == weighed(unguarded)
    assert named(unguarded) == set()


def test_empty_books_are_whole(session: Session) -> None:
    assert answered(session) == weighed(session)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        # Every account's sum stays: only by transaction can it be seen.
        (
            "UPDATE ledger_entries SET amount = amount + CASE transaction_id WHEN 1 THEN 5 ELSE -5 END "
            f"WHERE account_id = {OF.format(LI.code)} AND transaction_id IN (1, 4)",
            {SUMS},
        ),
        # Both transactions still sum to zero.
        (
            "UPDATE ledger_entries SET transaction_id = 2, line = line + 9 WHERE transaction_id = 1",
            {COMPLETE},
        ),
        ("UPDATE ledger_transactions SET lines = 3 WHERE id = 2", {COMPLETE}),
        ("DELETE FROM ledger_transactions WHERE id = 3", {COMPLETE}),
        ("UPDATE ledger_balances SET amount = amount + 1", {BALANCES}),
        (f"DELETE FROM ledger_balances WHERE account_id = {OF.format(STRANGER.code)}", {BALANCES}),
        ("UPDATE ledger_checkpoints SET amount = amount + 1", {CHECKPOINTS}),
        ("DELETE FROM ledger_checkpoints", {CHECKPOINTS}),
        (
            f"INSERT INTO ledger_checkpoints (account_id, seal_id, amount) VALUES ({OF.format(LI.code)}, 1, 0)",
            {CHECKPOINTS},
        ),
        ("DELETE FROM ledger_unsealed", {CHECKPOINTS}),
    ],
    ids=[
        "sums of accounts stay",
        "entries of another transaction",
        "lines",
        "a transaction away",
        "balances",
        "a balance away",
        "checkpoints",
        "no checkpoints",
        "a checkpoint beside a balance",
        "an empty queue",
    ],
)
def test_what_is_broken_tips_the_scales_and_is_named(
    unguarded: Session, statement: str, broken: set[str]
) -> None:
    unguarded.execute(text(statement))
    assert answered(unguarded) == weighed(unguarded) - broken
    assert named(unguarded) == broken


def test_the_largest_amounts_are_weighed_exactly(unguarded: Session) -> None:
    most = 2**63 - 1
    unguarded.execute(
        text(
            "UPDATE ledger_entries SET amount = CASE WHEN amount < 0 THEN -:most ELSE :most END WHERE transaction_id = 2"
        ),
        {"most": most},
    )
    assert answered(unguarded) & {SUMS, COMPLETE} == weighed(unguarded) & {SUMS, COMPLETE}
    one = select(Entry.line).join(Account).where(Entry.transaction_id == 2, Account.guarded)
    unguarded.execute(
        text("UPDATE ledger_entries SET amount = amount - 1 WHERE transaction_id = 2 AND line = :line"),
        {"line": unguarded.scalar(one)},
    )
    assert SUMS not in answered(unguarded)
    assert SUMS in named(unguarded)


def test_amounts_that_no_sum_can_hold_are_named_and_nothing_breaks_off(unguarded: Session) -> None:
    unguarded.execute(text("UPDATE ledger_entries SET amount = :most WHERE amount > 0"), {"most": 2**63 - 1})
    findings = {finding.code: finding.breaks for finding in verify(unguarded)}
    assert findings[BALANCES]
    assert findings[SUMS]
    assert findings["digests_follow"]
    assert findings["seals_recompute"] == []
