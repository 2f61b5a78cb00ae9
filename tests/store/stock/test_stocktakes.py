"""Counting while the counter keeps selling: what is booked is the difference that was found, signed by somebody else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.stock import stocktakes
from store.stock.errors import (
    CountInvalid,
    MovementKeyReused,
    SecondPersonNeeded,
    StockShort,
    StocktakeClosed,
    StocktakeEmpty,
    StocktakeRunning,
)
from store.stock.paper_models import Stocktake, StocktakeLine
from store.stock.receipts import Incoming
from tests.cast import NOON, Cast
from tests.store.stage import Stage, sell
from tests.store.stock.papers import agree, colleague, in_days, left, product, receive, shop_of
from timebank.access.actors import Actor
from timebank.db import Database


def _begin(session: Session, stage: Stage, cast: Cast) -> Stocktake:
    return stocktakes.begin(session, shop=shop_of(session, stage), by=cast.attendant.actor, at=NOON)


def _scan(
    session: Session, cast: Cast, stocktake_id: int, counted: tuple[int, int], key: str
) -> StocktakeLine:
    return stocktakes.scan(
        session,
        stocktake=session.get_one(Stocktake, stocktake_id),
        product=product(session, counted[0]),
        units=counted[1],
        scan_key=key,
        by=cast.attendant.actor,
        at=NOON,
    )


def _submitted(database: Database, cast: Cast, stage: Stage, counted: dict[int, int]) -> int:
    with database.transaction() as session:
        found = _begin(session, stage, cast)
        for product_id, units in counted.items():
            _scan(session, cast, found.id, (product_id, units), f"s-{product_id}")
        stocktakes.submit(session, stocktake=found, by=cast.attendant.actor, at=NOON)
        return found.id


def _approve(database: Database, found_id: int, by: Actor) -> None:
    with database.transaction() as session:
        stocktakes.approve(session, stocktake=session.get_one(Stocktake, found_id), by=by, at=NOON)


def test_sales_before_between_and_after_the_scans_change_no_difference(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor

    def sold(turn: int) -> None:
        with database.transaction() as session:
            goods = {stage.soap_id: 1}
            sell(session, stage.shop_id, cast.volunteer, goods, key=f"while-counting-{turn:04d}", by=by)

    with database.transaction() as session:
        found_id = _begin(session, stage, cast).id
    sold(1)
    with database.transaction() as session:
        _scan(session, cast, found_id, (stage.soap_id, 5), "first-five")
    # Two of the ten are missing: nine were left after the first sale, and seven of them are found.
    with database.transaction() as session:
        line = _scan(session, cast, found_id, (stage.soap_id, 2), "two-more")
        assert (line.snapshot_units, line.expected_units, line.counted_units) == (10, 9, 7)
        stocktakes.submit(session, stocktake=session.get_one(Stocktake, found_id), by=by, at=NOON)
    sold(2)
    with database.transaction() as session:
        found = stocktakes.stocktake(session, by, found_id)
        booked = stocktakes.approve(session, stocktake=found, by=colleague(cast), at=NOON)
        assert [(one.product_id, one.quantity) for one in booked] == [(stage.soap_id, -2)]
        assert agree(session, stage.shop_id, stage.soap_id) == 6
        assert found.status == "approved"


def test_a_scan_sent_twice_counts_once_and_a_correction_takes_away(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        found = _begin(session, stage, cast)
        _scan(session, cast, found.id, (stage.soap_id, 12), "carton")
        assert _scan(session, cast, found.id, (stage.soap_id, 12), "carton").counted_units == 12
        assert _scan(session, cast, found.id, (stage.soap_id, -2), "correction").counted_units == 10
        with pytest.raises(MovementKeyReused):
            _scan(session, cast, found.id, (stage.towel_id, 1), "carton")
        with pytest.raises(CountInvalid):
            _scan(session, cast, found.id, (stage.soap_id, -11), "too-much")
        assert _scan(session, cast, found.id, (stage.towel_id, 0), "none-there").counted_units == 0


def test_what_was_found_beyond_the_book_joins_the_batch_that_expires_first(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        receive(session, stage, cast, [Incoming(stage.soap_id, 3, "DATED", in_days(30))], key="dated")
    found_id = _submitted(database, cast, stage, {stage.soap_id: 15, stage.towel_id: 5})
    with database.transaction() as session:
        found = stocktakes.stocktake(session, cast.attendant.actor, found_id)
        stocktakes.approve(session, stocktake=found, by=colleague(cast), at=NOON)
        assert left(session, stage.shop_id, stage.soap_id) == {"DATED": 5, "": 10}
        assert agree(session, stage.shop_id, stage.soap_id) == 15
        assert agree(session, stage.shop_id, stage.towel_id) == 5


def test_nobody_approves_what_they_counted_and_nobody_approves_twice(
    database: Database, cast: Cast, stage: Stage
) -> None:
    found_id = _submitted(database, cast, stage, {stage.soap_id: 8})
    with pytest.raises(SecondPersonNeeded):
        _approve(database, found_id, cast.attendant.actor)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            text("UPDATE stocktakes SET status = 'approved', decided_by_user_id = opened_by_user_id")
        )
    with database.transaction() as session:
        found = stocktakes.stocktake(session, cast.attendant.actor, found_id)
        stocktakes.approve(session, stocktake=found, by=colleague(cast), at=NOON)
    with pytest.raises(StocktakeClosed):
        _approve(database, found_id, cast.administrator.actor)


def test_a_count_can_be_sent_back_given_up_and_only_one_runs_at_a_time(
    database: Database, cast: Cast, stage: Stage
) -> None:
    found_id = _submitted(database, cast, stage, {stage.soap_id: 8})
    with pytest.raises(StocktakeRunning), database.transaction() as session:
        _begin(session, stage, cast)
    with database.transaction() as session:
        found = stocktakes.stocktake(session, cast.attendant.actor, found_id)
        stocktakes.send_back(session, stocktake=found, by=colleague(cast))
        _scan(session, cast, found_id, (stage.soap_id, 2), "found-behind")
        stocktakes.give_up(session, stocktake=found, by=cast.attendant.actor, at=NOON)
        assert agree(session, stage.shop_id, stage.soap_id) == 10
    with pytest.raises(StocktakeClosed), database.transaction() as session:
        _scan(session, cast, found_id, (stage.soap_id, 1), "too-late")
    with pytest.raises(StocktakeEmpty), database.transaction() as session:
        stocktakes.submit(session, stocktake=_begin(session, stage, cast), by=cast.attendant.actor, at=NOON)
    with database.transaction() as session:
        assert _begin(session, stage, cast).number == 2


def test_units_that_are_gone_by_now_are_not_booked_away_twice(
    database: Database, cast: Cast, stage: Stage
) -> None:
    found_id = _submitted(database, cast, stage, {stage.towel_id: 1})
    with database.transaction() as session:
        goods = {stage.towel_id: 3}
        sell(session, stage.shop_id, cast.volunteer, goods, key="three-towels-0001", by=cast.attendant.actor)
    with pytest.raises(StockShort):
        _approve(database, found_id, colleague(cast))
    with database.reading() as session:
        assert session.get_one(Stocktake, found_id).status == "submitted"
        assert agree(session, stage.shop_id, stage.towel_id) == 2
