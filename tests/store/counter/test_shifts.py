"""A shift from opening to its day sheet, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter import queries, reports, service, shifts
from store.counter.errors import (
    BasketAbsent,
    CounterLocked,
    CountMissing,
    CountUnreadable,
    ExplanationMissing,
    OwnShift,
    SecondPersonNeeded,
    ShiftElsewhere,
    ShiftNotForgotten,
    ShiftNotOpen,
)
from store.counter.models import Basket, CounterShift, ZReport
from store.counter.rules import FORGOTTEN_AFTER
from store.orders import returns
from store.orders.queries import order as order_in_scope
from tests.cast import NOON, Cast
from tests.store.counter.till import fill, finish, fresh, open_till, serve
from tests.store.stage import Stage
from timebank.access.actors import Actor
from timebank.books.queries import shelf_quantity
from timebank.db import Database


@pytest.fixture
def by(cast: Cast) -> Actor:
    """The attendant."""
    return cast.attendant.actor


def _close(session: Session, shift: CounterShift, by: Actor, *, wrong: int = 0, **signed: object) -> ZReport:
    """Count what the book says, ``wrong`` off on the first product, and close."""
    counted: dict[int, int | None] = {}
    for turn, product in enumerate(reports.products_to_count(session, shift)):
        book = shelf_quantity(session, shift.shop_id, product.id)
        counted[product.id] = book + (wrong if turn == 0 else 0)
    shifts.count_blind(session, shift=shift, key=fresh(), counted=counted, by=by, at=NOON)
    return shifts.close(session, shift=shift, by=by, at=NOON, **signed)  # type: ignore[arg-type]  # Plain words in the shape of the call.


def test_items_out_are_points_in_are_stock_movements(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        first = serve(session, stage, by, cast.volunteer, {stage.soap_id: 2, stage.towel_id: 1})
        serve(session, stage, by, cast.neighbour, {stage.towel_id: 1}, how="card")
        third = serve(session, stage, by, cast.neighbour, {stage.soap_id: 1})
        numbers = (first.number, third.number)
    with database.transaction() as session:
        found = order_in_scope(session, by, first.id)
        soap = next(line for line in found.lines if line.product_id == stage.soap_id)
        returns.take_back(
            session,
            order=found,
            return_key=fresh(),
            quantities={soap.id: 1},
            reason="破损",
            shift_id=shift.id,
            by=by,
            at=NOON,
        )
        undone = order_in_scope(session, by, third.id)
        returns.undo(session, order=undone, return_key=fresh(), shift_id=shift.id, by=by, at=NOON)
    with database.transaction() as session:
        report = _close(session, session.get_one(CounterShift, shift.id), by)
        figures = report.figures
    assert (report.number, report.kind) == (1, "closed")
    assert (figures["orders"], figures["first_number"], figures["last_number"]) == (3, *numbers)
    assert (figures["points_in"], figures["points_back"]) == ("75.00", "40.00")
    assert figures["posted_points"] == "35.00"
    assert (figures["units_out"], figures["units_back"], figures["moved_units"]) == (5, 2, 3)
    assert (figures["returns"], figures["undone"]) == (2, 1)
    assert figures["identified_by"] == {"code": 2, "card": 1}
    assert figures["agrees"] is True


def test_a_close_selects_by_shift_so_the_sale_of_the_same_minute_is_in_one_report_and_in_one_only(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    other = cast.second_attendant.actor
    with database.transaction() as session:
        mine, hers = open_till(session, stage, by), open_till(session, stage, other)
        serve(session, stage, by, cast.volunteer, {stage.soap_id: 1})
        serve(session, stage, other, cast.neighbour, {stage.towel_id: 1})
        # Sold by a clock that goes ahead, and closed "before" it.
        serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, at=NOON + timedelta(minutes=1))
        first = _close(session, mine, by).figures
        second = _close(session, hers, other).figures
    assert (first["points_in"], first["orders"]) == ("27.50", 2)
    assert (second["points_in"], second["orders"]) == ("7.50", 1)
    with database.transaction() as session, pytest.raises(ShiftNotOpen):
        fill(session, stage, by, {stage.soap_id: 1})


def test_a_day_sheet_is_numbered_without_a_gap_and_the_database_refuses_to_change_it(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    numbers = []
    for _turn in range(3):
        with database.transaction() as session:
            shift = open_till(session, stage, by)
            report = _close(session, shift, by)
            again = shifts.close(session, shift=shift, by=by, at=NOON)
            assert again.id == report.id
            numbers.append(report.number)
    assert numbers == [1, 2, 3]
    for change in (update(ZReport).values(number=9), delete(ZReport)):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(change)


def test_a_difference_is_explained_and_signed_by_somebody_else_and_brings_the_shelf_to_the_count(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    second = cast.second_attendant.actor
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        serve(session, stage, by, cast.volunteer, {stage.soap_id: 1})
        with pytest.raises(CountMissing):
            shifts.close(session, shift=shift, by=by, at=NOON)
        with pytest.raises(CountUnreadable):
            shifts.count_blind(session, shift=shift, key=fresh(), counted={}, by=by, at=NOON)
        with pytest.raises(ExplanationMissing):
            _close(session, shift, by, wrong=-1)
        with pytest.raises(SecondPersonNeeded):
            shifts.close(session, shift=shift, explanation="丢失", by=by, at=NOON)
        with pytest.raises(SecondPersonNeeded):
            shifts.close(session, shift=shift, explanation="丢失", signed_by=by, by=by, at=NOON)
        report = shifts.close(session, shift=shift, explanation="丢失", signed_by=second, by=by, at=NOON)
        assert (report.signed_by_user_id, report.explanation) == (second.user_id, "丢失")
        assert report.count is not None
        assert report.count.rows == [{"product": stage.soap_id, "name": "香皂", "counted": 8, "book": 9}]
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8


def test_a_forgotten_shift_is_closed_by_somebody_else_as_an_event_of_its_own(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    other, late = cast.second_attendant.actor, NOON + FORGOTTEN_AFTER
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        serve(session, stage, by, cast.volunteer, {stage.soap_id: 1})
        with pytest.raises(OwnShift):
            shifts.force_close(session, shift=shift, reason="忘了", by=by, at=NOON)
        with pytest.raises(ExplanationMissing):
            shifts.force_close(session, shift=shift, reason=" ", by=other, at=late)
        with pytest.raises(ShiftNotForgotten):
            shifts.force_close(
                session, shift=shift, reason="已下班", by=other, at=late - timedelta(seconds=1)
            )
        report = shifts.force_close(session, shift=shift, reason="已下班", by=other, at=late)
        assert (report.kind, report.count_id, report.figures["points_in"]) == ("forced", None, "20.00")
        assert shifts.force_close(session, shift=shift, reason="again", by=other, at=late).id == report.id


def test_held_baskets_survive_the_close_and_open_ones_become_held(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    other = cast.second_attendant.actor
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        held = fill(session, stage, by, {stage.soap_id: 1})
        service.hold(session, basket=held, words="李阿姨", at=NOON)
        half = fill(session, stage, by, {stage.towel_id: 1})
        empty = fill(session, stage, by, {})
        report = _close(session, shift, by)
        assert report.figures["held_baskets"] == 2
        ids = (held.id, half.id, empty.id)
    with database.reading() as session:
        states = [session.get_one(Basket, basket_id).status for basket_id in ids]
        assert states == ["held", "held", "abandoned"]
    with database.transaction() as session:
        shift = open_till(session, stage, other)
        shop = session.get_one(Shop, stage.shop_id)
        assert [one.id for one in queries.held_baskets(session, shop)] == list(ids[:2])
        taken = service.recall(
            session, shop=shop, basket_id=ids[0], device_digest="x", shift_id=shift.id, by=other, at=NOON
        )
        assert taken.member_id is None
        with pytest.raises(BasketAbsent):
            service.recall(
                session, shop=shop, basket_id=ids[0], device_digest="y", shift_id=shift.id, by=other, at=NOON
            )
        order = finish(session, stage, other, taken, cast.volunteer)
        assert order.shift_id == shift.id


def test_a_held_basket_of_another_shop_is_not_there(database: Database, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        open_till(session, stage, by)
        held = fill(session, stage, by, {stage.soap_id: 1})
        service.hold(session, basket=held, words="", at=NOON)
        elsewhere = session.get_one(Shop, stage.second_shop_id)
        with pytest.raises(BasketAbsent):
            service.give_up_held(session, shop=elsewhere, basket_id=held.id)


def test_two_idle_minutes_lock_the_counter_on_the_server(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    later = NOON + timedelta(minutes=2, seconds=1)
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        fill(session, stage, by, {stage.soap_id: 1}, at=NOON + timedelta(minutes=1, seconds=59))
        fill(session, stage, by, {stage.soap_id: 1}, at=later)
    with database.transaction() as session, pytest.raises(CounterLocked):
        fill(session, stage, by, {stage.soap_id: 1}, at=later + timedelta(minutes=3))
    with database.transaction() as session:
        at = later + timedelta(minutes=3)
        shifts.unlock(session, shift=session.get_one(CounterShift, shift.id), at=at)
        serve(session, stage, by, cast.volunteer, {stage.soap_id: 1}, at=at)
        shifts.lock(session, shift=session.get_one(CounterShift, shift.id), at=at)
        with pytest.raises(CounterLocked):
            fill(session, stage, by, {}, at=at)


def test_nobody_stands_at_two_counters(database: Database, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        assert open_till(session, stage, by).id == shift.id
        second = session.get_one(Shop, stage.second_shop_id)
        with pytest.raises(ShiftElsewhere):
            shifts.open_shift(session, shop=second, key=fresh(), by=by, at=NOON)
        assert session.scalars(select(CounterShift.id)).all() == [shift.id]
