"""Writers side by side with the sealer, and how a fresh database ages within its first minute."""

import random
import statistics
import threading
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.ledger.books import MEMBERS, NOON, TABLES, engine_for, issuer, member, transfer
from benchmarks.ledger.measures import Figure, crowd, per_second
from ledger.accounts import open_accounts
from ledger.journal import post
from ledger.models import metadata
from ledger.seals import seal

SEAL_EVERY_SECONDS = 0.5


def beside_the_sealer(url: str, *, writers: int, rounds: int, seconds: float) -> Figure:
    """Writers while a sealer takes what is committed twice a second, against the same writers alone."""
    with_sealer, alone = [], []
    for number in range(rounds):
        alone.append(crowd(url, writers=writers, seconds=seconds, spread=True))
        stop = threading.Event()
        sealer = threading.Thread(target=_keep_sealing, args=(url, stop, number))
        sealer.start()
        with_sealer.append(crowd(url, writers=writers, seconds=seconds, spread=True))
        stop.set()
        sealer.join()
    ratio = statistics.median(one / two for one, two in zip(with_sealer, alone, strict=True))
    return Figure(
        f"{writers} writers with the sealer running, postgresql", "the same without", "0.85", ratio,
        f"{statistics.median(with_sealer):,.0f}/s", f"{statistics.median(alone):,.0f}/s", ratio >= 0.85,
    )  # fmt: skip


def _keep_sealing(url: str, stop: threading.Event, number: int) -> None:
    engine = engine_for(url)
    at = NOON + timedelta(days=number)
    while not stop.wait(SEAL_EVERY_SECONDS):
        with Session(engine) as session, session.begin():
            seal(session, at=at)
    engine.dispose()


def late_and_early(engine: Engine, *, seconds: float) -> Figure:
    """One connection from the first posting on empty, never analysed tables: the last quarter against the first.

    What is planned while the tables are empty must not scan them later.
    """
    metadata.drop_all(engine, tables=TABLES)
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as setting_up:
        open_accounts(setting_up, [issuer(0), *(member(number) for number in range(MEMBERS))], at=NOON)
    connection, chance = engine.connect(), random.Random(4)

    def act(number: int) -> None:
        key = f"e{number}.{chance.random()}"
        post(connection, transfer(key, issuer(0), member(chance.randrange(MEMBERS))))
        connection.commit()

    rates = [per_second(act, seconds) for _ in range(8)]
    connection.close()
    early, late = statistics.mean(rates[:2]), statistics.mean(rates[-2:])
    return Figure(
        f"late rate on a fresh database, {engine.dialect.name}", "early rate, same connection", "0.8", late / early,
        f"{late:,.0f}/s", f"{early:,.0f}/s", late / early >= 0.8,
    )  # fmt: skip
