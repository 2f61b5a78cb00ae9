"""Who is told, what they see, and that a link confirms one address and no other."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.cast import Cast
from timebank.access.permissions import HOURS_CONFIRM
from timebank.db import Database
from timebank.notices import queries, rules, service
from timebank.notices.errors import AddressInvalid, AddressLinkInvalid, NoticeAbsent, TooManyQuestions
from timebank.notices.queries import Person


def test_a_member_is_told_sees_it_and_nobody_else_does(database: Database, cast: Cast, at: datetime) -> None:
    with database.transaction() as session:
        notice = service.tell(
            session,
            member_id=cast.volunteer.member_id,
            kind="x",
            sentence="%(points)s points lapse on %(day)s",
            facts={"points": Decimal("12.50"), "day": at.date(), "when": at},
            href="/me",
            at=at,
        )
        assert notice is not None
        own = queries.person_of(cast.volunteer.actor)
        assert queries.unread_count(session, own) == 1
        assert queries.unread_count(session, queries.person_of(cast.neighbour.actor)) == 0
        with pytest.raises(NoticeAbsent):
            queries.notice(session, cast.neighbour.actor, notice.id)
        service.mark_read(session, notice=notice, at=at)
        assert queries.unread_count(session, own) == 0


def test_holders_of_a_right_are_told_where_they_hold_it_but_not_the_one_who_did_it(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        told = [
            service.tell_holders(
                session,
                permission=HOURS_CONFIRM,
                organisation_path=cast.paths[cast.team_id],
                kind="x",
                sentence="x",
                facts={},
                href=None,
                at=at,
                key="one",
                besides_user_id=cast.coordinator.user_id,
            )
            for _twice in range(2)
        ]
        wanted = {cast.second_coordinator.member_id, cast.administrator.member_id}
        assert {notice.member_id for notice in told[0]} == wanted
        assert told[1] == []


def test_a_link_confirms_its_own_address_and_lapses(database: Database, cast: Cast, at: datetime) -> None:
    person = Person(member_id=cast.volunteer.member_id)
    with database.transaction() as session:
        row = service.give_address(session, person=person, channel="email", address="a@example.com", at=at)
        first = service.confirming_word(cast.keyring, row)
        later = at + timedelta(minutes=1)
        row = service.give_address(session, person=person, channel="email", address="b@example.com", at=later)
        for wrong in (first, first[:-1] + "x", "", "7", "9" * 30, "１.abc"):
            with pytest.raises(AddressLinkInvalid):
                service.confirm_address(session, keyring=cast.keyring, written=wrong, at=later)
        word = service.confirming_word(cast.keyring, row)
        too_late = later + rules.LINK_VALID_FOR + timedelta(seconds=1)
        with pytest.raises(AddressLinkInvalid):
            service.confirm_address(session, keyring=cast.keyring, written=word, at=too_late)
        service.confirm_address(session, keyring=cast.keyring, written=word, at=later)
        assert row.confirmed_at == later


def test_nobody_fills_a_strangers_mailbox_with_questions(
    database: Database, cast: Cast, at: datetime
) -> None:
    person = Person(member_id=cast.volunteer.member_id)
    with database.transaction() as session:
        for number in range(rules.MOST_QUESTIONS):
            service.give_address(
                session, person=person, channel="email", address=f"a{number}@example.com", at=at
            )
        with pytest.raises(TooManyQuestions):
            service.give_address(session, person=person, channel="email", address="z@example.com", at=at)
        tomorrow = at + rules.QUESTIONS_WITHIN
        service.give_address(session, person=person, channel="email", address="z@example.com", at=tomorrow)


@pytest.mark.parametrize(
    "address", ["a", "a@b", "a@b.c\nBcc: d@e.f", "a b@c.de", "@c.de", "甲@c.de", "a@c.de" * 40]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not rules.address_is_acceptable(address)


def test_a_refused_address_leaves_nothing_behind(database: Database, cast: Cast, at: datetime) -> None:
    person = Person(member_id=cast.volunteer.member_id)
    with database.transaction() as session:
        with pytest.raises(AddressInvalid):
            service.give_address(session, person=person, channel="email", address="a@b", at=at)
        assert queries.address_of(session, person, "email") is None


def test_a_notice_leads_into_this_house_only() -> None:
    assert rules.own_path("/me")
    assert not any(
        rules.own_path(href) for href in ("//evil.example", "https://evil.example", "/\\evil", "x")
    )
