"""The demo town's papers: shifts with a blind count, a transfer that arrived and one on its way, counts of the shelves."""

from datetime import timedelta

from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.counter import reports, shifts
from store.orders import service as orders
from store.orders.service import Circumstances, Wish
from store.stock import stocktakes, transfers
from store.stock.queries import sellable
from store.trade_demo import CARD_LIMIT, town_shops
from timebank.access.actors import Actor
from timebank.books.queries import points_available, shelf_quantities
from timebank.demo.town import Resident, Town
from timebank.members.models import Member

SHIFT_DAYS = (5, 15, 25)
MISCOUNTED_DAY = 15
COUNTED_BEFORE_VISIT, SENT_BEFORE_VISIT, ARRIVED_BEFORE_VISIT = 12, 1, 20


def keep_papers(session: Session, town: Town) -> None:
    """A shift at the first counter on some days, and what happens near the day of the visit."""
    if town.is_first_day:
        return
    shops = town_shops(session, town)
    if town.today.day in SHIFT_DAYS and not town.is_last_day:
        _work_a_shift(session, town, shops[0][0])
    before = (town.last_day - town.today).days
    if before == COUNTED_BEFORE_VISIT:
        _count_the_shelves(session, town, shops[0][0])
    if len(shops) > 1 and before in (ARRIVED_BEFORE_VISIT, SENT_BEFORE_VISIT):
        _send(session, town, shops[0][0], shops[1][0], arrives=before == ARRIVED_BEFORE_VISIT)


def _attendants(town: Town, shop: Shop) -> tuple[Actor, Actor]:
    first, second = town.attendants[shop.organisation_id][:2]
    return first, second


def _work_a_shift(session: Session, town: Town, shop: Shop) -> None:
    """Opened, a few sales, counted blind, closed; on one day of the month a piece is missing and somebody signs."""
    by, second = _attendants(town, shop)
    shift = shifts.open_shift(
        session, shop=shop, key=f"demo-shift-{town.today}-{shop.id:04d}", by=by, at=town.moment(9)
    )
    for turn, customer in enumerate(_customers(session, town, shop, by)):
        _sell_one(session, town, shop, customer, by=by, shift_id=shift.id, turn=turn)
    book = shelf_quantities(session, shop.id)
    counted = {one.id: book.get(one.id, 0) for one in reports.products_to_count(session, shift)}
    missing = next((one for one, units in counted.items() if units > 0), None)
    if town.today.day == MISCOUNTED_DAY and missing is not None:
        counted[missing] -= 1
    found = shifts.count_blind(
        session,
        shift=shift,
        key=f"demo-count-{town.today}-{shop.id:04d}",
        counted=counted,
        by=by,
        at=town.moment(16, 40),
    )
    shifts.close(
        session,
        shift=shift,
        explanation="货架上少一件，已翻找，按少计入账" if found.differs else "",
        signed_by=second if found.differs else None,
        by=by,
        at=town.moment(16, 50),
    )


def _customers(session: Session, town: Town, shop: Shop, by: Actor) -> list[Resident]:
    near = [one for one in town.residents if one.place.path.startswith(shop.organisation.path)]
    town.chance("shift").shuffle(near)
    able = [
        one
        for one in near
        if one.member_id != by.member_id
        and points_available(session, one.member_id, at=town.moment(10)) >= CARD_LIMIT / 4
    ]
    return able[:3]


def _sell_one(
    session: Session, town: Town, shop: Shop, customer: Resident, *, by: Actor, shift_id: int, turn: int
) -> None:
    at = town.moment(10 + turn, 20)
    product = _cheap_thing(session, town, shop)
    if product is None:
        return
    orders.complete(
        session,
        shop=shop,
        member=session.get_one(Member, customer.member_id),
        identified_by="code",
        wishes=[Wish(product.id, 1)],
        basket_key=f"demo-shift-sale-{town.today}-{turn:04d}",
        agreed_points=None,
        card_limit_points=CARD_LIMIT,
        by=by,
        at=at,
        timezone=town.timezone,
        circumstances=Circumstances(shift_id=shift_id),
    )


def _cheap_thing(session: Session, town: Town, shop: Shop) -> Product | None:
    """Household goods have no limit in this town."""
    units = sellable(session, shop.id, town.moment(9))
    there = [session.get_one(Product, one) for one, left in units.items() if left >= 4]
    cheap = [
        one for one in there if one.category == "日化" and one.kind == "goods" and one.withdrawn_at is None
    ]
    return min(cheap, key=lambda one: (one.price_points, one.id), default=None)


def _count_the_shelves(session: Session, town: Town, shop: Shop) -> None:
    """One category is counted, one piece of it is missing and one of another is too many; the second person approves."""
    by, second = _attendants(town, shop)
    count = stocktakes.begin(
        session, shop=shop, category="文化用品", note="月末盘点", by=by, at=town.moment(9)
    )
    book = shelf_quantities(session, shop.id)
    for place, line in enumerate(count.lines):
        units = book.get(line.product_id, 0)
        found = max(units - 1, 0) if place == 0 else units + 1 if place == 1 else units
        stocktakes.scan(
            session,
            stocktake=count,
            product=session.get_one(Product, line.product_id),
            units=found,
            scan_key=f"demo-scan-{count.id}-{line.product_id}",
            by=by,
            at=town.moment(9, 10),
        )
    stocktakes.submit(session, stocktake=count, by=by, at=town.moment(10))
    stocktakes.approve(session, stocktake=count, by=second, at=town.moment(11))


def _send(session: Session, town: Town, shop: Shop, to_shop: Shop, *, arrives: bool) -> None:
    by, receiver = _attendants(town, shop)[0], _attendants(town, to_shop)[0]
    product = _cheap_thing(session, town, shop)
    if product is None:
        return
    sent = transfers.send(
        session,
        shop=shop,
        to_shop=to_shop,
        goods={product.id: 3},
        note="调剂余缺",
        key=f"demo-transfer-{town.today}",
        by=by,
        at=town.moment(14),
    )
    if arrives:
        # One piece was broken on the way: it is lost by the sender.
        arrived = {line.id: line.quantity for line in sent.lines}
        arrived[sent.lines[0].id] -= 1
        transfers.receive(
            session,
            transfer=sent,
            arrived=arrived,
            note="一件破损",
            by=receiver,
            at=town.moment(15) + timedelta(minutes=10),
        )


STEPS = (keep_papers,)
