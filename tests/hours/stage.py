"""What the tests of activities and hours set up again and again: a rule, a shift, people who came."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, Person
from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift
from timebank.activities.rules import ShiftPlan
from timebank.hours import service as hours
from timebank.hours.member_word import say
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy_queries
from timebank.policy import service as policy
from timebank.policy.models import Category, PointsRule

SHANGHAI = ZoneInfo("Asia/Shanghai")


def photo(width: int = 40, height: int = 30, kind: str = "JPEG") -> bytes:
    """A small picture, as a phone would send one."""
    written = BytesIO()
    Image.new("RGB", (width, height), "darkred").save(written, kind)
    return written.getvalue()


LONG_AGO = date(2020, 1, 1)


def category(session: Session, name: str = "敬老爱老") -> Category:
    """The category of that name, made when it is not there."""
    found = policy_queries.category_named(session, name)
    return found or policy.create_category(session, name=name, at=NOON)


def add_rule(session: Session, cast: Cast, **changes: Any) -> PointsRule:
    """A general rule of the county: 10 points an hour, rounded down to whole points, since long ago."""
    values: dict[str, Any] = {
        "category_id": None,
        "points_per_hour": Decimal(10),
        "rounding": "down",
        "rounding_step": Decimal(1),
        "cap_points_per_day": None,
        "cap_points_per_month": None,
        "valid_from": LONG_AGO,
        "valid_until": None,
        "today": LONG_AGO,
        "by": "command",
        "at": NOON,
    }
    organisation_id = changes.pop("organisation_id", cast.county_id)
    return policy.add_rule(
        session,
        organisation_id=organisation_id,
        organisation_path=cast.paths[organisation_id],
        **(values | changes),
    )


def draft(
    session: Session,
    cast: Cast,
    *plans: ShiftPlan,
    title: str = "敬老院打扫",
    organisation_id: int | None = None,
    at: datetime = NOON - timedelta(days=1),
) -> Activity:
    """A draft of the team's; by default one shift from 14:00 to 16:30 on the day of ``NOON``."""
    organisation = session.get_one(Organisation, organisation_id or cast.team_id)
    start = NOON + timedelta(hours=2)
    return activities.create(
        session,
        organisation=organisation,
        category_id=category(session).id,
        title=title,
        place="东风社区",
        description="带水杯。",
        shifts=plans or (ShiftPlan(start, start + timedelta(minutes=150), 10),),
        by=cast.coordinator.actor,
        at=at,
    )


def published(
    session: Session, cast: Cast, *plans: ShiftPlan, at: datetime = NOON - timedelta(days=1), **details: Any
) -> Shift:
    """The first shift of a published activity."""
    activity = draft(session, cast, *plans, at=at, **details)
    activities.publish(session, activity=activity, at=at, timezone=SHANGHAI)
    return activity.shifts[0]


def attended(
    session: Session,
    shift: Shift,
    person: Person,
    *,
    came: datetime | None = None,
    left: datetime | None = None,
    method: str = "rotating",
    flags: tuple[str, ...] = (),
) -> ServiceRecord:
    """Somebody came and left, by default exactly on time."""
    attendance = hours.open_attendance(
        session,
        shift=shift,
        member_id=person.member_id,
        at=came or shift.starts_at,
        method=method,
        flags=flags,
    )
    return hours.close_attendance(
        session, attendance=attendance, at=left or shift.ends_at, method=method, timezone=SHANGHAI
    )


def says_yes(session: Session, record: ServiceRecord, person: Person, at: datetime) -> ServiceRecord:
    """The member says on her own page that it was so."""
    return say(session, record=record, said="yes", by=person.actor, at=at)
