"""Dated price lists, concessions that somebody funds, cartons, and limits that are told before they are reached."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import balances
from store.catalogue import barcodes, limits, prices, queries
from store.catalogue.calendar import first_day, next_first_day
from store.catalogue.errors import (
    BarcodeTaken,
    ConcessionDaysWrong,
    ConcessionEnded,
    ConcessionNotLower,
    LimitReached,
    PriceDayPast,
)
from store.catalogue.limits import Left
from store.catalogue.models import Product, Shop
from store.orders import queries as orders
from store.orders import returns
from store.orders.models import OrderLine
from tests.cast import NOON, Cast
from tests.store.stage import COUNTY_TIME, Stage, sell
from tests.store.stock.papers import TODAY, product
from timebank.books import chart
from timebank.books.queries import points_balance
from timebank.db import Database
from timebank.members import groups
from timebank.members.models import Household, HouseholdMember, Member, MemberGroup
from timebank.orgs.models import Organisation


def _price(session: Session, stage: Stage, cast: Cast, points: str, day: date) -> None:
    prices.set_price(
        session,
        product=product(session, stage.soap_id),
        price_points=Decimal(points),
        valid_from=day,
        today=TODAY,
        by=cast.administrator.actor,
        at=NOON,
    )


def _low_income(session: Session, cast: Cast) -> MemberGroup:
    county = session.get_one(Organisation, cast.county_id)
    group = groups.name_group(
        session, organisation=county, name="低收入户", description="", from_age=None, at=NOON
    )
    member = session.get_one(Member, cast.volunteer.member_id)
    groups.enter(session, group=group, member=member, since=TODAY, by=cast.administrator.actor, at=NOON)
    return group


def _grant(session: Session, stage: Stage, cast: Cast, points: str, *, first: date = TODAY) -> int:
    return prices.grant_concession(
        session,
        product=product(session, stage.soap_id),
        group=_low_income(session, cast),
        price_points=Decimal(points),
        funder=session.get_one(Organisation, cast.county_id),
        valid_from=first,
        valid_until=None,
        today=TODAY,
        by=cast.administrator.actor,
        at=NOON,
    ).id


def test_a_price_holds_from_its_day_and_what_was_sold_keeps_its_own(
    database: Database, cast: Cast, stage: Stage
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    with database.transaction() as session:
        _price(session, stage, cast, "25", tomorrow)
        soap = product(session, stage.soap_id)
        assert prices.price_for(session, soap, None, TODAY).list_price == 20
        assert prices.price_for(session, soap, None, tomorrow).list_price == 25
        order = sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {soap.id: 1},
            key="before-the-change-1",
            by=cast.attendant.actor,
        ).order
    with database.transaction() as session:
        assert prices.put_in_force(session, tomorrow) == 1
        assert prices.put_in_force(session, tomorrow) == 0
        assert product(session, stage.soap_id).price_points == 25
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
        assert line.price_points == 20
    with pytest.raises(PriceDayPast), database.transaction() as session:
        _price(session, stage, cast, "1", TODAY - timedelta(days=1))


def test_the_funder_owes_what_the_concession_takes_off_and_a_return_takes_it_back(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, owed = cast.attendant.actor, chart.subsidy_owed(cast.county_id).code
    with database.transaction() as session:
        _grant(session, stage, cast, "2")
        order = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 3}, key="for-low-income-01", by=by
        ).order
        assert points_balance(session, cast.volunteer.member_id) == 94
        assert balances.balance(session, owed) == -54
    with database.transaction() as session:
        found = orders.order(session, by, order.id)
        returns.take_back(
            session,
            order=found,
            return_key="for-low-income-back",
            quantities={found.lines[0].id: 1},
            reason="破损",
            by=by,
            at=NOON,
        )
        assert points_balance(session, cast.volunteer.member_id) == 96
        assert balances.balance(session, owed) == -36
        sell(session, stage.shop_id, cast.neighbour, {stage.soap_id: 1}, key="the-list-price-01", by=by)
        assert points_balance(session, cast.neighbour.member_id) == 30
        assert balances.balance(session, owed) == -36


def test_a_concession_is_lower_begins_today_and_ends_once(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with pytest.raises(ConcessionNotLower), database.transaction() as session:
        _grant(session, stage, cast, "20")
    with pytest.raises(ConcessionDaysWrong), database.transaction() as session:
        _grant(session, stage, cast, "2", first=TODAY - timedelta(days=1))
    with database.transaction() as session:
        found = prices.concession(session, cast.administrator.actor, _grant(session, stage, cast, "0"))
        member, soap = session.get_one(Member, cast.volunteer.member_id), product(session, stage.soap_id)
        free = prices.price_for(session, soap, member, TODAY)
        assert (free.member_price, free.subsidy, free.funder_organisation_id) == (0, 20, cast.county_id)
        prices.end_concession(session, concession=found, today=TODAY, by=cast.administrator.actor)
        assert prices.price_for(session, soap, member, TODAY + timedelta(days=1)).member_price == 20
        with pytest.raises(ConcessionEnded):
            prices.end_concession(session, concession=found, today=TODAY, by=cast.administrator.actor)


def _limit(
    session: Session, stage: Stage, cast: Cast, *, units: int, counted_for: str, category: str = ""
) -> None:
    limits.set_limit(
        session,
        organisation=session.get_one(Organisation, cast.county_id),
        product=None if category else product(session, stage.soap_id),
        category=category,
        counted_for=counted_for,
        period="month",
        units=units,
        by=cast.administrator.actor,
        at=NOON,
    )


def test_a_household_shares_its_limit_and_sees_what_is_left_before_it_is_reached(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        home = Household(created_at=NOON)
        session.add(home)
        session.flush()
        for person in (cast.volunteer, cast.neighbour):
            session.add(HouseholdMember(household_id=home.id, member_id=person.member_id, since=NOON))
        _limit(session, stage, cast, units=2, counted_for="household")
        _limit(session, stage, cast, units=50, counted_for="person")
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key="one-of-the-two-01", by=by)
        soap = product(session, stage.soap_id)
        left = limits.limits_left(session, cast.neighbour.member_id, [soap], NOON, timezone=COUNTY_TIME)
        assert left == {soap.id: Left(1, 2, "household", "month", "", next_first_day("month", TODAY))}
    with pytest.raises(LimitReached) as refused, database.transaction() as session:
        sell(session, stage.shop_id, cast.neighbour, {stage.soap_id: 2}, key="too-many-of-them-1", by=by)
    assert (refused.value.facts["left"], refused.value.facts["wanted"]) == (1, 2)
    with database.transaction() as session:
        # Next month it begins anew.
        later = NOON + timedelta(days=31)
        sell(
            session,
            stage.shop_id,
            cast.neighbour,
            {stage.soap_id: 2},
            key="next-month-000001",
            by=by,
            at=later,
        )


def test_a_month_ends_and_begins_with_the_countys_midnight(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, midnight = cast.attendant.actor, datetime(2027, 4, 1, tzinfo=COUNTY_TIME)
    with database.transaction() as session:
        _limit(session, stage, cast, units=2, counted_for="person")
    moments = (midnight - timedelta(days=3), midnight - timedelta(seconds=1), midnight)
    for turn, at in enumerate(moments):
        with database.transaction() as session:
            # By UTC all three lie in March.
            sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=f"last-of-march-{turn:04d}", by=by, at=at)  # fmt: skip
    at = midnight - timedelta(microseconds=1)
    with pytest.raises(LimitReached), database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key="third-of-march-01", by=by, at=at)  # fmt: skip
    with database.transaction() as session:
        at = midnight + timedelta(hours=9)
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key="second-of-april-1", by=by, at=at)  # fmt: skip


def test_a_limit_on_a_category_counts_all_its_products_together(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        _limit(session, stage, cast, units=3, counted_for="person", category="日化")
    goods = {stage.soap_id: 2, stage.towel_id: 2}
    with pytest.raises(LimitReached), database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, goods, key="four-of-a-kind-01", by=cast.attendant.actor)
    with database.transaction() as session:
        less = goods | {stage.towel_id: 1}
        sell(session, stage.shop_id, cast.volunteer, less, key="three-of-a-kind-1", by=cast.attendant.actor)


def test_a_carton_is_twelve_and_a_barcode_means_one_thing(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        soap, towel = product(session, stage.soap_id), product(session, stage.towel_id)
        barcodes.add(session, product=soap, written="16901234567899", units=12)
        shop = session.get_one(Shop, stage.shop_id)
        found, units = queries.scanned_units(session, shop, "16901234567899")
        assert (found.id, units) == (soap.id, 12)
        assert queries.scanned_units(session, shop, soap.barcode or "")[1] == 1
        with pytest.raises(BarcodeTaken):
            barcodes.add(session, product=towel, written="16901234567899", units=6)
        assert isinstance(session.get(Product, soap.id), Product)


@pytest.mark.parametrize(
    ("period", "day", "begins", "anew"),
    [
        ("week", "2028-02-29", "2028-02-28", "2028-03-06"),
        ("month", "2028-02-29", "2028-02-01", "2028-03-01"),
        ("quarter", "2027-12-31", "2027-10-01", "2028-01-01"),
        ("year", "2028-02-29", "2028-01-01", "2029-01-01"),
        ("day", "2028-02-29", "2028-02-29", "2028-03-01"),
    ],
)
def test_periods_follow_the_calendar(period: str, day: str, begins: str, anew: str) -> None:
    assert first_day(period, date.fromisoformat(day)).isoformat() == begins
    assert next_first_day(period, date.fromisoformat(day)).isoformat() == anew
