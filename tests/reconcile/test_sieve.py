"""What the server reckons for all rows is what Python reckons for one."""

from datetime import timedelta

from sqlalchemy import literal, select

from tests.cast import NOON, Cast
from timebank.db import Database
from timebank.orgs.models import Organisation
from timebank.policy import service as policy
from timebank.reconcile.settings_then import SettingsThen
from timebank.reconcile.sieve import monday_of

NAMES = ("rounding_minutes", "end_tolerance_minutes")


def test_settings_of_then_are_the_same_for_every_row_as_for_one(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        for days, place, value in (
            (1, cast.county_id, "30"),
            (2, cast.station_id, "60"),
            (3, cast.county_id, "1"),
            (4, cast.station_id, "6"),
        ):
            policy.change_settings(
                session,
                organisation_id=place,
                written={"rounding_minutes": value},
                by_name="陈立",
                at=NOON + timedelta(days=days),
            )
    seen = set()
    with database.reading() as session:
        then = SettingsThen(session, NAMES)
        assert then.least("rounding_minutes") == 1
        for days in range(6):
            moment = NOON + timedelta(days=days)
            columns = [then.column(name, Organisation.path, literal(moment)) for name in NAMES]
            for path, *found in session.execute(select(Organisation.path, *columns)):
                held = then.at(path, moment)
                assert found == [getattr(held, name) for name in NAMES]
                seen.add(found[0])
    assert {1, 6, 30, 60} <= seen


def test_the_week_of_a_date_begins_on_its_monday(database: Database) -> None:
    with database.reading() as session:
        for days in range(9):
            day = NOON.date() + timedelta(days=days)
            monday = session.scalar(select(monday_of(literal(day))))
            assert monday == day - timedelta(days=day.weekday())
