"""What the reader should know before a register is taken, beyond its rows."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity
from timebank.errors import N_
from timebank.imports.first_rule import FIRST_RATE, counties_without_rule
from timebank.imports.importers import ImportContext, Notice
from timebank.imports.judges.records import NewRecord
from timebank.imports.judges.verdicts import Accepted
from timebank.imports.lookups import batches
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy_queries
from timebank.policy.rules import ON_CONVERSION, choose_rule

_IDS_PER_STATEMENT = 5_000


def records_notices(
    session: Session, rows: Sequence[Accepted[NewRecord]], _context: ImportContext
) -> Sequence[Notice]:
    """How old services will be paid, where that may surprise."""
    places = _places(session, {row.value.activity_id for row in rows})
    organisation_ids = {organisation_id for organisation_id, _path, _category in places.values()}
    bare = {county.path for county in counties_without_rule(session, organisation_ids)}
    notices = []
    if bare:
        first = min(row.value.served_on for row in rows).replace(month=1, day=1)
        notices.append(
            Notice(
                N_(
                    "There is no points rule yet, so these services make the first one: %(rate)s points per hour "
                    "from %(day)s. If that is not right, make your own rule first."
                ),
                {"rate": str(FIRST_RATE), "day": first.isoformat()},
            )
        )
    days = [(places[row.value.activity_id], row.value.served_on) for row in rows]
    unpaid = _without_rule(session, [one for one in days if not one[0][1].startswith(tuple(bare) or ("-",))])
    if unpaid:
        notices.append(
            Notice(
                N_("%(count)s services lie on days without a points rule and will earn no points."),
                {"count": str(unpaid)},
            )
        )
    return notices


def _places(session: Session, activity_ids: set[int]) -> dict[int, tuple[int, str, int]]:
    """By activity: its organisation's id and path, and its category."""
    found: dict[int, tuple[int, str, int]] = {}
    for some in batches(activity_ids, _IDS_PER_STATEMENT):
        rows = session.execute(
            select(Activity.id, Organisation.id, Organisation.path, Activity.category_id)
            .join(Activity.organisation)
            .where(Activity.id.in_(some))
        )
        found |= {row[0]: (row[1], row[2], row[3]) for row in rows}
    return found


def _without_rule(session: Session, days: Sequence[tuple[tuple[int, str, int], date]]) -> int:
    """How many services no rule pays, among those of counties that book points on approval."""
    rules = {path: policy_queries.rules_along(session, path) for path in {place[1] for place, _day in days}}
    style = {path: policy_queries.policy_for(session, path).points_booked for path in rules}
    return sum(
        style[path] != ON_CONVERSION and choose_rule(rules[path], path, category_id, day) is None
        for (_number, path, category_id), day in days
    )
