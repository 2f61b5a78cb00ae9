"""A peer in the same run: django-hordak 2.0 in a throwaway virtual environment, on the same server."""

import json
import random
import statistics
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.ledger.measures import Figure, per_second, poster
from benchmarks.ledger.raw import drafts_of
from ledger.journal import post_batch

SCRIPT = Path(__file__).with_name("hordak_transfers.py")
PACKAGES = ("django-hordak==2.0.0", "psycopg[binary]")


def hordak(url: str, engine: Engine, rounds: int, seconds: float) -> Iterator[Figure]:
    """Single transfers with a balance guard, and batches of 500; ours and theirs in turns."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE DATABASE hordak")
    with tempfile.TemporaryDirectory(prefix="hordak-") as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        ours_single, ours_batch = _ours(engine, rounds, seconds)
        command = [python, SCRIPT, url, str(seconds), str(rounds)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
    theirs = json.loads(told.stdout)
    later_single, later_batch = _ours(engine, rounds, seconds)
    for what, against, mine, their, goal in (
        ("single guarded `post`, postgresql", "django-hordak 2.0 transfer with a balance guard",
         [*ours_single, *later_single], theirs["guarded"], 4),
        ("batch of 500, postgresql", "django-hordak in one transaction", [*ours_batch, *later_batch], theirs["batch"], 10),
    ):  # fmt: skip
        one, two = statistics.median(mine), statistics.median(their)
        yield Figure(
            what, against, f"{goal} ×", one / two, f"{one:,.0f}/s", f"{two:,.0f}/s", one / two >= goal
        )


def _ours(engine: Engine, rounds: int, seconds: float) -> tuple[list[float], list[float]]:
    connection, act = poster(engine, seed=9)
    single = [per_second(act, seconds) for _ in range(rounds)]
    connection.close()
    chance, batches = random.Random(), []
    for _ in range(rounds):
        drafts = drafts_of(f"h{chance.random()}", 500, chance)
        start = time.perf_counter()
        with Session(engine) as session, session.begin():
            post_batch(session, drafts)
        batches.append(500 / (time.perf_counter() - start))
    return single, batches
