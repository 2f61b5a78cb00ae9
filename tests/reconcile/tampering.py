"""Changing rows behind the application's back, and asking reconciliation what it sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from tests.lived_in import VISIT
from timebank.house import House
from timebank.reconcile import service
from timebank.reconcile.checks import Break, Check, Range, Since
from timebank.reconcile.service import Result
from timebank.reconcile.touched import name_records


@contextmanager
def tampering(house: House) -> Iterator[Connection]:
    """A connection to the house's database on which no trigger and no constraint of the product holds."""
    url = house.database.engine.url
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            triggers = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for trigger in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
    engine.dispose()


def allow_anything(connection: Connection, table: str, constraint: str) -> None:
    """Drop a constraint; SQLite has been told already to ignore them all."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def reconciled(house: House, path: str | None = None) -> Result:
    """What all checks of the house say now."""
    with house.database.reading() as session:
        service.see_one_moment(session)
        within = Range(VISIT, ZoneInfo(house.settings.timezone), path, totals=house.control_totals)
        return service.examine(session, house.checks, within)


def breaks_of(house: House, *, left_to_the_full_run: frozenset[str] = frozenset()) -> dict[str, list[Break]]:
    """The breaks by code of the check that named them; what an incremental run calls new, it names alike.

    ``left_to_the_full_run``: what an incremental run cannot see here, as it reads sums that were proved before.
    """
    outcomes = [one for one in reconciled(house).outcomes if one.breaks]
    within = Range(VISIT, ZoneInfo(house.settings.timezone), totals=house.control_totals)
    with house.database.reading() as session:
        for one in outcomes:
            if one.check.code in left_to_the_full_run:
                continue
            assert subjects_of(session, one.check, within) == {found.subject for found in one.breaks}
    return {one.check.code: list(one.breaks) for one in outcomes}


def subjects_of(session: Session, check: Check, within: Range) -> set[str]:
    """What the check names; where it can be incremental, as a run to which everything is new."""
    if check.incremental:
        within = replace(within, since=name_records(session, Since(0, 0, datetime(2000, 1, 1, tzinfo=UTC))))
    return {one.subject for one in check.find(session, within)}


def assert_named(house: House, code: str, subject: str, *, also: frozenset[str] = frozenset()) -> Break:
    """The check ``code`` names exactly one break, about ``subject``; no check but those of ``also`` is disturbed."""
    found = breaks_of(house)
    assert set(found) == {code} | also
    assert [one.subject for one in found[code]] == [subject]
    assert service.said(found[code][0])
    return found[code][0]
