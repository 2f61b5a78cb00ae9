"""Reserving, cancelling, collecting, expiring: points and goods together, on both databases."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.disputes import service as disputes
from store.disputes.errors import PointsFrozen
from store.orders.errors import BasketKeyReused, PointsShort, TotalChanged
from store.orders.models import Order
from store.reservations import delegates, queries, rules, service
from store.reservations.delegates import Delegate
from store.reservations.errors import (
    CollectorMissing,
    CollectorOther,
    CollectorPhoneWrong,
    CollectorUnproved,
    DelegateOther,
    DelegateUnknown,
    ReservationEnded,
    ReservationOverdue,
    ReservationsMany,
)
from store.reservations.models import Reservation
from store.stock.errors import StockShort
from tests.cast import NOON, Cast, Person
from tests.store.counter.till import fresh, set_policy
from tests.store.stage import COUNTY_TIME, Stage, sell
from timebank.access.actors import Actor
from timebank.books.queries import points_available, points_balance, shelf_available, shelf_quantity
from timebank.db import Database
from timebank.members.models import Member
from timebank.notices.models import Notice


def _reserve(
    session: Session,
    cast: Cast,
    stage: Stage,
    person: Person,
    goods: dict[int, int],
    *,
    key: str = "",
    agreed: int | None = None,
    at: datetime = NOON,
) -> Reservation:
    return service.reserve(
        session,
        keyring=cast.keyring,
        shop=session.get_one(Shop, stage.shop_id),
        member=session.get_one(Member, person.member_id),
        goods=sorted(goods.items()),
        key=key or fresh(),
        agreed_points=None if agreed is None else Decimal(agreed),
        by=person.actor,
        at=at,
        timezone=COUNTY_TIME,
    )


def _collect(
    session: Session,
    found: Reservation,
    by: Actor,
    *,
    collector: str = "self",
    name: str = "",
    shown_member_id: int | None = None,
    phone_tail: str = "",
    at: datetime = NOON,
) -> tuple[int, bool]:
    order, is_new = service.hand_out(
        session, reservation=found, collector=collector, collected_by=name, shift_id=None, by=by, at=at,
        shown_member_id=shown_member_id, phone_tail=phone_tail, timezone=COUNTY_TIME,
    )  # fmt: skip
    return order.id, is_new


def test_a_reservation_holds_points_and_goods_and_takes_neither(
    database: Database, cast: Cast, stage: Stage
) -> None:
    member_id, key = cast.volunteer.member_id, fresh()
    with database.transaction() as session:
        service.wish(session, member_id=member_id, shop=session.get_one(Shop, stage.shop_id),
                     product=session.get_one(Product, stage.soap_id), quantity=2)  # fmt: skip
        found = _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 2}, key=key, agreed=40)
        assert (
            _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 2}, key=key, agreed=40).id
            == found.id
        )
        assert queries.wishes(session, member_id, stage.shop_id) == []
    with database.reading() as session:
        assert (points_balance(session, member_id), points_available(session, member_id)) == (
            Decimal(100),
            Decimal(60),
        )
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 10
        assert shelf_available(session, stage.shop_id, stage.soap_id) == 8
    with database.transaction() as session, pytest.raises(BasketKeyReused):
        _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 3}, key=key, agreed=60)
    with database.transaction() as session, pytest.raises(TotalChanged):
        _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 1}, agreed=19)


def test_the_last_reserved_unit_goes_to_the_one_who_reserved_it_and_to_nobody_else(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        found = _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 5})
    with database.transaction() as session, pytest.raises(StockShort):
        sell(session, stage.shop_id, cast.neighbour, {stage.towel_id: 1}, key=fresh(), by=by)
    with database.transaction() as session, pytest.raises(StockShort):
        _reserve(session, cast, stage, cast.neighbour, {stage.towel_id: 1})
    with database.transaction() as session:
        order_id, is_new = _collect(session, session.get_one(Reservation, found.id), by)
        assert is_new
        assert _collect(session, session.get_one(Reservation, found.id), by) == (order_id, False)
    with database.reading() as session:
        kept = session.get_one(Reservation, found.id)
        assert (kept.status, kept.order_id) == ("collected", order_id)
        assert kept.order is not None
        assert (kept.order.identified_by, kept.order.agreed_by) == ("pickup_code", "reserved")
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 0
        assert points_balance(session, cast.volunteer.member_id) == Decimal("62.50")


def test_reserved_points_cannot_be_spent_twice(database: Database, cast: Cast, stage: Stage) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 4})
    with database.transaction() as session, pytest.raises(PointsShort):
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key=fresh(), by=by)


def test_cancelling_gives_points_and_goods_back_at_once_and_only_once(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, member_id = cast.attendant.actor, cast.volunteer.member_id
    with database.transaction() as session:
        found = _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 5})
        assert service.cancel(session, reservation=found, reason="", by=cast.volunteer.actor, at=NOON)
        assert not service.cancel(session, reservation=found, reason="", by=cast.volunteer.actor, at=NOON)
        assert points_available(session, member_id) == 100
        assert shelf_available(session, stage.shop_id, stage.towel_id) == 5
        with pytest.raises(ReservationEnded):
            _collect(session, found, by)
    with database.transaction() as session:
        found = _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 1})
        _collect(session, found, by)
        with pytest.raises(ReservationEnded):
            service.cancel(session, reservation=found, reason="", by=cast.volunteer.actor, at=NOON)


def test_what_nobody_collects_is_back_after_the_deadline_and_the_member_is_told_once(
    database: Database, cast: Cast, stage: Stage
) -> None:
    late = NOON + timedelta(hours=72)
    with database.transaction() as session:
        found = _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 5})
        assert found.deadline == late
        assert service.expire(session, at=late - timedelta(seconds=1)) == 0
    with database.transaction() as session, pytest.raises(ReservationOverdue) as overdue:
        _collect(session, session.get_one(Reservation, found.id), cast.attendant.actor, at=late)
    assert overdue.value.facts["deadline"] == f"{late.astimezone(COUNTY_TIME):%Y-%m-%d %H:%M}"
    with database.transaction() as session:
        assert service.expire(session, at=late) == 1
        assert service.expire(session, at=late) == 0
        assert session.get_one(Reservation, found.id).status == "expired"
        assert shelf_available(session, stage.shop_id, stage.towel_id) == 5
        assert points_available(session, cast.volunteer.member_id) == 100
        told = session.scalars(select(Notice.kind).where(Notice.member_id == cast.volunteer.member_id)).all()
        assert told.count("reservation.expired") == 1


def test_a_relative_collects_only_when_she_was_named_and_it_is_written_down(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        found = _reserve(session, cast, stage, cast.volunteer, {stage.soap_id: 1})
        with pytest.raises(CollectorMissing):
            _collect(session, found, by, collector="")
        with pytest.raises(CollectorOther):
            _collect(session, found, by, collector="delegate", name="王小明")
        service.name_delegate(session, reservation=found, delegate=Delegate("王小明"))
        _collect(session, found, by, collector="delegate")
        assert found.order is not None
        assert found.order.collected_by == "王小明"


def test_the_pick_up_code_is_43_bits_unique_and_nowhere_in_the_database(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        set_policy(session, cast, reservations_at_once=50)
        made = [_reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 1}) for _turn in range(5)]
        codes = {rules.pickup_code(cast.keyring, one.key, one.code_turn) for one in made}
        assert len(codes) == len(made)
        first = made[0]
        code = rules.pickup_code(cast.keyring, first.key, 1)
        assert code.isdecimal()
        assert len(code) == rules.CODE_DIGITS == 15
        assert 10**rules.RANDOM_DIGITS > 2**40
        assert code not in str(vars(first))
        digest = rules.code_digest(cast.keyring, code)
        behind = queries.by_code_digest(session, stage.shop_id, digest)
        assert behind is not None
        assert behind.id == first.id
        assert queries.by_code_digest(session, stage.second_shop_id, digest) is None
        service.renew_code(session, keyring=cast.keyring, reservation=first)
        assert queries.by_code_digest(session, stage.shop_id, digest) is None


def test_one_member_keeps_only_so_much_and_nothing_while_frozen(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        set_policy(session, cast, reservations_at_once=1)
        _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 1})
        with pytest.raises(ReservationsMany):
            _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 1})
        order = sell(
            session, stage.shop_id, cast.neighbour, {stage.towel_id: 1}, key=fresh(), by=cast.attendant.actor
        ).order
        disputes.report(
            session, order_id=order.id, member_id=order.member_id, organisation_id=cast.station_id,
            says="", key=fresh(), by=cast.neighbour.actor, at=NOON,
        )  # fmt: skip
        with pytest.raises(PointsFrozen):
            _reserve(session, cast, stage, cast.neighbour, {stage.towel_id: 1})


def test_a_named_member_shows_herself_and_anybody_else_says_four_digits(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, neighbour = cast.attendant.actor, cast.neighbour
    with database.transaction() as session:
        for name, proof, refused in (
            ("", "1234", DelegateUnknown), ("王小明", "", DelegateUnknown), ("王小明", "123", DelegateUnknown),
            ("王小明", neighbour.number, DelegateOther),
        ):  # fmt: skip
            with pytest.raises(refused):
                delegates.named(session, name=name, proof=proof)
        assert delegates.named(session, name=" ", proof="") == delegates.NOBODY
        member = delegates.named(session, name=neighbour.name, proof=neighbour.number)
        assert member.member_id == neighbour.member_id
        found = _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 1})
        service.name_delegate(session, reservation=found, delegate=member)
        for shown_member_id in (None, cast.volunteer.member_id):
            with pytest.raises(CollectorUnproved):
                _collect(session, found, by, collector="delegate", shown_member_id=shown_member_id)
        _collect(session, found, by, collector="delegate", shown_member_id=neighbour.member_id)
        assert found.order is not None or found.order_id is not None
        other = _reserve(session, cast, stage, cast.volunteer, {stage.towel_id: 1})
        grandson = delegates.named(session, name="王小明", proof="５６７８")
        service.name_delegate(session, reservation=other, delegate=grandson)
        for digits in ("", "5679"):
            with pytest.raises(CollectorPhoneWrong):
                _collect(session, other, by, collector="delegate", phone_tail=digits)
        _collect(session, other, by, collector="delegate", phone_tail="5678")
    with database.reading() as session:
        names = session.scalars(select(Order.collected_by).order_by(Order.id)).all()
        assert names == [neighbour.name, "王小明"]
