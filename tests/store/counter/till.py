"""One attendant's till without a browser: a shift, baskets, and what a hand does at the counter."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.counter import service, shifts
from store.counter.models import Basket, CounterShift
from store.counter.service import NO_HAND, Hand
from store.orders.models import Order
from tests.cast import NOON, Cast, Person
from tests.store.stage import COUNTY_TIME, Stage
from timebank.access.actors import Actor
from timebank.members.models import Member
from timebank.policy.service import change_settings

_SERIAL = count(1)


def fresh() -> str:
    """A key that no other page has made."""
    return f"a-key-of-the-test-{next(_SERIAL):08d}"


def open_till(session: Session, stage: Stage, by: Actor, *, at: datetime = NOON) -> CounterShift:
    """The attendant's shift at the first shop."""
    shop = session.get_one(Shop, stage.shop_id)
    return shifts.open_shift(session, shop=shop, key=fresh(), by=by, at=at)


def fill(
    session: Session, stage: Stage, by: Actor, goods: dict[int, int], *, key: str = "", at: datetime = NOON
) -> Basket:
    """A basket with goods in the attendant's open shift; the step keeps the counter awake."""
    shop = session.get_one(Shop, stage.shop_id)
    shift_id = shifts.step(session, shop=shop, by=by, at=at)
    basket = service.basket_with_key(
        session, shop=shop, key=key or fresh(), device_digest="till", shift_id=shift_id, by=by, at=at
    )
    for product_id, units in goods.items():
        service.put(session, basket=basket, product=session.get_one(Product, product_id), quantity=units)
    return basket


def serve(
    session: Session,
    stage: Stage,
    by: Actor,
    person: Person,
    goods: dict[int, int],
    *,
    how: str = "code",
    hand: Hand = NO_HAND,
    agreed: str | None = None,
    at: datetime = NOON,
) -> Order:
    """A whole sale: basket, whose it is, handed over at today's prices."""
    basket = fill(session, stage, by, goods, at=at)
    return finish(session, stage, by, basket, person, how=how, hand=hand, agreed=agreed, at=at)


def finish(
    session: Session,
    stage: Stage,
    by: Actor,
    basket: Basket,
    person: Person,
    *,
    how: str = "code",
    hand: Hand = NO_HAND,
    agreed: str | None = None,
    at: datetime = NOON,
) -> Order:
    """Identify and hand over what is in the basket."""
    shop, member = session.get_one(Shop, stage.shop_id), session.get_one(Member, person.member_id)
    service.attach(session, basket=basket, shop=shop, member=member, how=how, by=by, at=at)
    total = sum((line.product.price_points * line.quantity for line in basket.lines), Decimal(0))
    return service.hand_over(
        session,
        basket=basket,
        shop=shop,
        agreed_points=total if agreed is None else Decimal(agreed),
        by=by,
        at=at,
        timezone=COUNTY_TIME,
        hand=hand,
    ).order


def set_policy(session: Session, cast: Cast, **written: int) -> None:
    """What the county has decided, from some time before noon on."""
    change_settings(
        session,
        organisation_id=cast.county_id,
        written={name: str(value) for name, value in written.items()},
        by_name="陈立",
        at=NOON - timedelta(days=1),
    )
