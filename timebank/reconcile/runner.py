"""One whole run, from the command line, the page or the nightly job: an edge with several transactions.

The reading one may take minutes on a county's books and blocks nobody; the writing ones keep the result, take
differences into suspense, stop or let go on, and freeze the totals of the days that are over.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ledger import seals
from timebank.clock import now
from timebank.house import House
from timebank.orgs.errors import OrganisationAbsent
from timebank.orgs.models import Organisation
from timebank.reconcile import marks, service, stops, suspense, suspicions, telling, totals
from timebank.reconcile.checks import Check, Range
from timebank.reconcile.concerns import LOOKUPS
from timebank.reconcile.service import Result

NIGHTLY = "reconcile.nightly"


def reconcile(
    house: House,
    checks: Sequence[Check],
    *,
    organisation_id: int | None,
    started_by: str,
    clock: Callable[[], datetime],
    keep: bool = True,
    full: bool = True,
) -> tuple[Result, int | None]:
    """Make ``checks`` of the whole installation, or of an organisation's subtree, and keep the result.

    Args:
        full: False leaves to earlier runs what they proved and what has been sealed since; a run over a
            subtree is always full.

    Returns:
        What was found, and the number of the kept run; None where it is not kept.

    Raises:
        OrganisationAbsent: there is no such organisation.
        CheckFailed: a check could not be made; nothing is kept.
    """
    started_at = clock()
    timezone = ZoneInfo(house.settings.timezone)
    with house.database.reading() as session:
        service.see_one_moment(session)
        path = _path(session, organisation_id)
        within = Range(started_at, timezone, path, totals=house.control_totals)
        since = marks.since_of(session, tuple(checks)) if path is None and not full else {}
        result = service.examine(session, checks, within, since)
    if not keep:
        return result, None
    with house.database.transaction() as session:
        run = service.keep(
            session,
            result,
            organisation_id=organisation_id,
            started_by=started_by,
            started_at=started_at,
            finished_at=clock(),
        )
        suspense.take_in(session, result, within, {**LOOKUPS, **house.concerns}, at=started_at)
        suspicions.open_cases(session, checks, at=started_at)
        if path is None:
            new = stops.judge(session, house.checks, at=started_at)
            telling.of_stops(session, new, at=started_at)
            for stop in stops.changed_at(session, started_at):
                for hear in house.stop_hearers:
                    hear(session, stop, started_at)
        return result, run.id


def nightly(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job: everything, everywhere; in full once a week, else from the last run on. Safe to repeat."""
    night(house, at=now(), clock=now)


def night(house: House, *, at: datetime, clock: Callable[[], datetime]) -> None:
    """Seal, take counts into suspense, compare, freeze the days that are over, tell of what has become old."""
    timezone = ZoneInfo(house.settings.timezone)
    with house.database.transaction() as session:
        seals.seal_all(session, at=at)
    take_in_counts(house, at=at)
    with house.database.reading() as session:
        full = marks.full_is_due(session, at)
    reconcile(house, house.checks, organisation_id=None, started_by="job", clock=clock, full=full)
    with house.database.transaction() as session:
        totals.freeze(session, house.control_totals, at=at, timezone=timezone)
        telling.of_ages(session, at=at, timezone=timezone)


def take_in_counts(house: House, *, at: datetime) -> None:
    """Put what honest counts have found into suspense."""
    with house.database.transaction() as session:
        for source in house.counted_differences:
            suspense.take_in_counts(session, source(session, at), at=at)


def _path(session: Session, organisation_id: int | None) -> str | None:
    if organisation_id is None:
        return None
    place = session.get(Organisation, organisation_id)
    if place is None:
        raise OrganisationAbsent
    return place.path
