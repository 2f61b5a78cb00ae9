"""Evidence stays as it was written, whatever way around the triggers somebody knows."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.cast import Cast
from timebank.audit import service as audit
from timebank.db import Database
from timebank.orm import APPEND_ONLY_TABLES

REPLACING = "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries"


def _write_one(database: Database, at: datetime) -> None:
    with database.transaction() as session:
        audit.record(
            session,
            at=at,
            actor="command",
            actor_name="command",
            action="member.registered",
            subject="member:1",
            organisation_id=None,
            request_id="",
        )


# SQLite knows no TRUNCATE.
@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", sorted(set(APPEND_ONLY_TABLES)))
def test_no_table_of_evidence_can_be_emptied_at_a_stroke(database: Database, cast: Cast, table: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(f"TRUNCATE {table} CASCADE"))


# PostgreSQL knows no INSERT OR REPLACE.
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_row_of_evidence_is_not_replaced_by_inserting_over_it(database: Database, at: datetime) -> None:
    _write_one(database, at)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(REPLACING))
    _write_one(database, at)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", sorted(set(APPEND_ONLY_TABLES)))
def test_every_unique_key_of_evidence_is_guarded_against_replacement(database: Database, table: str) -> None:
    with database.reading() as session:
        guard = session.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": f"{table}_no_replace"}
        )
        indexes = session.execute(text(f"PRAGMA index_list({table})")).all()
        for index in (row for row in indexes if row.unique):
            columns = session.execute(text(f"PRAGMA index_info('{index.name}')")).all()
            assert " AND ".join(f"{column.name} = NEW.{column.name}" for column in columns) in str(guard)
