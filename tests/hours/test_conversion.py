"""Hours become points when the volunteer says so: once, exactly, within the caps."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger import audit
from ledger.errors import KeyReused
from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, attended, published
from timebank.books import queries as books
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.conversion import Conversion, exchange_for
from timebank.hours.errors import ConversionOverCap, ConversionUnavailable, NothingToConvert
from timebank.policy import service as policy

EVENING = NOON + timedelta(hours=8)


def county_that_keeps_hours(session: Session, cast: Cast, **rule: object) -> None:
    """150 confirmed minutes on the volunteer's time account."""
    add_rule(session, cast, **rule)
    policy.change_settings(
        session,
        organisation_id=cast.county_id,
        written={"points_booked": "on_conversion"},
        by_name="陈立",
        at=NOON,
    )
    shift = published(session, cast)
    attended(session, shift, cast.volunteer)
    hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)


def convert(session: Session, cast: Cast, minutes: int, key: str = "k1") -> Conversion:
    return hours.convert(
        session,
        key=key,
        member=row(session, cast.volunteer),
        minutes=minutes,
        by=cast.volunteer.actor,
        at=EVENING,
        timezone=SHANGHAI,
    )


def test_a_part_is_converted_and_the_rest_stays(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast)
        done = convert(session, cast, 60)
        assert done == Conversion(60, Decimal(10), "1 h × 10 = 10, rule 1")
    with database.reading() as session:
        member_id = cast.volunteer.member_id
        assert books.points_balance(session, member_id) == 10
        assert books.time_balance(session, member_id) == 90
        given, credited = books.time_statement(session, member_id)
        assert (given.kind, given.amount, given.balance) == ("conversion", -60, 90)
        assert (credited.kind, credited.amount) == ("time_credit", 150)
        assert not audit.entries_sum_to_zero(session)


def test_the_same_key_converts_once_and_says_the_same(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast, cap_points_per_day=Decimal(25))
        first, again = convert(session, cast, 150), convert(session, cast, 150)
        assert (first.is_repeat, again.is_repeat) == (False, True)
        assert replace(again, is_repeat=False) == first
        assert books.points_balance(session, cast.volunteer.member_id) == 25
        with pytest.raises(KeyReused):
            convert(session, cast, 60)


def test_two_people_may_use_the_same_key(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast)
        convert(session, cast, 60)
        with pytest.raises(NothingToConvert):
            hours.convert(
                session,
                key="k1",
                member=row(session, cast.neighbour),
                minutes=60,
                by=cast.neighbour.actor,
                at=EVENING,
                timezone=SHANGHAI,
            )


@pytest.mark.parametrize("minutes", [0, -6, 156, 5])
def test_nothing_more_than_there_is_and_nothing_worthless_is_taken(
    database: Database, cast: Cast, minutes: int
) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast)
        with pytest.raises(NothingToConvert):
            convert(session, cast, minutes)
        assert books.time_balance(session, cast.volunteer.member_id) == 150


def test_hours_beyond_a_cap_are_not_lost_but_kept(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast, cap_points_per_day=Decimal(12))
        member = row(session, cast.volunteer)
        exchange = exchange_for(session, member=member, at=EVENING, timezone=SHANGHAI)
        assert (exchange.available_minutes, exchange.most_minutes) == (150, 72)
        with pytest.raises(ConversionOverCap) as refused:
            convert(session, cast, 150)
        assert refused.value.facts == {"most": "1.2 h"}
        convert(session, cast, 72)
        with pytest.raises(ConversionOverCap):
            convert(session, cast, 60, key="k2")
        tomorrow = EVENING + timedelta(days=1)
        assert exchange_for(session, member=member, at=tomorrow, timezone=SHANGHAI).most_minutes == 72


def test_the_months_cap_begins_anew_at_local_midnight(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast, cap_points_per_month=Decimal(10))
        member = row(session, cast.volunteer)
        convert(session, cast, 60)
        # 31 March 23:59 and 1 April 00:00 in Shanghai.
        last = EVENING.replace(month=3, day=31, hour=15, minute=59)
        assert exchange_for(session, member=member, at=last, timezone=SHANGHAI).most_minutes == 0
        first = last + timedelta(minutes=1)
        assert exchange_for(session, member=member, at=first, timezone=SHANGHAI).most_minutes == 60


def test_without_a_general_rule_nothing_is_converted(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        county_that_keeps_hours(session, cast, valid_until=EVENING.date())
        member = row(session, cast.volunteer)
        tomorrow = EVENING + timedelta(days=1)
        with pytest.raises(ConversionUnavailable):
            exchange_for(session, member=member, at=tomorrow, timezone=SHANGHAI)
