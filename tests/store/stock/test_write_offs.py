"""Writing off: alone below the limit, with a second person above it, decided once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.stock import write_offs
from store.stock.errors import BatchShort, SecondPersonNeeded, StockShort, WriteOffDecided
from store.stock.models import StockBatch
from store.stock.paper_models import WriteOff
from store.stock.receipts import Incoming
from tests.cast import NOON, Cast
from tests.store.stage import Stage, sell
from tests.store.stock.papers import TODAY, agree, colleague, in_days, left, product, receive, shop_of
from timebank.db import Database


def _ask(
    session: Session, stage: Stage, cast: Cast, units: int, *, key: str = "off-1", batch_id: int | None = None
) -> WriteOff:
    return write_offs.ask(
        session,
        shop=shop_of(session, stage),
        product=product(session, stage.soap_id),
        quantity=units,
        reason="受潮",
        batch_id=batch_id,
        key=key,
        alone_points=Decimal(100),
        today=TODAY,
        by=cast.attendant.actor,
        at=NOON,
    )


def test_above_the_limit_nothing_leaves_the_shelf_before_somebody_else_agrees(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        paper_id = _ask(session, stage, cast, 6).id
        assert agree(session, stage.shop_id, stage.soap_id) == 10
    with pytest.raises(SecondPersonNeeded), database.transaction() as session:
        write_offs.approve(
            session, paper=session.get_one(WriteOff, paper_id), by=cast.attendant.actor, at=NOON
        )
    with database.transaction() as session:
        paper = write_offs.write_off(session, cast.attendant.actor, paper_id)
        write_offs.approve(session, paper=paper, by=colleague(cast), at=NOON)
        assert (paper.status, paper.decided_by_user_id) == ("booked", cast.coordinator.user_id)
        assert agree(session, stage.shop_id, stage.soap_id) == 4
    with pytest.raises(WriteOffDecided), database.transaction() as session:
        write_offs.refuse(session, paper=session.get_one(WriteOff, paper_id), by=colleague(cast), at=NOON)


def test_a_refused_write_off_leaves_everything_where_it_was(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        paper = _ask(session, stage, cast, 6)
        write_offs.refuse(session, paper=paper, by=colleague(cast), at=NOON)
        assert paper.status == "refused"
        assert [one.id for one in write_offs.papers(session, shop_of(session, stage), waiting=True)] == []
        assert agree(session, stage.shop_id, stage.soap_id) == 10


def test_the_database_itself_refuses_a_signature_under_one_s_own_paper(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        _ask(session, stage, cast, 6)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            text("UPDATE write_offs SET status = 'refused', decided_by_user_id = asked_by_user_id")
        )
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("UPDATE write_offs SET status = 'booked', movement_id = 1"))


def test_what_was_sold_meanwhile_cannot_be_written_off_any_more(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        paper_id = _ask(session, stage, cast, 8).id
        sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.soap_id: 3},
            key="meanwhile-0000001",
            by=cast.attendant.actor,
        )
    with pytest.raises(StockShort) as refused, database.transaction() as session:
        write_offs.approve(session, paper=session.get_one(WriteOff, paper_id), by=colleague(cast), at=NOON)
    assert refused.value.facts == {"product": "香皂", "left": 7, "wanted": 8}
    with database.reading() as session:
        assert session.get_one(WriteOff, paper_id).status == "waiting"
        assert agree(session, stage.shop_id, stage.soap_id) == 7


def test_a_named_batch_is_emptied_and_without_a_name_what_is_expired_goes_first(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        lines = [
            Incoming(stage.soap_id, 2, "SOON", in_days(1)),
            Incoming(stage.soap_id, 3, "LATE", in_days(40)),
        ]
        receive(session, stage, cast, lines, key="two-dates")
        late = session.scalars(select(StockBatch).where(StockBatch.code == "LATE")).one()
        _ask(session, stage, cast, 2, batch_id=late.id)
        assert left(session, stage.shop_id, stage.soap_id) == {"SOON": 2, "LATE": 1, "": 10}
        with pytest.raises(BatchShort), session.begin_nested():
            _ask(session, stage, cast, 2, key="off-2", batch_id=late.id)
    with database.transaction() as session:
        write_offs.ask(
            session,
            shop=shop_of(session, stage),
            product=product(session, stage.soap_id),
            quantity=3,
            reason="过期",
            key="off-3",
            alone_points=Decimal(100),
            today=TODAY,
            by=cast.attendant.actor,
            at=NOON + timedelta(days=5),
        )
        assert left(session, stage.shop_id, stage.soap_id) == {"": 10}
        assert agree(session, stage.shop_id, stage.soap_id) == 10
