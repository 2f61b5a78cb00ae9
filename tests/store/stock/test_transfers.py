"""From shop to shop: sent, on the way, received with what is missing; batches keep their dates."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from ledger import balances
from store.catalogue.models import Shop
from store.stock import transfers
from store.stock.errors import (
    CountInvalid,
    MovementKeyReused,
    StockExpired,
    StockShort,
    TransferAbsent,
    TransferArrived,
    TransferEmpty,
    TransferSameShop,
)
from store.stock.paper_models import StockTransfer
from store.stock.receipts import Incoming
from tests.cast import NOON, Cast
from tests.store.stage import Stage
from tests.store.stock.papers import agree, in_days, left, receive, shop_of
from timebank.books import chart
from timebank.db import Database


def _send(
    session: Session, stage: Stage, cast: Cast, goods: dict[int, int], *, to: int = 0, at: datetime = NOON
) -> StockTransfer:
    return transfers.send(
        session,
        shop=shop_of(session, stage),
        to_shop=session.get_one(Shop, to or stage.second_shop_id),
        goods=goods,
        key="t-1",
        by=cast.attendant.actor,
        at=at,
    )


def _arrive(database: Database, cast: Cast, transfer_id: int, arrived: dict[int, int]) -> None:
    with database.transaction() as session:
        found = transfers.transfer(session, cast.attendant.actor, transfer_id)
        transfers.receive(session, transfer=found, arrived=arrived, by=cast.attendant.actor, at=NOON)


def _on_the_way(session: Session, stage: Stage, key: str = "t-1") -> int:
    return int(balances.balance(session, chart.transit(key, stage.soap_id).code))


def test_goods_on_the_way_are_on_neither_shelf_and_arrive_with_their_dates(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        receive(session, stage, cast, [Incoming(stage.soap_id, 3, "DATED", in_days(30))], key="dated")
        sent = _send(session, stage, cast, {stage.soap_id: 5})
        assert (sent.number, sorted(line.quantity for line in sent.lines)) == (1, [2, 3])
        assert agree(session, stage.shop_id, stage.soap_id) == 8
        assert agree(session, stage.second_shop_id, stage.soap_id) == 0
        assert _on_the_way(session, stage) == 5
    with database.transaction() as session:
        found = transfers.transfer(session, cast.attendant.actor, sent.id)
        arrived = {line.id: line.quantity for line in found.lines}
        transfers.receive(session, transfer=found, arrived=arrived, by=cast.attendant.actor, at=NOON)
        assert left(session, stage.second_shop_id, stage.soap_id) == {"DATED": 3, "": 2}
        assert agree(session, stage.second_shop_id, stage.soap_id) == 5
        assert _on_the_way(session, stage) == 0
    with pytest.raises(TransferArrived):
        _arrive(database, cast, sent.id, arrived)


@pytest.mark.parametrize(("came", "lost"), [(3, 2), (0, 5), (6, -1)])
def test_what_does_not_arrive_is_lost_and_what_is_too_much_is_found(
    database: Database, cast: Cast, stage: Stage, came: int, lost: int
) -> None:
    with database.transaction() as session:
        sent = _send(session, stage, cast, {stage.soap_id: 5})
    with database.transaction() as session:
        found = transfers.transfer(session, cast.attendant.actor, sent.id)
        transfers.receive(
            session, transfer=found, arrived={found.lines[0].id: came}, by=cast.attendant.actor, at=NOON
        )
        assert agree(session, stage.second_shop_id, stage.soap_id) == came
        gone = chart.goods_lost(found.from_shop.organisation_id, stage.soap_id).code
        assert balances.balance(session, gone) == lost
        assert _on_the_way(session, stage) == 0


def test_a_transfer_sent_twice_is_one_and_its_key_stands_for_nothing_else(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        first = _send(session, stage, cast, {stage.soap_id: 5})
        assert _send(session, stage, cast, {stage.soap_id: 5}).id == first.id
        assert agree(session, stage.shop_id, stage.soap_id) == 5
    with pytest.raises(MovementKeyReused), database.transaction() as session:
        _send(session, stage, cast, {stage.soap_id: 4})


def test_what_cannot_be_sent_is_refused(database: Database, cast: Cast, stage: Stage) -> None:
    for goods, to, refusal in (
        ({}, 0, TransferEmpty),
        ({stage.soap_id: 1}, stage.shop_id, TransferSameShop),
        ({stage.soap_id: 1}, stage.other_shop_id, TransferSameShop),
        ({stage.soap_id: 11}, 0, StockShort),
    ):
        with pytest.raises(refusal), database.transaction() as session:
            _send(session, stage, cast, goods, to=to)
    with database.transaction() as session:
        sent = _send(session, stage, cast, {stage.soap_id: 2})
    with pytest.raises(CountInvalid):
        _arrive(database, cast, sent.id, {})
    with pytest.raises(TransferAbsent), database.transaction() as session:
        transfers.transfer(session, cast.stranger.actor, sent.id)


def test_expired_goods_are_not_sent(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        receive(session, stage, cast, [Incoming(stage.soap_id, 3, "DATED", in_days(1))], key="dated")
    later = NOON + timedelta(days=3)
    with pytest.raises(StockExpired), database.transaction() as session:
        _send(session, stage, cast, {stage.soap_id: 11}, at=later)
    with database.transaction() as session:
        _send(session, stage, cast, {stage.soap_id: 10}, at=later)
        assert left(session, stage.shop_id, stage.soap_id) == {"DATED": 3}
