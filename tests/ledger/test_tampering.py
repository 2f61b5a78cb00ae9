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
from ledger.ddl_sqlite import KEPT
from ledger.holds import reserve, void
from ledger.journal import post, post_batch, reverse
from ledger.limits import set_limits
from ledger.models import Base, Unsealed
from ledger.periods import close_period
from ledger.seals import seal
from ledger.verify import CHECKS, verify
from tests.ledger.cast import ISSUED, LI, NOON, award, spend
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


# Another row under the same key of each table: (table, what it replaces, by which key).
REPLACEMENTS: list[tuple[str, str]] = [
    ("ledger_accounts", "9, code, asset, guarded, lots, 'closed', opened_at"),
    ("ledger_accounts", "id, 'x', asset, guarded, lots, 'closed', opened_at"),
    ("ledger_assets", "code, 3"),
    ("ledger_balances", "account_id, amount, held, -1000000, ceiling"),
    ("ledger_checkpoints", "account_id, seal_id, amount * 100"),
    ("ledger_entries", "transaction_id, line, account_id, amount, balance_after, expires_at"),
    ("ledger_holds", "99, key, account_id, amount, status, held_at, '2099-01-01 00:00:00.000000', ended_at, captured, "
                     "transaction_id, actor, 'forged', facts"),
    ("ledger_holds", "id, 'other', account_id, amount, status, held_at, deadline, ended_at, captured, "
                     "transaction_id, actor, 'forged', facts"),
    ("ledger_limit_changes", "id, account_id, floor_before, ceiling_before, floor, ceiling, changed_at, 'x', 'x'"),
    ("ledger_lot_moves", "transaction_id, line, lot_transaction_id, lot_line, amount - 1, returns"),
    ("ledger_lots", "transaction_id, line, account_id, '2099-01-01 00:00:00.000000', amount, \"left\""),
    ("ledger_period_balances", "account_id, period_id, amount * 100"),
    ("ledger_periods", "id, '2001-01-01 00:00:00.000000', closed_at, actor, first_id"),
    ("ledger_periods", "99, closed_until, closed_at, 'x', first_id"),
    ("ledger_seals", "id, size, root, previous, x'00', sealed_at"),
    ("ledger_seals", "99, size, root, previous, head, sealed_at"),
    ("ledger_seal_leaves", "transaction_id, seal_id, position + 9, leaf"),
    ("ledger_seal_leaves", "transaction_id + 90, seal_id, position, leaf"),
    ("ledger_transactions", "id, 'x', digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts"),
    ("ledger_transactions", "id + 90, key, digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts"),
]  # fmt: skip


@pytest.fixture
def fuller(full: Session) -> Session:
    """With a row in every table that is kept."""
    set_limits(
        full, LI.code, floor=Decimal(0), ceiling=Decimal(900), at=NOON, actor="office", reason="a gift"
    )
    close_period(full, closed_until=NOON + DAY / 24, at=NOON + DAY, actor="auditor")
    assert all(full.scalar(select(func.count()).select_from(table)) for table in KEPT)
    return full


def test_every_kept_table_has_its_replacement_tried() -> None:
    assert {table for table, _ in REPLACEMENTS} == {table.name for table in KEPT}
    assert {mapper.local_table for mapper in Base.registry.mappers} == {*KEPT, Unsealed.__table__}


@on_sqlite
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
@pytest.mark.parametrize(
    ("table", "row"), REPLACEMENTS, ids=[f"{table}-{row[:12]}" for table, row in REPLACEMENTS]
)
def test_sqlite_cannot_replace_its_way_around_the_triggers(
    fuller: Session, verb: str, table: str, row: str
) -> None:
    columns = ", ".join(f'"{column.name}"' for column in Base.metadata.tables[table].columns)
    with pytest.raises(DBAPIError, match="ledger: "):
        fuller.execute(text(f"{verb} INTO {table} ({columns}) SELECT {row} FROM {table} LIMIT 1"))


@on_sqlite
@pytest.mark.parametrize(
    ("table", "columns", "row"),
    [
        ("ledger_assets", "rowid, code, scale", "rowid, 'OTHER', 3"),
        ("ledger_checkpoints", "rowid, account_id, seal_id, amount", "rowid, account_id + 90, seal_id, 1"),
        ("ledger_period_balances", "rowid, account_id, period_id, amount", "rowid, account_id + 90, period_id, 1"),
        ("ledger_lots", 'rowid, transaction_id, line, account_id, amount, "left"', "rowid, 90, 0, account_id, 1, 1"),
        ("ledger_lot_moves", "rowid, transaction_id, line, lot_transaction_id, lot_line, amount", "rowid, 90, 0, 1, 1, -1"),
    ],
)  # fmt: skip
def test_nor_by_the_number_that_sqlite_gives_a_row(
    fuller: Session, table: str, columns: str, row: str
) -> None:
    with pytest.raises(DBAPIError, match="is append-only"):
        fuller.execute(text(f"REPLACE INTO {table} ({columns}) SELECT {row} FROM {table} LIMIT 1"))


@on_sqlite
@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_balances", "ledger_holds", "ledger_lots"])
def test_nor_does_an_update_push_another_row_aside(fuller: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match="ledger: "):
        fuller.execute(text(f"UPDATE OR REPLACE {table} SET rowid = rowid + 1"))


@on_sqlite
def test_a_replacement_does_not_remove_a_reversal(full: Session) -> None:
    reverse(full, 4, key="r", at=NOON, recorded_at=NOON, actor="x", reason="y")
    columns = "digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts"
    with pytest.raises(DBAPIError, match="is append-only"):
        full.execute(
            text(
                f"REPLACE INTO ledger_transactions (id, key, {columns}) SELECT 9, 'zz', {columns} "
                "FROM ledger_transactions WHERE id = 5"
            )
        )


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


TAMPERINGS: list[tuple[str, str, str, tuple[str, str]]] = [
    (
        "an amount",
        "UPDATE ledger_entries SET amount = amount * 2 WHERE transaction_id = 2",
        "digests_follow",
        ("transaction:2", "was altered"),
    ),
    (
        "the actor",
        "UPDATE ledger_transactions SET actor = 'somebody' WHERE id = 1",
        "digests_follow",
        ("transaction:1", "was altered"),
    ),
    (
        "the effective time by a microsecond",
        "UPDATE ledger_transactions SET effective_at = recorded_at_changed WHERE id = 4",
        "digests_follow",
        ("transaction:4", "was altered"),
    ),
    (
        "an expiry",
        "UPDATE ledger_entries SET expires_at = NULL WHERE transaction_id = 3",
        "digests_follow",
        ("transaction:3", "was altered"),
    ),
    (
        "the code of an account",
        "UPDATE ledger_accounts SET code = 'member:thief:points' WHERE code = 'member:li:points'",
        "digests_follow",
        ("transaction:1", "was altered"),
    ),
    (
        "the digest too",
        "UPDATE ledger_transactions SET digest = (SELECT digest FROM ledger_transactions WHERE id = 1) WHERE id = 2",
        "seals_recompute",
        ("transaction:2", "differs from what was sealed"),
    ),
    (
        "the leaf",
        "UPDATE ledger_seal_leaves SET leaf = (SELECT head FROM ledger_seals WHERE id = 1) WHERE transaction_id = 2",
        "seals_recompute",
        ("seal:1", "root does not follow from its transactions"),
    ),
    (
        "a seal",
        "UPDATE ledger_seals SET root = previous",
        "seals_recompute",
        ("seal:1", "head does not follow from its parts"),
    ),
    (
        "a sealed transaction away",
        "DELETE FROM ledger_transactions WHERE id = 1",
        "journal_sealed_or_queued",
        ("transaction:1", "was removed"),
    ),
    (
        "an unsealed transaction away",
        "DELETE FROM ledger_transactions WHERE id = 4",
        "journal_sealed_or_queued",
        ("transaction:4", "was removed"),
    ),
    (
        "an entry away",
        "DELETE FROM ledger_entries WHERE transaction_id = 1 AND line = 0",
        "transactions_complete",
        ("transaction:1", "entries are missing or added"),
    ),
    (
        "an entry in",
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (2, 5, 1, 7)",
        "entries_sum_to_zero",
        ("transaction:2", "entries do not sum to zero"),
    ),
    (
        "entries without a transaction",
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (99, 0, 1, 7)",
        "transactions_complete",
        ("transaction:99", "entries without their transaction"),
    ),
    (
        "a transaction in",
        "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, facts) "
        "SELECT 50, 'x', digest, kind, lines, effective_at, recorded_at, actor, subject, facts "
        "FROM ledger_transactions WHERE id = 1",
        "journal_sealed_or_queued",
        ("transaction:50", "was inserted behind the ledger's back"),
    ),
    (
        "a balance",
        "UPDATE ledger_balances SET amount = amount + 100",
        "balances_equal_entries",
        ("account:member:li:points", "balance differs from its entries"),
    ),
    (
        "what is held",
        "UPDATE ledger_balances SET held = 0",
        "holds_equal_balances",
        ("account:member:li:points", "held amount differs from the holds"),
    ),
    (
        "what is left of a lot",
        'UPDATE ledger_lots SET "left" = 6',
        "lots_equal_balances",
        ("account:member:li:lapsing", "lots differ from the balance"),
    ),
    (
        "a lot's move",
        "UPDATE ledger_lot_moves SET amount = -1",
        "lots_equal_balances",
        ("lot:3.1", "what is left of a lot does not follow from its entry and what was taken"),
    ),
    (
        "a checkpoint",
        "UPDATE ledger_checkpoints SET amount = 0",
        "checkpoints_equal_entries",
        ("account:org:1:issued", "checkpoint differs from its entries"),
    ),
    (
        "a running balance",
        "UPDATE ledger_entries SET balance_after = balance_after + 1 WHERE transaction_id = 2",
        "running_balances_follow",
        ("account:member:li:points", "running balances do not follow"),
    ),
    (
        "a running balance where there is none",
        "UPDATE ledger_entries SET balance_after = 5 WHERE transaction_id = 1 AND balance_after IS NULL",
        "running_balances_follow",
        ("account:org:1:issued", "running balances do not follow"),
    ),
    (
        "the decimals of an asset",
        "UPDATE ledger_assets SET scale = 3",
        "assets_keep_their_decimals",
        ("asset:POINTS", "is kept in other decimals"),
    ),
    (
        "when a lot lapses",
        "UPDATE ledger_lots SET expires_at = NULL",
        "lots_follow_entries",
        ("lot:3.1", "does not lapse when its entry says, or not on its account"),
    ),
    (
        "a floor of an account with lots",
        "UPDATE ledger_balances SET floor = -1000000",
        "limits_follow_changes",
        ("account:member:li:lapsing", "keeps lots and may owe"),
    ),
]

# The same on books that were closed and where a limit was changed.
LATER_TAMPERINGS: list[tuple[str, str, str, tuple[str, str]]] = [
    (
        "a balance at a close",
        "UPDATE ledger_period_balances SET amount = amount * 100",
        "periods_recompute",
        ("period:1", "balance at the close differs from its entries"),
    ),
    (
        "the balances at a close away",
        "DELETE FROM ledger_period_balances",
        "periods_recompute",
        ("period:1", "balance at the close differs from its entries"),
    ),
    (
        "the moment of a close",
        "UPDATE ledger_periods SET closed_until = '2001-01-01 00:00:00.000000'",
        "periods_recompute",
        ("period:1", "balance at the close differs from its entries"),
    ),
    (
        "a floor",
        "UPDATE ledger_balances SET floor = -1000000",
        "limits_follow_changes",
        ("account:member:li:points", "limits are not those of the last change"),
    ),
    (
        "an unsealed transaction with everything of it",
        "DELETE FROM ledger_unsealed WHERE transaction_id = 4; DELETE FROM ledger_entries WHERE transaction_id = 4; "
        "DELETE FROM ledger_transactions WHERE id = 4",
        "balances_equal_entries",
        ("account:member:li:lapsing", "balance differs from its entries"),
    ),
]


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
