"""Groups with dates: who counted as what on which day."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast, row
from timebank.db import Database
from timebank.members import groups
from timebank.members.errors import (
    GroupAbsent,
    GroupByAge,
    GroupClosed,
    GroupDaysWrong,
    GroupMembershipOverlaps,
    GroupNameInvalid,
    GroupNameTaken,
)
from timebank.members.models import MemberGroup
from timebank.orgs.models import Organisation

MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)


def named(
    session: Session, cast: Cast, at: datetime, name: str = "低收入", from_age: int | None = None
) -> MemberGroup:
    county = session.get_one(Organisation, cast.county_id)
    return groups.name_group(
        session, organisation=county, name=name, description="", from_age=from_age, at=at
    )


def test_a_membership_holds_from_its_first_to_its_last_day(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        group, member = named(session, cast, at), row(session, cast.volunteer)
        by = cast.coordinator.actor
        groups.enter(session, group=group, member=member, since=MONDAY, until=SUNDAY, by=by, at=at)
        found = {
            day: group.id in groups.groups_of(session, member.id, day)
            for day in (date(2026, 3, 1), MONDAY, SUNDAY, date(2026, 3, 9))
        }
        assert list(found.values()) == [False, True, True, False]
        assert groups.names_by_member(session, [member], SUNDAY) == {member.id: ["低收入"]}


def test_days_that_overlap_are_refused_and_days_that_follow_are_not(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        group, member = named(session, cast, at), row(session, cast.volunteer)
        by = cast.coordinator.actor
        row_ = groups.enter(session, group=group, member=member, since=MONDAY, by=by, at=at)
        with pytest.raises(GroupMembershipOverlaps):
            groups.enter(session, group=group, member=member, since=SUNDAY, by=by, at=at)
        with pytest.raises(GroupDaysWrong):
            groups.enter(session, group=group, member=member, since=SUNDAY, until=MONDAY, by=by, at=at)
        groups.end(session, membership=row_, last_day=SUNDAY, by=by)
        with pytest.raises(GroupDaysWrong):
            groups.end(session, membership=row_, last_day=date(2026, 4, 1), by=by)
        groups.enter(session, group=group, member=member, since=date(2026, 3, 9), by=by, at=at)


def test_by_age_nobody_is_entered_and_the_birthday_decides(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        group, member = named(session, cast, at, "80岁及以上", from_age=80), row(session, cast.volunteer)
        with pytest.raises(GroupByAge):
            groups.enter(session, group=group, member=member, since=MONDAY, by=cast.coordinator.actor, at=at)
        member.born_on = date(1946, 3, 2)
        session.flush()
        assert groups.groups_of(session, member.id, date(2026, 3, 1)) == frozenset()
        assert groups.groups_of(session, member.id, MONDAY) == {group.id}
        assert groups.names_by_member(session, [member], MONDAY) == {member.id: ["80岁及以上"]}


def test_a_group_belongs_to_its_county_has_one_name_and_can_be_closed(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        group = named(session, cast, at)
        with pytest.raises(GroupNameTaken):
            named(session, cast, at)
        with pytest.raises(GroupNameInvalid):
            named(session, cast, at, "  ")
        with pytest.raises(GroupAbsent):
            groups.group(session, cast.stranger.actor, group.id)
        groups.close_group(session, group=group, at=at)
        member = row(session, cast.volunteer)
        with pytest.raises(GroupClosed):
            groups.enter(session, group=group, member=member, since=MONDAY, by=cast.coordinator.actor, at=at)
        stranger = row(session, cast.stranger_volunteer)
        assert groups.groups_of(session, stranger.id, MONDAY) == frozenset()
