"""Many at once: on PostgreSQL truly, on SQLite one after the other; the outcome is the same."""

import contextlib
import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.accounts import open_accounts
from ledger.balances import balance
from ledger.errors import LedgerError, PeriodClosed
from ledger.exports import hledger
from ledger.holds import capture, reserve
from ledger.journal import AccountSpec, post, post_batch, reverse
from ledger.lots import lapse
from ledger.models import Account, Balance, Transaction
from ledger.periods import close_period
from ledger.reports import totals, trial_balance
from ledger.retries import is_retryable, with_retries
from ledger.seals import seal, seals
from ledger.verify import verify
from tests.ledger.cast import ISSUED, LI, NOON, POINTS, STRANGER, ZERO, award, move, points_of, spend
from tests.ledger.test_lots import DAY, EXPIRED, KEEPER, give
from timebank.db import Database

CROWD = 8


def commit(books: Engine, act: Callable[[Session], Any]) -> Any:
    """One database transaction, tried again where that helps."""

    def once() -> Any:
        with Session(books) as session, session.begin():
            return act(session)

    return with_retries(once)


def at_once(books: Engine, acts: list[Callable[[Session], Any]]) -> list[Any]:
    """Everybody starts together; refusals come back as their codes."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[Session], Any]) -> Any:
        gate.wait()
        try:
            return commit(books, act)
        except LedgerError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def sound(books: Engine) -> bool:
    with Session(books) as session:
        return not any(finding.breaks for finding in verify(session))


@pytest.fixture
def rich(books: Engine) -> Engine:
    """Li has five."""
    commit(books, lambda session: post(session, award("start", LI, 5)))
    return books


def test_a_crowd_cannot_spend_the_same_points_twice(rich: Engine) -> None:
    def buy(number: int) -> Callable[[Session], Any]:
        return lambda session: post(session, spend(f"s{number}", LI, 1)).key

    outcomes = Counter(
        type(one) is str and one == "insufficient_balance"
        for one in at_once(rich, [buy(n) for n in range(CROWD)])
    )
    assert outcomes == {False: 5, True: 3}
    assert sound(rich)


def test_the_same_key_from_a_crowd_is_posted_once(rich: Engine) -> None:
    postings = at_once(rich, [lambda session: post(session, spend("s", LI, 5))] * CROWD)
    assert len({posting.id for posting in postings}) == 1
    assert sorted(posting.replayed for posting in postings) == [False] + [True] * (CROWD - 1)
    assert sound(rich)


def test_the_same_large_batch_from_two_is_posted_once(books: Engine) -> None:
    drafts = [award(f"a{n}", points_of(f"m{n % 9}"), 1) for n in range(150)]
    first, second = at_once(books, [lambda session: post_batch(session, drafts)] * 2)
    assert [one.id for one in first] == [one.id for one in second]
    assert sound(books)


def test_a_crowd_opens_the_same_account_once_and_waits_for_its_lock(books: Engine) -> None:
    newcomer = points_of("newcomer")
    acts = [lambda session, n=n: post(session, award(f"a{n}", newcomer, 1)) for n in range(CROWD)]
    at_once(books, acts)
    at_once(books, [lambda session: open_accounts(session, [newcomer, STRANGER], at=NOON)] * CROWD)
    with Session(books) as session:
        assert balance(session, newcomer.code) == CROWD
        counted = select(func.count()).select_from(Account).where(Account.code == STRANGER.code)
        assert session.scalar(counted.join(Balance, Balance.account_id == Account.id)) == 1
    assert sound(books)


def test_a_crowd_reverses_once(rich: Engine) -> None:
    def undo(number: int) -> Callable[[Session], Any]:
        return lambda session: (
            reverse(session, 1, key=f"r{number}", at=NOON, recorded_at=NOON, actor="x", reason="mistake").kind
        )

    outcomes = Counter(at_once(rich, [undo(n) for n in range(CROWD)]))
    assert outcomes == {"reversal": 1, "already_reversed": CROWD - 1}
    assert sound(rich)


def test_a_crowd_captures_a_hold_once(rich: Engine) -> None:
    hold = commit(
        rich,
        lambda session: reserve(
            session, LI, Decimal(5), key="h", at=NOON, deadline=NOON + DAY, actor="li", subject="order:1"
        ),
    )
    outcomes = at_once(
        rich,
        [lambda session, n=n: capture(session, hold.id, spend(f"s{n}", LI, 3)).kind for n in range(CROWD)],
    )
    assert Counter(outcomes) == {"spend": 1, "hold_ended": CROWD - 1}
    assert sound(rich)


def test_the_lapse_and_a_late_spend_never_both_take_the_points(books: Engine) -> None:
    after = NOON + 11 * DAY
    commit(books, lambda session: post(session, give("a", 5, 10)))
    commit(books, lambda session: post(session, give("b", 5, 20)))

    def job(session: Session) -> str:
        lapse(session, at=after, recorded_at=after, actor="job", to=lambda _: EXPIRED)
        return "lapsed"

    def late(session: Session) -> str:
        return post(session, spend("s", KEEPER, 6, at=after)).kind

    assert sorted(at_once(books, [job, late, job, late])) == ["insufficient_balance"] * 2 + ["lapsed"] * 2
    with Session(books) as session:
        assert balance(session, KEEPER.code) == 5
    assert sound(books)


def test_transfers_in_every_direction_keep_the_total_in_every_read(books: Engine) -> None:
    people = [points_of(f"p{n}") for n in range(4)]
    commit(
        books,
        lambda session: post_batch(session, [award(f"a{n}", person, 50) for n, person in enumerate(people)]),
    )
    stop = threading.Event()
    torn = []

    def watch() -> None:
        while not stop.is_set():
            with Session(books.execution_options(sqlite_begin="DEFERRED")) as session:
                for debit, credit in totals(trial_balance(session)).values():
                    if debit != credit or debit != 200:
                        torn.append((debit, credit))

    def work(worker: int) -> None:
        for number in range(12):
            source, target = people[(worker + number) % 4], people[(worker + 2 * number + 1) % 4]
            if source is target:
                continue
            draft = move(f"t{worker}.{number}", source, target, 1 + number % 3)
            commit(books, lambda session, draft=draft: post(session, draft))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    stop.set()
    watcher.join()
    assert torn == []
    assert sound(books)


def test_a_deadlock_is_retried_and_both_get_through(books: Engine) -> None:
    one, two = points_of("one"), points_of("two")
    commit(books, lambda session: post_batch(session, [award("a", one, 9), award("b", two, 9)]))
    met = threading.Barrier(2, timeout=1)

    def cross(first: AccountSpec, second: AccountSpec, name: str) -> Callable[[Session], Any]:
        def act(session: Session) -> str:
            post(session, spend(f"{name}1", first, 1))
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait()  # On SQLite the other is still waiting outside; on a retry it is gone.
            post(session, spend(f"{name}2", second, 1))
            return "through"

        return act

    assert at_once(books, [cross(one, two, "x"), cross(two, one, "y")]) == ["through", "through"]
    assert sound(books)


def test_what_commits_late_is_sealed_late_and_never_lost(books: Engine) -> None:
    if books.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: nothing commits out of order")
    commit(books, lambda session: open_accounts(session, [LI, STRANGER, ISSUED], at=NOON))
    with Session(books) as slow:
        late = post(slow, award("slow", LI, 1))
        early = commit(books, lambda session: post(session, award("fast", STRANGER, 1)))
        assert late.id < early.id
        assert commit(books, lambda session: seal(session, at=NOON)).size == 1
        slow.commit()
    assert commit(books, lambda session: seal(session, at=NOON)).size == 1
    with Session(books) as session:
        assert [one.size for one in seals(session)] == [1, 1]
    assert sound(books)


def test_nobody_adds_an_entry_to_what_another_session_has_not_committed_yet(books: Engine) -> None:
    if books.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: nobody else writes before the commit")
    commit(books, lambda session: open_accounts(session, [LI, ISSUED], at=NOON))
    forged = text(
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) "
        "SELECT :number, 9, id, 100 FROM ledger_accounts WHERE code = :code"
    )

    def slip_in(number: int) -> None:
        with Session(books) as session, session.begin():
            session.execute(forged, {"number": number, "code": ISSUED.code})

    with Session(books) as slow, ThreadPoolExecutor(1) as pool:
        posted = post(slow, award("slow", LI, 1))
        slipping = pool.submit(slip_in, posted.id)
        with pytest.raises(TimeoutError):
            slipping.result(timeout=0.2)
        slow.commit()
        with pytest.raises(DBAPIError, match="the transaction is closed"):
            slipping.result(timeout=5)
    with pytest.raises(DBAPIError):
        slip_in(
            posted.id + 1
        )  # A number that nobody has posted under yet: there is no transaction at the commit.
    assert commit(books, lambda session: post(session, award("next", LI, 1))).id > posted.id
    assert sound(books)


def test_a_close_waits_for_whoever_is_posting(books: Engine) -> None:
    if books.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: nobody posts while the books are closed")
    until = NOON + dt.timedelta(hours=1)
    with Session(books) as slow, ThreadPoolExecutor(1) as pool:
        post(slow, award("slow", LI, 1))
        closing = pool.submit(
            commit,
            books,
            lambda session: close_period(session, closed_until=until, at=until, actor="auditor"),
        )
        with pytest.raises(TimeoutError):
            closing.result(timeout=0.2)
        slow.commit()
        closing.result(timeout=5)
    with Session(books) as session:
        assert balance(session, LI.code, at=until - dt.timedelta(seconds=1)) == 1
        with pytest.raises(PeriodClosed):
            post(session, award("later", LI, 1))
    assert sound(books)


def test_only_what_may_help_is_retried(rich: Engine) -> None:
    asked = []

    def refuse() -> None:
        asked.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        with_retries(refuse)
    assert len(asked) == 1
    assert not is_retryable(ValueError())


def test_nobody_gets_a_transaction_that_was_rolled_back(rich: Engine) -> None:
    with Session(rich) as session:
        post(session, spend("s", LI, 5))
        session.rollback()
    assert commit(rich, lambda session: post(session, spend("s", LI, 5))).replayed is False
    with Session(rich) as session:
        assert session.scalar(select(func.count()).select_from(Transaction)) == 2
    assert AccountSpec("x", POINTS, ZERO).guarded


def test_one_snapshot_is_verified_and_exported_while_others_post(books: Engine) -> None:
    members = [points_of(f"m{number}") for number in range(8)]
    commit(books, lambda session: post_batch(session, [award(one.code, one, 100) for one in members]))
    database, stop = Database(books), threading.Event()

    def work(worker: int) -> None:
        turn = 0
        while not stop.is_set():
            who = members[(turn + worker) % len(members)]
            draft = spend(f"s{worker}.{turn}", who, "0.01")
            commit(books, lambda session, draft=draft: post(session, draft))
            commit(books, lambda session: seal(session, at=NOON))
            turn += 1

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(work, worker) for worker in range(2)]
        try:
            for _ in range(4):
                with database.snapshot() as session:
                    assert not any(finding.breaks for finding in verify(session))
                    assert _asserted(session)
        finally:
            stop.set()
        for one in working:
            one.result(timeout=20)


def _asserted(session: Session) -> bool:
    """Whether the balances that an export asserts are the sums of its own lines."""
    sums: dict[str, Decimal] = {}
    asserted: dict[str, Decimal] = {}
    for line in hledger(session):
        words = line.split()
        if " = " in line:
            asserted[words[0]] = Decimal(words[4])
        elif line.startswith("  ") and not line.startswith("  ;"):
            sums[words[0]] = sums.get(words[0], Decimal(0)) + Decimal(words[1])
    return bool(asserted) and all(sums.get(account, 0) == amount for account, amount in asserted.items())
