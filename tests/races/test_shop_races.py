"""Many counters at once, with threads, on PostgreSQL and on SQLite: nothing is sold twice, nothing below zero."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from store.catalogue.models import Product, Shop
from store.orders import queries, returns
from store.orders.models import Order, Return
from store.stock import service as stock
from tests.cast import NOON, Cast
from tests.store.stage import Stage, give_points, sell, set_the_stage
from timebank.books.queries import points_balance, shelf_quantity
from timebank.db import Database
from timebank.errors import Refusal

COUNTERS = 16


def _at_once(database: Database, act: Callable[[int], object], times: int = COUNTERS) -> Counter[str]:
    """Run ``act(0)`` … at the same moment, each in a thread; how often each result came out."""
    ready = Barrier(times)

    def one(turn: int) -> str:
        ready.wait()
        try:
            return type(act(turn)).__name__
        except Refusal as refusal:
            return type(refusal).__name__

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(one, range(times)))


def _stage(database: Database, cast: Cast) -> Stage:
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        for serial, person in enumerate(cast.people.values()):
            give_points(session, person, 100, record_id=serial + 1)
    return stage


def test_sixteen_counters_never_sell_six_of_the_last_five_pieces(database: Database, cast: Cast) -> None:
    """One round; ``make bench-store`` (benchmarks/store/fight.py) has a thousand, over fifty pieces and 100 points."""
    stage = _stage(database, cast)
    customers = [cast.volunteer, cast.neighbour, cast.coordinator, cast.second_coordinator]

    def buy(turn: int) -> Order:
        with database.transaction() as session:
            who = customers[turn % len(customers)]
            return sell(
                session,
                stage.shop_id,
                who,
                {stage.towel_id: 1},
                key=f"counter-{turn:016d}",
                by=cast.attendant.actor,
            ).order

    assert _at_once(database, buy) == {"Order": 5, "StockShort": COUNTERS - 5}
    with database.reading() as session:
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 0
        assert session.scalars(select(Order.number).order_by(Order.number)).all() == [1, 2, 3, 4, 5]


def test_the_same_basket_from_two_screens_at_once_is_sold_once(database: Database, cast: Cast) -> None:
    stage = _stage(database, cast)
    orders: list[int] = []

    def press(_turn: int) -> Order:
        with database.transaction() as session:
            done = sell(
                session,
                stage.shop_id,
                cast.volunteer,
                {stage.soap_id: 2},
                key="one-basket-000000001",
                by=cast.attendant.actor,
            )
        orders.append(done.order.id)
        return done.order

    assert _at_once(database, press, 8) == {"Order": 8}
    assert len(set(orders)) == 1
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 60
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8
        assert session.scalar(select(func.count(Order.id))) == 1


def test_the_last_points_of_a_member_are_not_spent_in_two_shops(database: Database, cast: Cast) -> None:
    stage = _stage(database, cast)
    with database.transaction() as session:
        for shop_id in (stage.shop_id, stage.second_shop_id):
            stock.receive(
                session,
                shop=session.get_one(Shop, shop_id),
                product=session.get_one(Product, stage.soap_id),
                quantity=100,
                kind="receipt",
                key=f"more-{shop_id}",
                by=cast.attendant.actor,
                at=NOON,
            )

    def buy(turn: int) -> Order:
        shop_id = stage.shop_id if turn % 2 else stage.second_shop_id
        with database.transaction() as session:
            return sell(
                session,
                shop_id,
                cast.volunteer,
                {stage.soap_id: 4},
                key=f"two-shops-{turn:016d}",
                by=cast.attendant.actor,
            ).order

    assert _at_once(database, buy, 8) == {"Order": 1, "PointsShort": 7}
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 20


def test_baskets_with_the_same_goods_in_another_order_do_not_block_each_other(
    database: Database, cast: Cast
) -> None:
    stage = _stage(database, cast)

    def buy(turn: int) -> Order:
        goods = [stage.soap_id, stage.towel_id] if turn % 2 else [stage.towel_id, stage.soap_id]
        who = cast.volunteer if turn % 2 else cast.neighbour
        with database.transaction() as session:
            return sell(
                session,
                stage.shop_id,
                who,
                dict.fromkeys(goods, 1),
                key=f"crosswise-{turn:016d}",
                by=cast.attendant.actor,
            ).order

    assert _at_once(database, buy, 4) == {"Order": 4}


def test_two_returns_of_one_order_never_bring_back_more_than_was_sold(database: Database, cast: Cast) -> None:
    stage = _stage(database, cast)
    with database.transaction() as session:
        order = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 3}, key="k" * 20, by=cast.attendant.actor
        ).order

    def bring_back(turn: int) -> Return:
        with database.transaction() as session:
            found = queries.order(session, cast.attendant.actor, order.id)
            quantities = {found.lines[0].id: 2}
            key = f"return-{turn:016d}"
            return returns.take_back(
                session,
                order=found,
                return_key=key,
                quantities=quantities,
                reason="破损",
                by=cast.attendant.actor,
                at=NOON,
            ).document

    assert _at_once(database, bring_back, 8) == {"Return": 1, "ReturnTooMany": 7}
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 80
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 9


def test_counting_the_shelf_while_it_is_sold_from_loses_no_sale(database: Database, cast: Cast) -> None:
    stage = _stage(database, cast)

    def act(turn: int) -> object:
        with database.transaction() as session:
            if turn == 0:
                shop, soap = session.get_one(Shop, stage.shop_id), session.get_one(Product, stage.soap_id)
                return stock.count(
                    session,
                    shop=shop,
                    product=soap,
                    counted=10,
                    key="count",
                    by=cast.attendant.actor,
                    at=NOON,
                )
            who = (cast.volunteer, cast.neighbour, cast.coordinator)[turn - 1]
            return sell(
                session,
                stage.shop_id,
                who,
                {stage.soap_id: 1},
                key=f"while-{turn:016d}",
                by=cast.attendant.actor,
            ).order

    _at_once(database, act, 4)
    with database.reading() as session:
        from store.stock.models import StockMovement

        moved = select(func.sum(StockMovement.quantity)).where(StockMovement.product_id == stage.soap_id)
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == session.scalar(moved)
