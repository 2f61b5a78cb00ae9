"""Makes what the judges accepted, through the rooms' own services and in bulk."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift
from timebank.activities.rules import ShiftPlan
from timebank.activities.service import PastActivity
from timebank.hours import service as hours
from timebank.hours.service import OldService
from timebank.imports.cells import matching_key
from timebank.imports.first_rule import ensure_first_rules
from timebank.imports.importers import ImportContext, Progress
from timebank.imports.judges.activities import NewActivity
from timebank.imports.judges.members import NewMember
from timebank.imports.judges.organisations import NewOrganisation
from timebank.imports.judges.records import NewRecord
from timebank.imports.judges.verdicts import Accepted
from timebank.imports.lookups import DatabaseLookup, batches
from timebank.members import service as members
from timebank.members.service import Particulars
from timebank.orgs import service as organisations
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy_queries
from timebank.policy import service as policy

# Rows between two reports of progress.
_BATCH_ROWS = 500
_RECORD_BATCH_ROWS = 2_000
# Activities without a category of their own.
_OTHER_CATEGORY = ("其他", "Other")


def create_organisations(
    session: Session, rows: Sequence[Accepted[NewOrganisation]], context: ImportContext, progress: Progress
) -> None:
    """Organisations from the top down, whatever the order of the rows."""
    lookup = DatabaseLookup(session, context)
    keys = {row.value.parent_key for row in rows if row.value.parent_key}
    ids = {key: found[0].id for key, found in lookup.organisations(keys).items()}
    nodes: dict[str | None, Organisation | None] = {None: None}
    for key, number in ids.items():
        nodes[key] = session.get_one(Organisation, number)
    waiting = [row.value for row in rows]
    done = 0
    while waiting:
        ready = [one for one in waiting if one.parent_key in nodes]
        assert ready, "the judge let nothing pass whose parent is unknown"
        waiting = [one for one in waiting if one.parent_key not in nodes]
        for one in ready:
            parent = nodes[one.parent_key]
            nodes[one.key] = organisations.create(
                session, name=one.name, kind=one.kind, parent=parent, at=context.at
            )
        done += len(ready)
        progress(done)


def create_members(
    session: Session, rows: Sequence[Accepted[NewMember]], context: ImportContext, progress: Progress
) -> None:
    """Members with the next volunteer numbers, in the order of the rows. Consent is asked at their first log-in."""
    done = 0
    for some in batches(rows, _BATCH_ROWS):
        people = [(_particulars(row.value), row.value.organisation_id) for row in some]
        members.register_many(session, people=people, keyring=context.keyring, at=context.at)
        done += len(some)
        progress(done)


def _particulars(member: NewMember) -> Particulars:
    return Particulars(
        name=member.name,
        phone=member.phone,
        sex=member.sex,
        born_on=member.born_on,
        identity=member.identity,
        skills=member.skills,
        joined_on=member.joined_on,
    )


def create_activities(
    session: Session, rows: Sequence[Accepted[NewActivity]], context: ImportContext, progress: Progress
) -> None:
    """Activities with their one shift, in the order of the rows; categories that are new are made."""
    categories = _category_ids(session, rows, context.at)
    done = 0
    for some in batches(rows, _BATCH_ROWS):
        plans = [_past_activity(row.value, categories) for row in some]
        activities.create_past_activities(session, plans, by=context.actor, at=context.at)
        done += len(some)
        progress(done)


def _category_ids(session: Session, rows: Sequence[Accepted[NewActivity]], at: datetime) -> dict[str, int]:
    """Category ids by the words of the register; new words become the county's own."""
    names = {row.value.category for row in rows}
    if not names:
        return {}
    # A register is one county's: its rows lie within the scope of whoever brought it.
    path = session.get_one(Organisation, rows[0].value.organisation_id).path
    county_id = policy_queries.county_of(path)
    usable = policy_queries.categories_at(session, path)
    known = {matching_key(category.name): category.id for category in usable}
    found: dict[str, int] = {}
    for written in sorted(names):
        name, english = (written, "") if written else _OTHER_CATEGORY
        if matching_key(name) not in known:
            made = policy.create_category(
                session, name=name, english_name=english, organisation_id=county_id, at=at
            )
            known[matching_key(name)] = made.id
        found[written] = known[matching_key(name)]
    return found


def _past_activity(activity: NewActivity, categories: dict[str, int]) -> PastActivity:
    return PastActivity(
        organisation_id=activity.organisation_id,
        category_id=categories[activity.category],
        title=activity.title,
        place=activity.place,
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        capacity=activity.capacity,
        description=activity.description,
    )


def create_records(
    session: Session, rows: Sequence[Accepted[NewRecord]], context: ImportContext, progress: Progress
) -> None:
    """Confirmed hours of proof grade D with their points by rule, oldest first, so that caps fall on the later service."""
    if not rows:
        return
    assert context.run_id is not None, "records name the run that brought them"
    records = sorted((row.value for row in rows), key=lambda record: record.served_on)
    about = _activities_of(session, {record.activity_id for record in records})
    ensure_first_rules(
        session,
        organisation_ids={activity.organisation_id for activity in about.values()},
        since=records[0].served_on,
        context=context,
    )
    shift_ids = _shifts_for(session, records, context)
    done = 0
    for some in batches(list(zip(records, shift_ids, strict=True)), _RECORD_BATCH_ROWS):
        hours.record_old_services(
            session,
            [_old_service(record, shift_id, about[record.activity_id]) for record, shift_id in some],
            import_run_id=context.run_id,
            by=context.actor,
            at=context.at,
            timezone=context.timezone,
        )
        done += len(some)
        progress(done)


def _activities_of(session: Session, ids: set[int]) -> dict[int, Activity]:
    found: dict[int, Activity] = {}
    for some in batches(ids, _BATCH_ROWS):
        found |= {row.id: row for row in session.scalars(select(Activity).where(Activity.id.in_(some)))}
    return found


def _old_service(record: NewRecord, shift_id: int, activity: Activity) -> OldService:
    return OldService(
        member_id=record.member_id,
        shift_id=shift_id,
        organisation_id=activity.organisation_id,
        category_id=activity.category_id,
        served_on=record.served_on,
        minutes=record.minutes,
        recorder_name=record.recorder,
    )


def _shifts_for(session: Session, records: Sequence[NewRecord], context: ImportContext) -> list[int]:
    """The shift of each record; days that the activity has no shift for get one."""
    missing = sorted({(one.activity_id, one.served_on) for one in records if one.shift_id is None})
    plans = [(activity_id, _plan_on(session, activity_id, day, context)) for activity_id, day in missing]
    made = activities.add_past_shifts(session, plans) if plans else []
    on_day = {key: shift.id for key, shift in zip(missing, made, strict=True)}
    return [one.shift_id or on_day[one.activity_id, one.served_on] for one in records]


def _plan_on(session: Session, activity_id: int, day: date, context: ImportContext) -> ShiftPlan:
    """The activity's first shift, moved to ``day``, at most until that day's end."""
    first = session.scalars(
        select(Shift).where(Shift.activity_id == activity_id).order_by(Shift.starts_at).limit(1)
    ).one()
    zone = context.timezone
    starts_at = datetime.combine(day, first.starts_at.astimezone(zone).time(), zone)
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return ShiftPlan(starts_at, min(starts_at + (first.ends_at - first.starts_at), midnight), None)
