"""What steps do to tables that hold rows: the rows stay, laws and triggers come back, and every change can be undone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.postgres import Cluster
from timebank import migrations
from timebank.db import open_engine
from timebank.migrations import steps


@pytest.fixture
def engine(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Two small tables with rows; ``visits`` refers to ``gates`` and is evidence."""
    cluster: Cluster | None = None
    if engine_kind == "sqlite":
        made = open_engine(f"sqlite:///{tmp_path}/small.sqlite3")
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        name = cluster.copy_database("template0")
        made = open_engine(cluster.url(name))
    with made.begin() as connection:
        for statement in (
            "CREATE TABLE gates (\n\tid INTEGER NOT NULL, \n\tname VARCHAR(9) DEFAULT 'a,(b' NOT NULL, \n\t"
            "CONSTRAINT pk_gates PRIMARY KEY (id), \n\tCONSTRAINT ck_gates_named CHECK (name IN ('north', 'a,(b'))\n)",
            "CREATE TABLE visits (\n\tid INTEGER NOT NULL, \n\tgate_id INTEGER NOT NULL, \n\t"
            "CONSTRAINT pk_visits PRIMARY KEY (id), \n\t"
            "CONSTRAINT fk_visits_gate_id_gates FOREIGN KEY(gate_id) REFERENCES gates (id)\n)",
            "CREATE INDEX ix_visits_gate_id ON visits (gate_id)",
            "INSERT INTO gates (id, name) VALUES (1, 'north'), (2, 'a,(b')",
            "INSERT INTO visits (id, gate_id) VALUES (7, 2)",
        ):
            connection.exec_driver_sql(statement)
        _within(connection, lambda: steps.add_check("visits", "ck_visits_counted", "id > 0"))
    yield made
    made.dispose()
    if cluster is not None:
        cluster.drop_database(name)


def _within(connection: sa.Connection, act: Callable[[], None]) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        act()


def _change(engine: sa.Engine, act: Callable[[], None]) -> None:
    with migrations.changing(engine) as connection:
        _within(connection, act)


def _rows(engine: sa.Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def _refused(engine: sa.Engine, statement: str) -> str:
    with pytest.raises(DBAPIError) as refusal, engine.begin() as connection:
        connection.exec_driver_sql(statement)
    return str(refusal.value.orig)


def test_a_check_becomes_another_and_the_rows_that_others_refer_to_stay(engine: sa.Engine) -> None:
    assert "ck_gates_named" in _refused(engine, "INSERT INTO gates VALUES (3, 'south')")
    _change(
        engine,
        lambda: steps.replace_check("gates", "ck_gates_named", "name IN ('north', 'a,(b', 'south')"),
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO gates VALUES (3, 'south')")
    assert _rows(engine, "SELECT name FROM gates ORDER BY id") == [("north",), ("a,(b",), ("south",)]
    assert _rows(engine, "SELECT gate_id FROM visits") == [(2,)]
    assert "ck_gates_named" in _refused(engine, "INSERT INTO gates VALUES (4, 'west')")
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO visits VALUES (8, 99)")


def test_a_column_that_refers_comes_and_goes_with_its_key_and_index(engine: sa.Engine) -> None:
    before = _laws(engine)
    _change(
        engine,
        lambda: steps.add_column("visits", sa.Column("back_id", sa.BigInteger()), refers_to="gates.id"),
    )
    seen = sa.inspect(engine)
    assert {key["name"] for key in seen.get_foreign_keys("visits")} >= {"fk_visits_back_id_gates"}
    assert "ix_visits_back_id" in {index["name"] for index in seen.get_indexes("visits")}
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO visits (id, gate_id, back_id) VALUES (9, 1, 99)")
    _change(engine, lambda: steps.drop_column("visits", "back_id", refers_to="gates.id"))
    assert _laws(engine) == before
    assert _rows(engine, "SELECT id, gate_id FROM visits") == [(7, 2)]


def _laws(engine: sa.Engine) -> Any:
    seen = sa.inspect(engine)
    return (
        [column["name"] for column in seen.get_columns("visits")],
        sorted(key["name"] or "" for key in seen.get_foreign_keys("visits")),
        sorted(index["name"] or "" for index in seen.get_indexes("visits")),
        sorted(check["name"] or "" for check in seen.get_check_constraints("visits")),
    )


def test_evidence_stays_evidence_when_its_table_is_made_anew(engine: sa.Engine) -> None:
    _change(engine, lambda: steps.evidence("visits"))
    _change(engine, lambda: steps.replace_check("visits", "ck_visits_counted", "id > 1"))
    _change(engine, lambda: steps.evidence("visits"))
    assert "append-only" in _refused(engine, "UPDATE visits SET gate_id = 1")
    assert "append-only" in _refused(engine, "DELETE FROM visits")


def test_a_change_that_would_leave_a_row_without_its_other_end_changes_nothing(engine: sa.Engine) -> None:
    def lose() -> None:
        op.execute("DELETE FROM gates WHERE id = 2")

    with pytest.raises((RuntimeError, IntegrityError)):
        _change(engine, lose)
    assert _rows(engine, "SELECT id FROM gates ORDER BY id") == [(1,), (2,)]
    assert "FOREIGN KEY" in _refused(engine, "DELETE FROM gates WHERE id = 2").upper()
