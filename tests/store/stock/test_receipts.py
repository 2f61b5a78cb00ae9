"""Goods in on numbered papers, with batch, last day and value; first expired, first out; nothing expired is handed out."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.orders import queries as orders
from store.orders import returns
from store.stock.errors import (
    BestBeforeFar,
    BestBeforePast,
    MovementKeyReused,
    ReceiptElsewhere,
    StockExpired,
)
from store.stock.models import StockBatch, StockReceipt, StockSource
from store.stock.receipts import Incoming, Paper
from store.stock.rules import OpenBatch, allocated, expires_at, given_back
from tests.cast import NOON, Cast
from tests.store.stage import COUNTY_TIME, Stage, sell
from tests.store.stock.papers import agree, in_days, left, receive
from timebank.db import Database


def test_receipts_are_numbered_per_shop_and_know_donor_restriction_and_value(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        paper = Paper("donation", source=" 王 师傅 ", contact="电话 1", restriction="给低保户", note="旧包装")
        line = Incoming(stage.soap_id, 4, "A1", in_days(90))
        found = receive(session, stage, cast, [line], key="gift-1", paper=paper)
        assert (found.number, found.kind, found.restriction) == (4, "donation", "给低保户")
        assert found.source is not None
        assert (found.source.name, found.source.contact) == ("王 师傅", "电话 1")
        again = receive(session, stage, cast, [line], key="gift-2", paper=Paper("donation", "王 师傅"))
        assert (again.number, again.source_id) == (5, found.source_id)
    with database.reading() as session:
        assert len(session.scalars(select(StockSource)).all()) == 1
        assert [one.number for one in session.scalars(select(StockReceipt).order_by(StockReceipt.id))] == [
            1,
            2,
            3,
            4,
            5,
        ]
        assert agree(session, stage.shop_id, stage.soap_id) == 18


def test_a_receipt_grows_line_by_line_and_a_line_sent_twice_stands_once(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        first = receive(session, stage, cast, [Incoming(stage.soap_id, 4, "A1")], key="line-1")
        three, five = [Incoming(stage.towel_id, 3, "B1")], [Incoming(stage.towel_id, 5, "B1")]
        found = receive(session, stage, cast, three, key="line-2", receipt=first)
        assert [line.quantity for line in found.lines] == [4, 3]
        assert receive(session, stage, cast, three, key="line-2", receipt=first).id == first.id
        with pytest.raises(MovementKeyReused):
            receive(session, stage, cast, five, key="line-2", receipt=first)
        assert agree(session, stage.shop_id, stage.towel_id) == 8
        with pytest.raises(ReceiptElsewhere):
            receive(session, stage, cast, three, key="line-3", receipt=first, shop_id=stage.second_shop_id)


@pytest.mark.parametrize(("days", "refusal"), [(-1, BestBeforePast), (20 * 367, BestBeforeFar)])
def test_a_last_day_that_cannot_be_meant_is_refused(
    database: Database, cast: Cast, stage: Stage, days: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), database.transaction() as session:
        receive(session, stage, cast, [Incoming(stage.soap_id, 1, best_before=in_days(days))], key="late")


def _three_batches(session: Session, stage: Stage, cast: Cast) -> None:
    """Five towels without a date stand there; add three that go in ten days and two that go in five."""
    lines = [
        Incoming(stage.towel_id, 3, "TEN", in_days(10)),
        Incoming(stage.towel_id, 2, "FIVE", in_days(5)),
    ]
    receive(session, stage, cast, lines, key="delivery")


def test_what_expires_first_is_handed_out_first_and_comes_back_to_where_it_was(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        _three_batches(session, stage, cast)
        order = sell(
            session, stage.shop_id, cast.volunteer, {stage.towel_id: 4}, key="towels-for-four-1", by=by
        ).order
        assert left(session, stage.shop_id, stage.towel_id) == {"TEN": 1, "": 5}
    for turn, units, now in ((1, 1, {"TEN": 2, "": 5}), (2, 2, {"FIVE": 1, "TEN": 3, "": 5})):
        with database.transaction() as session:
            found = orders.order(session, by, order.id)
            returns.take_back(
                session,
                order=found,
                return_key=f"towels-back-0000-{turn}",
                quantities={found.lines[0].id: units},
                reason="多拿了",
                by=by,
                at=NOON,
            )
            assert left(session, stage.shop_id, stage.towel_id) == now
            agree(session, stage.shop_id, stage.towel_id)


def test_goods_are_good_until_the_county_s_midnight_and_not_a_second_longer(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, midnight = cast.attendant.actor, expires_at(in_days(3), COUNTY_TIME)
    with database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.towel_id: 5}, key="the-old-towels-01", by=by)
        receive(session, stage, cast, [Incoming(stage.towel_id, 2, "D3", in_days(3))], key="three-days")
    with database.transaction() as session:
        last = midnight - timedelta(microseconds=1)
        sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.towel_id: 1},
            key="last-moment-0001",
            by=by,
            at=last,
        )
    with pytest.raises(StockExpired) as refused, database.transaction() as session:
        sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.towel_id: 1},
            key="too-late-0000001",
            by=by,
            at=midnight,
        )
    assert refused.value.facts == {"product": "毛巾", "wanted": 1, "left": 0}
    with database.reading() as session:
        assert agree(session, stage.shop_id, stage.towel_id) == 1


def test_the_29th_of_february_is_a_last_day_like_any_other() -> None:
    assert expires_at(date(2028, 2, 29), COUNTY_TIME).isoformat() == "2028-03-01T00:00:00+08:00"
    assert expires_at(date(2027, 2, 28), COUNTY_TIME).date() == date(2027, 3, 1)


def test_batches_are_emptied_by_their_dates() -> None:
    batches = [
        OpenBatch(1, None, 5),
        OpenBatch(2, NOON + timedelta(days=9), 3),
        OpenBatch(3, NOON - timedelta(days=1), 2),
        OpenBatch(4, NOON, 1),
    ]
    assert allocated(batches, 4, NOON, "valid") == ([(2, 3), (1, 1)], 0)
    assert allocated(batches, 9, NOON, "valid") == ([(2, 3), (1, 5)], 1)
    assert allocated(batches, 4, NOON, "any") == ([(3, 2), (4, 1), (2, 1)], 0)
    assert allocated(batches, 4, NOON, "expired") == ([(3, 2), (4, 1)], 1)
    assert given_back([(3, 2), (2, 3)], 4) == [(2, 3), (3, 1)]


def test_a_batch_keeps_what_its_package_says(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        receive(session, stage, cast, [Incoming(stage.soap_id, 4, "A1", in_days(90))], key="gift-1")
    with database.reading() as session:
        batch = session.scalars(select(StockBatch).where(StockBatch.code == "A1")).one()
        assert (batch.left, batch.best_before) == (4, in_days(90))
        assert batch.expires_at == expires_at(in_days(90), COUNTY_TIME)
