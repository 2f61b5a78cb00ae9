"""Rows that only a database prompt could write and that say what no other row says: refused, and named by `verify`."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import ddl
from ledger.balances import balance
from ledger.errors import UnknownAccount
from ledger.holds import reserve
from ledger.journal import post_batch
from ledger.seals import seal, seal_all
from tests.ledger.cast import ISSUED, LI, NOON, REDEEMED, award, spend
from tests.ledger.test_lots import DAY, KEEPER, give
from tests.ledger.test_replacements import on_sqlite
from tests.ledger.test_tampering import found

FORGED_BALANCE = (
    "INSERT INTO ledger_balances (account_id, amount, held) "
    f"SELECT id, 100000, 0 FROM ledger_accounts WHERE code = '{ISSUED.code}'"
)
FORGED_CHECKPOINT = (
    "INSERT INTO ledger_checkpoints (account_id, seal_id, amount) "
    f"SELECT id, 1, 5555 FROM ledger_accounts WHERE code = '{LI.code}'"
)
FORGED_LOT = (
    'INSERT INTO ledger_lots (transaction_id, line, account_id, amount, "left") '
    f"SELECT 1, 1, id, 1000, 1000 FROM ledger_accounts WHERE code = '{LI.code}'"
)
FOREIGN_MOVE = (
    "INSERT INTO ledger_lot_moves (transaction_id, line, lot_transaction_id, lot_line, amount, returns) "
    "VALUES (1, 0, 3, 1, 1, 4)"
)
FORGED = [
    (FORGED_BALANCE, "a balance begins at nothing", "balances_equal_entries",
     (f"account:{ISSUED.code}", "a row of its own is missing or misplaced")),
    (FORGED_CHECKPOINT, "has no checkpoints", "checkpoints_equal_entries",
     (f"account:{LI.code}", "has limits and a checkpoint, which would be counted as well")),
    (FORGED_LOT, "keeps no lots", "lots_follow_entries", ("lot:1.1", "lies on an account that keeps no lots")),
    (FOREIGN_MOVE, "an entry of its account", "lots_follow_entries",
     ("transaction:1", "moves a lot of another account")),
]  # fmt: skip


@pytest.fixture
def full(session: Session) -> Session:
    """Sealed and unsealed transactions, a lot that lapses and what was taken from it, a hold."""
    post_batch(session, [award("a", LI, 10), spend("s", LI, 4), give("l", 7, 30), spend("t", KEEPER, 2)])
    reserve(session, LI, LI.floor + 1, key="h", at=NOON, deadline=NOON + DAY, actor="li", subject="order:1")
    seal(session, at=NOON, largest=3)
    assert found(session) == {}
    return session


@pytest.mark.parametrize(("statement", "says", "_check", "_break"), FORGED)
def test_the_database_refuses_them(
    full: Session, statement: str, says: str, _check: str, _break: tuple[str, str]
) -> None:
    with pytest.raises(DBAPIError, match=says):
        full.execute(text(statement))


@pytest.mark.parametrize(("statement", "_says", "check", "named"), FORGED)
def test_with_the_triggers_gone_verify_names_them(
    full: Session, statement: str, _says: str, check: str, named: tuple[str, str]
) -> None:
    ddl.uninstall(full.connection())
    full.execute(text(statement))
    assert named in found(full)[check]


def test_verify_names_a_lapsing_lot_that_was_changed_for_an_eternal_one(full: Session) -> None:
    post_batch(full, [give("eternal", 5, None)])
    ddl.uninstall(full.connection())
    for statement in (
        "INSERT INTO ledger_lot_moves (transaction_id, line, lot_transaction_id, lot_line, amount, returns) "
        "VALUES (1, 0, 3, 1, 200, 4)",
        "INSERT INTO ledger_lot_moves (transaction_id, line, lot_transaction_id, lot_line, amount) "
        "VALUES (1, 1, 5, 1, -200)",
        'UPDATE ledger_lots SET "left" = "left" + 200 WHERE transaction_id = 3',
        'UPDATE ledger_lots SET "left" = "left" - 200 WHERE transaction_id = 5',
    ):
        full.execute(text(statement))
    assert ("transaction:1", "moves a lot of another account") in found(full)["lots_follow_entries"]


def test_verify_names_an_entry_that_its_lots_do_not_explain(full: Session) -> None:
    ddl.uninstall(full.connection())
    full.execute(text("UPDATE ledger_lot_moves SET amount = -100 WHERE transaction_id = 4"))
    assert ("transaction:4", "its lots do not explain the entry") in found(full)["lots_follow_entries"]


def test_verify_names_a_hold_that_its_posting_did_not_capture(full: Session) -> None:
    full.execute(text("UPDATE ledger_balances SET held = 0"))
    full.execute(
        text("UPDATE ledger_holds SET status = 'captured', captured = 100, transaction_id = 3, ended_at = held_at")
    )  # fmt: skip
    assert found(full) == {
        "holds_equal_balances": [("hold:1", "was captured by a posting that took something else")]
    }


def _slip_in(
    session: Session, number: int, amount: object, effective_at: str, reverses: int | None = None
) -> None:
    """A transaction with two entries, as somebody at a prompt would write it."""
    for line, sign, code in ((0, -1, ISSUED.code), (1, 1, REDEEMED.code)):
        session.execute(
            text(
                "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) "
                f"SELECT {number}, {line}, id, {sign} * {amount} FROM ledger_accounts WHERE code = '{code}'"
            )
        )
    session.execute(
        text(
            "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, "
            f"reverses, facts) SELECT {number}, 'slipped', digest, 'x', 2, {effective_at}, recorded_at, 'x', 'x', "
            f"{reverses or 'NULL'}, '{{}}' FROM ledger_transactions WHERE id = 1"
        )
    )


def test_verify_names_a_reversal_that_mirrors_nothing(full: Session) -> None:
    _slip_in(full, 90, 1, "recorded_at", reverses=1)
    _slip_of_a_reversal = ("transaction:90", "is not the mirror image of what it reverses")
    assert _slip_of_a_reversal in found(full)["reversals_mirror"]


def test_what_is_queued_again_does_not_stop_the_sealer_and_is_named(full: Session) -> None:
    full.execute(text("INSERT INTO ledger_unsealed (transaction_id) VALUES (1)"))
    assert [one.size for one in seal_all(full, at=NOON)] == [1]
    assert ("transaction:1", "is sealed and waits to be sealed again") in found(full)[
        "journal_sealed_or_queued"
    ]


@on_sqlite
@pytest.mark.parametrize("amount", ["9e999", "'abc'", "0.5", "1.0e300"])
def test_an_amount_that_is_no_whole_number_is_refused_and_named(full: Session, amount: str) -> None:
    with pytest.raises(DBAPIError, match="amounts are whole numbers"), full.begin_nested():
        full.execute(text(f"INSERT INTO ledger_entries VALUES (90, 0, 1, {amount}, NULL, NULL)"))
    with pytest.raises(DBAPIError, match="amounts are whole numbers"), full.begin_nested():
        full.execute(text(f"UPDATE ledger_balances SET amount = {amount}"))
    ddl.uninstall(full.connection())
    full.execute(text(f"INSERT INTO ledger_entries VALUES (90, 0, 1, {amount}, NULL, NULL)"))
    named = ("ledger_entries:90", "holds a value that is no amount, no time or no yes or no")
    assert named in found(full)["assets_keep_their_decimals"]


@on_sqlite
@pytest.mark.parametrize(
    "written", ["2026-03-02T12:00:00.000000", "2026-03-02 12:00:00", "2026-02-31 12:00:00.000000", "9"]
)
def test_a_time_that_is_not_written_in_full_is_refused_and_named(full: Session, written: str) -> None:
    with pytest.raises(DBAPIError, match="times are written in full"), full.begin_nested():
        _slip_in(full, 90, 1, f"'{written}'")
    ddl.uninstall(full.connection())
    _slip_in(full, 90, 1, f"'{written}'")
    named = ("ledger_transactions:90", "holds a value that is no amount, no time or no yes or no")
    assert named in found(full)["assets_keep_their_decimals"]


def test_an_account_with_limits_and_no_balance_takes_no_posting(full: Session) -> None:
    opened = text(
        "INSERT INTO ledger_accounts (code, asset, guarded, lots, status, opened_at) "
        "SELECT 'evil', asset, guarded, lots, status, opened_at FROM ledger_accounts WHERE code = :li"
    )
    full.execute(opened, {"li": LI.code})
    with pytest.raises(UnknownAccount):
        post_batch(full, [spend("out", "evil", 1)])
    assert ("account:evil", "a row of its own is missing or misplaced") in found(full)[
        "balances_equal_entries"
    ]
    assert balance(full, LI.code) == 6
