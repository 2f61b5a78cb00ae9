"""Goods with a last day: what is past it is not shown as stock, and nothing is kept longer than it is good."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.reservations import rules, service
from store.reservations.errors import GoodsExpireSooner
from store.reservations.models import Reservation
from store.stock.queries import sellable
from store.stock.receipts import Incoming
from tests.cast import NOON, Cast, Person, row
from tests.store.counter.till import fresh
from tests.store.stage import COUNTY_TIME, Stage
from tests.store.stock.papers import in_days, receive
from timebank.books.queries import points_available
from timebank.db import Database
from timebank.members.models import Member


def _reserve(
    session: Session, cast: Cast, shop_id: int, person: Person, goods: list[tuple[int, int]]
) -> Reservation:
    return service.reserve(
        session,
        keyring=cast.keyring,
        shop=session.get_one(Shop, shop_id),
        member=session.get_one(Member, person.member_id),
        goods=goods,
        key=fresh(),
        agreed_points=None,
        by=person.actor,
        at=NOON,
        timezone=COUNTY_TIME,
    )


def test_what_is_kept_until_the_deadline_is_good_until_the_deadline(
    database: Database, cast: Cast, stage: Stage
) -> None:
    shop, towel = stage.second_shop_id, stage.towel_id
    with database.transaction() as session:
        # A reservation is kept for three days: the first batch is past its date before that.
        receive(session, stage, cast, [Incoming(towel, 3, "D1", in_days(1))], key="one-day", shop_id=shop)
        receive(session, stage, cast, [Incoming(towel, 2, "D9", in_days(9))], key="nine-days", shop_id=shop)
    with pytest.raises(GoodsExpireSooner) as refused, database.transaction() as session:
        _reserve(session, cast, shop, cast.volunteer, [(towel, 3)])
    assert (refused.value.facts["left"], refused.value.facts["wanted"]) == (2, 3)
    with database.transaction() as session:
        assert points_available(session, cast.volunteer.member_id) == 100
        _reserve(session, cast, shop, cast.volunteer, [(towel, 2)])
        assert sellable(session, shop, NOON)[towel] == 3
        assert sellable(session, shop, NOON + timedelta(days=2))[towel] == 0
    with pytest.raises(GoodsExpireSooner), database.transaction() as session:
        _reserve(session, cast, shop, cast.neighbour, [(towel, 1)])


def test_an_earlier_deadline_may_count_on_what_expires_after_it() -> None:
    early, late = NOON, NOON + timedelta(days=3)
    assert rules.short_of_good([(early, 5), (late, 2)], {early: 7, late: 2}) == 0
    assert rules.short_of_good([(early, 5), (late, 3)], {early: 8, late: 2}) == 1
    assert rules.short_of_good([(early, 6), (late, 2)], {early: 7, late: 2}) == 1
    assert rules.short_of_good([], {}) == 0


def test_nobody_is_shown_goods_past_their_date_as_stock(
    database: Database, cast: Cast, stage: Stage, client_as: Callable[[str], FlaskClient]
) -> None:
    shop, long_ago = stage.second_shop_id, NOON - timedelta(days=300)
    with database.transaction() as session:
        old = Incoming(stage.towel_id, 4, "OLD", in_days(-299))
        receive(session, stage, cast, [old], key="long-ago", shop_id=shop, at=long_ago)
        member_id = cast.volunteer.member_id
        service.wish(
            session,
            member_id=member_id,
            shop=session.get_one(Shop, shop),
            product=session.get_one(Product, stage.towel_id),
            quantity=1,
        )
        assert sellable(session, shop, NOON) == {}
    browser = client_as("volunteer")
    assert "已兑完" in browser.get(f"/catalogue?shop={shop}").get_data(as_text=True)
    assert "够兑换" not in browser.get(f"/catalogue?shop={shop}").get_data(as_text=True)
    assert browser.get(f"/shops/{shop}/my-basket").status_code == 200


def _until(days: str, at: str, hours: int = 72) -> str:
    moment = datetime.fromisoformat(at).replace(tzinfo=COUNTY_TIME)
    return f"{rules.deadline(moment, hours=hours, open_days=days, timezone=COUNTY_TIME):%a %d %H:%M}"


def test_a_deadline_leaves_a_whole_open_day_and_never_falls_on_a_day_when_the_shop_is_shut() -> None:
    # 2026-03-02 is a Monday. Open every day: just so many hours.
    assert _until("1234567", "2026-03-02T10:00") == "Thu 05 10:00"
    assert _until("", "2026-03-02T10:00") == "Thu 05 10:00"
    # Tuesday, Thursday and Saturday: on a Wednesday at noon nobody could come, on the Thursday one can.
    assert _until("246", "2026-03-01T12:00") == "Thu 05 23:59"
    assert _until("246", "2026-03-02T10:00") == "Thu 05 10:00"
    # Early on a Tuesday it would end before the door opens.
    assert _until("246", "2026-02-28T06:00") == "Tue 03 23:59"
    # Once a week, and asked for just after that day.
    assert _until("6", "2026-03-01T12:00") == "Sat 07 23:59"
    assert _until("6", "2026-03-07T12:00") == "Sat 14 23:59"
    assert _until("246", "2026-03-03T10:00", hours=1) == "Thu 05 23:59"


def test_a_reservation_waits_for_the_shops_next_open_day(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        shop = session.get_one(Shop, stage.shop_id)
        day = NOON.astimezone(COUNTY_TIME).date() + timedelta(days=5)
        shop.open_days = str(day.isoweekday())
        found = service.reserve(
            session, keyring=cast.keyring, shop=shop, member=row(session, cast.volunteer),
            goods=[(stage.soap_id, 1)], key=fresh(), agreed_points=None, by=cast.volunteer.actor, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
        assert found.deadline.astimezone(COUNTY_TIME).date() == day
        assert service.expire(session, at=found.deadline - timedelta(minutes=1)) == 0
        service.hand_out(
            session, reservation=found, collector="self", collected_by="", shift_id=None,
            by=cast.attendant.actor, at=found.deadline - timedelta(minutes=1), timezone=COUNTY_TIME,
        )  # fmt: skip
        assert found.status == "collected"
