"""Whoever touches the books directly is refused by triggers; with the triggers gone, `verify` names what was touched."""

import hashlib
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import ddl
from ledger.accounts import open_accounts
from ledger.balances import balance
from ledger.ddl_sqlite import KEPT
from ledger.holds import reserve, void
from ledger.journal import post, post_batch
from ledger.limits import set_limits
from ledger.models import Period
from ledger.periods import close_period
from ledger.seals import seal
from ledger.verify import CHECKS, verify
from tests.ledger.cast import ISSUED, LI, NOON, REDEEMED, award, set_to, spend
from tests.ledger.tamperings import LATER_TAMPERINGS, TAMPERINGS
from tests.ledger.test_lots import DAY, KEEPER, give


@pytest.fixture
def full(session: Session) -> Session:
    """Books with one of everything: sealed and unsealed transactions, lots and a hold."""
    post_batch(session, [award("a", LI, 10), spend("s", LI, 4), give("l", 7, 30), spend("t", KEEPER, 2)])
    reserve(session, LI, LI.floor + 1, key="h", at=NOON, deadline=NOON + DAY, actor="li", subject="order:1")
    seal(session, at=NOON, largest=3)
    return session


def found(session: Session) -> dict[str, list[tuple[str, str]]]:
    """What verify finds, by check."""
    return {
        finding.code: [(one.subject, one.says) for one in finding.breaks]
        for finding in verify(session)
        if finding.breaks
    }


def test_sound_books_verify(full: Session) -> None:
    findings = verify(full)
    assert [finding.code for finding in findings] == [check.code for check in CHECKS]
    assert not any(finding.breaks for finding in findings)
    assert {finding.code: finding.examined for finding in findings}["digests_follow"] == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = amount + 1",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_transactions SET actor = 'nobody'",
        "DELETE FROM ledger_transactions",
        "UPDATE ledger_assets SET scale = 3",
        "UPDATE ledger_accounts SET code = 'x' || code",
        "UPDATE ledger_accounts SET asset = 'TIME'",
        "DELETE FROM ledger_accounts",
        "UPDATE ledger_accounts SET status = 'closed'",
        "DELETE FROM ledger_balances",
        "UPDATE ledger_lots SET amount = amount + 1",
        "DELETE FROM ledger_lots",
        "UPDATE ledger_lot_moves SET amount = amount - 1",
        "DELETE FROM ledger_lot_moves",
        "UPDATE ledger_holds SET amount = 1",
        "UPDATE ledger_holds SET deadline = held_at",
        "DELETE FROM ledger_holds",
        "UPDATE ledger_seals SET size = 1",
        "DELETE FROM ledger_seals",
        "UPDATE ledger_seal_leaves SET position = 9",
        "DELETE FROM ledger_seal_leaves",
        "UPDATE ledger_checkpoints SET amount = 0",
        "UPDATE ledger_balances SET amount = -1",
        "UPDATE ledger_balances SET held = -1",
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (1, 2, 1, 5)",
    ],
)
def test_touching_the_books_directly_is_refused(full: Session, statement: str) -> None:
    with pytest.raises(DBAPIError):
        full.execute(text(statement))


def test_an_ended_hold_cannot_be_revived(full: Session) -> None:
    void(full, 1, at=NOON)
    with pytest.raises(DBAPIError):
        full.execute(text("UPDATE ledger_holds SET status = 'held'"))


# REPLACE is a word of SQLite alone.
on_sqlite = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)


@pytest.fixture
def fuller(full: Session) -> Session:
    """With a row in every table that is kept."""
    set_limits(
        full, LI.code, floor=Decimal(0), ceiling=Decimal(900), at=NOON, actor="office", reason="a gift"
    )
    for code, status in ((LI.code, "closed"), (LI.code, "open"), (REDEEMED.code, "closed")):
        set_to(full, code, status)
    close_period(full, closed_until=NOON + DAY / 24, at=NOON + DAY, actor="auditor")
    assert all(full.scalar(select(func.count()).select_from(table)) for table in KEPT)
    return full


@pytest.mark.parametrize(
    "change", ["floor = -1000000", "floor = NULL", "ceiling = 5", "account_id = account_id + 90"]
)
def test_limits_do_not_change_without_their_record(full: Session, change: str) -> None:
    set_limits(
        full, LI.code, floor=Decimal(0), ceiling=Decimal(900), at=NOON, actor="office", reason="a gift"
    )
    with pytest.raises(DBAPIError, match="ledger: "):
        full.execute(text(f"UPDATE ledger_balances SET {change}"))


def insert_transaction(session: Session, amounts: list[int], lines: int) -> None:
    """Write a transaction by hand, entries first, as the ledger does."""
    open_accounts(session, [ISSUED, LI], at=NOON)
    for line, amount in enumerate(amounts):
        session.execute(
            text(
                "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) "
                "SELECT 77, :line, id, :amount FROM ledger_accounts WHERE code = :code"
            ),
            {"line": line, "amount": amount, "code": (ISSUED, LI)[line % 2].code},
        )
    values = {"digest": hashlib.sha256(b"").digest(), "at": "2026-03-02 12:00:00.000000", "lines": lines}
    if session.get_bind().dialect.name == "postgresql":
        values["at"] += "+00"
    session.execute(
        text(
            "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, "
            "facts) VALUES (77, 'x', :digest, 'x', :lines, :at, :at, 'x', 'x', '{}')"
        ),
        values,
    )


@pytest.mark.parametrize(
    ("amounts", "lines"),
    [([-5, 4], 2), ([-5, 5], 3), ([-5], 1), ([], 2), ([-5], 2)],
    ids=["not zero", "a line short", "one line", "no lines", "half"],
)
def test_a_transaction_that_is_not_whole_cannot_be_closed(
    session: Session, amounts: list[int], lines: int
) -> None:
    with pytest.raises(DBAPIError):
        insert_transaction(session, amounts, lines)


def test_a_whole_transaction_can_be_closed_and_then_nothing_is_added(session: Session) -> None:
    insert_transaction(session, [-5, 5], 2)
    with pytest.raises(DBAPIError, match="the transaction is closed"):
        session.execute(
            text("INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (77, 2, 1, 5)")
        )


def test_entries_without_a_transaction_do_not_survive_the_commit(session: Session) -> None:
    open_accounts(session, [LI], at=NOON)
    session.execute(
        text("INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (77, 0, 1, 5)")
    )
    with pytest.raises(DBAPIError):
        session.commit()


@pytest.mark.parametrize(
    ("statement", "check", "named"),
    [tampering[1:] for tampering in TAMPERINGS],
    ids=[tampering[0] for tampering in TAMPERINGS],
)
def test_with_the_triggers_gone_verify_names_what_was_touched(
    full: Session, statement: str, check: str, named: tuple[str, str]
) -> None:
    connection = full.connection()
    ddl.uninstall(connection)
    _without_foreign_keys(full, lambda: full.execute(text(_for_this_engine(full, statement))))
    assert named in found(full)[check]


@pytest.mark.parametrize(
    ("statements", "check", "named"),
    [tampering[1:] for tampering in LATER_TAMPERINGS],
    ids=[tampering[0] for tampering in LATER_TAMPERINGS],
)
def test_with_the_triggers_gone_verify_names_what_was_touched_later(
    fuller: Session, statements: str, check: str, named: tuple[str, str]
) -> None:
    assert found(fuller) == {}
    ddl.uninstall(fuller.connection())
    _without_foreign_keys(
        fuller, lambda: [fuller.execute(text(statement)) for statement in statements.split("; ")]
    )
    assert named in found(fuller)[check]


def test_a_close_that_leaves_out_what_took_effect_later_is_named(session: Session) -> None:
    """Balances of later days look at nothing before its first number, so they would be short of it."""
    days = (0, 40, 1, 70)
    for number, day in enumerate(days):
        post(session, award(f"a{number}", LI, 1, at=NOON + day * DAY, recorded_at=NOON + 90 * DAY))
    for day in (30, 60):
        close_period(session, closed_until=NOON + day * DAY, at=NOON + 90 * DAY, actor="auditor")
    assert session.scalars(select(Period.first_id).order_by(Period.id)).all() == [2, 4]
    assert balance(session, LI.code, at=NOON + 50 * DAY) == 3
    assert found(session) == {}
    ddl.uninstall(session.connection())
    session.execute(text("UPDATE ledger_periods SET first_id = 3 WHERE id = 1"))
    assert balance(session, LI.code, at=NOON + 50 * DAY) == 2
    assert found(session) == {"periods_recompute": [("period:1", "leaves out what took effect later")]}
    (told,) = [finding for finding in verify(session) if finding.breaks]
    assert told.breaks[0].facts == {"first_id": 3, "earlier": 2}


@on_sqlite
def test_a_hole_in_the_numbers_is_named(session: Session) -> None:
    """The transaction is gone with its entries and its place in the queue, and the balances were made to fit."""
    post_batch(session, [award("a", LI, 10), award("b", LI, 5)])
    ddl.uninstall(session.connection())

    def remove() -> None:
        for statement in (
            "DELETE FROM ledger_entries WHERE transaction_id = 1",
            "DELETE FROM ledger_transactions WHERE id = 1",
            "DELETE FROM ledger_unsealed WHERE transaction_id = 1",
            "UPDATE ledger_balances SET amount = 500",
            "UPDATE ledger_entries SET balance_after = 500 WHERE balance_after IS NOT NULL",
        ):
            session.execute(text(statement))

    _without_foreign_keys(session, remove)
    assert found(session) == {"numbers_have_no_holes": [("transaction:1", "is missing in the numbers")]}


def test_only_a_published_head_tells_that_the_chain_was_rewritten(full: Session) -> None:
    """Everything after the first seal is cut away, balances made to fit: the books agree with themselves."""
    first = seal(full, at=NOON)
    post(full, award("z", LI, 1))
    published = seal(full, at=NOON)
    assert first is not None
    assert published is not None
    assert not any(finding.breaks for finding in verify(full, head=published.head, heads=[first.head]))
    ddl.uninstall(full.connection())

    def cut() -> None:
        for statement in (
            "DELETE FROM ledger_checkpoints WHERE seal_id = 3",
            "DELETE FROM ledger_seal_leaves WHERE seal_id = 3",
            "DELETE FROM ledger_seals WHERE id = 3",
            "DELETE FROM ledger_entries WHERE transaction_id = 5",
            "DELETE FROM ledger_transactions WHERE id = 5",
            "UPDATE ledger_balances SET amount = amount - 100 WHERE account_id IN "
            "(SELECT id FROM ledger_accounts WHERE code = 'member:li:points')",
        ):
            full.execute(text(statement))

    _without_foreign_keys(full, cut)
    assert found(full) == {}
    (told,) = [finding for finding in verify(full, head=published.head) if finding.breaks]
    assert told.code == "heads_are_among_seals"
    assert told.breaks[0].subject == f"head:{published.head.hex()}"
    assert not any(finding.breaks for finding in verify(full, head=first.head))


@on_sqlite
def test_orphaned_entries_from_a_prompt_do_not_stop_posting(session: Session) -> None:
    post(session, award("a", LI, 10))
    _without_foreign_keys(
        session,
        lambda: session.execute(
            text("INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (2, 7, 1, 5)")
        ),
    )
    with pytest.raises(RuntimeError, match="foreign_keys=ON"):
        post(session, award("b", LI, 1))
    session.commit()
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("COMMIT")
    driver.execute("PRAGMA foreign_keys = ON")
    driver.execute("BEGIN IMMEDIATE")
    assert post(session, award("b", LI, 1)).id == 3
    assert ("transaction:2", "entries without their transaction") in found(session)["transactions_complete"]


def test_a_balance_beyond_its_limits_is_named(full: Session) -> None:
    """Only possible where the constraint was dropped as well."""
    if full.get_bind().dialect.name == "sqlite":
        full.execute(text("PRAGMA ignore_check_constraints = ON"))
    else:
        full.execute(text("ALTER TABLE ledger_balances DROP CONSTRAINT ck_ledger_balances_floor"))
    full.execute(text("UPDATE ledger_balances SET amount = -1"))
    assert ("account:member:li:points", "balance is outside its limits") in found(full)["floors_hold"]


def test_a_missing_seal_is_named(full: Session) -> None:
    seal(full, at=NOON)
    post(full, award("z", LI, 1))
    seal(full, at=NOON)
    ddl.uninstall(full.connection())
    _without_foreign_keys(full, lambda: full.execute(text("DELETE FROM ledger_seals WHERE id = 2")))
    says = found(full)["seals_recompute"]
    assert ("seal:2", "is missing") in says
    assert ("seal:3", "is not chained to the seal before") in says


def _for_this_engine(session: Session, statement: str) -> str:
    moved = (
        "'2026-03-02 12:00:00.000001'"
        if session.get_bind().dialect.name == "sqlite"
        else "effective_at + interval '1 microsecond'"
    )
    return statement.replace("recorded_at_changed", moved)


def _without_foreign_keys(session: Session, tamper: Callable[[], object]) -> None:
    """Whoever owns the database can also silence its foreign keys."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET session_replication_role = replica"))
        tamper()
        session.execute(text("SET session_replication_role = DEFAULT"))
        return
    session.commit()
    connection = session.connection().connection.driver_connection
    assert connection is not None
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    tamper()
