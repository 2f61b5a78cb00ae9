"""Undo, recall, collecting and closing at the same moment, with threads, on PostgreSQL and on SQLite."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from ledger.models import Balance, HoldRow
from store.catalogue.models import Shop
from store.counter import reports, service, shifts
from store.counter.errors import ShiftNotOpen
from store.counter.models import CounterShift, ZReport
from store.counter.rules import FORGOTTEN_AFTER
from store.orders import returns
from store.orders.models import Order, Return
from store.orders.queries import order as order_in_scope
from store.reservations import service as reservations
from store.reservations.models import Reservation
from tests.cast import NOON, Cast, row
from tests.races.test_shop_races import _at_once
from tests.store.counter.till import fill, finish, fresh, open_till, serve
from tests.store.stage import COUNTY_TIME, Stage, give_points, sell, set_the_stage
from timebank.books.queries import points_available, points_balance, shelf_available, shelf_quantity
from timebank.db import Database
from timebank.errors import Refusal


def _stage(database: Database, cast: Cast) -> Stage:
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        give_points(session, cast.neighbour, 100, record_id=2)
        open_till(session, stage, cast.attendant.actor)
        open_till(session, stage, cast.second_attendant.actor)
    return stage


def _reserve(database: Database, cast: Cast, stage: Stage, units: int) -> int:
    with database.transaction() as session:
        return reservations.reserve(
            session, keyring=cast.keyring, shop=session.get_one(Shop, stage.shop_id),
            member=row(session, cast.volunteer), goods=[(stage.towel_id, units)], key=fresh(),
            agreed_points=None, by=cast.volunteer.actor, at=NOON, timezone=COUNTY_TIME,
        ).id  # fmt: skip


def test_a_sale_is_undone_once_however_many_press_and_never_undone_and_returned(
    database: Database, cast: Cast
) -> None:
    stage = _stage(database, cast)
    by = cast.attendant.actor
    with database.transaction() as session:
        order = serve(session, stage, by, cast.volunteer, {stage.soap_id: 2})
        line_id = order.lines[0].id

    def take_back(turn: int) -> object:
        with database.transaction() as session:
            found = order_in_scope(session, by, order.id)
            if turn % 2:
                return returns.undo(session, order=found, return_key=fresh(), by=by, at=NOON)
            return returns.take_back(
                session,
                order=found,
                return_key=fresh(),
                quantities={line_id: 2},
                reason="破损",
                by=by,
                at=NOON,
            )

    _at_once(database, take_back, 8)
    with database.reading() as session:
        assert session.scalar(select(func.count(Return.id))) == 1
        assert points_balance(session, cast.volunteer.member_id) == 100
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 10


def test_a_held_basket_is_taken_up_by_one_of_those_who_press_at_once(database: Database, cast: Cast) -> None:
    stage = _stage(database, cast)
    with database.transaction() as session:
        basket = fill(session, stage, cast.attendant.actor, {stage.soap_id: 1})
        service.hold(session, basket=basket, words="", at=NOON)

    def take_up(turn: int) -> object:
        by = (cast.attendant, cast.second_attendant)[turn % 2].actor
        with database.transaction() as session:
            shop = session.get_one(Shop, stage.shop_id)
            shift_id = shifts.step(session, shop=shop, by=by, at=NOON)
            return service.recall(
                session,
                shop=shop,
                basket_id=basket.id,
                device_digest=str(turn),
                shift_id=shift_id,
                by=by,
                at=NOON,
            )

    assert _at_once(database, take_up, 8) == {"Basket": 1, "BasketAbsent": 7}


def test_collecting_cancelling_and_expiring_at_once_end_a_reservation_in_one_way(
    database: Database, cast: Cast
) -> None:
    stage = _stage(database, cast)
    reservation_id = _reserve(database, cast, stage, 5)

    def end(turn: int) -> object:
        with database.transaction() as session:
            found = session.get_one(Reservation, reservation_id)
            if turn % 2:
                return reservations.cancel(
                    session, reservation=found, reason="", by=cast.volunteer.actor, at=NOON
                )
            return reservations.hand_out(
                session, reservation=found, collector="self", collected_by="", shift_id=None,
                by=cast.attendant.actor, at=NOON, timezone=COUNTY_TIME,
            )  # fmt: skip

    _at_once(database, end, 8)
    with database.reading() as session:
        status = session.get_one(Reservation, reservation_id).status
        collected = status == "collected"
        assert status in ("collected", "cancelled")
        assert session.scalar(select(func.count(Order.id))) == int(collected)
        assert points_balance(session, cast.volunteer.member_id) == (62.5 if collected else 100)
        assert points_available(session, cast.volunteer.member_id) == (62.5 if collected else 100)
        assert shelf_available(session, stage.shop_id, stage.towel_id) == (0 if collected else 5)
        assert session.scalar(select(func.sum(Balance.held))) == 0
        assert session.scalar(select(func.count()).where(HoldRow.status == "held")) == 0


def test_the_last_pieces_go_to_reservations_or_sales_and_never_to_both(
    database: Database, cast: Cast
) -> None:
    stage = _stage(database, cast)

    def take(turn: int) -> object:
        if turn % 2:
            return _reserve(database, cast, stage, 1)
        with database.transaction() as session:
            by = cast.attendant.actor
            return sell(session, stage.shop_id, cast.neighbour, {stage.towel_id: 1}, key=fresh(), by=by).order

    came = _at_once(database, take, 12)
    assert came["Order"] + came["int"] == 5 or came["ReservationsMany"]
    with database.reading() as session:
        sold = session.scalar(select(func.count(Order.id))) or 0
        kept = session.scalar(select(func.count(Reservation.id))) or 0
        assert sold + kept + shelf_available(session, stage.shop_id, stage.towel_id) == 5
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 5 - sold


def test_a_close_that_races_sales_misses_none_and_refuses_the_rest(database: Database, cast: Cast) -> None:
    stage, by = _stage(database, cast), cast.attendant.actor
    baskets = []
    for _turn in range(6):
        with database.transaction() as session:
            baskets.append(fill(session, stage, by, {stage.soap_id: 1}).key)
    ready = Barrier(7)

    def act(turn: int) -> str:
        ready.wait()
        try:
            with database.transaction() as session:
                if turn == 6:
                    shift = session.scalars(
                        select(CounterShift).where(CounterShift.opened_by_user_id == by.user_id)
                    ).one()
                    late, other = NOON + FORGOTTEN_AFTER, cast.second_attendant.actor
                    shifts.force_close(session, shift=shift, reason="忘了", by=other, at=late)
                    return "closed"
                basket = fill(session, stage, by, {}, key=baskets[turn])
                finish(session, stage, by, basket, cast.neighbour if turn % 2 else cast.volunteer)
                return "sold"
        except (Refusal, ShiftNotOpen):
            return "refused"

    with ThreadPoolExecutor(7) as pool:
        came = Counter(pool.map(act, range(7)))
    with database.reading() as session:
        report = session.scalars(select(ZReport)).one()
        assert report.figures["orders"] == came["sold"]
        assert report.figures["agrees"] is True
        again = reports.figures(session, session.get_one(CounterShift, report.shift_id))
        assert again["points_in"] == report.figures["points_in"]
        assert report.figures["held_baskets"] == 6 - came["sold"]
