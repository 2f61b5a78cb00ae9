"""Taking back, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.orders import queries, returns
from store.orders.errors import BasketKeyInvalid, OwnRedemption, ReturnEmpty, ReturnKeyReused, ReturnTooMany
from store.orders.models import Order
from store.orders.returns import Taken
from store.stock.errors import ReasonMissing
from store.stock.models import StockMovement
from tests.cast import NOON, Cast
from tests.store.stage import Stage, give_points, sell
from timebank.access.actors import Actor
from timebank.books.queries import points_balance, points_statement, shelf_quantity
from timebank.db import Database

KEY = "return-key-0000000001"


@pytest.fixture
def order(database: Database, cast: Cast, stage: Stage) -> Order:
    """Three soaps and two towels for 75 of the volunteer's 100 points."""
    with database.transaction() as session:
        goods = {stage.soap_id: 3, stage.towel_id: 2}
        return sell(
            session, stage.shop_id, cast.volunteer, goods, key="k" * 20, by=cast.attendant.actor
        ).order


def _back(
    session: Session,
    cast: Cast,
    order: Order,
    units: tuple[int, int],
    *,
    key: str = KEY,
    reason: str = "破损",
    by: Actor | None = None,
) -> Taken:
    """``units`` of soap and towel come back."""
    found = queries.order(session, cast.attendant.actor, order.id)
    quantities = dict(zip((line.id for line in found.lines), units, strict=True))
    who = by or cast.attendant.actor
    return returns.take_back(
        session, order=found, return_key=key, quantities=quantities, reason=reason, by=who, at=NOON
    )


def test_a_part_comes_back_with_its_points_and_goes_back_to_the_shelf(
    database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    with database.transaction() as session:
        document = _back(session, cast, order, (1, 2)).document
        assert document.total_points == Decimal(35)
        assert points_balance(session, cast.volunteer.member_id) == 60
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 5
        moved = session.scalars(select(StockMovement).where(StockMovement.kind == "return")).all()
        assert {(one.product_id, one.quantity) for one in moved} == {(stage.soap_id, 1), (stage.towel_id, 2)}
        newest = points_statement(session, cast.volunteer.member_id, limit=1)[0]
        assert (newest.kind, newest.amount, newest.facts["spend"]) == ("refund", 35, order.transaction_id)


def test_the_rest_can_come_back_later_but_never_more_than_was_sold(
    database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    with database.transaction() as session:
        _back(session, cast, order, (1, 2))
    with database.transaction() as session, pytest.raises(ReturnTooMany) as refused:
        _back(session, cast, order, (3, 0), key=f"{KEY}-2")
    assert refused.value.facts == {"product": "香皂", "left": 2}
    with database.transaction() as session:
        _back(session, cast, order, (2, 0), key=f"{KEY}-3")
        assert points_balance(session, cast.volunteer.member_id) == 100
        listed = queries.receipt(session, order.receipt_token)
        assert (listed.state, listed.back_points) == ("returned", Decimal(75))


def test_the_same_return_sent_twice_gives_back_once(database: Database, cast: Cast, order: Order) -> None:
    with database.transaction() as session:
        first = _back(session, cast, order, (1, 0))
    with database.transaction() as session:
        again = _back(session, cast, order, (1, 0))
        assert again.replayed
        assert again.document.id == first.document.id
        assert points_balance(session, cast.volunteer.member_id) == 45


def test_other_content_under_the_same_return_key_is_a_conflict(
    database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    with database.transaction() as session:
        _back(session, cast, order, (1, 0))
        give_points(session, cast.neighbour, 50, record_id=9)
        goods = {stage.soap_id: 3, stage.towel_id: 2}
        other = sell(
            session, stage.shop_id, cast.neighbour, goods, key="n" * 20, by=cast.attendant.actor
        ).order
    with database.transaction() as session, pytest.raises(ReturnKeyReused):
        _back(session, cast, order, (2, 0))
    with database.transaction() as session, pytest.raises(ReturnKeyReused):
        _back(session, cast, other, (1, 0))


def test_a_return_needs_goods_a_reason_and_a_key(database: Database, cast: Cast, order: Order) -> None:
    with database.transaction() as session:
        with pytest.raises(ReturnEmpty):
            _back(session, cast, order, (0, 0))
        with pytest.raises(ReasonMissing):
            _back(session, cast, order, (1, 0), reason="  ")
        with pytest.raises(BasketKeyInvalid):
            _back(session, cast, order, (1, 0), key="1")
        with pytest.raises(ReturnTooMany):
            _back(session, cast, order, (-1, 0))


def test_lines_of_another_order_cannot_be_brought_back_here(
    database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    with database.transaction() as session:
        other = sell(
            session, stage.shop_id, cast.neighbour, {stage.soap_id: 1}, key="n" * 20, by=cast.attendant.actor
        ).order
        found = queries.order(session, cast.attendant.actor, order.id)
        stolen = {other.lines[0].id: 1}
        with pytest.raises(ReturnEmpty):
            returns.take_back(
                session,
                order=found,
                return_key=KEY,
                quantities=stolen,
                reason="x",
                by=cast.attendant.actor,
                at=NOON,
            )


def test_nobody_takes_back_her_own_order(database: Database, cast: Cast, order: Order) -> None:
    with database.transaction() as session, pytest.raises(OwnRedemption):
        _back(session, cast, order, (1, 0), by=cast.volunteer.actor)


def test_what_comes_back_comes_back_at_the_price_it_was_sold_at(
    database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    from store.catalogue.models import Product

    with database.transaction() as session:
        session.get_one(Product, stage.soap_id).price_points = Decimal(99)
    with database.transaction() as session:
        assert _back(session, cast, order, (1, 0)).document.total_points == 20
