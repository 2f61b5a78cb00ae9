"""What is in the database already, asked once per file for all of its rows."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import IMPORTS_RUN
from timebank.activities.models import Activity, Shift
from timebank.hours.models import Attendance, ServiceRecord
from timebank.imports.cells import matching_key
from timebank.imports.importers import ImportContext
from timebank.imports.judges.lookups import (
    KnownActivity,
    KnownMember,
    KnownOrganisation,
    KnownRecord,
    KnownShift,
)
from timebank.members.identity import identity_hash
from timebank.members.models import Member
from timebank.orgs.models import Organisation

T = TypeVar("T")
# Both engines take some 32,000 values in one statement; shorter lists are planned faster.
_VALUES_PER_STATEMENT = 5_000


def batches(values: Collection[T], size: int) -> Iterator[list[T]]:
    """``values`` in lists of at most ``size``."""
    ordered = list(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


class DatabaseLookup:
    """Answers every judge of the time bank from the database, within what the actor may import into."""

    def __init__(self, session: Session, context: ImportContext) -> None:
        self._session = session
        self._context = context

    def _within(self) -> ColumnElement[bool]:
        return scope.within(self._context.actor, Organisation.path, IMPORTS_RUN)

    def organisations(self, keys: Collection[str]) -> Mapping[str, tuple[KnownOrganisation, ...]]:
        """Open organisations within reach, by matching key of the name."""
        parent = Organisation.__table__.alias("parent")
        rows = self._session.execute(
            select(Organisation.id, Organisation.name, parent.c.name)
            .outerjoin(parent, parent.c.id == Organisation.parent_id)
            .where(self._within(), Organisation.closed_at.is_(None))
            .order_by(Organisation.path)
        )
        found: dict[str, list[KnownOrganisation]] = defaultdict(list)
        for number, name, parent_name in rows:
            if (key := matching_key(name)) in keys:
                found[key].append(
                    KnownOrganisation(number, name, matching_key(parent_name) if parent_name else None)
                )
        return {key: tuple(group) for key, group in found.items()}

    def members_by_identity(self, identities: Collection[str]) -> Mapping[str, KnownMember]:
        """Members by identity number; those of other counties are marked as out of reach."""
        hashes = {identity_hash(self._context.keyring, identity): identity for identity in identities}
        found: dict[str, KnownMember] = {}
        for some in batches(hashes, _VALUES_PER_STATEMENT):
            for member, path in self._session.execute(
                select(Member, Organisation.path)
                .join(Member.organisation)
                .where(Member.identity_hash.in_(some))
            ):
                found[hashes[member.identity_hash or ""]] = self._known_member(member, path)
        return found

    def members_by_phone(self, phones: Collection[str]) -> Mapping[str, tuple[KnownMember, ...]]:
        """Members within reach by phone number."""
        found: dict[str, list[KnownMember]] = defaultdict(list)
        for some in batches(phones, _VALUES_PER_STATEMENT):
            for member, path in self._session.execute(
                select(Member, Organisation.path)
                .join(Member.organisation)
                .where(Member.phone.in_(some), self._within())
                .order_by(Member.id)
            ):
                found[member.phone].append(self._known_member(member, path))
        return {phone: tuple(members) for phone, members in found.items()}

    def _known_member(self, member: Member, path: str) -> KnownMember:
        return KnownMember(
            id=member.id,
            name=member.name,
            organisation_id=member.organisation_id,
            has_identity=member.identity_hash is not None,
            within_reach=self._context.actor.may(IMPORTS_RUN, path),
        )

    def activities(self, keys: Collection[str]) -> Mapping[str, tuple[KnownActivity, ...]]:
        """Published activities within reach by matching key of the title, with their shifts."""
        rows = self._session.execute(
            select(
                Activity.id,
                Activity.title,
                Activity.organisation_id,
                Shift.id,
                Shift.starts_at,
                Shift.ends_at,
            )
            .join(Activity.organisation)
            .join(Shift, Shift.activity_id == Activity.id)
            .where(Activity.status == "published", Shift.cancelled_at.is_(None), self._within())
            .order_by(Activity.id, Shift.starts_at)
        )
        shifts: dict[tuple[str, int, int], list[KnownShift]] = defaultdict(list)
        zone = self._context.timezone
        for activity_id, title, organisation_id, shift_id, starts_at, ends_at in rows:
            if (key := matching_key(title)) in keys:
                days = (starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date())
                shifts[key, activity_id, organisation_id].append(KnownShift(shift_id, starts_at, *days))
        found: dict[str, list[KnownActivity]] = defaultdict(list)
        for (key, activity_id, organisation_id), group in shifts.items():
            found[key].append(KnownActivity(activity_id, organisation_id, tuple(group)))
        return {key: tuple(group) for key, group in found.items()}

    def records(self, member_ids: Collection[int], activity_ids: Collection[int]) -> Sequence[KnownRecord]:
        """Every attendance of these members at these activities, with the minutes of its record."""
        members, zone = set(member_ids), self._context.timezone
        found: list[KnownRecord] = []
        for some in batches(activity_ids, _VALUES_PER_STATEMENT):
            rows = self._session.execute(
                select(Attendance, Shift.activity_id, ServiceRecord.served_on, ServiceRecord.minutes)
                .join(Shift, Shift.id == Attendance.shift_id)
                .outerjoin(ServiceRecord, ServiceRecord.attendance_id == Attendance.id)
                .where(Shift.activity_id.in_(some))
            )
            for attendance, activity_id, served_on, minutes in rows:
                if attendance.member_id in members:
                    day = served_on or attendance.checked_in_at.astimezone(zone).date()
                    found.append(
                        KnownRecord(
                            attendance.id,
                            activity_id,
                            attendance.shift_id,
                            attendance.member_id,
                            day,
                            minutes,
                        )
                    )
        return found
