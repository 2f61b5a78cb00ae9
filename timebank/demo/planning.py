"""What planning can do, under way when somebody opens the pages: a waiting list, posts, conditions, a series, a template."""

from datetime import date, datetime, time, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities import series, templates
from timebank.activities import service as activities
from timebank.activities.models import Activity
from timebank.activities.plans import PostPlan, Terms
from timebank.activities.repeating import WEEKLY, Repeat
from timebank.activities.rules import Conditions, ShiftPlan
from timebank.activities.standings import standing_of
from timebank.demo.life import staff
from timebank.demo.town import Resident, Town
from timebank.orgs.models import Organisation

TUESDAY, THURSDAY = 1, 3
TWO_HOURS = timedelta(hours=2)


def show_planning(session: Session, town: Town) -> None:
    """On the day of the visit: what the first team's coordinator has planned for the weeks to come."""
    if not town.is_last_day:
        return
    day = town.last_day + timedelta(days=9)
    _fill_and_wait(session, town, _published(session, town, "图书角整理", day, places=2))
    terms = Terms(
        conditions=Conditions(age_from=18),
        closes_hours=2,
        contact_name="社区值班室",
        private_details="活动室在二楼，从东侧小门进，报值班室即可。",
        posts=(PostPlan("引导登记", 4), PostPlan("理发", 2, "理发"), PostPlan("代写家信", 2)),
    )
    fair = _published(session, town, "便民服务日", day + timedelta(days=1), terms=terms)
    by, at = _organiser(town), town.at
    templates.keep(session, activity=fair, name="便民服务日", by=by, at=at, timezone=town.timezone)
    _repeat(session, town, _published(session, town, "四点半课堂", _next_tuesday(town), places=6))


def _organiser(town: Town) -> Actor:
    team = town.teams[0]
    station = next(one for one in town.stations if team.path.startswith(one.path))
    return town.coordinators[station.id][0]


def _next_tuesday(town: Town) -> date:
    return town.last_day + timedelta(days=14 - (town.last_day.weekday() - TUESDAY) % 7)


def _published(
    session: Session,
    town: Town,
    title: str,
    day: date,
    *,
    places: int | None = None,
    terms: Terms | None = None,
) -> Activity:
    starts_at = datetime.combine(day, time(15), town.timezone)
    activity = activities.create(
        session,
        organisation=session.get_one(Organisation, town.teams[0].id),
        category_id=next(iter(town.kept["categories"].values())),
        title=title,
        place="社区活动室",
        description=f"{title}。请提前十分钟到场，到达和离开时各扫一次码。",
        shifts=[ShiftPlan(starts_at, starts_at + TWO_HOURS, places)],
        by=_organiser(town),
        at=town.at - timedelta(days=1),
        terms=terms,
    )
    at = town.at - timedelta(hours=20)
    activities.publish(session, activity=activity, at=at, timezone=town.timezone)
    return activity


def _fill_and_wait(session: Session, town: Town, activity: Activity) -> None:
    """Two have the places, two stand in line."""
    holders = {actor.member_id for actor in staff(town)}
    shift = activity.shifts[0]
    free = (
        one
        for one in town.residents
        if one.member_id not in holders
        and not standing_of(session, shift=shift, member_id=one.member_id, timezone=town.timezone).overlaps
    )
    people = list(islice(free, 4))
    for number, resident in enumerate(people):
        at = town.at - timedelta(hours=18 - number)
        act = activities.sign_up if number < 2 else activities.wait
        act(
            session,
            shift=shift,
            member_id=resident.member_id,
            by=_by(town, resident),
            at=at,
            timezone=town.timezone,
        )


def _by(town: Town, resident: Resident) -> Actor:
    return resident.actor or _organiser(town)


def _repeat(session: Session, town: Town, activity: Activity) -> None:
    """Every Tuesday and Thursday for three weeks; the drafts wait for somebody to publish them."""
    first = activity.shifts[0].starts_at.astimezone(town.timezone).date()
    rule = Repeat(WEEKLY, first + timedelta(weeks=3), frozenset({TUESDAY, THURSDAY}))
    by, at = _organiser(town), town.at
    series.repeat_activity(session, activity=activity, repeat=rule, by=by, at=at, timezone=town.timezone)
