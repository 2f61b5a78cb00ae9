"""How other ledgers fail, one test by name for each: the list of failures that were found in systems of this kind."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import audit
from ledger.amounts import POINTS
from ledger.balances import available, balance, statement
from ledger.errors import (
    AlreadyReversed,
    AmountInvalid,
    CannotReverseReversal,
    CeilingExceeded,
    HoldEnded,
    HoldLapsed,
    InsufficientBalance,
    LedgerError,
)
from ledger.holds import capture, lapse_holds, reserve
from ledger.journal import AccountSpec, post, post_batch, reverse
from ledger.lots import lapse
from ledger.models import Entry, Transaction
from ledger.reports import outstanding_by_age, totals, trial_balance
from ledger.verify import verify
from tests.ledger.cast import ISSUED, LI, NOON, STRANGER, ZERO, award, move, points_of, spend
from tests.ledger.test_lots import DAY, EXPIRED, KEEPER, give
from tests.ledger.test_races import at_once, commit, sound


def test_a_destroyed_transfer_leaves_balances_wrong_elsewhere_and_is_refused_here(session: Session) -> None:
    post(session, award("a", LI, 10))
    for table in ("ledger_entries", "ledger_transactions"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(f"DELETE FROM {table}"))
    assert balance(session, LI.code) == 10
    assert not audit.balances_equal_entries(session)


def test_limits_that_only_warn_are_limits_that_refuse_here(session: Session) -> None:
    narrow = AccountSpec("member:narrow:points", POINTS, ZERO, Decimal(5))
    post(session, award("a", narrow, 5))
    with pytest.raises(CeilingExceeded):
        post(session, award("b", narrow, "0.01"))
    with pytest.raises(InsufficientBalance):
        post(session, spend("c", narrow, "5.01"))
    for change in ("amount = amount + 1", "amount = -1"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(f"UPDATE ledger_balances SET {change}"))
    assert balance(session, narrow.code) == 5


def test_statistics_that_disagree_with_the_ledger_cannot_be_for_they_are_read_from_it(
    session: Session,
) -> None:
    post_batch(session, [award("a", LI, 10), award("b", STRANGER, 7), spend("c", LI, 4)])
    outstanding = balance(session, LI.code) + balance(session, STRANGER.code)
    bands = outstanding_by_age(session, POINTS, at=NOON + 40 * DAY)
    assert sum(band.amount for band in bands) == outstanding == 13
    assert {line.account: line.balance for line in trial_balance(session)}[LI.code] == 6
    entries = session.scalar(select(func.sum(Entry.amount)))
    assert entries == 0


def test_no_way_to_reverse_is_one_call_here(session: Session) -> None:
    wrong = post(session, award("a", LI, 10))
    said = {"at": NOON, "recorded_at": NOON, "actor": "x", "reason": "mistake"}
    reverse(session, wrong.id, key="r", **said)
    assert balance(session, LI.code) == balance(session, ISSUED.code) == 0
    with pytest.raises(AlreadyReversed):
        reverse(session, wrong.id, key="r2", **said)


def test_the_sum_of_the_log_differs_from_the_balance_because_freezing_writes_no_log_but_not_here(
    session: Session,
) -> None:
    post(session, award("a", LI, 10))
    frozen = reserve(
        session, LI, Decimal(6), key="h", at=NOON, deadline=NOON + DAY, actor="li", subject="o:1"
    )
    log = sum(line.amount for line in statement(session, LI.code))
    assert log == balance(session, LI.code) == 10
    assert available(session, LI.code) == 4
    capture(session, frozen.id, spend("s", LI, 6))
    assert sum(line.amount for line in statement(session, LI.code)) == balance(session, LI.code) == 4
    assert not audit.holds_equal_balances(session)


def test_a_balance_read_changed_and_written_back_loses_no_update(books: Engine) -> None:
    commit(books, lambda session: post(session, award("a", LI, 100)))
    acts: list[Callable[[Session], Any]] = [
        lambda session, n=n: post(session, spend(f"s{n}", LI, n + 1)) for n in range(8)
    ]
    at_once(books, acts)
    with Session(books) as session:
        assert balance(session, LI.code) == 100 - sum(range(1, 9))
    assert sound(books)


def test_a_default_limit_under_which_the_first_trade_fails_is_no_default_here(session: Session) -> None:
    one, other = AccountSpec("new:1", POINTS), AccountSpec("new:2", POINTS, ZERO)
    post(session, move("first", one, other, 1))
    post(session, move("second", other, one, 1))
    assert balance(session, one.code) == 0


def test_a_reversal_of_a_reversal_is_refused(session: Session) -> None:
    said = {"at": NOON, "recorded_at": NOON, "actor": "x", "reason": "mistake"}
    undone = reverse(session, post(session, award("a", LI, 1)).id, key="r", **said)
    with pytest.raises(CannotReverseReversal):
        reverse(session, undone.id, key="rr", **said)


@pytest.mark.parametrize("lapsed", [False, True])
def test_a_hold_captured_twice_or_after_it_lapsed_is_refused(session: Session, lapsed: bool) -> None:
    post(session, award("a", LI, 10))
    held = reserve(session, LI, Decimal(6), key="h", at=NOON, deadline=NOON + DAY, actor="li", subject="o:1")
    if lapsed:
        with pytest.raises(HoldLapsed):
            capture(session, held.id, spend("s", LI, 6, at=NOON + DAY))
        lapse_holds(session, at=NOON + DAY)
        with pytest.raises(HoldLapsed):
            capture(session, held.id, spend("s", LI, 6))
    else:
        capture(session, held.id, spend("s", LI, 6))
        with pytest.raises(HoldEnded):
            capture(session, held.id, spend("again", LI, 1))
    assert balance(session, LI.code) == (10 if lapsed else 4)


def test_lapsed_points_are_not_spent_by_a_race_with_the_job(books: Engine) -> None:
    commit(books, lambda session: post(session, give("a", 5, 10)))
    after = NOON + 11 * DAY

    def job(session: Session) -> str:
        return f"{len(lapse(session, at=after, recorded_at=after, actor='job', to=lambda _: EXPIRED))} lapsed"

    spenders = [
        lambda session, n=n: post(session, spend(f"s{n}", KEEPER, 1, at=after)).kind for n in range(3)
    ]
    answers = at_once(books, [job, *spenders, job])
    assert sorted(answers) == ["0 lapsed", "1 lapsed", *["insufficient_balance"] * 3]
    assert sound(books)


def test_an_entry_added_to_a_posted_transaction_is_refused(session: Session) -> None:
    posted = post(session, award("a", LI, 1))
    session.flush()
    adding = text(
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) "
        "SELECT :number, 2, id, 100 FROM ledger_accounts WHERE code = :code"
    )
    with pytest.raises(DBAPIError, match="closed"), session.begin_nested():
        session.execute(adding, {"number": posted.id, "code": LI.code})


def test_a_batch_half_posted_cannot_be(session: Session) -> None:
    drafts = [award("a", LI, 5), spend("b", LI, 2), spend("c", LI, 4), award("d", LI, 5)]
    with pytest.raises(InsufficientBalance) as refusal:
        post_batch(session, drafts)
    assert refusal.value.facts["key"] == "c"
    assert session.scalar(select(func.count()).select_from(Transaction)) == 0
    assert balance(session, LI.code) == 0


def test_the_account_row_that_does_not_exist_yet_and_so_is_not_locked_is_made_and_locked(
    books: Engine,
) -> None:
    newcomer = points_of("newcomer")
    acts: list[Callable[[Session], Any]] = [
        lambda session, n=n: post_batch(session, [award(f"a{n}", newcomer, 1), spend(f"s{n}", newcomer, 1)])
        for n in range(6)
    ]
    at_once(books, acts)
    with Session(books) as session:
        assert balance(session, newcomer.code) == 0
        assert [line.amount for line in statement(session, newcomer.code)] == [-1, 1] * 6
    assert sound(books)


_ODD: list[tuple[str, Any]] = [
    ("negative zero", Decimal("-0")),
    ("0.1 + 0.2", 0.1 + 0.2),
    ("NaN", Decimal("NaN")),
    ("Infinity", Decimal("Infinity")),
    ("-Infinity", Decimal("-Infinity")),
    ("1E+3", Decimal("1E+3")),
    ("full-width digits", "１０"),
    ("a third decimal", Decimal("0.001")),
]


@pytest.mark.parametrize(("name", "amount"), _ODD, ids=[name for name, _ in _ODD])
def test_an_odd_number_as_an_amount_is_refused_before_anything_is_written(
    session: Session, name: str, amount: Any
) -> None:
    from ledger.amounts import parse_amount
    from ledger.journal import Draft, Leg

    assert name
    if isinstance(amount, str):
        with pytest.raises(LedgerError):
            parse_amount(amount, POINTS)
        return
    mirrored = amount if isinstance(amount, float) else amount.copy_negate()
    legs = [Leg(ISSUED, mirrored), Leg(LI, amount)]
    with pytest.raises(AmountInvalid):
        post(session, Draft("x", "award", legs, NOON, NOON, "x", "x:1"))
    assert session.scalar(select(func.count()).select_from(Transaction)) == 0


def test_every_statement_of_a_busy_day_is_whole_at_every_moment(books: Engine) -> None:
    """Sum of the log = balance, seen by a reader in the middle of it all."""
    commit(books, lambda session: post(session, award("a", LI, 50)))
    stop, torn = threading.Event(), []

    def read(session: Session) -> None:
        while not stop.is_set():
            lines = statement(session, LI.code)
            if lines[0].balance != sum(line.amount for line in lines):
                torn.append(lines)
            session.rollback()

    def work(session: Session) -> None:
        post(session, spend(f"s{threading.get_ident()}", LI, 1))

    def reader() -> None:
        with Session(books.execution_options(sqlite_begin="DEFERRED")) as session:
            read(session)

    watching = threading.Thread(target=reader)
    watching.start()
    try:
        at_once(books, [work] * 4)
    finally:
        stop.set()
        watching.join()
    assert torn == []
    with Session(books) as session:
        assert not any(finding.breaks for finding in verify(session))
        assert totals(trial_balance(session))["POINTS"] == (50, 50)
