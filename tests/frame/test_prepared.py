"""Statements that go straight to the driver say and hear the same as those of the session."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError

from timebank.audit.models import AuditEntry
from timebank.db import Database
from timebank.orgs.models import Organisation
from timebank.prepared import Prepared, PreparedRows, written

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
BY_SUBJECT = Prepared(
    select(AuditEntry.subject, AuditEntry.at, AuditEntry.facts)
    .where(AuditEntry.subject.in_(bindparam("subjects", expanding=True)), AuditEntry.action == "test.acted")
    .order_by(AuditEntry.subject)
)
ENTRIES = PreparedRows(
    AuditEntry,
    ("at", "actor", "actor_name", "action", "subject", "organisation_id", "facts", "request_id"),
    returning=("subject", "id"),
)


def _entry(subject: str) -> dict[str, object]:
    return {
        "at": AT, "actor": "job", "actor_name": "100%", "action": "test.acted", "subject": subject,
        "organisation_id": None, "facts": {"list": [1, "二"]}, "request_id": "",
    }  # fmt: skip


def test_values_go_in_and_come_out_in_the_columns_types_for_any_number_of_them(database: Database) -> None:
    with database.transaction() as session:
        ids = dict(row for row in ENTRIES.write(session, [_entry("a:1"), _entry("a:2"), _entry("a:3")]))
        assert sorted(ids) == ["a:1", "a:2", "a:3"]
        assert ENTRIES.write(session, []) == []
        for subjects in (["a:1"], ["a:1", "a:3"], [], ["a:2", "a:3", "a:9"]):
            expected = [(one, AT, {"list": [1, "二"]}) for one in subjects if one in ids]
            assert BY_SUBJECT.rows(session, subjects=subjects) == expected
        read = session.scalars(select(AuditEntry).where(AuditEntry.id == ids["a:2"])).one()
        assert (read.at, read.actor_name, read.facts) == (AT, "100%", {"list": [1, "二"]})


def test_what_the_session_has_not_written_is_written_first(database: Database) -> None:
    asked = Prepared(select(AuditEntry.id).where(AuditEntry.subject == bindparam("subject")))
    with database.transaction() as session:
        assert asked.first(session, subject="b:1") is None
        session.add(AuditEntry(**_entry("b:1")))
        assert asked.scalar(session, subject="b:1") is not None


def test_a_written_row_becomes_an_object_that_is_not_written_again(database: Database) -> None:
    with database.transaction() as session:
        ((_subject, number),) = ENTRIES.write(session, [_entry("c:1")])
        entry = written(session, AuditEntry(id=number, **_entry("c:1")))
        session.flush()
        assert session.get_one(AuditEntry, number) is entry
        assert len(BY_SUBJECT.rows(session, subjects=["c:1"])) == 1


def test_the_engines_refusal_comes_out_as_the_session_would_say_it(database: Database) -> None:
    rows = PreparedRows(Organisation, ("id", "name", "kind", "path", "created_at"))
    row = {"id": 1, "name": "甲", "kind": "centre", "path": "//1//", "created_at": AT}
    with database.transaction() as session:
        rows.write(session, [row])
    with pytest.raises(IntegrityError), database.transaction() as session:
        rows.write(session, [row])


def test_a_question_beside_every_session_is_answered_and_its_connection_goes_back_as_it_was(
    database: Database,
) -> None:
    absent = Prepared(select(Table("nowhere", MetaData(), Column("id", Integer)).c.id))
    with database.asking() as line:
        assert BY_SUBJECT.rows(line, subjects=["d:1"]) == []
        with pytest.raises(DBAPIError, match="nowhere"):
            absent.rows(line)
        assert BY_SUBJECT.rows(line, subjects=["d:1"]) == []
    with database.transaction() as session:
        ENTRIES.write(session, [_entry("d:1")])
        session.rollback()
    with database.asking() as line:
        assert BY_SUBJECT.rows(line, subjects=["d:1"]) == [], "a transaction is one again"


def test_a_session_that_has_failed_says_nothing_more(database: Database) -> None:
    with database.reading() as session:
        assert BY_SUBJECT.rows(session, subjects=[]) == []
        session.add(AuditEntry(**_entry("e:1") | {"actor": None}))
        with pytest.raises(IntegrityError):
            session.flush()
        with pytest.raises(PendingRollbackError):
            BY_SUBJECT.rows(session, subjects=["e:1"])
        session.rollback()
        assert BY_SUBJECT.rows(session, subjects=["e:1"]) == []
