"""The measurements. Each interleaves what it compares and returns the median of the rounds' ratios."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from benchmarks.ledger.books import MEMBERS, analyse, engine_for, fill, issuer, member, transfer
from benchmarks.ledger.raw import Raw, drafts_of, plan_for
from ledger.balances import balance, statement
from ledger.journal import post, post_batch
from ledger.models import Account
from ledger.verify import CHECKS, verify

LONG_STANDING = 100
"""Members of the small journal with a page of 50 lines and more."""

_names = iter(range(10**9))


@dataclass(frozen=True)
class Figure:
    """One line of the table: what, against what, the goal, the measured ratio and both absolute figures."""

    what: str
    against: str
    goal: str
    ratio: float
    ours: str
    theirs: str
    met: bool


def per_second(act: Callable[[int], Any], seconds: float) -> float:
    """How often an act can be done in a second."""
    done, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        act(done)
        done += 1
    return done / passed


def compare(
    ours: Callable[[int], Any], theirs: Callable[[int], Any], *, rounds: int, seconds: float
) -> tuple[float, float, float]:
    """Median ratio of rates, and both median rates, in turns so that a busy machine disturbs both alike."""
    ratios, left, right = [], [], []
    for number in range(rounds + 1):
        if number % 2:
            one, two = per_second(ours, seconds), per_second(theirs, seconds)
        else:
            two, one = per_second(theirs, seconds), per_second(ours, seconds)
        if number:  # The first round warms up.
            ratios.append(one / two)
            left.append(one)
            right.append(two)
    return statistics.median(ratios), statistics.median(left), statistics.median(right)


def _pairs(chance: random.Random) -> tuple[Any, Any]:
    one, two = chance.sample(range(MEMBERS), 2)
    return member(one), member(two)


def poster(engine: Engine, seed: int = 1) -> tuple[Connection, Callable[[int], None]]:
    """Guarded transfers between members, each committed, through one connection."""
    connection, chance, name = engine.connect(), random.Random(seed), next(_names)

    def act(number: int) -> None:
        post(connection, transfer(f"o{name}.{number}.{chance.random()}", *_pairs(chance)))
        connection.commit()

    return connection, act


def single(engine: Engine, *, goal: float, rounds: int, seconds: float) -> Figure:
    """`post` against the driver."""
    connection, ours = poster(engine)
    raw, chance, name = Raw(engine), random.Random(2), next(_names)

    def theirs(number: int) -> None:
        raw.single(f"r{name}.{number}.{chance.random()}", *_pairs(chance))

    ratio, one, two = compare(ours, theirs, rounds=rounds, seconds=seconds)
    connection.close()
    raw.close()
    return Figure(
        f"single `post` with floors, key, digest, one process, {engine.dialect.name}",
        "the driver, same statements, same process",
        f"{goal}", ratio, f"{one:,.0f}/s", f"{two:,.0f}/s", ratio >= goal,
    )  # fmt: skip


def batch(engine: Engine, *, goal: float, rounds: int, size: int = 500) -> Figure:
    """`post_batch` against set-wise inserts of the same rows."""
    chance, session, raw = random.Random(3), Session(engine), Raw(engine)
    ratios, left, right = [], [], []
    for number in range(rounds + 1):
        drafts = drafts_of(f"b{next(_names)}.{chance.random()}", size, chance)
        start = time.perf_counter()
        post_batch(session, drafts)
        session.commit()
        ours = time.perf_counter() - start
        plan, _ = plan_for(engine, drafts_of(f"b{next(_names)}.{chance.random()}", size, chance))
        start = time.perf_counter()
        raw.batch(plan)
        theirs = time.perf_counter() - start
        if number:
            ratios.append(theirs / ours)
            left.append(size / ours)
            right.append(size / theirs)
    session.close()
    raw.close()
    ratio = statistics.median(ratios)
    against = "`INSERT … SELECT unnest`" if engine.dialect.name == "postgresql" else "executemany"
    return Figure(
        f"batch of {size}, {engine.dialect.name}", f"the driver, {against} with the same rows",
        f"{goal}", ratio, f"{statistics.median(left):,.0f}/s", f"{statistics.median(right):,.0f}/s", ratio >= goal,
    )  # fmt: skip


def _write_for(url: str, seconds: float, spread: bool, seed: int) -> float:
    engine = engine_for(url)
    chance = random.Random(seed)
    with Session(engine) as session:

        def act(number: int) -> None:
            source = issuer(chance.randrange(1000)) if spread else issuer(0)
            post(session, transfer(f"w{seed}.{number}", source, member(chance.randrange(MEMBERS))))
            session.commit()

        rate = per_second(act, seconds)
    engine.dispose()
    return rate


def crowd(url: str, *, writers: int, seconds: float, spread: bool) -> float:
    """Transfers per second of that many processes together."""
    with ProcessPoolExecutor(writers, mp_context=get_context("spawn")) as pool:
        seeds = [random.randrange(10**12) for _ in range(writers)]
        jobs = [pool.submit(_write_for, url, seconds, spread, seed) for seed in seeds]
        return sum(job.result() for job in jobs)


def hot_account(url: str, *, goal: float, rounds: int, seconds: float) -> Figure:
    """Eight writers against one issuing account, and spread evenly."""
    hot, even = [], []
    for _ in range(rounds):
        hot.append(crowd(url, writers=8, seconds=seconds, spread=False))
        even.append(crowd(url, writers=8, seconds=seconds, spread=True))
    ratio = statistics.median(one / two for one, two in zip(hot, even, strict=True))
    return Figure(
        "8 writers, all against one issuing account, postgresql", "8 writers, accounts spread evenly",
        f"{goal}", ratio, f"{statistics.median(hot):,.0f}/s", f"{statistics.median(even):,.0f}/s", ratio >= goal,
    )  # fmt: skip


def _full_page(connection: Connection, code: str) -> None:
    assert len(statement(connection, code)) == 50


def large_and_small(
    large: Engine, small: Engine, entries: int, *, rounds: int, seconds: float
) -> list[Figure]:
    """Writing and reading on a large journal and on a small one."""
    kind = large.dialect.name
    open_large, write_large = poster(large, 5)
    open_small, write_small = poster(small, 5)
    ratio, one, two = compare(write_large, write_small, rounds=rounds, seconds=seconds)
    figures = [
        Figure(f"1 writer on {entries:,} entries, {kind}", "the same on few", "0.9", ratio, f"{one:,.0f}/s", f"{two:,.0f}/s",
               ratio >= 0.9)
    ]  # fmt: skip
    # A page of 50 lines is compared with a page of 50 lines: a few members of the small journal have as many.
    with small.begin() as connection:
        fill(connection, 50 * LONG_STANDING, owners=LONG_STANDING)
        first = select(Account.code).where(Account.guarded).order_by(Account.id).limit(LONG_STANDING)
        long_standing = connection.scalars(first).all()
    analyse(small)
    reads: list[tuple[str, Callable[[Connection, str], Any]]] = [
        ("balance now", balance),
        ("statement page of 50", _full_page),
    ]
    for name, read in reads:
        ratio, one, two = compare(
            lambda number, read=read: read(open_large, member(number * 37).code),
            lambda number, read=read: read(open_small, long_standing[number * 37 % LONG_STANDING]),
            rounds=rounds,
            seconds=seconds / 2,
        )
        figures.append(
            Figure(f"{name} on {entries:,} entries, {kind}", "the same on few", "at most 1.5 × the time", 1 / ratio,
                   f"{1e6 / one:,.0f} µs", f"{1e6 / two:,.0f} µs", 1 / ratio <= 1.5)
        )  # fmt: skip
    open_large.close()
    open_small.close()
    return figures


NAMED = tuple(
    check
    for check in CHECKS
    if check.code
    in {
        "entries_sum_to_zero",
        "balances_equal_entries",
        "checkpoints_equal_entries",
        "lots_equal_balances",
        "seals_recompute",
    }
)
"""Sums, balances, lots and seals."""


def verification(engine: Engine, entries: int) -> Iterator[Figure]:
    """Sums, balances, lots and seals, and then every check, each against one grouped sum over the same entries, in turns."""
    some: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    with engine.connect() as connection:
        for taken, checks in ((some, NAMED), (whole, CHECKS)):
            for _ in range(5):
                start = time.perf_counter()
                connection.execute(
                    text("SELECT account_id, sum(amount) FROM ledger_entries GROUP BY account_id")
                ).all()
                grouped = time.perf_counter() - start
                start = time.perf_counter()
                findings = verify(connection, checks=checks)
                taken.append((time.perf_counter() - start, grouped))
                broken = [finding.code for finding in findings if finding.breaks]
                assert not broken, broken
    for name, goal, taken in (
        ("`verify`'s sums, balances, lots and seals", "at most 4 × its time", some),
        ("the whole `verify`, digests and all", "–", whole),
    ):
        ratio = statistics.median(one / two for one, two in taken)
        ours, theirs = (statistics.median(times) for times in zip(*taken, strict=True))
        yield Figure(
            f"{name} of {entries:,} entries, {engine.dialect.name}", "one grouped sum over them", goal,
            ratio, f"{ours:.2f} s", f"{theirs:.2f} s", ratio <= 4,
        )  # fmt: skip


def growth(url: str) -> float:
    """By how many MiB a fresh process grows while it verifies these books, in the end and not on average."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_grown, url).result()


def _grown(url: str) -> float:
    engine = engine_for(url)
    with engine.connect() as connection:
        # What the first look costs once (drivers, compiled statements) is not growth.
        connection.execute(text("SELECT count(*) FROM ledger_accounts")).all()
        before = _peak_mib()
        verify(connection)
        grown = _peak_mib() - before
    engine.dispose()
    return grown


def _peak_mib() -> float:
    """The most that this process has ever had in memory; `getrusage` would tell the parent's where that was more."""
    (line,) = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def flat_memory(kind: str, few: tuple[int, float], many: tuple[int, float]) -> Figure:
    """What `verify` takes in memory for many entries against what it takes for few: flat, if it is the same."""
    # Below ten MiB it is the reader's own buffers, whatever the books.
    ratio = max(many[1], 10.0) / max(few[1], 10.0)
    return Figure(
        f"peak memory of `verify` for {many[0]:,} entries, {kind}", f"for {few[0]:,} entries", "at most 1.5 ×", ratio,
        f"{many[1]:.0f} MiB", f"{few[1]:.0f} MiB", ratio <= 1.5,
    )  # fmt: skip
