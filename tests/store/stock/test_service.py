"""Goods in, off and counted, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.stock import queries, service, write_offs
from store.stock.errors import CountInvalid, MovementKeyReused, QuantityInvalid, ReasonMissing, StockShort
from store.stock.models import StockMovement
from store.stock.paper_models import WriteOff
from tests.cast import NOON, Cast
from tests.store.stage import Stage
from timebank.books.queries import shelf_quantity
from timebank.db import Database


def _shop(session: Session, stage: Stage) -> Shop:
    return session.get_one(Shop, stage.shop_id)


def _soap(session: Session, stage: Stage) -> Product:
    return session.get_one(Product, stage.soap_id)


def _receive(
    session: Session, stage: Stage, cast: Cast, units: int, key: str, *, kind: str = "donation"
) -> StockMovement:
    return service.receive(
        session,
        shop=_shop(session, stage),
        product=_soap(session, stage),
        quantity=units,
        kind=kind,
        key=key,
        note="王记商店",
        by=cast.attendant.actor,
        at=NOON,
    )


def _write_off(
    session: Session,
    stage: Stage,
    cast: Cast,
    units: int,
    key: str,
    *,
    reason: str = "受潮",
    alone: Decimal = Decimal(100),
) -> WriteOff:
    return write_offs.ask(
        session,
        shop=_shop(session, stage),
        product=_soap(session, stage),
        quantity=units,
        reason=reason,
        key=key,
        alone_points=alone,
        today=NOON.date(),
        by=cast.attendant.actor,
        at=NOON,
    )


def _count(session: Session, stage: Stage, cast: Cast, counted: int, key: str) -> StockMovement | None:
    return service.count(
        session,
        shop=_shop(session, stage),
        product=_soap(session, stage),
        counted=counted,
        key=key,
        by=cast.attendant.actor,
        at=NOON,
    )


def test_a_donation_raises_shelf_and_movements_alike(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        moved = _receive(session, stage, cast, 7, "gift-1")
        assert (moved.kind, moved.quantity, moved.note, moved.moved_by) == (
            "donation",
            7,
            "王记商店",
            cast.attendant.actor.label,
        )
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 17
        summed = session.scalar(
            select(func.sum(StockMovement.quantity)).where(StockMovement.product_id == stage.soap_id)
        )
        assert summed == 17


def test_the_same_form_sent_twice_receives_once(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        first = _receive(session, stage, cast, 7, "gift-1")
    with database.transaction() as session:
        assert _receive(session, stage, cast, 7, "gift-1").id == first.id
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 17


def test_the_same_form_with_another_quantity_is_a_conflict(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        _receive(session, stage, cast, 7, "gift-1")
    with database.transaction() as session, pytest.raises(MovementKeyReused):
        _receive(session, stage, cast, 8, "gift-1")


@pytest.mark.parametrize("units", [0, -3, 100_001])
def test_a_quantity_that_is_none_is_refused(database: Database, cast: Cast, stage: Stage, units: int) -> None:
    with database.transaction() as session, pytest.raises(QuantityInvalid):
        _receive(session, stage, cast, units, "gift-1")


def test_spoiled_goods_leave_the_shelf_with_their_reason(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        paper = _write_off(session, stage, cast, 4, "off-1")
        assert (paper.status, paper.value_points, paper.needs_second) == ("booked", 80, False)
        assert session.get_one(StockMovement, paper.movement_id).quantity == -4
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 6


def test_nothing_is_written_off_without_a_reason(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session, pytest.raises(ReasonMissing):
        _write_off(session, stage, cast, 4, "off-1", reason="  ")


def test_more_than_is_there_cannot_be_written_off(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session, pytest.raises(StockShort) as refused:
        _write_off(session, stage, cast, 11, "off-1", alone=Decimal(500))
    assert refused.value.facts == {"product": "香皂", "left": 10, "wanted": 11}


@pytest.mark.parametrize(("counted", "difference"), [(8, -2), (13, 3), (0, -10)])
def test_counting_books_the_difference(
    database: Database, cast: Cast, stage: Stage, counted: int, difference: int
) -> None:
    with database.transaction() as session:
        moved = _count(session, stage, cast, counted, "count-1")
        assert moved is not None
        assert (moved.kind, moved.quantity) == ("count", difference)
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == counted
    with database.transaction() as session:
        again = _count(session, stage, cast, counted, "count-1")
        assert again is not None
        assert again.id == moved.id


def test_a_count_that_agrees_books_nothing(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        assert _count(session, stage, cast, 10, "count-1") is None
    with database.transaction() as session, pytest.raises(CountInvalid):
        _count(session, stage, cast, -1, "count-2")


def test_the_list_of_what_runs_low_knows_each_products_own_mark(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        low = {shelf.product.name: shelf.is_low for shelf in queries.shelves(session, _shop(session, stage))}
        assert low == {"理发一次": True, "毛巾": True, "香皂": False}


def test_movements_are_read_newest_first_in_pages(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        _receive(session, stage, cast, 1, "gift-1")
        _write_off(session, stage, cast, 1, "off-1")
    with database.reading() as session:
        page = queries.movements(session, _shop(session, stage), limit=2)
        assert [moved.kind for moved in page] == ["write_off", "donation"]
        older = queries.movements(session, _shop(session, stage), before=page[-1].id)
        assert [moved.kind for moved in older] == ["receipt"] * 3
        only = queries.movements(session, _shop(session, stage), product_id=stage.soap_id, kind="receipt")
        assert [moved.quantity for moved in only] == [10]
