"""Donated goods go to people by name, once, and can be followed from the donor to whoever has them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.charity import queries, service
from store.charity.errors import (
    FairInvalid,
    HandoutKeyReused,
    NotDonated,
    NothingChosen,
    RecipientMissing,
)
from store.charity.models import CharityHandout
from store.charity.service import Recipient
from store.reservations import service as reservations
from store.settlement import sheets
from store.settlement.errors import SheetAbsent, SheetInvalid
from store.stock.errors import BatchShort, KeptForReservations
from store.stock.models import StockBatch
from store.stock.receipts import Incoming, Paper
from tests.cast import NOON, Cast, row
from tests.store.counter.till import fresh
from tests.store.settlement.stage import rice_handed_out
from tests.store.stage import COUNTY_TIME, Stage, give_points, sell
from tests.store.stock.papers import TODAY, in_days, receive, shop_of
from timebank.books.queries import shelf_quantity
from timebank.db import Database
from timebank.orgs.models import Organisation

SOMEBODY = Recipient("刘大娘", "东风路 3 号")


def give(
    session: Session,
    cast: Cast,
    stage: Stage,
    units: list[tuple[int, int]],
    *,
    key: str = "handout-0000001",
    to: Recipient = SOMEBODY,
) -> CharityHandout:
    return service.hand_out(
        session,
        shop=shop_of(session, stage),
        recipient=to,
        units=units,
        reason="低收入",
        key=key,
        by=cast.attendant.actor,
        at=NOON,
    )


def donated_soap(session: Session, cast: Cast, stage: Stage, units: int = 6, donor: str = "红星小学") -> int:
    """The id of a batch of donated soap."""
    paper = Paper("donation", source=donor)
    receipt = receive(
        session, stage, cast, [Incoming(stage.soap_id, units)], key=f"from-{donor}", paper=paper
    )
    found = queries.donated(session, shop_of(session, stage))
    return next(one.batch.id for one in found if one.receipt.id == receipt.id)


def test_units_leave_the_shelf_once_and_the_slip_is_numbered(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        batch = donated_soap(session, cast, stage)
        first = give(session, cast, stage, [(batch, 2)])
        again = give(session, cast, stage, [(batch, 2)])
        assert (first.id, first.number) == (again.id, 1)
        with pytest.raises(HandoutKeyReused):
            give(session, cast, stage, [(batch, 3)])
        member = Recipient("", member=row(session, cast.volunteer))
        second = give(session, cast, stage, [(batch, 4)], key="handout-0000002", to=member)
        assert (second.number, second.recipient_name) == (2, cast.volunteer.name)
        assert give(session, cast, stage, [(batch, 2)]).id == first.id, "also when nothing is left"
        assert session.get_one(StockBatch, batch).left == 0
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 10


def test_only_donated_goods_within_their_date_go_to_somebody_who_is_named(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        batch = donated_soap(session, cast, stage)
        bought = session.query(StockBatch).filter_by(product_id=stage.towel_id).one().id
        paper = Paper("donation", source="粮站")
        receive(
            session, stage, cast, [Incoming(stage.towel_id, 3, best_before=TODAY)], key="old", paper=paper
        )
        old = max(one.batch.id for one in queries.donated(session, shop_of(session, stage)))
        session.get_one(StockBatch, old).expires_at = NOON
        session.flush()
        for units, refusal in (
            ([(bought, 1)], NotDonated),
            ([(old, 1)], NotDonated),
            ([(10_000, 1)], NotDonated),
            ([(batch, 0)], NothingChosen),
            ([], NothingChosen),
        ):
            with pytest.raises(refusal):
                give(session, cast, stage, units)
        for nobody in (Recipient("", "东风路"), Recipient("刘大娘", " ")):
            with pytest.raises(RecipientMissing):
                give(session, cast, stage, [(batch, 1)], to=nobody)


def test_more_than_the_batch_holds_is_refused_and_nothing_moves(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        batch = donated_soap(session, cast, stage)
    with pytest.raises(BatchShort), database.transaction() as session:
        give(session, cast, stage, [(batch, 7)])
    with database.reading() as session:
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 16


def test_a_donation_is_followed_to_whoever_has_it(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        # Dated, so that the sale takes it before the bought soap without a date.
        paper = Paper("donation", source="红星小学")
        line = Incoming(stage.soap_id, 6, best_before=in_days(30))
        receipt = receive(session, stage, cast, [line], key="school", paper=paper)
        batch = queries.donated(session, shop_of(session, stage))[0].batch.id
        give(session, cast, stage, [(batch, 2)])
        sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.soap_id: 3},
            key="a-basket-of-soap-01",
            by=cast.attendant.actor,
        )
        steps = queries.fate(session, receipt.lines[0])
    assert [(step.kind, step.units, step.who) for step in steps] == [
        ("donation", 6, ""),
        ("handout", -2, "刘大娘"),
        ("sale", -3, cast.volunteer.name),
    ]


def test_a_fair_adds_up_what_was_sold_of_whose_donations(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        paper = Paper("donation", source="红星小学")
        line = Incoming(stage.soap_id, 2, best_before=in_days(30))
        receive(session, stage, cast, [line], key="school", paper=paper)
        by = cast.attendant.actor
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 3}, key="at-the-fair-000001", by=by)
        shop = shop_of(session, stage)
        fair = service.plan_fair(
            session, shop=shop, name="春季义集", place="广场", first_day=TODAY, last_day=TODAY, by=by, at=NOON
        )
        (sold,) = queries.sold_at(session, fair, COUNTY_TIME)
        assert (sold.donor, sold.units, sold.points) == ("红星小学", 2, 40)
        for name, last in (("春季义集", TODAY), ("", TODAY), ("新的", TODAY - timedelta(days=1))):
            with pytest.raises(FairInvalid):
                service.plan_fair(
                    session, shop=shop, name=name, place="", first_day=TODAY, last_day=last, by=by, at=NOON
                )


def test_a_public_sheet_is_written_down_with_masked_names_and_can_be_taken_down(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        rice_handed_out(session, cast, stage)
        by = cast.attendant.actor
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key="for-the-sheet-0001", by=by)
        station = session.get_one(Organisation, cast.station_id)
        tokens = {}
        for kind in sheets.GATHERERS:
            sheet = sheets.publish(
                session,
                kind=kind,
                organisation=station,
                title="三月公示",
                first_day=TODAY,
                last_day=TODAY,
                today=TODAY,
                timezone=ZoneInfo("Asia/Shanghai"),
                by=cast.administrator.actor,
                at=NOON,
            )
            tokens[kind] = sheet.token
            assert sheet.rows_digest == sheets.rows_digest(sheet.rows)
    with database.transaction() as session:
        found = {kind: sheets.public_sheet(session, token) for kind, token in tokens.items()}
        assert [row_["who"] for row_ in found["redemptions"].rows] == ["王**"]
        assert found["redemptions"].rows[0]["what"] == "香皂×1"
        assert [row_["who"] for row_ in found["handouts"].rows] == ["刘**"]
        assert [row_["who"] for row_ in found["donations"].rows] == ["红***"], (
            "four characters may be a person"
        )
        sheets.withdraw(session, sheet=found["handouts"], by=cast.administrator.actor, at=NOON)
        with pytest.raises(SheetAbsent):
            sheets.public_sheet(session, tokens["handouts"])
        with pytest.raises(SheetInvalid):
            sheets.ensure_publishable(
                title="x", first_day=TODAY, last_day=TODAY + timedelta(days=1), today=TODAY
            )


def test_what_somebody_has_reserved_is_not_given_away(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        batch = donated_soap(session, cast, stage, units=6)
        # Sixteen soaps, of which twelve are kept.
        give_points(session, cast.volunteer, 200, record_id=77)
        reserve(session, cast, stage, {stage.soap_id: 12})
        with pytest.raises(KeptForReservations) as refused:
            give(session, cast, stage, [(batch, 5)])
        assert (refused.value.facts["kept"], refused.value.facts["left"]) == (12, 4)
        give(session, cast, stage, [(batch, 4)], key="handout-0000002")


def reserve(session: Session, cast: Cast, stage: Stage, goods: dict[int, int]) -> None:
    """The volunteer keeps some goods for herself."""
    reservations.reserve(
        session, keyring=cast.keyring, shop=shop_of(session, stage), member=row(session, cast.volunteer),
        goods=sorted(goods.items()), key=fresh(), agreed_points=None, by=cast.volunteer.actor, at=NOON,
        timezone=COUNTY_TIME,
    )  # fmt: skip


def test_expired_goods_do_not_stand_in_for_reserved_ones_that_are_given_away(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        batch = donated_soap(session, cast, stage, units=6)
        reserve(session, cast, stage, {stage.soap_id: 3})
        # The ten bought soaps are past their date by now; only the six donated ones can fill the reservation.
        bought = session.scalars(
            select(StockBatch).where(StockBatch.product_id == stage.soap_id, StockBatch.id != batch)
        ).one()
        bought.best_before, bought.expires_at = TODAY - timedelta(days=1), NOON - timedelta(hours=1)
        session.flush()
        with pytest.raises(KeptForReservations) as refused:
            give(session, cast, stage, [(batch, 4)])
        assert (refused.value.facts["kept"], refused.value.facts["left"]) == (3, 3)
        session.rollback()
