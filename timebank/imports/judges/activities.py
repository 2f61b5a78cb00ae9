"""The register of activities: each row one occasion with its begin and end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from timebank.imports.cells import Cell, matching_key
from timebank.imports.cleaning.amounts import clean_quantity
from timebank.imports.cleaning.times import Moment, clean_moment, clean_optional_date
from timebank.imports.cleaning.words import WORD_LENGTH, clean_text, clean_title
from timebank.imports.judges.lookups import ActivityRegisterLookup, KnownActivity, KnownOrganisation
from timebank.imports.judges.verdicts import (
    Accepted,
    Cleaner,
    Draft,
    Judgement,
    SentBack,
    Verdict,
    distinct,
    drafts_of,
)
from timebank.imports.rejections import Code, Remark, Unacceptable
from timebank.imports.tables import Table

_DESCRIPTION_LENGTH = 5_000


@dataclass(frozen=True)
class NewActivity:
    """An activity with one shift, to be created. Moments are aware; ``category`` may be empty."""

    title: str
    category: str
    organisation_id: int
    starts_at: datetime
    ends_at: datetime
    place: str
    capacity: int | None
    description: str


@dataclass(frozen=True)
class _Known:
    organisations: Mapping[str, tuple[KnownOrganisation, ...]]
    activities: Mapping[str, tuple[KnownActivity, ...]]


def _clean_capacity(cell: Cell) -> int | None:
    capacity = clean_quantity(cell)
    if capacity == 0:
        raise Unacceptable(Code.INVALID_QUANTITY)
    return capacity


_CLEANERS: dict[str, Cleaner] = {
    "title": clean_title,
    "category": partial(clean_text, longest=WORD_LENGTH),
    "organisation": clean_title,
    "day": clean_optional_date,
    "starts": clean_moment,
    "ends": clean_moment,
    "place": clean_text,
    "capacity": _clean_capacity,
    "description": partial(clean_text, longest=_DESCRIPTION_LENGTH),
}


def judge_activities(table: Table, lookup: ActivityRegisterLookup, *, zone: ZoneInfo) -> Verdict[NewActivity]:
    """Judge every row. Times are the county's own, in ``zone``.

    The same title, organisation and beginning twice is ``DUPLICATE``; the same title at another time is
    another occasion, as weekly activities have.
    """
    drafts = drafts_of(table, _CLEANERS)
    known = _Known(
        lookup.organisations({matching_key(name) for name in distinct(drafts, "organisation")}),
        lookup.activities({matching_key(title) for title in distinct(drafts, "title")}),
    )
    seen: set[tuple[str, int, datetime]] = set()
    judgement: Judgement[NewActivity] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, known, seen, zone))
        if accepted:
            seen.add(_identity(accepted.value))
            if draft.is_illegible("capacity"):
                judgement.note(draft, "capacity", Remark.LEFT_OUT)
    return judgement.verdict


def _identity(activity: NewActivity) -> tuple[str, int, datetime]:
    return matching_key(activity.title), activity.organisation_id, activity.starts_at


def _decide(
    draft: Draft, known: _Known, seen: set[tuple[str, int, datetime]], zone: ZoneInfo
) -> Accepted[NewActivity]:
    title, category = draft.take("title"), draft.take("category")
    organisations = known.organisations.get(matching_key(draft.take("organisation")), ())
    if len(organisations) != 1:
        raise SentBack("organisation", Code.UNKNOWN_ORGANISATION)
    starts_at, ends_at = _span(draft, zone)
    activity = NewActivity(
        title=title,
        category=category,
        organisation_id=organisations[0].id,
        starts_at=starts_at,
        ends_at=ends_at,
        place=draft.take("place"),
        capacity=draft.take_if_legible("capacity"),
        description=draft.take("description"),
    )
    if _identity(activity) in seen:
        raise SentBack("title", Code.DUPLICATE)
    return Accepted(draft.row.number, activity, _existing_id(activity, known))


def _existing_id(activity: NewActivity, known: _Known) -> int | None:
    for candidate in known.activities.get(matching_key(activity.title), ()):
        begins = {shift.starts_at for shift in candidate.shifts}
        if candidate.organisation_id == activity.organisation_id and activity.starts_at in begins:
            return candidate.id
    return None


def _span(draft: Draft, zone: ZoneInfo) -> tuple[datetime, datetime]:
    day: date | None = draft.take("day")
    starts: Moment = draft.take("starts")
    start_day = starts.day or day
    if start_day is None:
        # Only a time of day, and no column with the date.
        raise SentBack("starts", Code.INVALID_DATE)
    starts_at = _moment(start_day, starts.clock, starts.days, zone)
    ends: Moment = draft.take("ends")
    # A day without a time ends when the day does; a time without a day is on the day of the start.
    ends_at = _moment(ends.day or start_day, ends.clock, ends.days if ends.clock else 1, zone)
    if ends_at <= starts_at:
        raise SentBack("ends", Code.ENDS_BEFORE_START)
    return starts_at, ends_at


def _moment(day: date, clock: time | None, days_later: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock or time(0), tzinfo=zone) + timedelta(days=days_later)
