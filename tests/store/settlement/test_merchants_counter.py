"""A merchant's counter: under a contract in force, with its own list, by its own staff, and with goods that it brings."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from store.catalogue import offers, queries
from store.catalogue.errors import MerchantsOwnStaff, ProductAbsent
from store.catalogue.models import Product, Shop
from store.catalogue.queries import Wanted
from store.reservations import service as reservations
from store.reservations.models import Reservation
from store.settlement import service, standing
from store.settlement.errors import ContractLacking
from store.settlement.models import Merchant, SettlementContract
from tests.cast import NOON, Cast, row
from tests.store.counter.till import fresh
from tests.store.settlement.stage import Trade, set_up_trade
from tests.store.stage import COUNTY_TIME, Stage, give_points, sell
from timebank.access.actors import Actor
from timebank.books.queries import points_available, shelf_available, shelf_quantity
from timebank.db import Database

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def trade(database: Database, cast: Cast, stage: Stage) -> Trade:
    with database.transaction() as session:
        give_points(session, cast.volunteer, 200, record_id=7001)
        return set_up_trade(session, cast, stage)


def _ends_today(session: Session, cast: Cast, trade: Trade) -> None:
    today = NOON.astimezone(COUNTY_TIME).date()
    contract = session.get_one(SettlementContract, trade.contract_id)
    service.end_contract(session, contract=contract, last_day=today, by=cast.administrator.actor)


def _reserve(
    session: Session, cast: Cast, trade: Trade, product_id: int, *, at: datetime = NOON
) -> Reservation:
    return reservations.reserve(
        session,
        keyring=cast.keyring,
        shop=session.get_one(Shop, trade.merchant_shop_id),
        member=row(session, cast.volunteer),
        goods=[(product_id, 1)],
        key=fresh(),
        agreed_points=Decimal(60),
        by=cast.volunteer.actor,
        at=at,
        timezone=COUNTY_TIME,
    )


def _collect(session: Session, found: Reservation, by: Actor, *, at: datetime = NOON) -> int:
    order, _is_new = reservations.hand_out(
        session, reservation=found, collector="self", collected_by="", shift_id=None, by=by, at=at,
        timezone=COUNTY_TIME,
    )  # fmt: skip
    return order.id


def test_nothing_is_redeemed_on_a_day_without_a_contract(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    haircut, shop_id = {stage.haircut_id: 1}, trade.merchant_shop_id
    with database.transaction() as session:
        kept_id = _reserve(session, cast, trade, stage.haircut_id).id
        _ends_today(session, cast, trade)
        sell(session, shop_id, cast.volunteer, haircut, key=fresh(), by=trade.clerk)
    with database.transaction() as session, pytest.raises(ContractLacking):
        sell(session, shop_id, cast.volunteer, haircut, key=fresh(), by=trade.clerk, at=TOMORROW)
    with database.transaction() as session, pytest.raises(ContractLacking):
        _reserve(session, cast, trade, stage.haircut_id, at=TOMORROW)
    with database.transaction() as session, pytest.raises(ContractLacking):
        _collect(session, session.get_one(Reservation, kept_id), trade.clerk, at=TOMORROW)
    with database.transaction() as session:
        shop, merchant = session.get_one(Shop, shop_id), session.get_one(Merchant, trade.merchant_id)
        assert not standing.lacks_contract(session, shop, at=NOON, timezone=COUNTY_TIME)
        assert standing.lacks_contract(session, shop, at=TOMORROW, timezone=COUNTY_TIME)
        own = session.get_one(Shop, stage.shop_id)
        assert not standing.lacks_contract(session, own, at=TOMORROW, timezone=COUNTY_TIME)
        for at, without in ((NOON, frozenset()), (TOMORROW, frozenset({merchant.id}))):
            found = standing.without_contract(session, [merchant], at=at, timezone=COUNTY_TIME)
            assert found == without


def test_a_reservation_at_a_merchant_without_stock_is_kept_collected_and_given_back(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    shop_id, member_id = trade.merchant_shop_id, cast.volunteer.member_id
    with database.transaction() as session:
        before = points_available(session, member_id, at=NOON)
        kept = _reserve(session, cast, trade, stage.haircut_id)
        assert points_available(session, member_id, at=NOON) == before - 60
        assert shelf_quantity(session, shop_id, stage.haircut_id) == 1
        assert shelf_available(session, shop_id, stage.haircut_id) == 0
        assert _collect(session, kept, trade.clerk)
        assert shelf_quantity(session, shop_id, stage.haircut_id) == 0
    with database.transaction() as session:
        give_points(session, cast.volunteer, 100, record_id=7002)
        other = _reserve(session, cast, trade, stage.haircut_id)
        reservations.cancel(session, reservation=other, reason="", by=cast.volunteer.actor, at=NOON)
        assert points_available(session, member_id, at=NOON) == before - 60 + 100
        # What was brought for her stays in the books, and the next sale takes it instead of bringing another.
        sell(session, shop_id, cast.volunteer, {stage.haircut_id: 1}, key=fresh(), by=trade.clerk)
        assert shelf_quantity(session, shop_id, stage.haircut_id) == 0


def test_a_merchant_hands_out_what_is_on_its_list_and_nothing_else(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    by = cast.administrator.actor
    with database.transaction() as session:
        shop = session.get_one(Shop, trade.merchant_shop_id)
        assert [one.id for one in queries.shop_products(session, shop, Wanted())] == [stage.haircut_id]
        assert [name for name, _count in queries.shop_categories(session, shop)] == ["服务"]
        assert offers.merchants_with(session, session.get_one(Product, stage.haircut_id)) == {shop.id}
        assert offers.merchants_with(session, session.get_one(Product, stage.soap_id)) == frozenset()
        with pytest.raises(ProductAbsent):
            sell(session, shop.id, cast.volunteer, {stage.soap_id: 1}, key=fresh(), by=trade.clerk)
        with pytest.raises(ProductAbsent):
            _reserve(session, cast, trade, stage.soap_id)
        chosen = {stage.soap_id, stage.haircut_id, 987654}
        names = offers.choose(session, shop=shop, product_ids=chosen, by=by, at=NOON)
        assert sorted(names) == ["理发一次", "香皂"]
        sell(session, shop.id, cast.volunteer, {stage.soap_id: 1}, key=fresh(), by=trade.clerk)
        offers.choose(session, shop=shop, product_ids=[stage.soap_id], by=by, at=NOON)
        assert [one.id for one in offers.offered(session, shop)] == [stage.soap_id]
        # The station's own shop hands out the whole list, as before.
        own = session.get_one(Shop, stage.shop_id)
        assert len(queries.shop_products(session, own, Wanted())) == 3


def test_only_the_merchants_own_staff_sells_at_its_counter(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        shop, own = session.get_one(Shop, trade.merchant_shop_id), session.get_one(Shop, stage.shop_id)
        for by, at_merchants, at_own in ((cast.attendant.actor, False, True), (trade.clerk, True, True)):
            assert offers.is_own_staff(by, shop) is at_merchants
            assert offers.is_own_staff(by, own) is at_own
        kept = _reserve(session, cast, trade, stage.haircut_id)
        with pytest.raises(MerchantsOwnStaff):
            sell(
                session, shop.id, cast.volunteer, {stage.haircut_id: 1}, key=fresh(), by=cast.attendant.actor
            )
        with pytest.raises(MerchantsOwnStaff):
            _collect(session, kept, cast.attendant.actor)
