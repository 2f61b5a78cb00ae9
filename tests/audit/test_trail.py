"""The audit trail: complete, unchangeable, seen within scope, told in sentences."""

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.cast import Cast
from timebank.access.actors import Actor
from timebank.audit import queries, service
from timebank.db import Database

ROOT = Path(__file__).parents[2]


def _codes() -> Iterator[tuple[str, str]]:
    """Every string with a dot that is handed to something called ``audited``, ``_audited``, ``record`` …"""
    for path in [*ROOT.glob("timebank/**/*.py"), *ROOT.glob("store/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "audit" in ast.unparse(node.func):
                handed = [*node.args, *(word.value for word in node.keywords if word.arg == "action")]
                for argument in handed:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        value = argument.value
                        if "." in value and " " not in value:
                            yield value, path.relative_to(ROOT).as_posix()


def test_every_act_in_the_code_has_its_sentence(app: Flask) -> None:
    known = app.extensions["timebank"].audit_sentences
    found = list(_codes())
    assert len(found) > 20, "the test reads the code in vain"
    assert not [(code, where) for code, where in found if code not in known]


def test_every_sentence_belongs_to_a_room_with_a_word(app: Flask) -> None:
    from timebank.audit.actions import AUDIT_ROOMS

    known = app.extensions["timebank"].audit_sentences
    rooms = {code.partition(".")[0] for code in known if "." in code}
    assert not [room for room in rooms if room not in AUDIT_ROOMS and room not in known]


def _write(
    database: Database, at: datetime, *, actor: Actor, organisation_id: int | None, action: str
) -> None:
    with database.transaction() as session:
        service.record(
            session,
            at=at,
            actor=actor.label,
            actor_name=actor.name,
            action=action,
            subject="member:1",
            organisation_id=organisation_id,
        )


def _seen(database: Database, actor: Actor, **filters: object) -> list[str]:
    with database.reading() as session:
        return [entry.action for entry in queries.entries_page(session, actor, **filters).rows]


def test_auditors_see_the_acts_of_their_subtree_and_of_their_people(
    database: Database, cast: Cast, at: datetime
) -> None:
    coordinator, stranger = cast.coordinator.actor, cast.stranger.actor
    _write(database, at, actor=coordinator, organisation_id=cast.team_id, action="member.changed")
    _write(database, at, actor=coordinator, organisation_id=None, action="password.changed")
    _write(database, at, actor=stranger, organisation_id=cast.other_team_id, action="member.moved")
    _write(database, at, actor=stranger, organisation_id=None, action="password.changed")
    _write(database, at, actor=Actor("command", "command"), organisation_id=None, action="import.done")
    assert _seen(database, cast.auditor.actor) == ["import.done", "password.changed", "member.changed"]
    assert _seen(database, cast.stranger_administrator.actor) == [
        "import.done", "password.changed", "member.moved",
    ]  # fmt: skip
    assert _seen(database, coordinator) == []


def test_the_trail_is_narrowed_by_who_what_whom_where_and_when(
    database: Database, cast: Cast, at: datetime
) -> None:
    actor, auditor = cast.coordinator.actor, cast.auditor.actor
    later = at + timedelta(hours=2)
    _write(database, at, actor=actor, organisation_id=cast.team_id, action="member.changed")
    _write(database, later, actor=auditor, organisation_id=cast.county_id, action="role.granted")
    assert _seen(database, auditor, who=actor.name) == ["member.changed"]
    assert _seen(database, auditor, who=auditor.label) == ["role.granted"]
    assert _seen(database, auditor, action="role") == ["role.granted"]
    assert _seen(database, auditor, action="member.changed") == ["member.changed"]
    assert _seen(database, auditor, action="mem") == []
    assert _seen(database, auditor, subject="member:2") == []
    assert _seen(database, auditor, below=cast.paths[cast.station_id]) == ["member.changed"]
    assert _seen(database, auditor, since=later) == ["role.granted"]
    assert _seen(database, auditor, until=later) == ["member.changed"]


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_the_database_itself_refuses_to_change_the_trail(
    database: Database, cast: Cast, at: datetime, statement: str
) -> None:
    _write(database, at, actor=cast.auditor.actor, organisation_id=cast.team_id, action="member.changed")
    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))
