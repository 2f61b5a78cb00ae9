"""What the journeys of activities and hours share: forms, yesterday's shift, the trail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, attended, category, published
from timebank.activities import service
from timebank.activities.models import Shift
from timebank.activities.plans import Terms
from timebank.activities.rules import ShiftPlan
from timebank.audit.models import AuditEntry
from timebank.clock import now
from timebank.db import Database
from timebank.orgs.models import Organisation
from timebank.policy import service as policy

ClientAs = Callable[[str], FlaskClient]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def shift_fields(number: int, start: datetime, length: timedelta, capacity: str = "10") -> dict[str, str]:
    local, end = start.astimezone(SHANGHAI), (start + length).astimezone(SHANGHAI)
    return {
        f"shifts-{number}-day": f"{local:%Y-%m-%d}",
        f"shifts-{number}-starts": f"{local:%H:%M}",
        f"shifts-{number}-ends": f"{end:%H:%M}",
        f"shifts-{number}-capacity": capacity,
    }


def tomorrow_at(hour: int) -> datetime:
    return (now() + DAY).astimezone(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0)


def actions(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def a_category(database: Database, cast: Cast, rule: bool = True) -> int:
    with database.transaction() as session:
        if rule:
            add_rule(session, cast)
        return category(session).id


def yesterdays_shift(
    database: Database, cast: Cast, flags: tuple[str, ...] = (), conversion: bool = False
) -> int:
    """The id of a shift at which the volunteer and the coordinator herself served."""
    start = now() - DAY
    with database.transaction() as session:
        add_rule(session, cast)
        if conversion:
            policy.change_settings(
                session,
                organisation_id=cast.county_id,
                written={"points_booked": "on_conversion"},
                by_name="陈立",
                at=NOON,
            )
        plan = ShiftPlan(start, start + timedelta(minutes=150), 10)
        shift = published(session, cast, plan, at=start - DAY)
        attended(session, shift, cast.volunteer, flags=flags)
        attended(session, shift, cast.coordinator)
        return shift.id


def open_shift(database: Database, cast: Cast, capacity: int | None = 1, **terms: Any) -> int:
    """The id of the shift of a published activity, tomorrow."""
    with database.transaction() as session:
        add_rule(session, cast)
        start = tomorrow_at(14)
        activity = service.create(
            session,
            organisation=session.get_one(Organisation, cast.team_id),
            category_id=category(session).id,
            title="义剪",
            place="东风社区",
            description="",
            shifts=[ShiftPlan(start, start + HOUR, capacity)],
            by=cast.coordinator.actor,
            at=now() - DAY,
            terms=Terms(**terms),
        )
        service.publish(session, activity=activity, at=now() - DAY, timezone=SHANGHAI)
        return activity.shifts[0].id


def activity_id_of(database: Database, shift_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Shift, shift_id).activity_id
