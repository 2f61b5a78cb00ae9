"""Agreement by policy and the limits of a day, on both databases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from store.catalogue.errors import LimitReached
from store.catalogue.limits import set_limit
from store.catalogue.models import Product, Shop
from store.counter import limits, queries, service, shifts
from store.counter.errors import (
    AgreementAbsent,
    AgreementNeeded,
    AgreementRefused,
    CardUsedOften,
    DayLimitReached,
    LongAway,
    PinOrPhoneNeeded,
)
from store.counter.queries import open_shift_of
from store.counter.rules import agreement_needed, is_long_away, strokes
from store.counter.service import Hand
from store.orders import returns
from store.orders.queries import order as order_in_scope
from store.orders.queries import signature
from tests.cast import NOON, Cast
from tests.store.counter.till import fill, finish, fresh, open_till, serve, set_policy
from tests.store.stage import COUNTY_TIME, Stage, sell
from timebank.access.actors import Actor
from timebank.db import Database
from timebank.members.models import Member
from timebank.notices.models import Notice
from timebank.orgs.models import Organisation

HAND = [[10, 10, 50, 60, 90, 20, 130, 70, 170, 30]]


@pytest.fixture
def by(database: Database, cast: Cast, stage: Stage) -> Actor:
    """The attendant, whose shift is open."""
    with database.transaction() as session:
        open_till(session, stage, cast.attendant.actor)
    return cast.attendant.actor


@pytest.mark.parametrize(
    ("cost", "need"), [(49, "none"), (50, "any"), (99, "any"), (100, "strong"), (1000, "strong")]
)
def test_what_a_total_takes_is_the_countys_decision(cost: int, need: str) -> None:
    assert agreement_needed(cost, from_points=50, pin_from_points=100) == need  # type: ignore[arg-type]  # Plain words in the shape of the call.
    assert agreement_needed(cost, from_points=0, pin_from_points=0) == "none"  # type: ignore[arg-type]  # Plain words in the shape of the call.


def test_a_signature_is_whole_numbers_on_the_field_and_more_than_a_dot() -> None:
    assert strokes("[[10, 10, 50, 60, 90, 20, 130, 70, 170, 30, 200, 10, 220, 50, 240, 90]]")
    for written in (
        "",
        "[]",
        "[[1,2]]",
        "nonsense",
        '{"a":1}',
        "[[1.5,2,3,4]]",
        "[[-1,2]]",
        "[[601,2]]",
        "[[true,2]]",
    ):
        assert strokes(written) is None
    assert strokes(str([[1, 2] * 40_000])) is None


def test_above_the_countys_limit_the_member_agrees_by_phone_pin_or_signature(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        set_policy(session, cast, agreement_from_points=20, pin_from_points=40)
        with pytest.raises(AgreementNeeded):
            serve(session, stage, by, cast.volunteer, {stage.soap_id: 1})
    with database.transaction() as session:
        order = serve(session, stage, by, cast.volunteer, {stage.soap_id: 1}, hand=Hand(strokes=HAND))
        assert order.agreed_by == "signature"
        drawn = signature(session, order)
        assert drawn is not None
        assert drawn.strokes == HAND
    with database.transaction() as session, pytest.raises(PinOrPhoneNeeded):
        serve(session, stage, by, cast.volunteer, {stage.soap_id: 2}, hand=Hand(strokes=HAND))
    with database.transaction() as session:
        pin_of = Hand(pin_of=cast.volunteer.member_id)
        assert serve(session, stage, by, cast.volunteer, {stage.soap_id: 2}, hand=pin_of).agreed_by == "pin"
    with database.transaction() as session, pytest.raises(PinOrPhoneNeeded):
        # Somebody else's PIN is no agreement of hers.
        serve(session, stage, by, cast.neighbour, {stage.soap_id: 2}, hand=pin_of)


def test_after_a_long_time_any_total_takes_phone_or_pin_and_a_first_redemption_does_not(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    assert not is_long_away(None, NOON, 30), "who comes first was not away"
    assert not is_long_away(NOON - timedelta(days=400), NOON, 0), "the county has switched it off"
    soap = {stage.soap_id: 1}
    with database.transaction() as session:
        set_policy(session, cast, agreement_from_points=0, pin_from_points=0, pin_after_days=30)
        for person, days in ((cast.volunteer, 31), (cast.neighbour, 30)):
            then = NOON - timedelta(days=days)
            sell(session, stage.shop_id, person, soap, key=fresh(), by=by, at=then)
        assert serve(session, stage, by, cast.neighbour, soap).agreed_by == "shown"
    with database.transaction() as session, pytest.raises(LongAway):
        serve(session, stage, by, cast.volunteer, soap, hand=Hand(strokes=HAND))
    with database.transaction() as session:
        hers = Hand(pin_of=cast.volunteer.member_id)
        assert serve(session, stage, by, cast.volunteer, soap, hand=hers).agreed_by == "pin"
        assert serve(session, stage, by, cast.volunteer, soap).agreed_by == "shown", "she is back"


def test_she_taps_yes_on_her_own_phone_and_another_basket_is_another_question(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        set_policy(session, cast, agreement_from_points=20, pin_from_points=20)
        basket = fill(session, stage, by, {stage.soap_id: 2})
        shop, member = session.get_one(Shop, stage.shop_id), session.get_one(Member, cast.volunteer.member_id)
        service.attach(session, basket=basket, shop=shop, member=member, how="code", by=by, at=NOON)
        asked = limits.ask(session, basket=basket, total_points=Decimal(40), by=by, at=NOON)
        with pytest.raises(AgreementAbsent):
            limits.answer(
                session, agreement_id=asked.id, member_id=cast.neighbour.member_id, yes=True, at=NOON
            )
        late = NOON + timedelta(minutes=6)
        with pytest.raises(AgreementAbsent):
            limits.answer(session, agreement_id=asked.id, member_id=member.id, yes=True, at=late)
        limits.answer(session, agreement_id=asked.id, member_id=member.id, yes=True, at=NOON)
        service.put(session, basket=basket, product=basket.lines[0].product, quantity=3)
        with pytest.raises(PinOrPhoneNeeded):
            finish(session, stage, by, basket, cast.volunteer)
        service.put(session, basket=basket, product=basket.lines[0].product, quantity=2)
        assert finish(session, stage, by, basket, cast.volunteer).agreed_by == "phone"


def test_her_no_stops_the_sale(database: Database, cast: Cast, stage: Stage, by: Actor) -> None:
    with database.transaction() as session:
        basket = fill(session, stage, by, {stage.soap_id: 1})
        shop, member = session.get_one(Shop, stage.shop_id), session.get_one(Member, cast.volunteer.member_id)
        service.attach(session, basket=basket, shop=shop, member=member, how="code", by=by, at=NOON)
        asked = limits.ask(session, basket=basket, total_points=Decimal(20), by=by, at=NOON)
        limits.answer(session, agreement_id=asked.id, member_id=member.id, yes=False, at=NOON)
        with pytest.raises(AgreementAbsent):
            limits.answer(session, agreement_id=asked.id, member_id=member.id, yes=True, at=NOON)
        with pytest.raises(AgreementRefused):
            finish(session, stage, by, basket, cast.volunteer)


def test_an_attendant_takes_no_more_than_the_days_limit_and_what_was_undone_is_free_again(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        set_policy(session, cast, attendant_day_points=40)
        first = serve(session, stage, by, cast.volunteer, {stage.soap_id: 2})
    with database.transaction() as session, pytest.raises(DayLimitReached):
        serve(session, stage, by, cast.neighbour, {stage.towel_id: 1})
    with database.transaction() as session:
        found = order_in_scope(session, by, first.id)
        returns.undo(session, order=found, return_key=fresh(), by=by, at=NOON)
        serve(session, stage, by, cast.neighbour, {stage.towel_id: 1})


def test_a_card_is_good_for_so_many_redemptions_until_the_countys_midnight(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    before_midnight = datetime(2026, 3, 2, 15, 58, tzinfo=UTC)
    with database.transaction() as session:
        set_policy(session, cast, card_day_redemptions=1, agreement_from_points=0)
        late = {"how": "card", "at": before_midnight}
        shift = open_shift_of(session, by)
        assert shift is not None
        shifts.unlock(session, shift=shift, at=before_midnight)
        serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, **late)  # type: ignore[arg-type]  # Plain words in the shape of the call.
        with pytest.raises(CardUsedOften):
            serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, **late)  # type: ignore[arg-type]  # Plain words in the shape of the call.
        # With the code on the phone it goes on; and from midnight in the county the card is good again.
        serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, at=before_midnight)
        after = before_midnight + timedelta(minutes=2)
        assert serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, how="card", at=after)


def test_one_question_is_told_once_and_taken_back_when_the_basket_changes_or_is_given_up(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    def unread() -> list[int]:
        told = select(Notice.id).where(Notice.kind == "agreement.asked", Notice.read_at.is_(None))
        return list(session.scalars(told))

    with database.transaction() as session:
        shop, member = session.get_one(Shop, stage.shop_id), session.get_one(Member, cast.volunteer.member_id)
        for give_up in (service.abandon, service.forget_member):
            basket = fill(session, stage, by, {stage.soap_id: 1})
            service.attach(session, basket=basket, shop=shop, member=member, how="code", by=by, at=NOON)
            for _press in range(3):
                asked = limits.ask(session, basket=basket, total_points=Decimal(20), by=by, at=NOON)
                limits.tell_asked(session, asked, shop)
            assert len(unread()) == 1
            service.put(session, basket=basket, product=basket.lines[0].product, quantity=2)
            assert unread() == []
            assert queries.agreements_of(session, member.id, NOON) == []
            with pytest.raises(AgreementAbsent):
                limits.answer(session, agreement_id=asked.id, member_id=member.id, yes=True, at=NOON)
            asked = limits.ask(session, basket=basket, total_points=Decimal(40), by=by, at=NOON)
            limits.tell_asked(session, asked, shop)
            assert len(unread()) == 1
            give_up(session, basket=basket)
            assert unread() == []
            assert queries.agreements_of(session, member.id, NOON) == []


def test_limits_count_the_whole_basket_before_it_is_handed_over(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        county = session.get_one(Organisation, cast.county_id)
        for product_id, category, units in ((None, "日化", 3), (stage.soap_id, "", 5)):
            product = session.get_one(Product, product_id) if product_id else None
            set_limit(
                session, organisation=county, product=product, category=category, counted_for="household",
                period="month", units=units, by=cast.administrator.actor, at=NOON,
            )  # fmt: skip
        shop, member = session.get_one(Shop, stage.shop_id), session.get_one(Member, cast.volunteer.member_id)
        basket = fill(session, stage, by, {stage.soap_id: 2, stage.towel_id: 1})
        service.attach(session, basket=basket, shop=shop, member=member, how="code", by=by, at=NOON)
        shown = queries.contents(session, shop, basket, at=NOON, timezone=COUNTY_TIME)
        assert [(one.name, one.wanted, one.left.units, one.over) for one in shown.claims] == [
            ("日化", 3, 3, 0),
            ("香皂", 2, 5, 0),
        ]
        assert shown.is_ready
        # Each line alone is within its limit; both together are one too many.
        service.put(session, basket=basket, product=session.get_one(Product, stage.towel_id), quantity=2)
        shown = queries.contents(session, shop, basket, at=NOON, timezone=COUNTY_TIME)
        assert (shown.claims[0].name, shown.claims[0].over) == ("日化", 1)
        assert not shown.is_ready
        with pytest.raises(LimitReached):
            finish(session, stage, by, basket, cast.volunteer)
