"""Settings are dated: what held at a moment can be asked, and nobody rewrites it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast
from timebank.db import Database
from timebank.policy import queries, service

DAY = timedelta(days=1)


def _change(session: Session, organisation_id: int, at: datetime, **written: str) -> dict[str, object]:
    return service.change_settings(
        session, organisation_id=organisation_id, written=written, by_name="陈立", at=at
    )


def test_what_held_at_a_moment_is_found_again_whatever_was_set_later(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        _change(session, cast.county_id, NOON, manual_quota="5")
        _change(session, cast.county_id, NOON + 2 * DAY, manual_quota="1")
        _change(session, cast.team_id, NOON + 3 * DAY, manual_quota="2")
    with database.reading() as session:
        moments = (NOON - DAY, NOON, NOON + DAY, NOON + 2 * DAY, NOON + 4 * DAY, None)
        held = [queries.policy_for(session, cast.paths[cast.team_id], at).manual_quota for at in moments]
        assert held == [3, 5, 5, 1, 2, 2]
        history = queries.setting_history(session, cast.county_id)
        assert [(row.value, row.changed_by, row.changed_at) for row in history] == [
            (5, "陈立", NOON),
            (1, "陈立", NOON + 2 * DAY),
        ]


def test_nothing_written_follows_the_organisation_above_again(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        _change(session, cast.county_id, NOON, manual_quota="5", walk_ins="refused")
        _change(session, cast.team_id, NOON, manual_quota="2", walk_ins="welcome")
        assert _change(session, cast.team_id, NOON + DAY, manual_quota="", walk_ins="") == {
            "manual_quota": None,
            "walk_ins": None,
        }
    with database.reading() as session:
        policy = queries.policy_for(session, cast.paths[cast.team_id])
        assert (policy.manual_quota, policy.walk_ins) == (5, "refused")
        assert queries.own_settings(session, cast.team_id) == {}
        before = queries.policy_for(session, cast.paths[cast.team_id], NOON)
        assert (before.manual_quota, before.walk_ins) == (2, "welcome")


def test_the_database_keeps_what_was_set(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        _change(session, cast.county_id, NOON, manual_quota="5")
    for statement in ("UPDATE policy_settings SET value = '9'", "DELETE FROM policy_settings"):
        with pytest.raises(DatabaseError), database.transaction() as session:
            session.execute(text(statement))
