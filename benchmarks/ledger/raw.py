"""The same statements without the ledger: what the drivers alone can do on the same tables, triggers included."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from benchmarks.ledger.books import NOON, transfer
from ledger.drafts import AccountSpec, Books, Draft, Plan
from ledger.engines import postgresql, sqlite
from ledger.rules import decide


def plan_for(engine: Engine, drafts: list[Draft]) -> tuple[Plan, Books]:
    """What the ledger would write, decided beforehand and not measured."""
    module: Any = postgresql if engine.dialect.name == "postgresql" else sqlite
    codes = list({leg.code for draft in drafts for leg in draft.legs})
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        books = module.lock(cursor, [], [], codes)
        connection.rollback()
    return decide(drafts, books), books


class Raw:
    """A driver's connection that reads under lock, then writes, then commits; nothing is checked or digested."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fairy = engine.raw_connection()
        self.connection: Any = self.fairy.driver_connection
        self.kind = engine.dialect.name

    def close(self) -> None:
        """Give the connection back."""
        self.fairy.close()

    def single(self, key: str, source: AccountSpec, target: AccountSpec) -> None:
        """One transfer: the ledger's two statements on PostgreSQL, its six on SQLite, with ready values."""
        if self.kind == "postgresql":
            self._single_postgresql(key, source, target)
        else:
            self._single_sqlite(key, source, target)

    def _single_postgresql(self, key: str, source: AccountSpec, target: AccountSpec) -> None:
        cursor = self.connection.cursor()
        cursor.execute(postgresql._LOCK, ([key], True, [source.code, target.code]))
        rows = {row[0]: row for row in cursor.fetchall()}
        ids = [rows[source.code][3], rows[target.code][3]]
        held = rows[source.code][9], rows[target.code][9]
        after = [held[0] - 100 if held[0] else None, held[1] + 100]
        changes = {
            account: change for account, change, one in zip(ids, (-100, 100), held, strict=True) if one
        }
        cursor.execute(
            postgresql._WRITE,
            (
                ids, [key], [bytes(32)], ["transfer"], [2], [NOON], [NOON], ["bench"], ["bench:1"], [None], ['{"rule":3}'],
                [1, 1], [0, 1], ids, [-100, 100], after, [None, None], list(changes), list(changes.values()),
            ),
        )  # fmt: skip
        cursor.fetchone()
        self.connection.commit()

    def _single_sqlite(self, key: str, source: AccountSpec, target: AccountSpec) -> None:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(sqlite._KEYS + "(?)", (key,)).fetchall()
        rows = cursor.execute(sqlite._STATES + "(?, ?)", (source.code, target.code)).fetchall()
        found = {row[1]: row for row in rows}
        cursor.execute(sqlite._CLOSED).fetchone()
        number = cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM ledger_transactions").fetchone()[0]
        one, two = found[source.code], found[target.code]
        at = "2026-03-02 12:00:00.000000"
        cursor.executemany(
            sqlite._ENTRY,
            [(number, 0, one[0], -100, one[7] - 100, None), (number, 1, two[0], 100, two[7] + 100, None)],
        )
        words = ("transfer", 2, at, at, "bench", "bench:1", None, '{"rule":3}')
        cursor.execute(sqlite._TRANSACTION, (number, key, bytes(32), *words))
        cursor.executemany(sqlite._BALANCE, [(-100, one[0]), (100, two[0])])
        self.connection.execute("COMMIT")

    def batch(self, plan: Plan) -> None:
        """Rows of a plan, written set by set: `INSERT … SELECT unnest` on PostgreSQL, executemany on SQLite."""
        write: Callable[[Any, Plan], Any] = _unnest if self.kind == "postgresql" else sqlite.write
        cursor = self.connection.cursor()
        if self.kind == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        write(cursor, plan)
        self.connection.commit()


def _unnest(cursor: Any, plan: Plan) -> None:
    count = len(plan.transactions)
    cursor.execute("SELECT nextval('ledger_transactions_id_seq') FROM generate_series(1, %s)", (count,))
    ids = [row[0] for row in cursor.fetchall()]
    drafts, lines, accounts, amounts, after, _ = map(list, zip(*plan.entries, strict=True))
    cursor.execute(
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, balance_after) SELECT * FROM "
        "unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[])",
        ([ids[draft - 1] for draft in drafts], lines, accounts, amounts, after),
    )
    cursor.execute(
        "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, "
        "reverses, facts) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::int[], "
        "%s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::text[])",
        (ids, *map(list, zip(*plan.transactions, strict=True))),
    )
    cursor.execute(
        "UPDATE ledger_balances b SET amount = b.amount + c.change FROM unnest(%s::bigint[], %s::bigint[]) "
        "AS c(account, change) WHERE b.account_id = c.account",
        (list(plan.changes), list(plan.changes.values())),
    )


def drafts_of(name: str, count: int, chance: Any) -> list[Draft]:
    """Awards from one issuer to members at random."""
    from benchmarks.ledger.books import issuer, member

    return [transfer(f"{name}.{n}", issuer(0), member(chance.randrange(10_000))) for n in range(count)]
