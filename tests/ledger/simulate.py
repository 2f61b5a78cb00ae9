"""A seeded simulator: random acts on real, committing books beside the reference model, under injected faults.

    python -m tests.ledger.simulate --seed 7 --steps 5000 [--engine sqlite|postgresql]

The same seed gives the same acts and the same faults. Faults: the act is refused as a deadlock would be, the
connection is lost before the commit, the commit is made but its acknowledgement is lost.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from ledger.models import Base, metadata
from ledger.retries import with_retries
from tests.ledger.twins import MEMBERS, Move, Twins, legs_of
from tests.postgres import Cluster
from timebank.db import open_engine

TABLES: Any = [mapper.local_table for mapper in Base.registry.mappers]
FAULTS = ("deadlock", "lost before commit", "lost after commit")
FAULT_RATE = 0.08
RECENT = 120


class Simulation:
    """One run: its chance, its books, what it did last."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self.chance = engine, random.Random(seed)
        self.twins = Twins(self._commit_under_faults)
        self.made = 0
        self.moves: list[Move] = []
        self.trace: list[str] = []
        self.counted: dict[str, int] = {}

    def _commit_under_faults(self, act: Callable[[Session], Any]) -> Any:
        fault = self.chance.choice(FAULTS) if self.chance.random() < FAULT_RATE else None
        faults = [fault] if fault else []

        def once() -> Any:
            return self._attempt(act, faults.pop() if faults else None)

        answer = with_retries(once, wait=lambda _: None)
        if fault == "lost after commit":
            # Nobody heard of it, so it is done again; what the first time said is what counts.
            with_retries(lambda: self._attempt(act, None))
        return answer

    def _attempt(self, act: Callable[[Session], Any], fault: str | None) -> Any:
        with Session(self.engine, expire_on_commit=False) as session:
            answer = act(session)
            if fault == "deadlock":
                session.rollback()
                raise OperationalError("deadlock", None, _Deadlock("deadlock detected"))
            if fault == "lost before commit":
                self._lose(session)
            session.commit()
            return answer

    def _lose(self, session: Session) -> None:
        if session.get_bind().dialect.name == "sqlite":
            session.rollback()
            raise OperationalError("lost", None, _Deadlock("database is locked"))
        number = session.scalar(text("SELECT pg_backend_pid()"))
        with self.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})

    def _key(self) -> str:
        self.made += 1
        return f"k{self.made}"

    def _move(self, source: str, target: str, back: int = 0) -> Move:
        at = max(self.twins.now - back, 0)
        # Now and then more than there is, so that refusals are exercised and nobody grows rich.
        most = 900 if source == "issued" else max(20, self.twins.model.balance[source] * 12 // 10)
        expires = self.chance.choice([None, at + self.chance.randint(1, 20)])
        move = Move(self._key(), legs_of(source, target, self.chance.randint(1, most), expires), at)
        self.moves = [*self.moves[-RECENT:], move]
        return move

    def step(self) -> None:
        """One random act."""
        acts: list[tuple[int, Callable[[], Any]]] = [
            (20, self.award), (16, self.spend), (10, self.give), (8, self.batch), (6, self.say_again), (6, self.undo),
            (8, self.hold), (7, self.take_held), (4, self.let_go), (4, self.hold_together), (5, self.take_together),
            (2, self.let_go_together), (6, self.give_some_back), (3, self.put_right), (6, self.time_passes),
            (3, self.twins.jobs), (1, self.close_the_books),
        ]  # fmt: skip
        act = self.chance.choices([one for _, one in acts], [weight for weight, _ in acts])[0]
        answer = act()
        name = f"{act.__name__}: {answer}"
        self.trace = [*self.trace[-20:], name]
        self.counted[name] = self.counted.get(name, 0) + 1

    def award(self) -> str:
        back = self.chance.choice([0, 0, 0, 3])
        return self.twins.post(self._move("issued", self.chance.choice(MEMBERS), back))

    def spend(self) -> str:
        return self.twins.post(self._move(self.chance.choice(MEMBERS), "redeemed"))

    def give(self) -> str:
        source, target = self.chance.sample(MEMBERS, 2)
        return self.twins.post(self._move(source, target))

    def batch(self) -> str:
        moves = []
        for _ in range(self.chance.randint(2, 8)):
            name = self.chance.choice(MEMBERS)
            moves.append(
                self._move("issued", name) if self.chance.random() < 0.7 else self._move(name, "redeemed")
            )
        return self.twins.post(*moves)

    def say_again(self) -> str:
        known = [move for move in self.moves if move.key in self.twins.model.posted]
        if not known:
            return "nothing"
        move = self.chance.choice(known)
        (source, amount, _), (target, _, expires) = move.legs
        change = self.chance.choice([0, 0, 1])
        return self.twins.post(
            Move(move.key, [(source, amount - change, None), (target, change - amount, expires)], move.at)
        )

    def undo(self) -> str:
        recent = self._recent()
        return self.twins.reverse(self.chance.choice(recent)) if recent else "nothing"

    def _recent(self) -> list[str]:
        """Keys of what was posted lately, reversals and captures too."""
        if len(self.twins.numbers) <= RECENT:
            return list(self.twins.numbers)
        return [key for key, _ in zip(reversed(self.twins.numbers), range(RECENT), strict=False)]

    def put_right(self) -> str:
        known = [move.key for move in self.moves if move.key in self.twins.numbers]
        # Every other time what gave back or lapsed.
        on_terms = self.twins.on_terms[-RECENT:]
        if on_terms and self.chance.random() < 0.5:
            known = on_terms
        if not known:
            return "nothing"
        return self.twins.correct(self.chance.choice(known), self.chance.randint(1, 900), self._key())

    def give_some_back(self) -> str:
        recent = self._recent()
        if not recent:
            return "nothing"
        key = self.chance.choice(recent)
        taken = max(-amount for _, amount, _ in self.twins.model.posted[key].legs)
        # Mostly a part, so that several parts follow each other until there is no more.
        return self.twins.give_back(self._key(), key, self.chance.randint(1, max(2, taken * 11 // 10)))

    def _held_lately(self, prefix: str) -> list[str]:
        holds, first = self.twins.model.holds, max(1, self.made - RECENT)
        return [key for number in range(first, self.made + 1) if (key := f"{prefix}{number}") in holds]

    def hold(self) -> str:
        self.made += 1
        name = self.chance.choice(MEMBERS)
        return self.twins.reserve(
            [(f"h{self.made}", name, self.chance.randint(1, 600))], self.chance.randint(1, 6)
        )

    def take_held(self) -> str:
        known = self._held_lately("h")
        if not known:
            return "nothing"
        return self.twins.capture(self._key(), {self.chance.choice(known): self.chance.randint(1, 500)})

    def let_go(self) -> str:
        known = self._held_lately("h")
        return self.twins.void([self.chance.choice(known)]) if known else "nothing"

    def hold_together(self) -> str:
        """Two to four amounts on different accounts, now and then two on the same."""
        self.made += 1
        names = self.chance.sample(MEMBERS, self.chance.randint(2, 4))
        if self.chance.random() < 0.2:
            names[0] = names[1]
        wanted = [
            (f"g{self.made}.{place}", name, self.chance.randint(1, 300)) for place, name in enumerate(names)
        ]
        wanted[0] = (f"g{self.made}", *wanted[0][1:])
        return self.twins.reserve(wanted, self.chance.randint(2, 8))

    def _group(self) -> list[str]:
        known = self._held_lately("g")
        if not known:
            return []
        first = self.chance.choice(known)
        rest = [f"{first}.{place}" for place in range(1, 4)]
        return [first, *(key for key in rest if key in self.twins.model.holds)]

    def take_together(self) -> str:
        """Parts of some, nothing of others; at least one of them is taken from."""
        holds, group = self.twins.model.holds, self._group()
        if not group:
            return "nothing"
        alone = {holds[key].account: key for key in group}
        taken = {key: self.chance.choice([0, self.chance.randint(1, 200)]) for key in alone.values()}
        taken[group[-1]] = self.chance.randint(1, holds[group[-1]].amount)
        return self.twins.capture(self._key(), taken)

    def let_go_together(self) -> str:
        group = self._group()
        return self.twins.void(group) if group else "nothing"

    def time_passes(self) -> None:
        self.twins.now += self.chance.randint(1, 3)

    def close_the_books(self) -> None:
        self.twins.close(self.chance.randint(0, 12))


class _Deadlock(Exception):
    """What the driver would raise."""

    sqlstate = "40P01"


def simulate(
    engine: Engine,
    *,
    seed: int,
    steps: int,
    compare_every: int = 25,
    verify_every: int = 5000,
    tell: Callable[[int], None] = lambda _: None,
) -> Simulation:
    """Run, telling after each verification how far; raises AssertionError with the seed and the last acts if the books and the model part."""
    simulation = Simulation(engine, seed)
    step = 0
    try:
        for step in range(1, steps + 1):
            simulation.step()
            if step % compare_every == 0:
                simulation.twins.compare()
            if step % verify_every == 0:
                simulation.twins.verify()
                tell(step)
        simulation.twins.compare()
        simulation.twins.verify()
    except (AssertionError, DBAPIError) as error:
        last = "\n  ".join(simulation.trace)
        raise AssertionError(f"seed {seed}, step {step}: {error}\n  {last}") from error
    return simulation


@contextmanager
def fresh_books(kind: str) -> Iterator[Engine]:
    """An engine over empty books that vanish afterwards."""
    if kind == "postgresql":
        with Cluster() as cluster:
            cluster.create_database("simulation")
            engine = open_engine(cluster.url("simulation"))
            metadata.create_all(engine, tables=TABLES)
            yield engine
            engine.dispose()
        return
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'books.sqlite3'}")
        # The faults are simulated, so nothing needs to wait for the disk.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        metadata.create_all(engine, tables=TABLES)
        yield engine
        engine.dispose()


def _say(what: str) -> None:
    sys.stdout.write(what)
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    options = parser.parse_args(arguments)
    for kind in options.engine or ["sqlite", "postgresql"]:
        with fresh_books(kind) as engine:
            simulation = simulate(
                engine,
                seed=options.seed,
                steps=options.steps,
                tell=lambda step: _say(f"{step} steps clean\n"),
            )
        _say(f"{kind}: seed {options.seed}, {options.steps} steps clean\n")
        for name, count in sorted(simulation.counted.items()):
            sys.stdout.write(f"  {count:7} {name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
