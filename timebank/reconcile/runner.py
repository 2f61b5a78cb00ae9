"""One whole run, from the command line, the page or the nightly job: an edge with two transactions.

The reading one may take minutes on a county's books and blocks nobody; the writing one keeps the result.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from timebank.clock import now
from timebank.house import House
from timebank.orgs.errors import OrganisationAbsent
from timebank.orgs.models import Organisation
from timebank.reconcile import service
from timebank.reconcile.checks import Check, Range
from timebank.reconcile.service import Result


def reconcile(
    house: House,
    checks: Sequence[Check],
    *,
    organisation_id: int | None,
    started_by: str,
    clock: Callable[[], datetime],
    keep: bool = True,
) -> tuple[Result, int | None]:
    """Make ``checks`` of the whole installation, or of an organisation's subtree, and keep the result.

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
        path = None
        if organisation_id is not None:
            place = session.get(Organisation, organisation_id)
            if place is None:
                raise OrganisationAbsent
            path = place.path
        result = service.examine(session, checks, Range(started_at, timezone, path))
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
        return result, run.id


def nightly(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job: everything, everywhere."""
    reconcile(house, house.checks, organisation_id=None, started_by="job", clock=now)
