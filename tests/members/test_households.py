"""A household is linked by two people, belongs to the database's care, and ends when somebody leaves."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.cast import Cast, Person, row
from timebank.access.actors import Actor
from timebank.db import Database
from timebank.errors import Refusal
from timebank.members import families
from timebank.members.errors import (
    HouseholdLinkDecided,
    HouseholdLinkNeedsOther,
    HouseholdOther,
    HouseholdSame,
    HouseholdSelf,
)
from timebank.members.models import HouseholdLink


def propose(
    session: Session, member: Person, relative: Person, by: Actor, at: datetime, *, means: str = "consent"
) -> HouseholdLink:
    return families.propose_link(
        session, member=row(session, member), relative=row(session, relative), by=by, means=means, at=at
    )


def linked(session: Session, member: Person, relative: Person, at: datetime) -> int:
    link = propose(session, member, relative, member.actor, at)
    return families.agree(session, link=link, by=relative.actor, at=at)


def test_two_members_become_one_household_when_both_say_so(
    database: Database, cast: Cast, at: datetime
) -> None:
    volunteer, neighbour = cast.volunteer, cast.neighbour
    with database.transaction() as session:
        link = propose(session, volunteer, neighbour, volunteer.actor, at)
        assert propose(session, volunteer, neighbour, volunteer.actor, at).id == link.id, "asked once"
        assert not families.same_household(session, volunteer.member_id, neighbour.member_id)
        for wrong in (volunteer.actor, cast.attendant.actor, cast.coordinator.actor):
            with pytest.raises(HouseholdLinkNeedsOther):
                families.agree(session, link=link, by=wrong, at=at)
        families.agree(session, link=link, by=neighbour.actor, at=at)
        assert families.same_household(session, volunteer.member_id, neighbour.member_id)
        assert not families.same_household(session, volunteer.member_id, volunteer.member_id)
        assert families.household_member_ids(session, volunteer.member_id) == {
            volunteer.member_id,
            neighbour.member_id,
        }
        with pytest.raises(HouseholdLinkDecided):
            families.agree(session, link=link, by=neighbour.actor, at=at)


def test_in_office_two_coordinators_decide_who_are_none_of_the_two(
    database: Database, cast: Cast, at: datetime
) -> None:
    coordinator, second = cast.coordinator, cast.second_coordinator
    with database.transaction() as session:
        own = propose(session, second, cast.volunteer, coordinator.actor, at, means="office")
        with pytest.raises(HouseholdLinkNeedsOther):
            families.agree(session, link=own, by=second.actor, at=at)
        link = propose(session, cast.volunteer, cast.neighbour, coordinator.actor, at, means="office")
        with pytest.raises(HouseholdLinkNeedsOther):
            families.agree(session, link=link, by=coordinator.actor, at=at)
        families.agree(session, link=link, by=second.actor, at=at)
        assert families.household_of(session, cast.volunteer.member_id) is not None


def test_nobody_is_linked_to_themselves_twice_or_across_two_households(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        linked(session, cast.volunteer, cast.neighbour, at)
        linked(session, cast.attendant, cast.auditor, at)
        wrong: list[tuple[Person, Person, type[Refusal]]] = [
            (cast.volunteer, cast.volunteer, HouseholdSelf),
            (cast.neighbour, cast.volunteer, HouseholdSame),
            (cast.volunteer, cast.auditor, HouseholdOther),
        ]
        for member, relative, refusal in wrong:
            with pytest.raises(refusal):
                propose(session, member, relative, member.actor, at)


def test_a_third_joins_and_the_last_but_one_to_leave_ends_it(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        home = linked(session, cast.volunteer, cast.neighbour, at)
        assert linked(session, cast.attendant, cast.neighbour, at) == home
        later = at + timedelta(days=1)
        families.leave(session, member=row(session, cast.neighbour), by=cast.neighbour.actor, at=later)
        assert families.same_household(session, cast.volunteer.member_id, cast.attendant.member_id)
        families.leave(session, member=row(session, cast.volunteer), by=cast.volunteer.actor, at=later)
        assert families.household_of(session, cast.attendant.member_id) is None, "one alone is no household"
        linked(session, cast.volunteer, cast.neighbour, later)


def test_the_database_lets_nobody_belong_to_two_households(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        linked(session, cast.volunteer, cast.neighbour, at)
        linked(session, cast.attendant, cast.auditor, at)
    tamper = text("UPDATE household_members SET member_id = :member WHERE member_id = :other").bindparams(
        member=cast.volunteer.member_id, other=cast.auditor.member_id
    )
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(tamper)
    forged = text("UPDATE household_links SET decided_by = proposed_by WHERE status = 'agreed'")
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(forged)


def test_two_proposals_agreed_at_the_same_moment_leave_one_household(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        links = [
            propose(session, cast.volunteer, other, cast.volunteer.actor, at).id
            for other in (cast.neighbour, cast.attendant)
        ]
        # Both have a household already: whichever is agreed first, the other would join two.
        linked(session, cast.attendant, cast.auditor, at)
        linked(session, cast.neighbour, cast.coordinator, at)
    refused: list[Refusal] = []

    def agree(link_id: int, by: Person) -> None:
        try:
            with database.transaction() as session:
                families.agree(session, link=families.link(session, link_id), by=by.actor, at=at)
        except Refusal as refusal:
            refused.append(refusal)

    threads = [
        threading.Thread(target=agree, args=pair)
        for pair in zip(links, (cast.neighbour, cast.attendant), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert isinstance(refused[0], HouseholdOther)
    with database.reading() as session:
        assert families.household_of(session, cast.volunteer.member_id) is not None
