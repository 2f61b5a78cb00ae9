"""The steps of the tables: forward from nothing, back to nothing, and equal to the models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

import timebank.models  # noqa: F401 - both declare their tables.
from tests.postgres import Cluster
from timebank import migrations
from timebank.db import open_engine
from timebank.orm import Base

# What the database does by itself: triggers on tables, and the functions that they call.
_SELF_ACTING = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT t.tgname || ' on ' || t.tgrelid::regclass::text, pg_get_triggerdef(t.oid) FROM pg_trigger t "
        "WHERE NOT t.tgisinternal UNION ALL SELECT p.proname, p.prosrc FROM pg_proc p "
        "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
    ),
}


@pytest.fixture
def empty_engine(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database without a single table."""
    if engine_kind == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path}/empty.sqlite3")
        yield engine
        engine.dispose()
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.copy_database("template0")
    engine = open_engine(cluster.url(name))
    yield engine
    engine.dispose()
    cluster.drop_database(name)


def _self_acting(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(text(_SELF_ACTING[engine.dialect.name])).all()
    return {name: " ".join(body.split()) for name, body in rows}


def _laws(engine: Engine) -> dict[str, Any]:
    """Every check, unique and foreign key of every table, by name: what comparing metadata passes over."""
    seen = inspect(engine)
    return {
        table: {
            "checks": {(check["name"], check["sqltext"]) for check in seen.get_check_constraints(table)},
            "uniques": {
                (rule["name"], tuple(rule["column_names"])) for rule in seen.get_unique_constraints(table)
            },
            "keys": {
                (key["name"], tuple(key["constrained_columns"]), key["referred_table"], str(key["options"]))
                for key in seen.get_foreign_keys(table)
            },
            "indexes": {
                (
                    index["name"],
                    tuple(index["column_names"]),
                    index["unique"],
                    tuple(sorted(f"{name}={value}" for name, value in index["dialect_options"].items())),
                )
                for index in seen.get_indexes(table)
            },
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_every_step_forward_from_nothing_gives_the_tables_of_the_models(empty_engine: Engine) -> None:
    migrations.upgrade(empty_engine)
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_triggers_and_functions_are_those_of_tables_made_at_once(
    empty_engine: Engine, database_url: str
) -> None:
    migrations.upgrade(empty_engine)
    made_at_once = open_engine(database_url)
    try:
        assert _laws(empty_engine) == _laws(made_at_once)
        assert _self_acting(empty_engine) == _self_acting(made_at_once)
        assert _self_acting(empty_engine), "no trigger at all would be no law at all"
    finally:
        made_at_once.dispose()


def test_all_the_way_back_leaves_nothing(empty_engine: Engine) -> None:
    migrations.upgrade(empty_engine)
    migrations.downgrade(empty_engine, "base")
    assert set(inspect(empty_engine).get_table_names()) <= {"alembic_version"}
    assert _self_acting(empty_engine) == {}
    assert migrations.current(empty_engine) is None


def test_every_step_goes_back_and_forward_again(empty_engine: Engine) -> None:
    migrations.upgrade(empty_engine)
    there = _laws(empty_engine), _self_acting(empty_engine)
    steps = 0
    while migrations.current(empty_engine) is not None:
        migrations.downgrade(empty_engine, "-1")
        steps += 1
    assert steps > 1
    for _ in range(steps):
        migrations.upgrade(empty_engine, "+1")
    assert (_laws(empty_engine), _self_acting(empty_engine)) == there


def test_going_forward_twice_changes_nothing(empty_engine: Engine) -> None:
    migrations.upgrade(empty_engine)
    first = _laws(empty_engine), _self_acting(empty_engine)
    migrations.upgrade(empty_engine)
    assert (_laws(empty_engine), _self_acting(empty_engine)) == first
    assert migrations.current(empty_engine) == migrations.head()


def test_a_step_that_fails_leaves_nothing_half_done(empty_engine: Engine) -> None:
    # A table that the last step makes stands in its way.
    with empty_engine.begin() as connection:
        connection.execute(text("CREATE TABLE shops (id INTEGER)"))
    with pytest.raises(Exception, match="shops"):
        migrations.upgrade(empty_engine)
    assert set(inspect(empty_engine).get_table_names()) <= {"alembic_version", "shops"}
