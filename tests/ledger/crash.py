"""Writers that are killed and a server that is stopped at once, under load; afterwards the books must be whole.

    python -m tests.ledger.crash --kills 200 --stops 20

A writer posts transfers under keys of its own and says `acknowledged KEY` only once the commit has returned. The
judge kills writers with SIGKILL (or stops the server in immediate mode), then posts everything again under the
same keys. Every acknowledged posting must be there once; every other once or, before the retry, not at all.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.journal import post, post_batch
from ledger.models import Base, Transaction, metadata
from ledger.reports import totals, trial_balance
from ledger.seals import seal_all
from ledger.verify import verify
from tests.ledger.cast import NOON, award
from tests.ledger.crash_writer import PEOPLE, draft_of
from tests.postgres import embedded_postgres
from timebank.db import open_engine

TABLES: Any = [mapper.local_table for mapper in Base.registry.mappers]
START = 1_000_000


class Judge:
    """Starts writers, has them killed, and looks at what is left."""

    def __init__(self, url: str, seed: int) -> None:
        self.url, self.chance, self.started = url, random.Random(seed), 0
        self.engine = open_engine(url)
        self.acknowledged: set[str] = set()

    def prepare(self) -> None:
        """Empty books in which everybody is rich."""
        metadata.create_all(self.engine, tables=TABLES)
        with Session(self.engine) as session, session.begin():
            post_batch(session, [award(f"start.{person.code}", person, START) for person in PEOPLE])

    def start(self, count: int) -> list[subprocess.Popen[str]]:
        """Writers, each with a name of its own."""
        writers = []
        for _ in range(count):
            self.started += 1
            command = [sys.executable, "-m", "tests.ledger.crash_writer", self.url, f"w{self.started}"]
            writers.append(
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            )
        for writer in writers:
            # Only who has begun can be killed in the middle.
            assert writer.stdout is not None
            self._hear(writer.stdout.readline())
        return writers

    def _hear(self, said: str) -> None:
        for line in said.splitlines(keepends=True):
            word, _, key = line.strip().partition(" ")
            # A last line that was torn by the kill acknowledges nothing.
            if word == "acknowledged" and line.endswith("\n"):
                self.acknowledged.add(key)

    def bury(self, writers: list[subprocess.Popen[str]]) -> None:
        """Kill them where they stand and take down what they had acknowledged."""
        for writer in writers:
            writer.kill()
        for writer in writers:
            assert writer.stdout is not None
            self._hear(writer.stdout.read())
            writer.wait()
            writer.stdout.close()

    def judge(self) -> int:
        """Everything acknowledged is there; a retry of all changes nothing of it; the books are whole."""
        with Session(self.engine) as session, session.begin():
            present = set(session.scalars(select(Transaction.key)))
            lost = self.acknowledged - present
            assert not lost, f"acknowledged and lost: {sorted(lost)}"
            count = len(present)
            for key in sorted(self.acknowledged)[:: max(1, len(self.acknowledged) // 50)]:
                assert post(session, draft_of(key)).replayed
            seal_all(session, at=NOON)
            broken = [finding for finding in verify(session) if finding.breaks]
            assert not broken, broken
            debit, credit = totals(trial_balance(session))["POINTS"]
            assert debit == credit == START * len(PEOPLE)
            return count

    def retry_the_last(self) -> None:
        """Post again what may or may not have been committed when the writers died; then it is there once."""
        names = [f"w{number}" for number in range(max(1, self.started - 3), self.started + 1)]
        for name in names:
            done = [int(key.split(".")[1]) for key in self.acknowledged if key.startswith(f"{name}.")]
            number = max(done, default=-1) + 1
            keys = [f"{name}.{number}.{part}" for part in range(1 if number % 4 else 5)]
            with Session(self.engine) as session, session.begin():
                replayed = {
                    posting.replayed for posting in post_batch(session, [draft_of(key) for key in keys])
                }
                assert len(replayed) == 1, "a batch was committed by halves"
            self.acknowledged.update(keys)


def kill_writers(url: str, *, kills: int, seed: int) -> int:
    """Kill that many writers, several at a time; returns how many transactions were posted."""
    judge = Judge(url, seed)
    judge.prepare()
    left = kills
    while left > 0:
        crowd = min(left, 3)
        writers = judge.start(crowd)
        time.sleep(judge.chance.uniform(0.02, 0.3))
        judge.bury(writers)
        judge.retry_the_last()
        left -= crowd
    posted = judge.judge()
    judge.engine.dispose()
    return posted


class DurableServer:
    """A PostgreSQL server that keeps its promises (fsync, synchronous commit), to be stopped in immediate mode."""

    def __init__(self, folder: Path) -> None:
        self.server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
        self.url = "postgresql+psycopg" + self.server.get_uri().removeprefix("postgresql")

    def stop_at_once(self) -> None:
        """As if the power failed for the server: no checkpoint, no farewell."""
        embedded_postgres.pg_ctl(
            ["-w", "-m", "immediate", "stop"], pgdata=self.server.pgdata, user=self.server.system_user
        )

    def start(self) -> None:
        """Start again; the server recovers from its log."""
        self.server.ensure_postgres_running()


@contextmanager
def durable_server() -> Iterator[DurableServer]:
    """A server of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-crash-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        durable = DurableServer(folder)
    try:
        yield durable
    finally:
        durable.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def stop_server(durable: DurableServer, *, stops: int, seed: int, crowd: int = 3) -> int:
    """Stop the server that many times under load; returns how many transactions were posted."""
    judge = Judge(durable.url, seed)
    judge.prepare()
    for _ in range(stops):
        writers = judge.start(crowd)
        time.sleep(judge.chance.uniform(0.1, 0.5))
        durable.stop_at_once()
        judge.bury(writers)
        judge.engine.dispose()
        durable.start()
        judge.retry_the_last()
        judge.judge()
    posted = judge.judge()
    judge.engine.dispose()
    return posted


def main(arguments: list[str] | None = None) -> int:
    """The command line, of the judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--stops", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        posted = kill_writers(f"sqlite:///{folder}/books.sqlite3", kills=options.kills, seed=options.seed)
    sys.stdout.write(f"sqlite: {options.kills} writers killed, {posted} transactions, whole\n")
    with durable_server() as durable:
        posted = kill_writers(durable.url, kills=options.kills, seed=options.seed)
        sys.stdout.write(f"postgresql: {options.kills} writers killed, {posted} transactions, whole\n")
    with durable_server() as durable:
        posted = stop_server(durable, stops=options.stops, seed=options.seed)
        sys.stdout.write(f"postgresql: stopped {options.stops} times, {posted} transactions, whole\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
