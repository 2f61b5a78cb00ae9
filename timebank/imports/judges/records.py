"""The register of old service records: who served where, on which day, for how long."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from timebank.imports.cells import Cell, matching_key
from timebank.imports.cleaning.people import clean_identity, clean_phone
from timebank.imports.cleaning.times import clean_date, clean_duration
from timebank.imports.cleaning.words import clean_text, clean_title, is_nothing, name_key, refuse_formula
from timebank.imports.headers import counts_minutes
from timebank.imports.judges.lookups import KnownActivity, KnownMember, KnownRecord, RecordLookup
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

# The columns by which a register names the person, best first.
_PERSON_FIELDS = ("person", "identity", "phone")


@dataclass(frozen=True)
class NewRecord:
    """Served minutes to be booked. ``shift_id`` is None where the activity has no free shift on that day."""

    member_id: int
    activity_id: int
    shift_id: int | None
    served_on: date
    minutes: int
    recorder: str


@dataclass(frozen=True)
class _PersonKey:
    """Exactly one of the two is set."""

    identity: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class _Known:
    by_identity: Mapping[str, KnownMember]
    by_phone: Mapping[str, tuple[KnownMember, ...]]
    activities: Mapping[str, tuple[KnownActivity, ...]]
    records: Mapping[tuple[int, int, date], KnownRecord]


class _Taken:
    """What is recorded already, from before or from rows above: nobody serves twice at one shift."""

    def __init__(self, records: Iterable[KnownRecord]) -> None:
        self.days: set[tuple[int, int, date]] = set()
        self.shifts = {(record.member_id, record.shift_id) for record in records}

    def add(self, record: NewRecord) -> None:
        self.days.add((record.member_id, record.activity_id, record.served_on))
        if record.shift_id is not None:
            self.shifts.add((record.member_id, record.shift_id))


def judge_records(table: Table, lookup: RecordLookup, *, today: date) -> Verdict[NewRecord]:
    """Judge every row. ``today`` is the county's own day: nobody has served after it.

    The same person, activity and day twice is ``DUPLICATE``, as is a record that is there already with
    other minutes. The name, where the register has one, must be the person's: it also tells apart those
    who share a phone.
    """
    person = partial(_clean_person, today=today)
    in_minutes = counts_minutes(table.header("duration"))
    cleaners: dict[str, Cleaner] = {
        "name": clean_text,
        **dict.fromkeys(_PERSON_FIELDS, person),
        "activity": clean_title,
        "served_on": partial(_clean_served_on, today=today),
        "duration": partial(clean_duration, in_minutes=in_minutes),
        "recorder": clean_text,
    }
    drafts = drafts_of(table, cleaners)
    known = _known(drafts, lookup)
    taken = _Taken(known.records.values())
    judgement: Judgement[NewRecord] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, known, taken))
        if accepted:
            taken.add(accepted.value)
            if accepted.value.shift_id is None and accepted.existing_id is None:
                judgement.note(draft, "served_on", Remark.OTHER_DAY)
    return judgement.verdict


def _known(drafts: list[Draft], lookup: RecordLookup) -> _Known:
    keys = [key for field in _PERSON_FIELDS for key in distinct(drafts, field)]
    by_identity = lookup.members_by_identity({key.identity for key in keys if key.identity})
    by_phone = lookup.members_by_phone({key.phone for key in keys if key.phone})
    activities = lookup.activities({matching_key(title) for title in distinct(drafts, "activity")})
    member_ids = {member.id for member in by_identity.values()}
    member_ids |= {member.id for members in by_phone.values() for member in members}
    activity_ids = {activity.id for found in activities.values() for activity in found}
    records = {
        (record.member_id, record.activity_id, record.served_on): record
        for record in lookup.records(member_ids, activity_ids)
    }
    return _Known(by_identity, by_phone, activities, records)


def _decide(draft: Draft, known: _Known, taken: _Taken) -> Accepted[NewRecord]:
    member = _member(draft, known)
    candidates = known.activities.get(matching_key(draft.take("activity")), ())
    if not candidates:
        raise SentBack("activity", Code.UNKNOWN_ACTIVITY)
    served_on, row = draft.take("served_on"), draft.row.number
    activity = _activity(candidates, served_on, member)
    minutes, recorder = draft.take("duration"), draft.take("recorder")
    key = (member.id, activity.id, served_on)
    existing = known.records.get(key)
    if key in taken.days or (existing and existing.minutes != minutes):
        raise SentBack("activity", Code.DUPLICATE)
    if existing:
        return Accepted(
            row, NewRecord(*key[:2], existing.shift_id, served_on, minutes, recorder), existing.id
        )
    shift_id = _shift_on(activity, served_on)
    if (member.id, shift_id) in taken.shifts:
        # A shift of several days has one attendance; the other days are occasions of their own.
        shift_id = None
    return Accepted(row, NewRecord(*key[:2], shift_id, served_on, minutes, recorder))


def _clean_person(cell: Cell, *, today: date) -> _PersonKey | None:
    """An identity or phone number, whichever it is; None for a blank cell."""
    refuse_formula(cell)
    if is_nothing(cell):
        return None
    try:
        return _PersonKey(phone=clean_phone(cell))
    except Unacceptable:
        pass
    try:
        return _PersonKey(identity=clean_identity(cell, today=today))
    except Unacceptable as fault:
        # A number that is nobody's number is nobody's, whatever is wrong with it.
        raise Unacceptable(Code.UNKNOWN_MEMBER) from fault


def _clean_served_on(cell: Cell, *, today: date) -> date:
    day = clean_date(cell)
    if day > today:
        raise Unacceptable(Code.INVALID_DATE)
    return day


def _member(draft: Draft, known: _Known) -> KnownMember:
    name = name_key(draft.take("name"))
    keys = {field: key for field in _PERSON_FIELDS if (key := draft.take(field)) is not None}
    if not keys:
        field = next(field for field in _PERSON_FIELDS if field in draft.row.values)
        raise SentBack(field, Code.MISSING)
    found: set[int] = set()
    member: KnownMember | None = None
    for key in keys.values():
        reachable = [person for person in _persons(key, known) if person.within_reach]
        fitting = [person for person in reachable if not name or name_key(person.name) == name]
        if len(fitting) == 1:
            member = fitting[0]
            found.add(member.id)
    # Two numbers of two different people name nobody.
    if member is None or len(found) != 1:
        raise SentBack(next(iter(keys)), Code.UNKNOWN_MEMBER)
    return member


def _persons(key: _PersonKey, known: _Known) -> Iterable[KnownMember]:
    if key.identity:
        return filter(None, [known.by_identity.get(key.identity)])
    return known.by_phone.get(key.phone or "", ())


def _activity(candidates: tuple[KnownActivity, ...], served_on: date, member: KnownMember) -> KnownActivity:
    """The activity that is meant: the one on that day, else the only one; among several, the member's own team's."""
    on_day = tuple(activity for activity in candidates if _shift_on(activity, served_on) is not None)
    choices = on_day or candidates
    own = tuple(activity for activity in choices if activity.organisation_id == member.organisation_id)
    for group in (choices, own):
        if len(group) == 1:
            return group[0]
    raise SentBack("activity", Code.UNKNOWN_ACTIVITY)


def _shift_on(activity: KnownActivity, day: date) -> int | None:
    return next((shift.id for shift in activity.shifts if shift.first_day <= day <= shift.last_day), None)
