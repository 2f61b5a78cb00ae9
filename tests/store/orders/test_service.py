"""Selling: points, stock and order in one transaction, on both databases. Many lines of the reference
"what breaks elsewhere" are tests here, by name."""

import dataclasses
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from store.catalogue import service as catalogue
from store.catalogue.errors import ProductAbsent, ProductWithdrawn, ShopClosed
from store.catalogue.models import Product, Shop
from store.orders.errors import (
    BasketEmpty,
    BasketKeyInvalid,
    BasketKeyReused,
    MemberElsewhere,
    OwnRedemption,
    PinNeeded,
    PointsShort,
    TotalChanged,
)
from store.orders.models import Order, OrderLine
from store.orders.queries import balance_after
from store.stock.errors import QuantityInvalid, StockShort
from store.stock.models import StockMovement
from tests.cast import NOON, Cast, row
from tests.store.stage import Stage, give_points, sell
from timebank.access.actors import Actor
from timebank.books.queries import points_balance, shelf_quantity
from timebank.db import Database
from timebank.members import service as members
from timebank.members.errors import MemberSuspended

KEY = "basket-key-0000000001"


@pytest.fixture
def by(cast: Cast) -> Actor:
    """The attendant."""
    return cast.attendant.actor


def test_points_stock_and_order_change_together(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        done = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 2, stage.towel_id: 1}, key=KEY, by=by
        )
    order = done.order
    with database.reading() as session:
        assert not done.replayed
        assert (order.number, order.total_points) == (1, Decimal("47.50"))
        assert points_balance(session, cast.volunteer.member_id) == Decimal("52.50")
        assert balance_after(session, order) == Decimal("52.50")
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 4
        moved = session.scalars(select(StockMovement).where(StockMovement.kind == "sale")).all()
        assert {(one.product_id, one.quantity) for one in moved} == {
            (stage.soap_id, -2),
            (stage.towel_id, -1),
        }
        assert {one.transaction_id for one in moved} == {order.transaction_id}


def test_the_same_basket_after_a_time_out_or_a_double_tap_gives_the_first_result(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        first = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key=KEY, by=by)
    with database.transaction() as session:
        again = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key=KEY, by=by)
        assert again.replayed
        assert (again.order.id, again.order.receipt_token) == (first.order.id, first.order.receipt_token)
        assert points_balance(session, cast.volunteer.member_id) == 60
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8


def test_a_retry_finds_the_first_result_even_when_everything_has_changed_since(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    goods = {stage.soap_id: 5}
    with database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, goods, key=KEY, by=by, agreed=Decimal(100))
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        catalogue.withdraw(session, product=soap, at=NOON)
        catalogue.close_shop(session, shop=session.get_one(Shop, stage.shop_id), at=NOON)
        members.suspend(session, member=row(session, cast.volunteer), at=NOON)
        assert sell(
            session, stage.shop_id, cast.volunteer, goods, key=KEY, by=by, agreed=Decimal(100)
        ).replayed


@pytest.mark.parametrize("change", ["goods", "quantity", "member", "shop", "agreed"])
def test_other_content_under_the_same_key_is_a_conflict(
    database: Database, cast: Cast, stage: Stage, by: Actor, change: str
) -> None:
    with database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by, agreed=Decimal(20))
    goods = {"goods": {stage.towel_id: 1}, "quantity": {stage.soap_id: 2}}.get(change, {stage.soap_id: 1})
    shop = stage.second_shop_id if change == "shop" else stage.shop_id
    who = cast.neighbour if change == "member" else cast.volunteer
    agreed = Decimal(21) if change == "agreed" else Decimal(20)
    with database.transaction() as session, pytest.raises(BasketKeyReused):
        sell(session, shop, who, goods, key=KEY, by=by, agreed=agreed)
    with database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 1


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "with a blank in the middle", "钥匙钥匙钥匙钥匙钥匙钥匙钥匙钥匙"]
)
def test_a_key_that_could_be_somebody_elses_is_refused(
    database: Database, cast: Cast, stage: Stage, by: Actor, key: str
) -> None:
    with database.transaction() as session, pytest.raises(BasketKeyInvalid):
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=key, by=by)


def test_receipt_numbers_count_up_without_a_gap_per_shop_even_after_refusals(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    numbers = []
    for turn in range(6):
        with database.transaction() as session:
            if turn % 2:
                with pytest.raises(StockShort):
                    sell(
                        session,
                        stage.shop_id,
                        cast.volunteer,
                        {stage.towel_id: 6},
                        key=f"{KEY}-{turn}",
                        by=by,
                    )
                continue
            order = sell(
                session, stage.shop_id, cast.volunteer, {stage.towel_id: 1}, key=f"{KEY}-{turn}", by=by
            ).order
            numbers.append(order.number)
    assert numbers == [1, 2, 3]


def test_points_that_do_not_suffice_are_named(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session, pytest.raises(PointsShort) as refused:
        sell(session, stage.shop_id, cast.neighbour, {stage.haircut_id: 1}, key=KEY, by=by)
    assert refused.value.facts == {"short": "10", "total": "60", "balance": "50"}
    with database.reading() as session:
        assert shelf_quantity(session, stage.shop_id, stage.haircut_id) == 3
        assert session.scalar(select(func.count(Order.id))) == 0


def test_a_member_who_never_had_a_point_is_told_so(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session, pytest.raises(PointsShort) as refused:
        sell(session, stage.shop_id, cast.coordinator, {stage.soap_id: 1}, key=KEY, by=by)
    assert refused.value.facts["balance"] == "0"


def test_an_empty_shelf_is_named_and_costs_nothing(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session, pytest.raises(StockShort) as refused:
        sell(session, stage.second_shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by)
    assert refused.value.facts == {"product": "香皂", "left": 0, "wanted": 1}
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 100


def test_the_last_points_and_the_last_piece_can_be_spent(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 5}, key=KEY, by=by)
        give_points(session, cast.neighbour, 50, record_id=9)
        sell(session, stage.shop_id, cast.neighbour, {stage.soap_id: 5}, key=f"{KEY}-2", by=by)
        assert points_balance(session, cast.volunteer.member_id) == 0
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 0


def test_an_order_without_a_quantity_or_without_goods_is_refused(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session, pytest.raises(BasketEmpty):
        sell(session, stage.shop_id, cast.volunteer, {}, key=KEY, by=by)
    for units in (0, -1, 1000):
        with database.transaction() as session, pytest.raises(QuantityInvalid):
            sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: units}, key=KEY, by=by)


def test_the_database_itself_refuses_a_line_without_a_quantity(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by).order
    line = OrderLine(
        order_id=order.id, product_id=stage.towel_id, product_name="毛巾", quantity=0, price_points=Decimal(1)
    )
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(line)


def test_a_finished_sale_is_never_edited_or_removed(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by)
    for statement in (
        update(Order).values(total_points=Decimal(1)),
        update(OrderLine).values(quantity=2),
        update(StockMovement).values(quantity=1),
        delete(OrderLine),
        delete(StockMovement),
    ):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(statement)


def test_a_number_is_never_used_twice(database: Database, cast: Cast, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by).order
        columns = {name: getattr(order, name) for name in Order.__mapper__.columns.keys() if name != "id"}  # noqa: SIM118 - no dict.
    twin = columns | {"basket_key": f"{KEY}-x", "receipt_token": "other"}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Order(**twin))


def test_what_the_member_agreed_to_is_what_is_taken(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        soap.price_points = Decimal(25)
    with database.transaction() as session, pytest.raises(TotalChanged) as refused:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by, agreed=Decimal(20))
    assert refused.value.facts == {"total": "25", "agreed": "20"}


def test_a_suspended_member_is_refused(database: Database, cast: Cast, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        members.suspend(session, member=row(session, cast.volunteer), at=NOON)
    with database.transaction() as session, pytest.raises(MemberSuspended):
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by)


def test_an_attendant_cannot_serve_herself(database: Database, cast: Cast, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        give_points(session, cast.attendant, 100, record_id=9)
    with database.transaction() as session, pytest.raises(OwnRedemption):
        sell(session, stage.shop_id, cast.attendant, {stage.soap_id: 1}, key=KEY, by=by)
    with database.transaction() as session:
        other = cast.second_attendant.actor
        assert (
            sell(session, stage.shop_id, cast.attendant, {stage.soap_id: 1}, key=KEY, by=other).order.number
            == 1
        )


def test_points_of_another_county_are_not_taken(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        give_points(session, cast.stranger_volunteer, 100, record_id=9)
    with database.transaction() as session, pytest.raises(MemberElsewhere):
        sell(session, stage.shop_id, cast.stranger_volunteer, {stage.soap_id: 1}, key=KEY, by=by)


def test_a_closed_shop_and_a_withdrawn_product_sell_nothing(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        catalogue.withdraw(session, product=session.get_one(Product, stage.soap_id), at=NOON)
        catalogue.close_shop(session, shop=session.get_one(Shop, stage.second_shop_id), at=NOON)
    with database.transaction() as session, pytest.raises(ProductWithdrawn):
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by)
    with database.transaction() as session, pytest.raises(ShopClosed):
        sell(session, stage.second_shop_id, cast.volunteer, {stage.towel_id: 1}, key=KEY, by=by)
    with database.transaction() as session, pytest.raises(ProductAbsent):
        sell(session, stage.shop_id, cast.volunteer, {987654: 1}, key=KEY, by=by)


@pytest.mark.parametrize("how", ["code", "card_pin", "number_pin"])
def test_a_paper_card_alone_pays_up_to_the_limit(
    database: Database, cast: Cast, stage: Stage, by: Actor, how: str
) -> None:
    goods = {stage.haircut_id: 1, stage.soap_id: 2, stage.towel_id: 1}
    with database.transaction() as session:
        give_points(session, cast.volunteer, 100, record_id=9)
    with database.transaction() as session, pytest.raises(PinNeeded) as refused:
        sell(session, stage.shop_id, cast.volunteer, goods, key=KEY, by=by, how="card")
    assert refused.value.facts["most"] == "100"
    with database.transaction() as session:
        sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.haircut_id: 1, stage.soap_id: 2},
            key=KEY,
            by=by,
            how="card",
        )
        give_points(session, cast.volunteer, 100, record_id=10)
        assert (
            sell(session, stage.shop_id, cast.volunteer, goods, key=f"{KEY}-2", by=by, how=how).order.number
            == 2
        )


def test_under_default_settings_the_very_first_redemption_goes_through(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        for part, how in (("volunteer", "code"), ("neighbour", "card")):
            goods = {stage.towel_id: 1}
            assert sell(
                session, stage.shop_id, cast.people[part], goods, key=f"{KEY}-{how}", by=by, how=how
            ).order.id


def test_the_sum_of_the_log_is_the_balance(database: Database, cast: Cast, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        for turn in range(4):
            sell(session, stage.shop_id, cast.volunteer, {stage.towel_id: 1}, key=f"{KEY}-{turn}", by=by)
        spent = session.scalar(select(func.sum(Order.total_points)))
        assert points_balance(session, cast.volunteer.member_id) == 100 - Decimal(spent or 0)
        for product_id in (stage.soap_id, stage.towel_id, stage.haircut_id):
            assert shelf_quantity(session, stage.shop_id, product_id) == _moved(session, product_id)


def _moved(session: Session, product_id: int) -> int:
    query = select(func.sum(StockMovement.quantity)).where(StockMovement.product_id == product_id)
    return int(session.scalar(query) or 0)


def test_a_receipts_word_is_unguessable_and_its_own(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        words = {
            sell(
                session, stage.shop_id, cast.volunteer, {stage.towel_id: 1}, key=f"{KEY}-{turn}", by=by
            ).order.receipt_token
            for turn in range(3)
        }
    assert len(words) == 3
    assert all(len(word) >= 22 and KEY not in word for word in words)
    assert not any(cast.volunteer.number in word for word in words)


def test_a_sale_needs_somebody_who_sold(database: Database, cast: Cast, stage: Stage, by: Actor) -> None:
    nobody = dataclasses.replace(by, user_id=None)
    with pytest.raises(IntegrityError), database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=nobody)
