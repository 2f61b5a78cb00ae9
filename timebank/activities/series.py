"""Copying and repeating: one new draft per date, each with its own plan, joined as a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from timebank.access.actors import Actor
from timebank.activities import errors, pictures
from timebank.activities.drafting import create
from timebank.activities.models import Activity, Shift
from timebank.activities.plans import terms_of
from timebank.activities.repeating import DAYS_PER_WEEK, Occurrence, Repeat, moved, occurrences
from timebank.activities.rules import ShiftPlan
from timebank.db import queue_for

WEEK = timedelta(days=DAYS_PER_WEEK)


@dataclass(frozen=True)
class Preview:
    """A date of the series to be: its shifts, and whether a draft or activity of the series is there already."""

    occurrence: Occurrence
    plans: tuple[ShiftPlan, ...]
    is_there: bool


def root_id(activity: Activity) -> int:
    """The first activity of the series, by which all of it is found."""
    return activity.series_id or activity.id


def series_of(session: Session, activity: Activity) -> Sequence[Activity]:
    """Every activity of the series, in the order of their first shifts; just this one where there is none."""
    root = root_id(activity)
    found = session.scalars(
        select(Activity)
        .options(
            selectinload(Activity.shifts), joinedload(Activity.organisation), joinedload(Activity.category)
        )
        .where(or_(Activity.id == root, Activity.series_id == root))
    ).all()
    return sorted(found, key=lambda row: (row.shifts[0].starts_at if row.shifts else row.created_at, row.id))


def preview(session: Session, activity: Activity, repeat: Repeat, *, timezone: ZoneInfo) -> list[Preview]:
    """The dates on which the activity would be repeated, in the county's own days."""
    first = first_day(activity, timezone)
    starts = {shift.starts_at for row in series_of(session, activity) for shift in row.shifts}
    planned = activity.held_shifts or activity.shifts
    found = []
    for occurrence in occurrences(first, repeat):
        plans = tuple(moved(_plan_of(shift), occurrence.day - first, timezone) for shift in planned)
        is_there = all(plan.starts_at in starts for plan in plans)
        found.append(Preview(occurrence, plans, is_there))
    return found


def first_day(activity: Activity, timezone: ZoneInfo) -> date:
    """The county's own day on which the activity begins."""
    return (
        min(shift.starts_at for shift in activity.held_shifts or activity.shifts).astimezone(timezone).date()
    )


def _plan_of(shift: Shift) -> ShiftPlan:
    return ShiftPlan(shift.starts_at, shift.ends_at, shift.capacity)


def repeat_activity(
    session: Session, *, activity: Activity, repeat: Repeat, by: Actor, at: datetime, timezone: ZoneInfo
) -> list[Activity]:
    """One draft for each date that is not there yet, so that sending it twice makes them once.

    Raises:
        NothingToRepeat: no date fits.
    """
    queue_for(session, f"series:{root_id(activity)}")
    wanted = preview(session, activity, repeat, timezone=timezone)
    if not wanted:
        raise errors.NothingToRepeat(field="until")
    return [_drafted(session, activity, found, by=by, at=at) for found in wanted if not found.is_there]


def _drafted(session: Session, activity: Activity, found: Preview, *, by: Actor, at: datetime) -> Activity:
    draft = create(
        session,
        organisation=activity.organisation,
        category_id=activity.category_id,
        title=activity.title,
        place=activity.place,
        description=activity.description,
        shifts=found.plans,
        by=by,
        at=at,
        terms=terms_of(activity),
        series_id=root_id(activity),
    )
    pictures.copy(session, source_id=activity.id, target=draft)
    return draft


def rows_to_come(activity: Activity, *, at: datetime, timezone: ZoneInfo) -> list[dict[str, object]]:
    """The activity's shifts as rows of a form, moved by whole weeks until the first of them is to come."""
    shifts = activity.held_shifts or activity.shifts
    if not shifts:
        return []
    first = min(shift.starts_at for shift in shifts)
    weeks = 0 if first > at else (at - first) // WEEK + 1
    plans = [moved(_plan_of(shift), weeks * WEEK, timezone) for shift in shifts]
    return [row_of(plan, timezone) for plan in plans]


def row_of(plan: ShiftPlan, timezone: ZoneInfo) -> dict[str, object]:
    """A planned shift as a row of the form."""
    starts, ends = plan.starts_at.astimezone(timezone), plan.ends_at.astimezone(timezone)
    return {
        "shift_id": None,
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "capacity": plan.capacity,
    }
