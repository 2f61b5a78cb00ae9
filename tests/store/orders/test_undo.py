"""Undo, second persons, prints, messages: what follows a sale, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger import lots
from store.orders import prints, returns
from store.orders.errors import ApprovalNeeded, OwnRedemption, ReturnKeyReused, UndoAfterReturn, UndoTooLate
from store.orders.models import Order
from store.orders.queries import order as order_in_scope
from tests.cast import NOON, Cast
from tests.store.counter.till import fresh
from tests.store.stage import Stage, sell
from timebank.access.actors import Actor
from timebank.books import chart, postings
from timebank.books.queries import points_balance, shelf_quantity
from timebank.db import Database
from timebank.notices.models import Notice

KEY = "the-basket-to-undo-0001"


@pytest.fixture
def by(cast: Cast) -> Actor:
    """The attendant."""
    return cast.attendant.actor


def test_an_undo_gives_everything_back_once_to_the_same_lots_and_the_same_shelf(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    code = chart.member_points(cast.volunteer.member_id).code
    with database.transaction() as session:
        postings.award(
            session, record_id=77, member_id=cast.volunteer.member_id, organisation_id=cast.team_id,
            points=Decimal(30), rule_number=1, arithmetic="", at=NOON, recorded_at=NOON, actor="command",
            lapses_on=date(2026, 12, 1),
        )  # fmt: skip
        before = [(lot.expires_at, lot.left) for lot in lots.lots_of(session, code)]
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key=KEY, by=by).order
        assert [(lot.expires_at, lot.left) for lot in lots.lots_of(session, code)] != before
    at = NOON + timedelta(minutes=10)
    with database.transaction() as session:
        found = order_in_scope(session, by, order.id)
        first = returns.undo(session, order=found, return_key=fresh(), by=by, at=at)
        again = returns.undo(session, order=found, return_key=fresh(), by=by, at=at)
        assert (first.replayed, again.replayed) == (False, True)
        assert first.document.id == again.document.id
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 130
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 10
        assert [(lot.expires_at, lot.left) for lot in lots.lots_of(session, code)] == before


def test_an_undo_comes_soon_or_never_and_not_after_a_return(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key=KEY, by=by).order
        other = sell(session, stage.shop_id, cast.neighbour, {stage.soap_id: 1}, key=f"{KEY}-2", by=by).order
    late = NOON + timedelta(minutes=10, seconds=1)
    with database.transaction() as session:
        found = order_in_scope(session, by, order.id)
        with pytest.raises(UndoTooLate):
            returns.undo(session, order=found, return_key=fresh(), by=by, at=late)
        own = order_in_scope(session, cast.volunteer.actor, order.id)
        with pytest.raises(OwnRedemption):
            returns.undo(session, order=own, return_key=fresh(), by=cast.volunteer.actor, at=NOON)
        key = fresh()
        line = found.lines[0]
        returns.take_back(
            session, order=found, return_key=key, quantities={line.id: 1}, reason="破损", by=by, at=NOON
        )
        with pytest.raises(UndoAfterReturn):
            returns.undo(session, order=found, return_key=fresh(), by=by, at=NOON)
        second = order_in_scope(session, by, other.id)
        with pytest.raises(ReturnKeyReused):
            returns.undo(session, order=second, return_key=key, by=by, at=NOON)


def test_a_large_return_takes_a_second_person_who_is_neither_of_the_two(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 3}, key=KEY, by=by).order
    with database.transaction() as session:
        found = order_in_scope(session, by, order.id)
        line = found.lines[0]

        def back(units: int, approver: Actor | None) -> returns.Taken:
            return returns.take_back(
                session, order=found, return_key=fresh(), quantities={line.id: units}, reason="破损",
                approval_from_points=40, approved_by=approver, by=by, at=NOON,
            )  # fmt: skip

        for nobody in (None, by, cast.volunteer.actor):
            with pytest.raises(ApprovalNeeded):
                back(2, nobody)
        assert back(1, None).document.approved_by_user_id is None
        assert (
            back(2, cast.second_attendant.actor).document.approved_by_user_id == cast.second_attendant.user_id
        )


def test_the_first_printing_is_the_original_and_every_later_one_a_counted_copy(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by).order
        found = session.get_one(Order, order.id)
        numbers = [prints.print_receipt(session, order=found, by=by, at=NOON).number for _turn in range(3)]
        assert numbers == [1, 2, 3]
        assert prints.print_count(session, found) == 3


def test_every_redemption_is_told_to_the_member_with_the_way_to_say_that_it_was_not_her(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        order = sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by).order
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=KEY, by=by)
        found = session.scalars(select(Notice).where(Notice.member_id == cast.volunteer.member_id)).all()
        assert [(one.kind, one.href) for one in found] == [("order.completed", f"/orders/{order.id}")]
