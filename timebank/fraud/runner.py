"""The nightly screening and the cases' deadlines: edges with their own transactions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.permissions import FRAUD_SIGN
from timebank.access.queries import actor_of_user
from timebank.clock import now
from timebank.errors import N_
from timebank.fraud import appeals, cases, queries, rings, service
from timebank.fraud.errors import CaseAbsent
from timebank.fraud.models import Case
from timebank.fraud.rules import Rule, Window
from timebank.house import House
from timebank.notices import service as notices
from timebank.orgs.models import Organisation

SCREEN, DEADLINES, RINGS = "fraud.screen", "fraud.deadlines", "fraud.rings"
OVERDUE = N_("Case %(number)s has waited longer than it should. Please see to it.")
ESCALATED = N_("The time to decide passed; the next higher office was told.")


def screen(house: House, *, at: datetime, rules: Sequence[Rule] | None = None) -> service.Screened:
    """Let the rules look at everything up to ``at`` and keep what is new.

    Reading takes long on a county's evidence and blocks nobody; writing is short.
    """
    chosen = house.fraud_rules if rules is None else rules
    window = Window(at, ZoneInfo(house.settings.timezone))
    with house.database.reading() as session:
        noticed = list(service.look(session, chosen, window))
    with house.database.transaction() as session:
        return service.keep(session, noticed, rules=house.fraud_rules, kinds=house.evidence, at=at)


def nightly(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job."""
    screen(house, at=now())


def deadlines(house: House, _arguments: Mapping[str, Any]) -> None:
    """Close what nobody appealed against in time, and tell the higher office about what waits too long."""
    see_to_deadlines(house, at=now())


def see_to_deadlines(house: House, *, at: datetime) -> None:
    """Close what nobody appealed against in time, and tell the higher office once of each time that has passed.

    Nobody hears of a case that they may not see; where nobody may, it is tried again the next day.
    """
    with house.database.transaction() as session:
        appeals.close_settled(session, at=at, timezone=ZoneInfo(house.settings.timezone))
        waiting = select(Case).where(
            Case.status.in_(("open", "to_sign", "appealed")), Case.due_at < at, Case.escalated_at.is_(None)
        )
        for case in session.scalars(waiting.order_by(Case.id)).all():
            _escalate(session, case, at=at)


def _escalate(session: Session, case: Case, *, at: datetime) -> None:
    path = cases.place_of(session, case).path
    told = notices.tell_holders(
        session,
        permission=FRAUD_SIGN,
        organisation_path="/".join(path.split("/")[:2]) + "/",
        kind="fraud.overdue",
        sentence=OVERDUE,
        facts={"number": case.number},
        href=f"/cases/{case.id}",
        at=at,
        key=f"fraud.overdue:{case.id}:{case.due_at:%Y%m%d}",
        may_know=lambda user_id: _may_see(session, user_id, case.id),
    )
    if not told:
        return
    case.escalated_at = at
    cases.write_down(
        session,
        case,
        kind="escalated",
        says=ESCALATED,
        at=at,
        key=f"escalated:{case.due_at:%Y%m%d}",
        actor="job",
        actor_name="",
    )


def _may_see(session: Session, user_id: int, case_id: int) -> bool:
    """Whether a case is not about the user, their household or their own unit."""
    actor = actor_of_user(session, user_id)
    try:
        return actor is not None and queries.case(session, actor, case_id) is not None
    except CaseAbsent:
        return False


def weekly_rings(house: House, _arguments: Mapping[str, Any]) -> None:
    """The weekly report on rings of every county, where it is not there yet."""
    with house.database.reading() as session:
        roots = select(Organisation.id).where(Organisation.parent_id.is_(None)).order_by(Organisation.id)
        counties = session.scalars(roots).all()
    for county_id in counties:
        report_rings(house, county_id=county_id, by="job", at=now())


def report_rings(house: House, *, county_id: int, by: str, at: datetime) -> int | None:
    """Report the week that is over; the report's id, or None where it had been made."""
    timezone = ZoneInfo(house.settings.timezone)
    with house.database.transaction() as session:
        row = rings.make(
            session,
            county=session.get_one(Organisation, county_id),
            until=rings.last_monday(at, timezone),
            readers=house.ties,
            timezone=timezone,
            by=by,
            at=at,
        )
        return row.id if row is not None else None
