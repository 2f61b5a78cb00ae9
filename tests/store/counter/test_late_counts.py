"""A forced close owes a count, and a missing count never keeps a shift from closing, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.counter import late_counts, reports, shifts
from store.counter.errors import CountNotOwed, CountOwn, ExplanationMissing, SecondPersonNeeded
from store.counter.models import CounterShift, LateCount, ZReport
from store.counter.rules import FORGOTTEN_AFTER
from store.reservations import service as reservations
from store.reservations import withdrawals
from store.reservations.errors import ReservationEnded
from store.reservations.models import Reservation
from store.stock import stocktakes
from store.stock.errors import ReasonMissing
from tests.cast import NOON, Cast, Person, row
from tests.store.counter.till import fresh, open_till, serve
from tests.store.stage import COUNTY_TIME, Stage
from timebank.access.actors import Actor
from timebank.books.queries import points_available, shelf_available, shelf_quantity
from timebank.db import Database
from timebank.notices.models import Notice

LATER = NOON + FORGOTTEN_AFTER


@pytest.fixture
def by(cast: Cast) -> Actor:
    """The attendant."""
    return cast.attendant.actor


def _kept(session: Session, cast: Cast, stage: Stage, person: Person, goods: dict[int, int]) -> Reservation:
    return reservations.reserve(
        session, keyring=cast.keyring, shop=session.get_one(Shop, stage.shop_id), member=row(session, person),
        goods=sorted(goods.items()), key=fresh(), agreed_points=None, by=person.actor, at=NOON, timezone=COUNTY_TIME,
    )  # fmt: skip


def _counted(session: Session, shift: CounterShift, off: int) -> dict[int, int | None]:
    return {
        product.id: shelf_quantity(session, shift.shop_id, product.id) + off
        for product in reports.products_to_count(session, shift)
    }


def _told(session: Session, member_id: int, kind: str) -> list[Notice]:
    return list(session.scalars(select(Notice).where(Notice.member_id == member_id, Notice.kind == kind)))


def test_a_shift_closes_although_more_is_missing_than_nobody_has_reserved(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    # Five towels: one is sold, three are kept; only one is found. Free were one, so two of the kept are not there.
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        serve(session, stage, by, cast.neighbour, {stage.towel_id: 1})
        first = _kept(session, cast, stage, cast.volunteer, {stage.towel_id: 1})
        second = _kept(session, cast, stage, cast.volunteer, {stage.towel_id: 2, stage.soap_id: 1})
    with database.transaction() as session:
        shift = session.get_one(CounterShift, shift.id)
        counted = _counted(session, shift, -3)
        count = shifts.count_blind(session, shift=shift, key=fresh(), counted=counted, by=by, at=NOON)
        named = withdrawals.unfillable(session, stage.shop_id, shifts.missing_of(session, shift, count), NOON)
        assert [one.id for one in named] == [second.id]
        signer = cast.second_attendant.actor
        report = shifts.close(session, shift=shift, explanation="被偷", signed_by=signer, by=by, at=NOON)
        assert (
            report.figures["withdrawn"] == [f"№ {second.id} 毛巾×2 香皂×1"]
            or len(report.figures["withdrawn"]) == 1
        )
        assert report.figures["agrees"]
    with database.reading() as session:
        assert session.get_one(Reservation, first.id).status == "reserved"
        ended = session.get_one(Reservation, second.id)
        assert (ended.status, ended.reason) == ("cancelled", withdrawals.COUNTED)
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 1
        assert shelf_available(session, stage.shop_id, stage.towel_id) == 0
        assert shelf_available(session, stage.shop_id, stage.soap_id) == 10
        assert points_available(session, cast.volunteer.member_id) == 100 - 7.5
        assert len(_told(session, cast.volunteer.member_id, "reservation.withdrawn")) == 1


def test_a_stocktake_is_approved_although_what_is_missing_was_reserved(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        kept = _kept(session, cast, stage, cast.volunteer, {stage.soap_id: 4})
        shop, soap = session.get_one(Shop, stage.shop_id), session.get_one(Product, stage.soap_id)
        taking = stocktakes.begin(session, shop=shop, by=by, at=NOON)
        stocktakes.scan(session, stocktake=taking, product=soap, units=2, scan_key=fresh(), by=by, at=NOON)
        stocktakes.submit(session, stocktake=taking, by=by, at=NOON)
        stocktakes.approve(session, stocktake=taking, by=cast.administrator.actor, at=NOON)
    with database.reading() as session:
        assert session.get_one(Reservation, kept.id).status == "cancelled"
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 2
        assert points_available(session, cast.volunteer.member_id) == 100


def test_the_shop_cancels_a_reservation_with_a_reason_and_gives_everything_back(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        kept = _kept(session, cast, stage, cast.volunteer, {stage.towel_id: 2})
        with pytest.raises(ReasonMissing):
            withdrawals.withdraw(session, reservation=kept, reason=" ", by=by, at=NOON)
        assert withdrawals.withdraw(session, reservation=kept, reason="货架进水", by=by, at=NOON)
        assert not withdrawals.withdraw(session, reservation=kept, reason="货架进水", by=by, at=NOON)
        assert points_available(session, cast.volunteer.member_id) == 100
        assert shelf_available(session, stage.shop_id, stage.towel_id) == 5
        (notice,) = _told(session, cast.volunteer.member_id, "reservation.withdrawn")
        assert notice.facts["reason"] == "货架进水"
        taken = _kept(session, cast, stage, cast.volunteer, {stage.towel_id: 1})
        reservations.hand_out(
            session, reservation=taken, collector="self", collected_by="", shift_id=None, by=by, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
        with pytest.raises(ReservationEnded):
            withdrawals.withdraw(session, reservation=taken, reason="迟了", by=by, at=NOON)


def test_a_differing_count_is_not_left_behind_by_letting_the_shift_be_forgotten(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        serve(session, stage, by, cast.neighbour, {stage.soap_id: 1})
        shifts.count_blind(
            session, shift=shift, key=fresh(), counted=_counted(session, shift, -2), by=by, at=NOON
        )
        administrator = cast.administrator.actor
        report = shifts.force_close(session, shift=shift, reason="忘了", by=administrator, at=LATER)
    second = cast.second_attendant.actor
    with database.transaction() as session:
        report, shop = session.get_one(ZReport, report.id), session.get_one(Shop, stage.shop_id)
        assert [one.id for one in late_counts.owed(session, shop)] == [report.id]
        counted, key = _counted(session, report.shift, -2), fresh()
        with pytest.raises(CountOwn):
            late_counts.count(session, report=report, key=key, counted=counted, by=by, at=LATER)
        found = late_counts.count(session, report=report, key=key, counted=counted, by=second, at=LATER)
        again = late_counts.count(session, report=report, key=key, counted=counted, by=second, at=LATER)
        assert (found.differs, found.id) == (True, again.id)
        assert len(late_counts.owed(session, shop)) == 1
        for words, signer, refused in (
            (" ", administrator, ExplanationMissing), ("少了", None, SecondPersonNeeded), ("少了", second, SecondPersonNeeded),
            ("少了", by, SecondPersonNeeded),
        ):  # fmt: skip
            with pytest.raises(refused):
                late_counts.settle(
                    session, report=report, explanation=words, signed_by=signer, by=second, at=LATER
                )
    for _press in range(2):
        with database.transaction() as session:
            report = session.get_one(ZReport, report.id)
            late_counts.settle(
                session, report=report, explanation="少了两块", signed_by=administrator, by=second, at=LATER
            )
    with database.transaction() as session:
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 7
        assert late_counts.owed(session, session.get_one(Shop, stage.shop_id)) == []
        with pytest.raises(CountNotOwed):
            late_counts.count(
                session,
                report=session.get_one(ZReport, report.id),
                key=fresh(),
                counted={},
                by=second,
                at=LATER,
            )
    for change in (update(LateCount).values(explanation=""), delete(LateCount)):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(change)


def test_a_late_count_that_agrees_is_done_with_one_step(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        serve(session, stage, by, cast.neighbour, {stage.soap_id: 1})
        report = shifts.force_close(
            session, shift=shift, reason="忘了", by=cast.administrator.actor, at=LATER
        )
        counted = _counted(session, shift, 0)
        late_counts.count(
            session, report=report, key=fresh(), counted=counted, by=cast.second_attendant.actor,
            at=LATER + timedelta(hours=1),
        )  # fmt: skip
        settled = late_counts.of_report(session, report)
        assert settled is not None
        assert settled.signed_by_user_id is None
